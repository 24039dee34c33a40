"""Asking the full-text index which files may hold a text."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import structlog

from iib.errors import StoreDamaged
from iib.query import RequiredText
from iib.search.fulltext.trigram_selectivity import TrigramPlan, TrigramStatisticsCache
from iib.search.fulltext.two_workers import TwoWorkers
from iib.search.library.snapshot import Ids, Ranges
from iib.search.limits import DEFAULT_LIMITS, SearchLimits
from iib.store import FullTextRepository, Store, any_of, has_trigram

log = structlog.get_logger(__name__)

CHECKED_FILES = 100
NONE = np.empty(0, dtype=np.int64)
Ask: TypeAlias = Callable[[FullTextRepository, int, int], Ids]


class TrigramSearcher:
    """Proposes files. One and the same for all queries of a store."""

    def __init__(
        self, store: Store, on_damage: Callable[[], object] = lambda: None, limits: SearchLimits = DEFAULT_LIMITS
    ) -> None:
        self.halves = TwoWorkers()
        self._limits = limits
        self._store = store
        self._samples = TrigramStatisticsCache(store)
        self._is_damaged = False
        self._on_damage = on_damage

    def plan(self, need: RequiredText, library_size: int) -> TrigramPlan | None:
        """How to ask for texts of three characters and more; None when nearly all files would be proposed."""
        return self._samples.current(library_size).plan(need)

    def share(self, needle: str, library_size: int) -> float:
        """Of the files, how many hold this folded text: an estimate."""
        return self._samples.current(library_size).share(needle)

    def propose(self, plan: TrigramPlan, ranges: Ranges) -> Ids:
        """Ids within the ranges, ascending, of all files that may hold what the plan asks for."""
        return self._proposed(ranges, lambda index, first, last: index.candidate_ids(plan.expression, first, last))

    def propose_short(self, needle: str, ranges: Ranges) -> Ids:
        """The same for one or two characters, which begin a trigram wherever they stand: exactly the files that hold
        them, while the index is whole."""

        def ask(index: FullTextRepository, first: int, last: int) -> Ids:
            pieces = list(map(has_trigram, index.list_trigrams_starting_with(needle)))
            count = self._limits.trigrams_per_question
            chunks = [pieces[start : start + count] for start in range(0, len(pieces), count)]
            found = [index.candidate_ids(any_of(chunk), first, last) for chunk in chunks]
            return found[0] if len(found) == 1 else np.unique(np.concatenate([NONE, *found]))

        return self._proposed(ranges, ask)

    @property
    def is_whole(self) -> bool:
        """False while the index is being built, or known to be damaged: then it proposes more than it should."""
        with self._store.read() as unit:
            return not self._is_damaged and unit.fulltext.find_build_position() is None

    def close(self) -> None:
        """End the threads that help."""
        self.halves.close()

    def _proposed(self, ranges: Ranges, ask: Ask) -> Ids:
        """What the index proposes, and the files that it does not know yet. One that is damaged proposes all."""

        def look(some: Ranges) -> Ids:
            return self._look(some, ask)

        first, second = halved(ranges, self._limits.ids_per_worker)
        return np.concatenate(self.halves.run(look, first, second)) if second else look(first)

    def _look(self, ranges: Ranges, ask: Ask) -> Ids:
        built_to: int | None = -1
        found = [NONE]
        try:
            with self._store.read() as unit:
                found += [ask(unit.fulltext, first, last) for first, last in ranges]
                built_to = unit.fulltext.find_build_position()
        except StoreDamaged:
            self._report_damage()
            found = [NONE]
        if built_to is None:
            self._is_damaged = False
            return np.concatenate(found)
        unknown = [np.arange(max(first, built_to + 1), last + 1) for first, last in ranges]
        return np.unique(np.concatenate([*found, *unknown]))

    def check(self) -> None:
        """Look a sample of the library up; what is not found means damage."""
        try:
            with self._store.read() as unit:
                is_lost = unit.fulltext.count_lost(CHECKED_FILES) > 0
        except StoreDamaged:
            is_lost = True
        if is_lost:
            self._report_damage()

    def _report_damage(self) -> None:
        if not self._is_damaged:
            log.error("the full-text index is damaged and will be built again")
            self._is_damaged = True
            self._on_damage()


def halved(ranges: Ranges, smallest: int) -> tuple[Ranges, Ranges]:
    """Two parts with as many ids each; the second one is empty below `smallest` ids in all."""
    total = sum(last - first + 1 for first, last in ranges)
    if total < smallest:
        return ranges, ()
    before: list[tuple[int, int]] = []
    left = total // 2
    for place, (first, last) in enumerate(ranges):
        width = last - first + 1
        if width >= left:
            middle = first + left
            after = [(middle, last)] if middle <= last else []
            return [*before, (first, middle - 1)], [*after, *ranges[place + 1 :]]
        before.append((first, last))
        left -= width
    return ranges, ()
