"""The texts that every match of a pattern must contain, so that an index of texts can propose candidates.

The idea is that of trigram code search (Russ Cox, 2012): walk the parse tree, keep the literals that no match can do
without. `required("(cat|dog) food")` gives AnyOf(cat, dog) and " food".
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

# Python's own parser; it moved in 3.11. It is private: `tests/unit/query/test_required.py` names every part that is
# used here, so that a Python which changes one of them fails there first.
sre: Any = importlib.import_module("re._constants" if sys.version_info >= (3, 11) else "sre_constants")
sre_parser: Any = importlib.import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")

OTHER_SYNTAX = ("[:", "\\Q", "(?<<")  # understood differently, or not at all, by Python's parser
MAX_NODES = 2_000
MAX_ALTERNATIVES = 64
MAX_CHOICES = 8  # texts that a run of literals and small sets of characters may stand for


@dataclass(frozen=True, slots=True)
class Literal:
    """A folded text."""

    text: str


@dataclass(frozen=True, slots=True)
class AllOf:
    """All parts are needed."""

    parts: tuple[RequiredText, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part is needed."""

    parts: tuple[RequiredText, ...]


RequiredText: TypeAlias = Literal | AllOf | AnyOf
Items: TypeAlias = Sequence[tuple[Any, Any]]  # as Python's own parser gives them


def required_texts(pattern: Pattern) -> RequiredText | None:
    """Folded texts that every match of a pattern holds; None if none are known.

    A regular expression gives texts of three characters and more (see `required`), the others give all their literals.
    """
    if pattern.match is Match.REGEX:
        return find_required_text(pattern.value)
    folded = fold(pattern.value)
    pieces = re.split(r"[*?]+", folded) if pattern.match is Match.WILDCARD else [folded]
    literals = tuple(Literal(piece) for piece in pieces if piece)
    return AllOf(literals) if literals else None


def find_required_text(pattern: str, shortest: int = 3) -> RequiredText | None:
    """Folded texts of at least `shortest` characters that any match of a regular expression holds; None if none known.

    True for texts that folding merely lowers (`iib._lib.text_folding.only_changes_case`); others must be looked at
    anyway.
    """
    if any(mark in pattern for mark in OTHER_SYNTAX):
        return None
    if compile_linear(REGEX_FLAGS + pattern) is None and re.search(r"\{[^\d,]", pattern):
        return None  # the backtracking engine knows approximate matching, written in braces
    try:
        parsed = sre_parser.parse(pattern, re.IGNORECASE | re.MULTILINE | re.DOTALL)
        return _Walk(shortest).sequence(list(parsed))
    except (re.error, RecursionError, OverflowError, _TooLarge):
        return None


class _TooLarge(Exception):
    """The tree has more nodes than are worth looking at."""


class _Walk:
    def __init__(self, shortest: int) -> None:
        self._shortest = shortest
        self._left = MAX_NODES

    def sequence(self, items: Items) -> RequiredText | None:
        """What a run of items needs: its literals, and what its parts need."""
        needs: list[RequiredText] = []
        run = [""]  # the texts that may stand here: one for every choice from small sets like [01]
        for operator, argument in self._flat(items):
            if operator is sre.AT:  # a place, no character: "ab$" is still one run with what stands before
                continue
            letters = _letters_of(operator, argument)
            if letters and len(run) * len(letters) <= MAX_CHOICES:
                run = [text + letter for text in run for letter in letters]
                continue
            needs += self._kept(run)
            run = letters or [""]
            if letters:
                continue
            need = self._of(operator, argument)
            if need is not None:
                needs.append(need)
        needs += self._kept(run)
        if not needs:
            return None
        return needs[0] if len(needs) == 1 else AllOf(tuple(needs))

    def _flat(self, items: Items) -> Items:
        """Groups that must occur exactly once are as if their brackets were not there."""
        flat: list[tuple[Any, Any]] = []
        for operator, argument in items:
            self._left -= 1
            if self._left < 0:
                raise _TooLarge
            if operator is sre.SUBPATTERN:
                flat += self._flat(list(argument[-1]))
            elif operator in (sre.MAX_REPEAT, sre.MIN_REPEAT) and argument[0] == argument[1] == 1:
                flat += self._flat(list(argument[2]))
            else:
                flat.append((operator, argument))
        return flat

    def _kept(self, run: Sequence[str]) -> list[RequiredText]:
        if len(run[0]) < self._shortest:
            return []
        return [Literal(run[0])] if len(run) == 1 else [AnyOf(tuple(Literal(text) for text in run))]

    def _of(self, operator: Any, argument: Any) -> RequiredText | None:
        if operator is sre.BRANCH:
            return self._branch(argument[1])
        is_repeat = operator in (sre.MAX_REPEAT, sre.MIN_REPEAT, getattr(sre, "POSSESSIVE_REPEAT", None))
        if is_repeat and argument[0] >= 1:
            return self.sequence(list(argument[2]))
        if operator is getattr(sre, "ATOMIC_GROUP", None):
            return self.sequence(list(argument))
        return None

    def _branch(self, alternatives: Sequence[Any]) -> RequiredText | None:
        if len(alternatives) > MAX_ALTERNATIVES:
            return None
        needs = [self.sequence(list(alternative)) for alternative in alternatives]
        known = [need for need in needs if need is not None]
        return AnyOf(tuple(known)) if len(known) == len(needs) else None


def _letters_of(operator: Any, argument: Any) -> list[str]:
    """The folded characters, one of which stands here: that of a literal, or those of a small set. Else nothing."""
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
