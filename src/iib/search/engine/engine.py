"""Answering the search language: all matches of a query, or a page of them, within a time budget."""

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
from iib.search.engine.text_matcher import Verifier
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
    """Positions in the view, ascending (newest first).

    `examined` is the position up to which everything was decided; `is_complete` False: the time ran out there.
    """

    positions: Ids
    examined: int
    is_complete: bool


class QueryEngine:
    """Finds the files that match a query. Shares the tag sets and columns with the other searches."""

    def __init__(
        self,
        *,
        store: Store,
        views: ViewCache,
        finder: TrigramSearcher,
        sets: TagSets,
        facts: MetadataColumnCache,
        personal: Callable[[], Curation],
        similarity: SimilarityScorer,
        limits: SearchLimits = DEFAULT_LIMITS,
    ) -> None:
        """`likeness` answers the `similar:` parts of a query."""
        self._store = store
        self._views = views
        self._finder = finder
        self._names = TagMatcher(store, sets)
        self._personal = personal
        self._facts = facts
        self._similarity = similarity
        self._limits = limits

    def find(self, node: Node, view: View, *, budget_s: float, start: int = 0, limit: int | None = None) -> QueryResult:
        """Matches from position `start` on, at most `limit` (None: all).

        Raises what `SimilarityScorer.scores` raises, and `BudgetExceeded` if one file alone exceeds the budget.
        """
        deadline = time.monotonic() + budget_s
        loaded = QueryInputs(self._facts, len(view.rank), self._personal)
        sets = SetTerms(
            view, loaded, self._names, self._similarity, self._views.folder_mask, self._facts.extension_mask
        )
        resolved = TermResolver(sets, self._finder, self._limits).resolve_terms(node)
        verifier = Verifier(self._store, self._finder.halves, view, loaded, deadline, self._limits)
        return _Search(resolved, view, verifier, start, limit, deadline).run(self._limits)


class _Search:
    """One search under way."""

    def __init__(
        self, query: ResolvedNode, view: View, verifier: Verifier, start: int, limit: int | None, deadline: float
    ) -> None:
        self._query = query
        self._view = view
        self._verifier = verifier
        self._start = start
        self._limit = limit
        self._deadline = deadline
        self._hits: list[Ids] = []
        self._count = 0
        self._pending: Ids = np.empty(0, dtype=np.int64)  # proposed, but a newer file may still be

    def run(self, limits: SearchLimits) -> QueryResult:
        """Choose the cheapest way, and search."""
        end = len(self._view.ids)
        if self._limit is None or not self._query.holds_text:
            return self._ask([self._view.whole])
        shares = self._query.estimate()
        if shares.hits * limits.files_read_first > 2 * self._limit:  # they lie close: reading finds them sooner
            stop = min(end, self._start + limits.files_read_first)
            positions = _positions(self._query.candidates(None), self._view, self._start, stop)
            found = self._decide(positions)
            if found is not None or stop == end:
                return found or self._found(end, is_complete=True)
            self._start = stop
        if shares.proposed * end < limits.whole_library_proposals:
            return self._ask([self._view.whole])
        return self._ask(self._view.windows(self._start))

    def _ask(self, windows: Iterable[Window]) -> QueryResult:
        """Ask for one window after the other, and decide what is certainly next."""
        end = len(self._view.ids)
        is_exact = True  # of this window and those before, of which some files may be pending
        for window in windows:
            part = self._query.candidates(window.ranges)
            proposed = _within(part, self._view, self._start, window)
            self._pending = np.sort(np.concatenate([self._pending, proposed])) if len(self._pending) else proposed
            cut = int(np.searchsorted(self._pending, window.bound))
            ready, self._pending = self._pending[:cut], self._pending[cut:]
            is_exact &= part.exact
            found = self._take(ready) if is_exact else self._decide(ready)
            if found is not None:
                return found
            if self._start < window.bound < end and time.monotonic() > self._deadline:
                return self._found(window.bound, is_complete=False)
        return self._found(end, is_complete=True)

    def _take(self, positions: Ids) -> QueryResult | None:
        """All of these match. Returns the answer if there are more than enough."""
        self._hits.append(positions)
        self._count += len(positions)
        if self._limit is None or self._count < self._limit:
            return None
        chosen = np.concatenate(self._hits)[: self._limit]
        return QueryResult(chosen, int(chosen[-1]) + 1, is_complete=True)

    def _decide(self, positions: Ids) -> QueryResult | None:
        """Look at these files. Returns the answer if there is enough, or no time left."""
        decided = 0
        for block, is_match in self._verifier.blocks(self._query, positions):
            decided += len(block)
            found = self._take(block[is_match])
            if found is not None:
                return found
        return None if decided == len(positions) else self._found(int(positions[decided]), is_complete=False)

    def _found(self, examined: int, *, is_complete: bool) -> QueryResult:
        hits = np.concatenate(self._hits) if self._hits else np.empty(0, dtype=np.int64)
        return QueryResult(hits, examined, is_complete)


def _positions(part: CandidateSet, view: View, start: int, stop: int) -> Ids:
    """Files that may match, from one position to another."""
    if part.mask is None:
        return np.arange(start, stop, dtype=np.int64)
    return np.flatnonzero(part.mask[view.ids[start:stop]]) + start


def _within(part: CandidateSet, view: View, start: int, window: Window) -> Ids:
    """Positions from `start` on of the files in a window that may match, ascending."""
    if window == view.whole:
        return _positions(part, view, start, len(view.ids))
    found: list[Ids] = []
    for first, last in window.ranges:
        ranks = view.rank[first : last + 1]
        is_wanted = ranks >= start
        if part.mask is not None:
            is_wanted &= part.mask[first : last + 1]
        found.append(ranks[is_wanted].astype(np.int64))
    return np.sort(np.concatenate(found))
