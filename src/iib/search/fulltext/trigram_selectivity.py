"""How frequent texts are, told by a sample of the library: which trigrams to ask the index for, and whether to ask it.

Trigrams of one needle stand together far more often than their frequencies suggest ("blu", "lue", "ue "), so they are
chosen one after the other, each for what it still rules out among the files that hold those before it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from iib.query import AllOf, Literal, RequiredText
from iib.store import Store, all_of, any_of, has_trigram, trigrams

SMALLEST, LARGEST, ONE_IN = 60, 400, 250  # files in a sample; in a small library little is lost by a wrong guess
MAX_AGE_S = 600.0
COMMON = 0.85  # share of files above which asking costs more than it rules out
FEW_PIECES, MAX_PIECES = 3, 10
MAX_WEIGHED = 48  # pieces of a long needle that are looked at, the rarest ones
MAX_DEPTH = 12  # of a need inside another
READ_COST = 100  # deciding one file costs as much as walking over so many postings


@dataclass(frozen=True, slots=True)
class TrigramPlan:
    """`expression` for the full-text index, and the share of files (0-1) that it is expected to propose."""

    expression: str
    share: float


class TrigramStatistics:
    """Folded texts of some files; sets of them are the bits of a number."""

    def __init__(self, bodies: Sequence[str]) -> None:
        self._bodies = tuple(bodies)
        self._everything = (1 << len(bodies)) - 1
        self._holding: dict[str, int] = {}
        for place, body in enumerate(bodies):
            bit = 1 << place
            for piece in trigrams(body):
                self._holding[piece] = self._holding.get(piece, 0) | bit

    def share(self, needle: str) -> float:
        """Of the files, how many hold this folded text."""
        return sum(needle in body for body in self._bodies) / max(1, len(self._bodies))

    def plan(self, need: RequiredText) -> TrigramPlan | None:
        """How to ask for it. Every literal has at least three characters. None: nearly all files would be proposed."""
        planned = self._plan(need, 0)
        if planned is None:
            return None
        expression, holding = planned
        return TrigramPlan(expression, self._share(holding))

    def _plan(self, need: RequiredText, depth: int) -> tuple[str, int] | None:
        if depth > MAX_DEPTH:
            return None
        if isinstance(need, Literal):
            return self._kept(*self._choose([need.text]))
        if isinstance(need, AllOf):
            texts = [part.text for part in need.parts if isinstance(part, Literal)]
            asked, holding = self._choose(texts)
            for part in need.parts:
                inner = None if isinstance(part, Literal) else self._plan(part, depth + 1)
                if inner is not None and self._is_worth(holding, inner[1]):
                    asked, holding = [*asked, inner[0]], holding & inner[1]
            return self._kept(asked, holding)
        alternatives = [self._plan(part, depth + 1) for part in need.parts]
        known = [item for item in alternatives if item is not None]
        if len(known) < len(alternatives):
            return None
        holding = 0
        for _expression, own in known:
            holding |= own
        return self._kept([any_of([expression for expression, _own in known])], holding)

    def _choose(self, texts: Sequence[str]) -> tuple[list[str], int]:
        """Expressions for the pieces of these texts that rule out most, and the files that hold them all."""
        pieces = dict.fromkeys(piece for text in texts for piece in trigrams(text))
        left = sorted(pieces, key=lambda piece: self._of(piece).bit_count())[:MAX_WEIGHED]
        chosen: list[str] = []
        holding = self._everything
        while left and len(chosen) < MAX_PIECES:
            best = min(left, key=lambda piece: (holding & self._of(piece)).bit_count())  # the first: the rarest of them
            is_rare = self._share(self._of(best)) < COMMON and len(chosen) < FEW_PIECES
            if not is_rare and not self._is_worth(holding, self._of(best)):
                break
            left.remove(best)
            chosen.append(has_trigram(best))
            holding &= self._of(best)
        return chosen, holding

    def _is_worth(self, holding: int, own: int) -> bool:
        """Does reading fewer files pay for walking over the postings?"""
        ruled_out = holding.bit_count() - (holding & own).bit_count()
        return ruled_out * READ_COST > own.bit_count()

    def _kept(self, asked: Sequence[str], holding: int) -> tuple[str, int] | None:
        is_common = not asked or self._share(holding) > COMMON
        return None if is_common else (all_of(asked), holding)

    def _of(self, piece: str) -> int:
        return self._holding.get(piece, 0)

    def _share(self, holding: int) -> float:
        return holding.bit_count() / max(1, len(self._bodies))


class TrigramStatisticsCache:
    """Keeps the sample of one store; takes another one when the library has grown or the time has come."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()  # no `RevisionCache`: growth and age make a sample outdated, not a revision
        self._kept = TrigramStatistics(())
        self._taken_at = float("-inf")
        self._library_size = 0

    def current(self, library_size: int) -> TrigramStatistics:
        """For a library of so many files."""
        with self._lock:
            age_s = time.monotonic() - self._taken_at
            has_grown = library_size > 2 * self._library_size
            if has_grown or (age_s > MAX_AGE_S and library_size != self._library_size):
                count = min(LARGEST, max(SMALLEST, library_size // ONE_IN))
                with self._store.read() as unit:
                    self._kept = TrigramStatistics(unit.fulltext.list_sample_bodies(count))
                self._taken_at, self._library_size = time.monotonic(), library_size
            return self._kept
