"""Estimates the frequency of texts from a sample of the library, and plans which trigrams a search looks up.

Trigrams of one text occur together far more often than their frequencies suggest ("blu", "lue", "ue "). Therefore they
are chosen one after the other, each by the files that it excludes among those with all trigrams chosen before.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from iib.query import AllOf, Literal, RequiredText
from iib.store import Store, all_of, any_of, has_trigram, trigrams

MIN_SAMPLE, MAX_SAMPLE, FILES_PER_SAMPLE = (
    60,
    400,
    250,
)  # in a small library a wrong estimate costs little
MAX_AGE_S = 600.0
MAX_SHARE = 0.85  # share of files (0-1) above which a lookup costs more than it saves
MIN_TRIGRAMS, MAX_TRIGRAMS = 3, 10
MAX_EXAMINED = 48  # trigrams of a long text that are examined, the rarest ones
MAX_DEPTH = 12  # of nested required texts
POSTINGS_PER_READ = 100  # verifying one file costs as much as reading this number of postings


@dataclass(frozen=True, slots=True)
class TrigramPlan:
    """A lookup in the full-text index: its `expression`, and the estimated `share` of files (0-1) that it returns."""

    expression: str
    share: float


class TrigramStatistics:
    """The folded texts of a sample of files. A set of files is an integer with one bit per file of the sample."""

    def __init__(self, bodies: Sequence[str]) -> None:
        self._bodies = tuple(bodies)
        self._all_bits = (1 << len(bodies)) - 1
        self._bits_by_trigram: dict[str, int] = {}
        for index, body in enumerate(bodies):
            bit = 1 << index
            for trigram in trigrams(body):
                self._bits_by_trigram[trigram] = self._bits_by_trigram.get(trigram, 0) | bit

    def share(self, needle: str) -> float:
        """Return the share of files (0-1) that contain this folded text."""
        return sum(needle in body for body in self._bodies) / max(1, len(self._bodies))

    def plan(self, required: RequiredText) -> TrigramPlan | None:
        """Return the lookup for required texts, whose literals have at least three characters.

        None: the lookup would return nearly all files.
        """
        planned = self._plan(required, 0)
        if planned is None:
            return None
        expression, bits_left = planned
        return TrigramPlan(expression, self._share(bits_left))

    def _plan(self, required: RequiredText, depth: int) -> tuple[str, int] | None:
        if depth > MAX_DEPTH:
            return None
        if isinstance(required, Literal):
            return self._selective_or_none(*self._choose_trigrams([required.text]))
        if isinstance(required, AllOf):
            texts = [part.text for part in required.parts if isinstance(part, Literal)]
            expressions, bits_left = self._choose_trigrams(texts)
            for part in required.parts:
                inner = None if isinstance(part, Literal) else self._plan(part, depth + 1)
                if inner is not None and self._is_worth(bits_left, inner[1]):
                    expressions, bits_left = [*expressions, inner[0]], bits_left & inner[1]
            return self._selective_or_none(expressions, bits_left)
        alternatives = [self._plan(part, depth + 1) for part in required.parts]
        planned_parts = [item for item in alternatives if item is not None]
        if len(planned_parts) < len(alternatives):
            return None
        bits_left = 0
        for _expression, bits in planned_parts:
            bits_left |= bits
        return self._selective_or_none([any_of([expression for expression, _bits in planned_parts])], bits_left)

    def _choose_trigrams(self, texts: Sequence[str]) -> tuple[list[str], int]:
        """Return expressions for the most selective trigrams of these texts, and the files with all of them."""
        candidates = dict.fromkeys(trigram for text in texts for trigram in trigrams(text))
        remaining = sorted(candidates, key=lambda trigram: self._bits_of(trigram).bit_count())[:MAX_EXAMINED]
        chosen: list[str] = []
        bits_left = self._all_bits
        while remaining and len(chosen) < MAX_TRIGRAMS:
            # `min` takes the first one of equals, which is the rarest
            best = min(remaining, key=lambda trigram: (bits_left & self._bits_of(trigram)).bit_count())
            is_rare = self._share(self._bits_of(best)) < MAX_SHARE and len(chosen) < MIN_TRIGRAMS
            if not is_rare and not self._is_worth(bits_left, self._bits_of(best)):
                break
            remaining.remove(best)
            chosen.append(has_trigram(best))
            bits_left &= self._bits_of(best)
        return chosen, bits_left

    def _is_worth(self, bits_left: int, bits: int) -> bool:
        """Returns True if reading fewer files saves more than reading the postings costs."""
        ruled_out = bits_left.bit_count() - (bits_left & bits).bit_count()
        return ruled_out * POSTINGS_PER_READ > bits.bit_count()

    def _selective_or_none(self, expressions: Sequence[str], bits_left: int) -> tuple[str, int] | None:
        is_common = not expressions or self._share(bits_left) > MAX_SHARE
        return None if is_common else (all_of(expressions), bits_left)

    def _bits_of(self, trigram: str) -> int:
        return self._bits_by_trigram.get(trigram, 0)

    def _share(self, bits_left: int) -> float:
        return bits_left.bit_count() / max(1, len(self._bodies))


class TrigramStatisticsCache:
    """Caches the sample of one store.

    A new sample is taken when the library has doubled, or when the sample is older than `MAX_AGE_S` seconds and the
    size of the library has changed.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()  # no `RevisionCache`: growth and age make a sample outdated, not a revision
        self._statistics = TrigramStatistics(())
        self._sampled_at_s = float("-inf")
        self._library_size = 0

    def current(self, library_size: int) -> TrigramStatistics:
        """Return the statistics for a library of this number of files; takes a new sample if necessary."""
        with self._lock:
            age_s = time.monotonic() - self._sampled_at_s
            has_grown = library_size > 2 * self._library_size
            if has_grown or (age_s > MAX_AGE_S and library_size != self._library_size):
                count = min(MAX_SAMPLE, max(MIN_SAMPLE, library_size // FILES_PER_SAMPLE))
                with self._store.read() as unit:
                    self._statistics = TrigramStatistics(unit.fulltext.list_sample_bodies(count))
                self._sampled_at_s, self._library_size = time.monotonic(), library_size
            return self._statistics
