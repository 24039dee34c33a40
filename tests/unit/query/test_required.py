"""Tests for the text that every match of a regular expression must contain."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from iib._lib.fold import fold, is_plain
from iib._lib.linear_regex import compile_pattern
from iib.query.required import AllOf, AnyOf, Literal, Need, required


@pytest.mark.parametrize(
    ("pattern", "need"),
    [
        ("dragon", Literal("dragon")),
        ("Dra.gon", AllOf((Literal("dra"), Literal("gon")))),
        ("masterpiece.*1girl.*blue eyes", AllOf((Literal("masterpiece"), Literal("1girl"), Literal("blue eyes")))),
        ("(?:cat|dog) food", AllOf((AnyOf((Literal("cat"), Literal("dog"))), Literal(" food")))),
        ("(cat)(fish)", Literal("catfish")),
        ("cat|.*", None),
        ("ab", None),
        (r"^\d+.*\.png$", Literal(".png")),
        ("[cC]at", Literal("cat")),
        ("(?i)CAT", Literal("cat")),
        ("(cat)?", None),
        ("(cats)+", Literal("cats")),
        ("(cat){2,}", Literal("cat")),
        (r"[[:alpha:]]abc", None),
        (r"\Qabc\E", None),
        ("(?<=abc)def", Literal("def")),
        ("(?:abcd){e<=1}(?=x)", None),
        ("((((", None),
        ("model_0[01]", AnyOf((Literal("model_00"), Literal("model_01")))),
        ("[A-c]at", None),
        ("[a-c]at", AnyOf((Literal("aat"), Literal("bat"), Literal("cat")))),
        ("[^a]bcd", Literal("bcd")),
        ("x[0-9]abc", Literal("abc")),
        (
            "[ab][cd]e[fg]h[ij]klm",
            AllOf(
                (
                    AnyOf(
                        tuple(map(Literal, ("acefh", "acegh", "adefh", "adegh", "bcefh", "bcegh", "bdefh", "bdegh")))
                    ),
                    AnyOf((Literal("iklm"), Literal("jklm"))),
                )
            ),
        ),
    ],
)
def test_the_literals_that_no_match_can_do_without(pattern: str, need: Need | None) -> None:
    assert required(pattern) == need


ATOMS = st.sampled_from(
    ["abc", "Dog", "x", ".", r"\d", "[ab]", "[kK]", "[x-z]", "[^a]", "[1İ]", "ſtep", "é", "ß", "K", "猫です", " "]
)
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"(?:{pair[0]}|{pair[1]})"),
        st.tuples(inner, st.sampled_from(["?", "*", "+", "{2}", "{0,1}"])).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
        inner.map(lambda one: f"({one})"),
    ),
    max_leaves=6,
)
NOISE = st.text(st.sampled_from("abcdogxkK DOGſsé\u0301eß猫で\u3059ＡK1İıi"), max_size=12)


@settings(max_examples=300)
@given(st.data(), PATTERNS, NOISE, NOISE)
def test_every_match_in_a_plain_text_holds_what_is_required(
    data: st.DataObject, pattern: str, before: str, after: str
) -> None:
    need = required(pattern, shortest=1)
    assume(need is not None)
    assert need is not None
    match = data.draw(st.from_regex(re.compile(pattern, re.IGNORECASE), fullmatch=True))
    text = before + match.swapcase() + after
    assume(is_plain(text, fold(text)) and compile_pattern(pattern).found_in(text))

    assert _holds(need, fold(text))


def _holds(need: Need, folded: str) -> bool:
    if isinstance(need, Literal):
        return need.text in folded
    parts = [_holds(part, folded) for part in need.parts]
    return all(parts) if isinstance(need, AllOf) else any(parts)
