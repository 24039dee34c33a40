"""Counts of what may be seen, for libraries of which some folders are out of bounds.

The store counts all of its files. Which of them a client may see is known to the views; so tags and albums are counted
here, once for each state of the library.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from iib._lib.cache import RevisionCache
from iib.model import MediaId
from iib.search.counts.facet_matrix import LEFT_OUT, FacetMatrixCache
from iib.search.library.curation import CurationCache
from iib.search.library.view import View, ViewCache
from iib.store import AlbumRow, Store, TagRow, Zones

FEW = 20_000  # files whose tags are read one by one
AT_ONCE = 1_000  # prompt terms
MOST_TERMS = 4096  # as many as the store lists


class VisibleCounts:
    """Tags and albums with the number of their files that may be seen. Safe from any thread."""

    def __init__(
        self, store: Store, views: ViewCache, index: FacetMatrixCache, curation_cache: CurationCache, few: int = FEW
    ) -> None:
        self._store = store
        self._views = views
        self._index = index
        self._curation_cache = curation_cache
        self._few = few
        self._cache: RevisionCache[View, list[TagRow]] = RevisionCache()

    def tags(self) -> list[TagRow]:
        """Every person-made tag, and all that visible files carry; of the prompt terms the most used when there are
        very many."""
        return self.custom() + self._derived()

    def custom(self) -> list[TagRow]:
        """Person-made tags, in the order of their ids."""
        with self._store.read() as unit:
            rows = unit.tags.list_custom()
        return self.recounted(rows)

    def recounted(self, made: Sequence[TagRow]) -> list[TagRow]:
        """These person-made tags with other counts."""
        counts = self._curation_cache.current().tag_counts(self._views.view().rank >= 0)
        return [replace(row, count=int(counts[row.id]) if row.id < len(counts) else 0) for row in made]

    def albums(self, rows: Sequence[AlbumRow]) -> list[AlbumRow]:
        """These albums with other counts; a cover that may not be seen gives way to the first picture that may."""
        rank = self._views.view().rank
        people = self._curation_cache.current()
        found = []
        for row in rows:
            ids = people.items(row.id)
            ids = ids[ids < len(rank)]
            ids = ids[rank[ids] >= 0]
            first = MediaId(int(ids[0])) if len(ids) else None
            found.append(replace(row, count=len(ids), cover_id=row.cover_id if row.cover_id in ids else first))
        return found

    def _derived(self) -> list[TagRow]:
        return self._cache.get(self._views.view, self._count)

    def _count(self, view: View, _previous: object) -> list[TagRow]:
        with self._store.read() as unit:
            carried = unit.tags.list_derived()
        counts = self._index.matrix().counts(view.ids)
        others = [
            replace(row, count=int(counts[row.id]))
            for row in carried
            if row.kind != LEFT_OUT and row.id < len(counts) and counts[row.id]
        ]
        terms = [row for row in carried if row.kind == LEFT_OUT]
        return others + (self._of_each(view, terms) if len(view.ids) <= self._few else self._most_used(view, terms))

    def _of_each(self, view: View, terms: Sequence[TagRow]) -> list[TagRow]:
        counts: Counter[int] = Counter()
        with self._store.read() as unit:
            for tags in unit.tags.derived_ids_by_media([MediaId(item) for item in view.ids.tolist()]).values():
                counts.update(tags)
        return _largest([replace(row, count=counts[row.id]) for row in terms if counts[row.id]])

    def _most_used(self, view: View, terms: Sequence[TagRow]) -> list[TagRow]:
        """The stored counts are upper bounds: stop when no other term can reach the list."""
        is_wanted, known = view.rank >= 0, view.snapshot.ids
        with self._store.read() as unit:
            missing = np.asarray(unit.media.missing_ids(), dtype=np.int64)
            zones = Zones(is_wanted, np.concatenate((known[~is_wanted[known]], missing)))
            waiting = sorted(terms, key=lambda row: (-row.count, row.id))
            found: list[TagRow] = []
            for start in range(0, len(waiting), AT_ONCE):
                chunk = waiting[start : start + AT_ONCE]
                if len(found) >= MOST_TERMS and _largest(found)[-1].count > chunk[0].count:
                    break
                counts = unit.tag_index.counts_by_tag([row.id for row in chunk], zones)
                found += [replace(row, count=counts[row.id]) for row in chunk if counts.get(row.id)]
        return _largest(found)


def _largest(rows: Sequence[TagRow]) -> list[TagRow]:
    return heapq.nlargest(MOST_TERMS, rows, key=lambda row: (row.count, -row.id))
