"""Answering the search language: all matches of a query, or a page of them, within a time budget."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from iib.query.ast import Node
from iib.search.compile import Compiler, Part
from iib.search.facts import LibraryFacts
from iib.search.filters import View, Views
from iib.search.likeness import Likeness, NoLikeness
from iib.search.names import TagNames
from iib.search.order import Ids
from iib.search.personal import Personal
from iib.search.tags import TagSets
from iib.search.text import TextFinder
from iib.search.verify import matching
from iib.store import Store


@dataclass(frozen=True, slots=True)
class Found:
    """Positions in the view, ascending (newest first).

    `examined` is the position up to which everything was decided; `is_complete` False: the time ran out there.
    """

    positions: Ids
    examined: int
    is_complete: bool


class QueryEngine:
    """Compiles and answers; shares the sets and columns with the other searches. `likeness` is given by the semantic
    room once that is built."""

    def __init__(
        self, store: Store, views: Views, finder: TextFinder, sets: TagSets, personal: Callable[[], Personal]
    ) -> None:
        self._store = store
        self._views = views
        self._finder = finder
        self._names = TagNames(store, sets)
        self.people = personal
        self.facts = LibraryFacts(store)
        self.likeness: Likeness = NoLikeness()

    def compiler(self, view: View) -> Compiler:
        """A compiler for this view."""
        return Compiler(
            view=view,
            facts=self.facts.columns(len(view.rank)),
            names=self._names,
            finder=self._finder,
            personal=self.people(),
            likeness=self.likeness,
            folder_mask=self._views.folder_mask,
            extension_mask=self.facts.extension_mask,
            leaves={},
        )

    def find(self, node: Node, view: View, *, budget_s: float, start: int = 0, limit: int | None = None) -> Found:
        """Matches from position `start` on, at most `limit` (None: all).

        Raises what `Likeness.scores` raises, and `BudgetExceeded` when one file alone takes longer than the budget.
        """
        deadline = time.monotonic() + budget_s
        compiler = self.compiler(view)
        part = compiler.part(node)
        proposed = _positions(part, view, start)
        if part.exact:
            chosen = proposed if limit is None else proposed[:limit]
            is_cut = limit is not None and len(proposed) > limit
            return Found(chosen, int(chosen[-1]) + 1 if is_cut else len(view.ids), is_complete=True)
        hits: list[Ids] = [np.empty(0, dtype=np.int64)]
        decided = count = 0
        for block, is_match in matching(self._store, compiler, node, proposed, deadline):
            decided += len(block)
            hits.append(block[is_match])
            count += len(hits[-1])
            if limit is not None and count >= limit:
                chosen = np.concatenate(hits)[:limit]
                return Found(chosen, int(chosen[-1]) + 1, is_complete=True)
        is_complete = decided == len(proposed)
        examined = len(view.ids) if is_complete else int(proposed[decided])
        return Found(np.concatenate(hits), examined, is_complete)


def _positions(part: Part, view: View, start: int) -> Ids:
    if part.mask is None:
        return np.arange(start, len(view.ids), dtype=np.int64)
    rest = view.ids[start:]
    return np.flatnonzero(part.mask[rest]) + start
