"""Finds all matches of a query, or a page of them, within a time budget."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from iib.query import Node
from iib.search.engine.compiler import CandidateSet, ResolvedNode, TermResolver
from iib.search.engine.set_terms import QueryInputs, SetTerms
from iib.search.engine.similarity import SimilarityScorer
from iib.search.engine.tag_matcher import TagMatcher
from iib.search.engine.verifier import Verifier
from iib.search.fulltext.searcher import TrigramSearcher
from iib.search.library.curation import Curation
from iib.search.library.metadata_columns import MetadataColumnCache
from iib.search.library.snapshot import Ids
from iib.search.library.tag_sets import TagSets
from iib.search.library.view import View, ViewCache, Window
from iib.search.limits import DEFAULT_LIMITS, SearchLimits
from iib.store import Store


@dataclass(frozen=True, slots=True)
class QueryResult:
    """Positions of matches in the view, ascending (newest first).

    All files before the position `examined` are verified; `is_complete` False: the time ran out there.
    """

    positions: Ids
    examined: int
    is_complete: bool


class QueryEngine:
    """Finds the files that match a query. Safe from any thread; other searches share the tag sets and columns."""

    def __init__(
        self,
        *,
        store: Store,
        views: ViewCache,
        trigram_searcher: TrigramSearcher,
        tag_sets: TagSets,
        metadata_columns: MetadataColumnCache,
        current_curation: Callable[[], Curation],
        similarity: SimilarityScorer,
        limits: SearchLimits = DEFAULT_LIMITS,
    ) -> None:
        """`similarity` scores the `similar:` terms of a query."""
        self._store = store
        self._views = views
        self._trigram_searcher = trigram_searcher
        self._tag_matcher = TagMatcher(store, tag_sets)
        self._current_curation = current_curation
        self._metadata_columns = metadata_columns
        self._similarity = similarity
        self._limits = limits

    def find(self, node: Node, view: View, *, budget_s: float, start: int = 0, limit: int | None = None) -> QueryResult:
        """Return the matches from position `start` on, at most `limit` (None: all).

        Raises what `SimilarityScorer.scores` raises, and `BudgetExceeded` if one file alone exceeds the budget.
        """
        deadline = time.monotonic() + budget_s
        inputs = QueryInputs(self._metadata_columns, len(view.rank), self._current_curation)
        sets = SetTerms(
            view,
            inputs,
            self._tag_matcher,
            self._similarity,
            self._views.written_folder_mask,
            self._metadata_columns.extension_mask,
        )
        query = TermResolver(sets, self._trigram_searcher, self._limits).resolve(node)
        verifier = Verifier(self._store, self._trigram_searcher.workers, view, inputs, deadline, self._limits)
        return _QueryRun(query, view, verifier, start, limit, deadline).run(self._limits)


class _QueryRun:
    """The state of one search: the query, its limits, and the matches so far."""

    def __init__(
        self, query: ResolvedNode, view: View, verifier: Verifier, start: int, limit: int | None, deadline: float
    ) -> None:
        self._query = query
        self._view = view
        self._verifier = verifier
        self._start = start
        self._limit = limit
        self._deadline = deadline
        self._matches: list[Ids] = []
        self._match_count = 0
        self._waiting: Ids = np.empty(0, dtype=np.int64)  # candidates that newer ones may still precede

    def run(self, limits: SearchLimits) -> QueryResult:
        """Chooses the cheapest strategy from the estimates, and searches."""
        end = len(self._view.ids)
        if self._limit is None or not self._query.contains_text:
            return self._search_windows([self._view.whole])
        selectivity = self._query.estimate()
        # frequent matches: reading finds a page sooner than the index
        if selectivity.hits * limits.files_read_first > 2 * self._limit:
            stop = min(end, self._start + limits.files_read_first)
            positions = _positions_in_order(self._query.candidates(None), self._view, self._start, stop)
            result = self._verify(positions)
            if result is not None or stop == end:
                return result or self._result(end, is_complete=True)
            self._start = stop
        if selectivity.candidates * end < limits.whole_library_candidates:
            return self._search_windows([self._view.whole])
        return self._search_windows(self._view.windows(self._start))

    def _search_windows(self, windows: Iterable[Window]) -> QueryResult:
        """Looks up candidates window by window, and verifies those that no later window can precede."""
        end = len(self._view.ids)
        is_exact = True  # of all windows so far, since files of earlier ones may still wait
        for window in windows:
            candidates = self._query.candidates(window.ranges)
            positions = _positions_in_window(candidates, self._view, self._start, window)
            self._waiting = np.sort(np.concatenate([self._waiting, positions])) if len(self._waiting) else positions
            cut = int(np.searchsorted(self._waiting, window.bound))
            ready, self._waiting = self._waiting[:cut], self._waiting[cut:]
            is_exact &= candidates.exact
            result = self._accept(ready) if is_exact else self._verify(ready)
            if result is not None:
                return result
            if self._start < window.bound < end and time.monotonic() > self._deadline:
                return self._result(window.bound, is_complete=False)
        return self._result(end, is_complete=True)

    def _accept(self, positions: Ids) -> QueryResult | None:
        """Adds matches. Return the result if the limit is reached."""
        self._matches.append(positions)
        self._match_count += len(positions)
        if self._limit is None or self._match_count < self._limit:
            return None
        chosen = np.concatenate(self._matches)[: self._limit]
        return QueryResult(chosen, int(chosen[-1]) + 1, is_complete=True)

    def _verify(self, positions: Ids) -> QueryResult | None:
        """Verifies files and adds the matches. Return the result if the limit or the deadline is reached."""
        verified = 0
        for block, is_match in self._verifier.blocks(self._query, positions):
            verified += len(block)
            result = self._accept(block[is_match])
            if result is not None:
                return result
        return None if verified == len(positions) else self._result(int(positions[verified]), is_complete=False)

    def _result(self, examined: int, *, is_complete: bool) -> QueryResult:
        positions = np.concatenate(self._matches) if self._matches else np.empty(0, dtype=np.int64)
        return QueryResult(positions, examined, is_complete)


def _positions_in_order(candidates: CandidateSet, view: View, start: int, stop: int) -> Ids:
    """Return the positions of candidates from `start` up to `stop`, ascending."""
    if candidates.mask is None:
        return np.arange(start, stop, dtype=np.int64)
    return np.flatnonzero(candidates.mask[view.ids[start:stop]]) + start


def _positions_in_window(candidates: CandidateSet, view: View, start: int, window: Window) -> Ids:
    """Return the positions from `start` on of the candidates in a window, ascending."""
    if window == view.whole:
        return _positions_in_order(candidates, view, start, len(view.ids))
    parts: list[Ids] = []
    for first, last in window.ranges:
        ranks = view.rank[first : last + 1]
        is_candidate = ranks >= start
        if candidates.mask is not None:
            is_candidate &= candidates.mask[first : last + 1]
        parts.append(ranks[is_candidate].astype(np.int64))
    return np.sort(np.concatenate(parts))
