"""Tests for the meaning of auto-tag rules."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from iib.errors import InvalidRequest
from iib.model.geninfo import CharacterPrompt, GenerationInfo, LoraRef, ModelRef
from iib.tags.rules import Filter, Rule, RuleSet, check_rules, load_rules

PICTURE = GenerationInfo(
    tool="A1111",
    prompt="Portrait of a (long_hair:1.2) girl, <lora:my_lora-v1:0.8> 1girl, solo",
    negative_prompt="bad hands, dog",
    characters=(CharacterPrompt("a knight"),),
    models=(ModelRef("sdxl_base", "abc123"),),
    loras=(LoraRef("my_lora-v1", 0.8), LoraRef("style", kind="lyco")),
    sampler="Euler a",
    steps=20,
    cfg=7.5,
    seed=1234567890123,
    width=512,
    height=768,
    parameters={"Clip skip": "2", "Sampler": "DPM++ 2M Karras"},
)


def matches(field: str, operator: str, value: object, picture: GenerationInfo = PICTURE) -> bool:
    """True if a rule with only this filter matches."""
    rules = load_rules(json.dumps([{"tag": "x", "filters": [{"field": field, "operator": operator, "value": value}]}]))
    return RuleSet(rules).tags(picture) == ("x",)


@pytest.mark.parametrize(
    ("field", "operator", "value"),
    [
        ("pos_prompt", "contains", "PORTRAIT"),
        ("pos_prompt", "contains", "1girl,solo"),
        ("pos_prompt", "contains", "long_hair"),
        ("pos_prompt", "contains", "long hair"),
        ("pos_prompt", "contains", "knight"),
        ("pos_prompt", "regex", r"\b[0-9]girl"),
        ("neg_prompt", "contains", "dog"),
        ("neg_prompt", "equals", "bad hands,dog"),
        ("Model", "regex", "^SDXL"),
        ("model", "equals", "sdxl_base"),
        ("Model hash", "equals", "abc123"),
        ("Sampler", "equals", "dpm++ 2m karras"),
        ("Size", "equals", "512x768"),
        ("Size-2", "equals", "768"),
        ("CFG scale", "equals", "7.5"),
        ("cfg SCALE", "equals", 7.5),
        ("Steps", "equals", 20),
        ("Steps", "equals", 20.0),
        ("Seed", "equals", "1234567890123"),
        ("Clip skip", "regex", "^[23]$"),
        ("Source Identifier", "contains", "stable diffusion"),
        ("lora", "contains", "my_lora-v1"),
        ("lyco", "equals", "style"),
    ],
)
def test_filters_that_match(field: str, operator: str, value: object):
    assert matches(field, operator, value)


@pytest.mark.parametrize(
    ("field", "operator", "value"),
    [
        ("pos_prompt", "contains", "dog"),
        ("pos_prompt", "equals", "portrait"),
        ("neg_prompt", "contains", "portrait"),
        ("Model", "regex", "^base"),
        ("unknown", "contains", "a"),
        ("Model", "is like", "sdxl"),
        ("Model", "", "sdxl"),
        ("Model", "contains", None),
        ("Model", "contains", ""),
        ("Model", "regex", "("),
        ("Model", "regex", "(?=s)"),
    ],
    ids=str,
)
def test_filters_that_do_not_match(field: str, operator: str, value: object):
    assert not matches(field, operator, value)


def test_unknown_steps_match_nothing():
    assert not matches("Steps", "regex", ".", GenerationInfo(prompt="a cat", tool="ComfyUI"))


def test_all_filters_must_match_and_a_rule_without_filters_never_does():
    yes, no = Filter("Model", "contains", "sdxl"), Filter("Model", "contains", "flux")

    rules = RuleSet((Rule("both", (yes, yes)), Rule("half", (yes, no)), Rule("none", ())))

    assert rules.tags(PICTURE) == ("both",)
    assert not RuleSet((Rule("none", ()),))


def test_a_pattern_cannot_take_exponential_time():
    picture = GenerationInfo(prompt="a" * 50_000)
    began = time.process_time()

    assert not matches("pos_prompt", "regex", "(a+)+b$", picture)

    assert time.process_time() - began < 20  # a backtracking engine would not end at all


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from(["tag", "filters", "field", "operator", "value"]), inner, max_size=5)
        ),
        max_leaves=12,
    )
)
@example([{"tag": "0"}])
def test_any_json_is_accepted_or_refused_and_never_breaks_the_index(raw: Any):
    text = json.dumps(raw)
    try:
        checked = check_rules(text)
    except InvalidRequest:
        checked = None

    loaded = load_rules(text)

    RuleSet(loaded).tags(PICTURE)
    if checked is not None:
        assert loaded == checked


@pytest.mark.parametrize("text", [None, "", "{", "null", "7", '{"tag": "x"}', "[[[]]]"])
def test_invalid_stored_rules_are_ignored(text: str | None):
    assert load_rules(text) == ()


def test_the_regular_expressions_of_all_rules_share_the_memory() -> None:
    def rules(patterns: list[str]) -> str:
        return json.dumps(
            [{"tag": "x", "filters": [{"field": "x", "operator": "regex", "value": p}]} for p in patterns]
        )

    check_rules(rules([r"\pL{100}"]))
    check_rules(rules(["a|b"] * 1000))

    with pytest.raises(InvalidRequest, match="too large"):
        check_rules(rules([r"\pL{400}"] * 1000))
    with pytest.raises(InvalidRequest, match="more than 1000"):
        check_rules(json.dumps([{"tag": "x", "filters": json.loads(rules(["a"]))[0]["filters"] * 41}] * 25))
    with pytest.raises(InvalidRequest, match="bad regular expression"):
        check_rules(rules(["((((a{99}){99}){99}){99})"]))


@pytest.mark.parametrize("operator", ["contains", "equals", "regex"])
@pytest.mark.parametrize(("value", "prompt"), [("café", "cafe\u0301"), ("cafe\u0301", "Café")])
def test_rules_match_both_spellings_of_an_accented_letter(operator: str, value: str, prompt: str) -> None:
    assert matches("pos_prompt", operator, value, GenerationInfo(prompt=prompt))
