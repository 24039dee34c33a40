"""Finds the texts that every match of a pattern contains, so that the full-text index can return candidates.

The method is that of trigram code search (Russ Cox, 2012): walk the parse tree of the regular expression and collect
the literals that are part of every match.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from iib._lib.linear_regex import REGEX_FLAGS, compile_linear
from iib._lib.text_folding import fold
from iib.query.ast import Match, Pattern

# The parser of Python's `re`, which moved in 3.11. It is private: `tests/unit/query/test_required_text.py` names every
# part that is used here, so that a Python version that changes one of them fails there first.
sre: Any = importlib.import_module("re._constants" if sys.version_info >= (3, 11) else "sre_constants")
sre_parser: Any = importlib.import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")

OTHER_SYNTAX = ("[:", "\\Q", "(?<<")  # syntax that Python's parser reads differently or not at all
MAX_NODES = 2_000
MAX_ALTERNATIVES = 64
MAX_CHOICES = 8  # alternative texts of one run of literals and small character sets


@dataclass(frozen=True, slots=True)
class Literal:
    """Requires one folded text of the file."""

    text: str


@dataclass(frozen=True, slots=True)
class AllOf:
    """Requires all of its parts."""

    parts: tuple[RequiredText, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Requires at least one of its parts."""

    parts: tuple[RequiredText, ...]


RequiredText: TypeAlias = Literal | AllOf | AnyOf
Items: TypeAlias = Sequence[tuple[Any, Any]]  # (operator, argument) pairs of Python's parser


def required_texts(pattern: Pattern) -> RequiredText | None:
    """Return the folded texts that every match of a pattern contains; None if none are known.

    Regular expressions yield texts of at least three characters (see `find_required_text`), other patterns yield all
    their literals.

    >>> required_texts(Pattern("Ab*C", Match.WILDCARD))
    AllOf(parts=(Literal(text='ab'), Literal(text='c')))
    """
    if pattern.match is Match.REGEX:
        return find_required_text(pattern.value)
    folded = fold(pattern.value)
    pieces = re.split(r"[*?]+", folded) if pattern.match is Match.WILDCARD else [folded]
    literals = tuple(Literal(piece) for piece in pieces if piece)
    return AllOf(literals) if literals else None


def find_required_text(pattern: str, min_length: int = 3) -> RequiredText | None:
    """Return folded texts of at least `min_length` characters that every match contains; None if none are known.

    The result holds for texts in which folding changes only the case (`iib._lib.text_folding.only_changes_case`);
    all other texts have to be verified in any case.

    >>> find_required_text("(cat|dog) food")
    AllOf(parts=(AnyOf(parts=(Literal(text='cat'), Literal(text='dog'))), Literal(text=' food')))
    """
    if any(syntax in pattern for syntax in OTHER_SYNTAX):
        return None
    if compile_linear(REGEX_FLAGS + pattern) is None and re.search(r"\{[^\d,]", pattern):
        return None  # the backtracking engine supports approximate matching, written in braces
    try:
        parsed = sre_parser.parse(pattern, re.IGNORECASE | re.MULTILINE | re.DOTALL)
        return _RequiredTextFinder(min_length).of_sequence(list(parsed))
    except (re.error, RecursionError, OverflowError, _TooLarge):
        return None


class _TooLarge(Exception):
    """Signals that the parse tree has more than `MAX_NODES` nodes."""


class _RequiredTextFinder:
    """Walks the parse tree of one regular expression, at most `MAX_NODES` nodes."""

    def __init__(self, min_length: int) -> None:
        self._min_length = min_length
        self._remaining_nodes = MAX_NODES

    def of_sequence(self, items: Items) -> RequiredText | None:
        """Return the texts that a sequence of items requires: its literals and those of its parts."""
        required: list[RequiredText] = []
        run = [""]  # the alternative texts of the current run: one for every choice from small sets like [01]
        for operator, argument in self._flatten(items):
            if operator is sre.AT:  # a position without a character does not end the run: "ab$" requires "ab"
                continue
            letters = _letters_of(operator, argument)
            if letters and len(run) * len(letters) <= MAX_CHOICES:
                run = [text + letter for text in run for letter in letters]
                continue
            required += self._of_run(run)
            run = letters or [""]
            if letters:
                continue
            part = self._of_item(operator, argument)
            if part is not None:
                required.append(part)
        required += self._of_run(run)
        if not required:
            return None
        return required[0] if len(required) == 1 else AllOf(tuple(required))

    def _flatten(self, items: Items) -> Items:
        """Replaces groups that occur exactly once by their content."""
        flat: list[tuple[Any, Any]] = []
        for operator, argument in items:
            self._remaining_nodes -= 1
            if self._remaining_nodes < 0:
                raise _TooLarge
            if operator is sre.SUBPATTERN:
                flat += self._flatten(list(argument[-1]))
            elif operator in (sre.MAX_REPEAT, sre.MIN_REPEAT) and argument[0] == argument[1] == 1:
                flat += self._flatten(list(argument[2]))
            else:
                flat.append((operator, argument))
        return flat

    def _of_run(self, run: Sequence[str]) -> list[RequiredText]:
        if len(run[0]) < self._min_length:
            return []
        return [Literal(run[0])] if len(run) == 1 else [AnyOf(tuple(Literal(text) for text in run))]

    def _of_item(self, operator: Any, argument: Any) -> RequiredText | None:
        if operator is sre.BRANCH:
            return self._of_branch(argument[1])
        is_repeat = operator in (sre.MAX_REPEAT, sre.MIN_REPEAT, getattr(sre, "POSSESSIVE_REPEAT", None))
        if is_repeat and argument[0] >= 1:
            return self.of_sequence(list(argument[2]))
        if operator is getattr(sre, "ATOMIC_GROUP", None):
            return self.of_sequence(list(argument))
        return None

    def _of_branch(self, alternatives: Sequence[Any]) -> RequiredText | None:
        if len(alternatives) > MAX_ALTERNATIVES:
            return None
        required = [part for item in alternatives if (part := self.of_sequence(list(item))) is not None]
        return AnyOf(tuple(required)) if len(required) == len(alternatives) else None


def _letters_of(operator: Any, argument: Any) -> list[str]:
    """Return the folded characters that an item can match: one for a literal, several for a small set, else none."""
    if operator is sre.LITERAL:
        codes = [argument]
    elif operator is sre.IN and all(item[0] in (sre.LITERAL, sre.RANGE) for item in argument):
        codes = []
        for kind, value in argument:
            low, high = (value, value) if kind is sre.LITERAL else value
            if len(codes) + high - low >= 2 * MAX_CHOICES:
                return []
            codes += range(low, high + 1)
    else:
        return []
    folded = sorted({fold(chr(code)) for code in codes})
    return folded if len(folded) <= MAX_CHOICES and all(len(letter) == 1 for letter in folded) else []
