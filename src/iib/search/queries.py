"""Answering the search language: all matches of a query, or a page of them, within a time budget."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from iib.query.ast import Node
from iib.search.compile import Compiler, Loaded, Part, holds_text
from iib.search.facts import LibraryFacts
from iib.search.filters import View, Views
from iib.search.likeness import Likeness
from iib.search.names import TagNames
from iib.search.order import Ids, Mask
from iib.search.personal import Personal
from iib.search.tags import TagSets
from iib.search.text import TextFinder
from iib.search.verify import matching
from iib.search.windows import Window, newest_first, whole
from iib.store import Store

SCANNED = 3_000  # files read in order before the index is asked, where hits lie close
FEW = 4_000  # so many proposals are sooner asked for at once than window by window


@dataclass(frozen=True, slots=True)
class Found:
    """Positions in the view, ascending (newest first).

    `examined` is the position up to which everything was decided; `is_complete` False: the time ran out there.
    """

    positions: Ids
    examined: int
    is_complete: bool


class QueryEngine:
    """Compiles and answers queries. Shares the tag sets and columns with the other searches."""

    def __init__(
        self,
        *,
        store: Store,
        views: Views,
        finder: TextFinder,
        sets: TagSets,
        facts: LibraryFacts,
        personal: Callable[[], Personal],
        likeness: Likeness,
    ) -> None:
        """`likeness` answers the `similar:` parts of a query."""
        self._store = store
        self._views = views
        self._finder = finder
        self._names = TagNames(store, sets)
        self._personal = personal
        self._facts = facts
        self._likeness = likeness

    def compiler(self, view: View) -> Compiler:
        """A compiler for all of this view."""
        return Compiler(
            view=view,
            loaded=Loaded(self._facts, len(view.rank), self._personal),
            names=self._names,
            finder=self._finder,
            likeness=self._likeness,
            folder_mask=self._views.folder_mask,
            extension_mask=self._facts.extension_mask,
            ranges=whole(view).ranges,
            leaves={},
        )

    def find(self, node: Node, view: View, *, budget_s: float, start: int = 0, limit: int | None = None) -> Found:
        """Matches from position `start` on, at most `limit` (None: all).

        Raises what `Likeness.scores` raises, and `BudgetExceeded` when one file alone takes longer than the budget.
        """
        compiler, deadline = self.compiler(view), time.monotonic() + budget_s
        look = partial(matching, self._store, self._finder.halves, compiler, node, deadline)
        search = _Search(look, node, compiler, start, limit, deadline)
        return search.run()


Look = Callable[[Ids], Iterator[tuple[Ids, Mask]]]  # at positions: blocks of them, and which match


class _Search:
    """One search under way."""

    def __init__(
        self, look: Look, node: Node, compiler: Compiler, start: int, limit: int | None, deadline: float
    ) -> None:
        self._look = look
        self._node = node
        self._compiler = compiler
        self._view = compiler.view
        self._start = start
        self._limit = limit
        self._deadline = deadline
        self._hits: list[Ids] = []
        self._count = 0
        self._pending: Ids = np.empty(0, dtype=np.int64)  # proposed, but a newer file may still be

    def run(self) -> Found:
        end = len(self._view.ids)
        if self._limit is None or not holds_text(self._node):
            return self._ask([whole(self._view)])
        shares = self._compiler.shares(self._node)
        if shares.hits * SCANNED > 2 * self._limit:  # they lie close: reading finds them sooner than asking
            stop = min(end, self._start + SCANNED)
            positions = _positions(self._compiler.within(None).part(self._node), self._view, self._start, stop)
            found = self._decide(positions)
            if found is not None or stop == end:
                return found or self._found(end, is_complete=True)
            self._start = stop
        if shares.proposed * end < FEW:
            return self._ask([whole(self._view)])
        return self._ask(newest_first(self._view, self._start))

    def _ask(self, windows: Iterable[Window]) -> Found:
        """Ask for one window after the other, and decide what is certainly next."""
        end = len(self._view.ids)
        is_exact = True  # of this window and those before, of which some files may be pending
        for window in windows:
            part = self._compiler.within(window.ranges).part(self._node)
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

    def _take(self, positions: Ids) -> Found | None:
        """All of these match. Returns the answer if there are more than enough."""
        self._hits.append(positions)
        self._count += len(positions)
        if self._limit is None or self._count < self._limit:
            return None
        chosen = np.concatenate(self._hits)[: self._limit]
        return Found(chosen, int(chosen[-1]) + 1, is_complete=True)

    def _decide(self, positions: Ids) -> Found | None:
        """Look at these files. Returns the answer if there is enough, or no time left."""
        decided = 0
        for block, is_match in self._look(positions):
            decided += len(block)
            found = self._take(block[is_match])
            if found is not None:
                return found
        return None if decided == len(positions) else self._found(int(positions[decided]), is_complete=False)

    def _found(self, examined: int, *, is_complete: bool) -> Found:
        hits = np.concatenate(self._hits) if self._hits else np.empty(0, dtype=np.int64)
        return Found(hits, examined, is_complete)


def _positions(part: Part, view: View, start: int, stop: int) -> Ids:
    """Files that may match, from one position to another."""
    if part.mask is None:
        return np.arange(start, stop, dtype=np.int64)
    return np.flatnonzero(part.mask[view.ids[start:stop]]) + start


def _within(part: Part, view: View, start: int, window: Window) -> Ids:
    """Positions from `start` on of the files in a window that may match, ascending."""
    if window == whole(view):
        return _positions(part, view, start, len(view.ids))
    found: list[Ids] = []
    for first, last in window.ranges:
        ranks = view.rank[first : last + 1]
        is_wanted = ranks >= start
        if part.mask is not None:
            is_wanted &= part.mask[first : last + 1]
        found.append(ranks[is_wanted].astype(np.int64))
    return np.sort(np.concatenate(found))
