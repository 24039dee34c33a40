"""What every match of a regular expression must contain, so that an index of texts can propose candidates.

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

from iib._lib.fold import fold
from iib._lib.linear_regex import FLAGS, compile_linear

# Python's own parser; it moved in 3.11.
sre: Any = importlib.import_module("re._constants" if sys.version_info >= (3, 11) else "sre_constants")
sre_parser: Any = importlib.import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")

OTHER_SYNTAX = ("[:", "\\Q", "(?<<")  # understood differently, or not at all, by Python's parser
MAX_NODES = 2_000
MAX_ALTERNATIVES = 64


@dataclass(frozen=True, slots=True)
class Literal:
    """A folded text."""

    text: str


@dataclass(frozen=True, slots=True)
class AllOf:
    """All parts are needed."""

    parts: tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part is needed."""

    parts: tuple[Need, ...]


Need: TypeAlias = Literal | AllOf | AnyOf
Items: TypeAlias = Sequence[tuple[Any, Any]]  # as Python's own parser gives them


def required(pattern: str, shortest: int = 3) -> Need | None:
    """Folded texts of at least `shortest` characters that any text with a match holds; None if none are known.

    True for texts that folding merely lowers (see `iib._lib.fold.is_plain`); others must be looked at anyway.
    """
    if any(mark in pattern for mark in OTHER_SYNTAX):
        return None
    if compile_linear(FLAGS + pattern) is None and re.search(r"\{[^\d,]", pattern):
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

    def sequence(self, items: Items) -> Need | None:
        """What a run of items needs: its literals, and what its parts need."""
        needs: list[Need] = []
        run = ""
        for operator, argument in self._flat(items):
            piece = _literal_of(operator, argument)
            if piece is not None:
                run += piece
                continue
            if operator is sre.AT:  # a place, no character: "ab$" is still one run with what stands before
                continue
            needs += self._kept(run)
            run = ""
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

    def _kept(self, run: str) -> list[Need]:
        return [Literal(run)] if len(run) >= self._shortest else []

    def _of(self, operator: Any, argument: Any) -> Need | None:
        if operator is sre.BRANCH:
            return self._branch(argument[1])
        is_repeat = operator in (sre.MAX_REPEAT, sre.MIN_REPEAT, getattr(sre, "POSSESSIVE_REPEAT", None))
        if is_repeat and argument[0] >= 1:
            return self.sequence(list(argument[2]))
        if operator is getattr(sre, "ATOMIC_GROUP", None):
            return self.sequence(list(argument))
        return None

    def _branch(self, alternatives: Sequence[Any]) -> Need | None:
        if len(alternatives) > MAX_ALTERNATIVES:
            return None
        needs = [self.sequence(list(alternative)) for alternative in alternatives]
        known = [need for need in needs if need is not None]
        return AnyOf(tuple(known)) if len(known) == len(needs) else None


def _literal_of(operator: Any, argument: Any) -> str | None:
    """The folded character of a literal (or of a set of one character in both cases); None for anything else."""
    if operator is sre.LITERAL:
        folded = fold(chr(argument))
        return folded if len(folded) == 1 else None
    if operator is sre.IN and all(item[0] is sre.LITERAL for item in argument):
        folded_set = {fold(chr(item[1])) for item in argument}
        if len(folded_set) == 1 and len(next(iter(folded_set))) == 1:
            return folded_set.pop()
    return None
