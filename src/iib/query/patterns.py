"""Compiles patterns into matchers: functions that test one text."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from iib._lib.linear_regex import compile_linear, compile_pattern
from iib._lib.text_folding import compose, fold
from iib.errors import QueryError
from iib.query.ast import Match, Pattern
from iib.query.lexer import Kind

MAX_PATTERN = 2_000
Matcher = Callable[[str], bool]


def pattern_of(text: str, kind: Kind, position: int, length: int) -> Pattern:
    """Return the pattern of a token. Raises `QueryError` for a bad regular expression.

    >>> pattern_of("cat*", Kind.WORD, 0, 4)
    Pattern(value='cat*', match=<Match.WILDCARD: 'wildcard'>)
    """
    if kind is Kind.REGEX:
        if len(text) > MAX_PATTERN:
            raise QueryError(f"a regular expression has at most {MAX_PATTERN} characters", position, length)
        problem = regex_problem(text)
        if problem is not None:
            raise QueryError(f"bad regular expression: {problem}", position, length)
        return regex_pattern(text)
    is_wild = kind is Kind.WORD and ("*" in text or "?" in text)
    return Pattern(text, Match.WILDCARD if is_wild else Match.CONTAINS)


def regex_pattern(text: str) -> Pattern:
    """Returns the pattern of a regular expression in composed spelling, which matches texts of either spelling."""
    return Pattern(compose(text), Match.REGEX)


def regex_problem(pattern: str) -> str | None:
    """Return the reason why a text is not a regular expression; None if it is one."""
    try:
        compile_pattern(compose(pattern))
    except ValueError as error:
        return str(error)
    return None


def compile_matcher(pattern: Pattern, *, whole: bool) -> Matcher:
    """Return a function that tests one text.

    `whole`: wildcards must match the entire text, as with the names of models; otherwise a part of it is enough.

    >>> matches = compile_matcher(Pattern("sd*1.0", Match.WILDCARD), whole=True)
    >>> matches("SD_XL_base_1.0"), matches("my sd_1.0")
    (True, False)
    """
    if pattern.match is Match.REGEX:
        return _compile_regex(pattern.value)
    matches_folded = compile_folded_matcher(pattern, whole=whole)
    return lambda text: matches_folded(fold(text))


@lru_cache(maxsize=16)  # a compiled pattern may take megabytes
def _compile_regex(pattern: str) -> Matcher:
    return compile_pattern(pattern).found_in


@lru_cache(maxsize=512)
def compile_folded_matcher(pattern: Pattern, *, whole: bool) -> Matcher:
    """Return a function that tests one folded text. Not for regular expressions, which test the unfolded text."""
    needle = fold(pattern.value)
    if pattern.match is Match.CONTAINS:
        return lambda folded: needle in folded
    if pattern.match is Match.EXACT:
        return lambda folded: folded == needle
    regex = compile_linear(wildcard_regex(needle, whole=whole))
    assert regex is not None  # noqa: S101  (made of escaped characters and two fixed pieces)
    return regex.found_in


def wildcard_regex(needle: str, *, whole: bool) -> str:
    """Return the regular expression of a folded wildcard: `*` is any text within a line, `?` any one character of it.

    >>> print(wildcard_regex("a?b*", whole=False))
    a[^\\n]b
    """
    pieces = {"*": "[^\\n]*", "?": "[^\\n]"}
    collapsed = re.sub(r"\*+", "*", needle if whole else needle.strip("*"))
    regex = "".join(pieces.get(character, re.escape(character)) for character in collapsed)
    return rf"\A{regex}\z" if whole else regex
