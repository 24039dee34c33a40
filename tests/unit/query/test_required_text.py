"""Tests of the texts that every match of a pattern contains."""

from __future__ import annotations

import re
import sys

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from iib._lib.linear_regex import compile_pattern
from iib._lib.text_folding import fold, only_changes_case
from iib.query.ast import Match, Pattern
from iib.query.required_text import (
    AllOf,
    AnyOf,
    Literal,
    RequiredText,
    find_required_text,
    required_texts,
    sre,
    sre_parser,
)


@pytest.mark.parametrize(
    ("pattern", "required"),
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
def test_a_regular_expression_requires_the_literals_of_all_matches(pattern: str, required: RequiredText | None) -> None:
    assert find_required_text(pattern) == required


@pytest.mark.parametrize(
    ("pattern", "required"),
    [
        (Pattern("Best Quality"), AllOf((Literal("best quality"),))),
        (Pattern("ab*C?d", Match.WILDCARD), AllOf((Literal("ab"), Literal("c"), Literal("d")))),
        (Pattern("*?", Match.WILDCARD), None),
        (Pattern("a*b", Match.EXACT), AllOf((Literal("a*b"),))),
        (Pattern(""), None),
        (Pattern("ab", Match.REGEX), None),
        (Pattern("Abc|d", Match.REGEX), None),
        (Pattern("Abc.d", Match.REGEX), Literal("abc")),
    ],
)
def test_every_kind_of_pattern_requires_its_literals(pattern: Pattern, required: RequiredText | None) -> None:
    assert required_texts(pattern) == required


REPEAT = (2, 3, [(sre.LITERAL, 97)])
SINCE_3_11 = pytest.mark.skipif(sys.version_info < (3, 11), reason="syntax of Python 3.11")


@pytest.mark.parametrize(
    ("pattern", "name", "argument"),
    [
        ("a", "LITERAL", 97),
        ("^", "AT", sre.AT_BEGINNING),
        ("[ab-d]", "IN", [(sre.LITERAL, 97), (sre.RANGE, (98, 100))]),
        ("(a)", "SUBPATTERN", (1, 0, 0, [(sre.LITERAL, 97)])),
        ("aa|b", "BRANCH", (None, [[(sre.LITERAL, 97), (sre.LITERAL, 97)], [(sre.LITERAL, 98)]])),
        ("a{2,3}", "MAX_REPEAT", REPEAT),
        ("a{2,3}?", "MIN_REPEAT", REPEAT),
        pytest.param("a{2,3}+", "POSSESSIVE_REPEAT", REPEAT, marks=SINCE_3_11),
        pytest.param("(?>a)", "ATOMIC_GROUP", [(sre.LITERAL, 97)], marks=SINCE_3_11),
    ],
)
def test_the_private_parser_of_python_returns_the_expected_tree(pattern: str, name: str, argument: object) -> None:
    """`find_required_text` reads the parse tree of `re`, which Python does not document. This test fails under a Python
    that renames an operator or changes its argument; `find_required_text` must be adapted then, because a wrong reading
    hides files from searches."""
    [(operator, tree)] = list(sre_parser.parse(pattern, re.IGNORECASE))

    assert operator is getattr(sre, name)
    assert _plain(tree) == argument


def _plain(tree: object) -> object:
    """The tree with lists in place of the parser's own sequences."""
    if isinstance(tree, sre_parser.SubPattern | list):
        return [_plain(item) for item in tree]
    return tuple(_plain(item) for item in tree) if isinstance(tree, tuple) else tree


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
def test_every_match_in_a_plain_text_contains_the_required_texts(
    data: st.DataObject, pattern: str, before: str, after: str
) -> None:
    required = find_required_text(pattern, min_length=1)
    assume(required is not None)
    assert required is not None
    match = data.draw(st.from_regex(re.compile(pattern, re.IGNORECASE), fullmatch=True))
    text = before + match.swapcase() + after
    assume(only_changes_case(text, fold(text)) and compile_pattern(pattern).found_in(text))

    assert _contains(required, fold(text))


def _contains(required: RequiredText, folded: str) -> bool:
    if isinstance(required, Literal):
        return required.text in folded
    parts = [_contains(part, folded) for part in required.parts]
    return all(parts) if isinstance(required, AllOf) else any(parts)
