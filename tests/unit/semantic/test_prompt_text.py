"""Tests for the text that is embedded, made from the stored generation text."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iib.semantic.embedding.prompt_text import (
    PromptText,
    cut_tokens,
    estimate_tokens,
    positive_part,
    source_hash,
    text_hash,
)

BALANCED = PromptText()
AGGRESSIVE = PromptText(mode="theme_only")


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ("(soft light:1.3), masterpiece, a cat", "soft light, a cat"),
        ("a cat, <lora:add_detail_v2:0.8>, <lyco:x:1>", "a cat"),
        ("best quality, ultra-detailed, highly detailed, absurdres, a dog", "a dog"),
        ("((red fox)), [snow], {{tree}}", "red fox, snow, tree"),
        ("a cat; a dog\nred house，garden", "a cat, a dog, red house, garden"),
        ("8k, 4K, HDR, UHD, raw photo, photorealistic, a lake", "a lake"),
        ("dslr, canon, 85mm, f/1.8, ISO 400, depth of field, bokeh, a bride", "a bride"),
        ("security camera feed of a hall", "security feed of a hall"),
        ("ab, a cat", "a cat"),
        ("**bold** fox", "bold fox"),
        ("a canonical photographer", "a canonical photographer"),
        ("杰作, 高质量, 森林里的小屋", "森林里的小屋"),
        ("F1 racing car", "F1 racing car"),
    ],
)
def test_boilerplate_weights_and_networks_go_and_the_subject_stays(stored: str, expected: str) -> None:
    assert BALANCED.of(stored) == expected


def test_the_negative_prompt_and_the_settings_are_left_out() -> None:
    stored = "a cat on a sofa\nNEGATIVE prompt: a dog\nSteps: 20, Sampler: Euler a, Seed: 1"

    assert BALANCED.of(stored) == "a cat on a sofa"
    assert positive_part("a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7") == "a cat"


def test_a_text_of_nothing_but_boilerplate_is_taken_as_it_is() -> None:
    assert BALANCED.of("masterpiece, best quality") == "masterpiece, best quality"


def test_words_of_style_go_in_the_aggressive_mode_alone() -> None:
    stored = "电影质感, 森林里的小屋摄影"

    assert AGGRESSIVE.of(stored) == "森林里的小屋"
    assert "摄影" in BALANCED.of(stored)


def test_switched_off_it_only_collapses_blanks() -> None:
    assert PromptText(enabled=False).of("masterpiece,   (a cat:1.2)") == "masterpiece, (a cat:1.2)"


def test_the_fingerprint_names_rules_and_mode() -> None:
    found = {BALANCED.fingerprint, AGGRESSIVE.fingerprint, PromptText(enabled=False).fingerprint}

    assert len(found) == 3
    assert all(name.startswith("nv_") and len(name) == 15 for name in found)
    assert PromptText(mode="strict").fingerprint == AGGRESSIVE.fingerprint


def test_the_hash_is_of_the_fingerprint_and_the_text() -> None:
    assert text_hash("nv_x", "a cat") == hashlib.sha256(b"nv_x:a cat").digest()


def test_a_longer_limit_is_another_source() -> None:
    assert source_hash("nv_x", 4000, "a cat") != source_hash("nv_x", 4001, "a cat")


@given(st.text(max_size=400))
def test_any_text_gives_a_text_that_is_already_clean_of_brackets(stored: str) -> None:
    found = BALANCED.of(stored)

    assert found or not positive_part(stored)[:4000].strip()
    assert estimate_tokens(found) <= 7_800


@given(st.text(alphabet="ab 猫,", max_size=300), st.integers(1, 60))
def test_a_cut_text_is_the_longest_beginning_that_fits(text: str, limit: int) -> None:
    cut = cut_tokens(text, limit)

    assert text.startswith(cut)
    assert cut == text or estimate_tokens(text[: len(cut) + 1]) > limit
