"""Looks up candidates in the full-text index: the files that may contain a text."""

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
NO_IDS = np.empty(0, dtype=np.int64)
IndexLookup: TypeAlias = Callable[[FullTextRepository, int, int], Ids]


class TrigramSearcher:
    """Return candidates from the full-text index. One instance serves all queries of a store, from any thread."""

    def __init__(
        self, store: Store, on_damage: Callable[[], object] = lambda: None, limits: SearchLimits = DEFAULT_LIMITS
    ) -> None:
        self.workers = TwoWorkers()
        self._limits = limits
        self._store = store
        self._statistics = TrigramStatisticsCache(store)
        self._is_damaged = False
        self._on_damage = on_damage

    def plan(self, required: RequiredText, library_size: int) -> TrigramPlan | None:
        """Return the lookup for texts of at least three characters; None if it would return nearly all files."""
        return self._statistics.current(library_size).plan(required)

    def share(self, needle: str, library_size: int) -> float:
        """Return the estimated share of files (0-1) that contain this folded text."""
        return self._statistics.current(library_size).share(needle)

    def find_candidates(self, plan: TrigramPlan, ranges: Ranges) -> Ids:
        """Return the ids within the ranges, ascending, of all files that may match the plan."""
        return self._find(ranges, lambda index, first, last: index.candidate_ids(plan.expression, first, last))

    def find_short_candidates(self, needle: str, ranges: Ranges) -> Ids:
        """Return the ids of all files that may contain a text of one or two characters.

        Such a text begins a trigram at every occurrence; so the result is exact while the index is complete.
        """

        def lookup(index: FullTextRepository, first: int, last: int) -> Ids:
            expressions = list(map(has_trigram, index.list_trigrams_starting_with(needle)))
            count = self._limits.trigrams_per_lookup
            chunks = [expressions[start : start + count] for start in range(0, len(expressions), count)]
            ids = [index.candidate_ids(any_of(chunk), first, last) for chunk in chunks]
            return ids[0] if len(ids) == 1 else np.unique(np.concatenate([NO_IDS, *ids]))

        return self._find(ranges, lookup)

    @property
    def is_complete(self) -> bool:
        """False while the index is being built or is damaged: it then returns files that do not contain the text."""
        with self._store.read() as unit:
            return not self._is_damaged and unit.fulltext.find_build_position() is None

    def close(self) -> None:
        """Ends the threads of the searcher."""
        self.workers.close()

    def _find(self, ranges: Ranges, lookup: IndexLookup) -> Ids:
        """Return the ids that the index returns and those not yet indexed; all ids if the index is damaged."""

        def find_in_ranges(part: Ranges) -> Ids:
            return self._find_in_ranges(part, lookup)

        first, second = split_in_half(ranges, self._limits.ids_per_worker)
        return np.concatenate(self.workers.run(find_in_ranges, first, second)) if second else find_in_ranges(first)

    def _find_in_ranges(self, ranges: Ranges, lookup: IndexLookup) -> Ids:
        built_to: int | None = -1
        ids = [NO_IDS]
        try:
            with self._store.read() as unit:
                ids += [lookup(unit.fulltext, first, last) for first, last in ranges]
                built_to = unit.fulltext.find_build_position()
        except StoreDamaged:
            self._report_damage()
            ids = [NO_IDS]
        if built_to is None:
            self._is_damaged = False
            return np.concatenate(ids)
        unknown = [np.arange(max(first, built_to + 1), last + 1) for first, last in ranges]
        return np.unique(np.concatenate([*ids, *unknown]))

    def check(self) -> None:
        """Looks up a sample of the library, and reports damage if a file of the sample is not found."""
        try:
            with self._store.read() as unit:
                is_incomplete = unit.fulltext.count_lost(CHECKED_FILES) > 0
        except StoreDamaged:
            is_incomplete = True
        if is_incomplete:
            self._report_damage()

    def _report_damage(self) -> None:
        if not self._is_damaged:
            log.error("the full-text index is damaged and will be rebuilt")
            self._is_damaged = True
            self._on_damage()


def split_in_half(ranges: Ranges, min_ids: int) -> tuple[Ranges, Ranges]:
    """Splits ranges into two parts with equally many ids; the second part is empty below `min_ids` ids in total.

    >>> split_in_half([(0, 9), (20, 29)], 4)
    ([(0, 9)], [(20, 29)])
    """
    total = sum(last - first + 1 for first, last in ranges)
    if total < min_ids:
        return ranges, ()
    before: list[tuple[int, int]] = []
    left = total // 2
    for index, (first, last) in enumerate(ranges):
        width = last - first + 1
        if width >= left:
            middle = first + left
            after = [(middle, last)] if middle <= last else []
            return [*before, (first, middle - 1)], [*after, *ranges[index + 1 :]]
        before.append((first, last))
        left -= width
    return ranges, ()
