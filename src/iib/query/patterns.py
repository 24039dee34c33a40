"""Comparing texts: what a written pattern means, and a compiled test of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from iib._lib.linear_regex import compile_linear, compile_pattern
from iib._lib.text_folding import fold
from iib.errors import QueryError
from iib.query.ast import Match, Pattern
from iib.query.lexer import Kind

MAX_PATTERN = 2_000
Matcher = Callable[[str], bool]


def pattern_of(text: str, kind: Kind, position: int, length: int) -> Pattern:
    """The pattern of a token. Raises `QueryError` for a bad regular expression."""
    if kind is Kind.REGEX:
        if len(text) > MAX_PATTERN:
            raise QueryError(f"a regular expression has at most {MAX_PATTERN} characters", position, length)
        problem = regex_problem(text)
        if problem is not None:
            raise QueryError(f"bad regular expression: {problem}", position, length)
        return Pattern(text, Match.REGEX)
    is_wild = kind is Kind.WORD and ("*" in text or "?" in text)
    return Pattern(text, Match.WILDCARD if is_wild else Match.CONTAINS)


def regex_problem(pattern: str) -> str | None:
    """Why this is no regular expression; None if it is one."""
    try:
        compile_pattern(pattern)
    except ValueError as error:
        return str(error)
    return None


@lru_cache(maxsize=512)
def compile_matcher(pattern: Pattern, *, whole: bool) -> Matcher:
    """A test of one text. `whole`: exact values and wildcards must cover all of it, as with names of models."""
    if pattern.match is Match.REGEX:
        return compile_pattern(pattern.value).found_in
    test = compile_folded_matcher(pattern, whole=whole)
    return lambda text: test(fold(text))


@lru_cache(maxsize=512)
def compile_folded_matcher(pattern: Pattern, *, whole: bool) -> Matcher:
    """The same for a text that is folded already; not for regular expressions, which look at the text as it is."""
    needle = fold(pattern.value)
    if pattern.match is Match.CONTAINS:
        return lambda folded: needle in folded
    if pattern.match is Match.EXACT:
        return lambda folded: folded == needle
    shape = compile_linear(wildcard_shape(needle, whole=whole))
    assert shape is not None  # noqa: S101  (made of escaped characters and two fixed pieces)
    return shape.found_in


def wildcard_shape(needle: str, *, whole: bool) -> str:
    """A regular expression for a folded wildcard: `*` is any run without a line end, `?` any one character."""
    pieces = {"*": "[^\\n]*", "?": "[^\\n]"}
    collapsed = re.sub(r"\*+", "*", needle if whole else needle.strip("*"))
    shape = "".join(pieces.get(character, re.escape(character)) for character in collapsed)
    return rf"\A{shape}\z" if whole else shape
