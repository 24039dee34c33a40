"""Tests of the evaluation of queries in plain Python."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iib.errors import QueryError, Unsupported
from iib.query.ast import Facet, Quantity, SimilarTerm
from iib.query.evaluate import Subject, evaluate, similarity
from iib.query.parse import parse_query

NOW = datetime(2026, 11, 25, 12, 0)
SUBJECT = Subject(
    path="/lib/cats/0012_Cat.png",
    text="a Blue cat, best quality\nNegative prompt: blurry dog\nSteps: 20",
    prompt="a Blue cat, best quality",
    negative="blurry dog",
    names={
        Facet.MODEL: ("sd_xl_base_1.0",),
        Facet.LORA: ("detail_tweaker", "ink"),
        Facet.SAMPLER: ("Euler a",),
        Facet.TOOL: ("ComfyUI",),
        Facet.ALBUM: ("Best of",),
    },
    tags=(("custom", "like"), ("pos", "blue cat"), ("Model", "sd_xl_base_1.0")),
    numbers={
        Quantity.STEPS: 20,
        Quantity.CFG: 7.0,
        Quantity.SEED: 2**64 - 1,
        Quantity.WIDTH: 832,
        Quantity.HEIGHT: 1216,
        Quantity.BYTES: 1_500_000,
        Quantity.DATE: datetime(2026, 11, 20).timestamp(),
        Quantity.RATING: 4,
    },
    flag="pick",
)


@pytest.mark.parametrize(
    "text",
    [
        "", "cat", "CAT blue", "lib/cats", '"blue cat"', "b?ue", "bl*cat", "-horse", "horse OR cat", "prompt:blue",
        "negative:dog", "-prompt:dog", "name:0012", r"name:/^\d+_/", r"/^\d+_cat\.png$/", "path:/lib/", "folder:/lib",
        'folder:"/lib/cats/"', "model:xl", "model:=SD_XL_BASE_1.0", "model:sd*1.0", "lora:ink",
        "lora:(nothing,detail*)",
        'sampler:"euler a"', "tool:comfy", "ext:png", "ext:(jpg,PNG)", "tag:like", 'tag:"Blue cat"', 'album:"best OF"',
        "steps:20", "steps:>19", "cfg:..7", f"seed:{2**64 - 1}", "size:832x1216", "size:portrait", "size:1mp",
        "ratio:<1", "bytes:>1mb", "date:7d", "date:2026-11", "rating:>=4", "flag:pick", "kind:image", "has:lora",
        "has:negative", "has:size", "-has:problem", "-has:scheduler", "-album:other", "has:tag",
    ],
)  # fmt: skip
def test_the_file_matches(text: str) -> None:
    assert evaluate(parse_query(text, NOW), SUBJECT)


@pytest.mark.parametrize(
    "text",
    [
        "horse", "-cat", "prompt:dog", "negative:cat", "name:lib", "folder:/li", "folder:/lib/cat", "model:=sd_xl",
        "model:sd*2.0", "lora:=detail", "ext:pn", "tag:lik", "album:best", "steps:>20", "cfg:<7", f"seed:{2**64 - 2}",
        "size:1216x832", "size:landscape", "size:>1.1mp", "date:2025", "date:today", "rating:5", "rating:none",
        "flag:reject", "kind:video", "has:scheduler", "duration:>0s", "-duration:<5s steps:<5", "Ｃａｔｓ dog horse",
    ],
)  # fmt: skip
def test_the_file_does_not_match(text: str) -> None:
    assert not evaluate(parse_query(text, NOW), SUBJECT)


def test_a_similar_term_without_scores_is_unsupported() -> None:
    with pytest.raises(Unsupported):
        evaluate(parse_query("similar:1", NOW), SUBJECT)


SCORES = {"cat": 0.9, "dog": 0.4, 7: 1.0}


def score_of(term: SimilarTerm, _subject: Subject) -> float | None:
    return SCORES.get(term.reference)


@pytest.mark.parametrize(
    ("text", "is_match"),
    [
        ("similar:cat", True),
        ("similar:cat~0.91", False),
        ("similar:dog", False),
        ("similar:dog~0.4", True),
        ("similar:7~1", True),
        ("similar:nobody~0", False),
        ("-similar:nobody~0", True),
        ("similar:(dog,cat)", True),
        ("similar:cat steps:>50", False),
        ("-similar:dog steps:20", True),
    ],
)
def test_a_file_similar_enough_to_the_reference_matches(text: str, is_match: bool) -> None:
    assert evaluate(parse_query(text, NOW), SUBJECT, score_of) is is_match


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("similar:cat similar:dog", 0.4),
        ("similar:cat OR similar:dog", 0.9),
        ("similar:cat -similar:dog steps:20", 0.9),
        ("similar:cat similar:nobody", None),
        ("similar:cat OR similar:nobody", 0.9),
        ("steps:20", None),
    ],
)
def test_and_takes_the_minimum_and_or_the_maximum_similarity(text: str, score: float | None) -> None:
    assert similarity(parse_query(text, NOW), SUBJECT, score_of) == score


@given(st.text(max_size=80))
def test_any_text_is_a_query_or_a_clear_error(text: str) -> None:
    try:
        node = parse_query(text, NOW)
    except QueryError as error:
        assert 0 <= error.position <= len(text)  # noqa: PT017  (a valid query is the other valid outcome)
        return
    if "similar" not in text.lower() and "like:" not in text.lower():
        evaluate(node, SUBJECT)


WORDS = st.sampled_from(["cat", "dog", "steps:>10", "model:xl", "-tag:like", '"a b"', "rating:4", "(cat OR horse)"])


@given(st.lists(WORDS, min_size=1, max_size=5), st.lists(WORDS, min_size=1, max_size=5))
def test_or_and_not_obey_the_law_of_de_morgan(left: list[str], right: list[str]) -> None:
    a, b = " ".join(left), " ".join(right)

    both = evaluate(parse_query(f"-(({a}) OR ({b}))", NOW), SUBJECT)

    assert both == evaluate(parse_query(f"-({a}) -({b})", NOW), SUBJECT)
