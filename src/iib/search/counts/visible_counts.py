"""Counts tags and albums over the files that a visitor may see.

The store counts all files; only views know which of them are visible. Therefore these counts are computed here, once
per state of the library.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from iib._lib.cache import RevisionCache
from iib.model import MediaId
from iib.search.counts.facet_matrix import EXCLUDED_KIND, FacetMatrixCache
from iib.search.library.curation import CurationCache
from iib.search.library.view import View, ViewCache
from iib.store import AlbumRow, Store, TagRow, ZonedMask

MAX_FILES_READ_SINGLY = 20_000  # up to this number, the tags of each file are read
TERMS_PER_READ = 1_000  # prompt terms
MAX_TERMS = 4096  # also the limit of the list in the store


class VisibleCounts:
    """Return tags and albums with the number of their visible files. Safe from any thread."""

    def __init__(
        self,
        store: Store,
        views: ViewCache,
        facet_matrix: FacetMatrixCache,
        curation_cache: CurationCache,
        max_files_read_singly: int = MAX_FILES_READ_SINGLY,
    ) -> None:
        self._store = store
        self._views = views
        self._facet_matrix = facet_matrix
        self._curation_cache = curation_cache
        self._max_files_read_singly = max_files_read_singly
        self._cache: RevisionCache[View, list[TagRow]] = RevisionCache()

    def tags(self) -> list[TagRow]:
        """Return every custom tag, and every derived tag of visible files.

        Of the prompt terms, only the `MAX_TERMS` most frequent ones.
        """
        return self.custom() + self._derived()

    def custom(self) -> list[TagRow]:
        """Return the custom tags with the counts of visible files, in the order of their ids."""
        with self._store.read() as unit:
            rows = unit.tags.list_custom()
        return self.recounted(rows)

    def recounted(self, tags: Sequence[TagRow]) -> list[TagRow]:
        """Return these custom tags with the counts of visible files."""
        counts = self._curation_cache.current().tag_counts(self._views.view().rank >= 0)
        return [replace(row, count=int(counts[row.id]) if row.id < len(counts) else 0) for row in tags]

    def albums(self, rows: Sequence[AlbumRow]) -> list[AlbumRow]:
        """Return these albums with the counts of visible files.

        A hidden cover is replaced by the first visible file.
        """
        rank = self._views.view().rank
        curation = self._curation_cache.current()
        result = []
        for row in rows:
            ids = curation.album_ids(row.id)
            ids = ids[ids < len(rank)]
            ids = ids[rank[ids] >= 0]
            first = MediaId(int(ids[0])) if len(ids) else None
            result.append(replace(row, count=len(ids), cover_id=row.cover_id if row.cover_id in ids else first))
        return result

    def _derived(self) -> list[TagRow]:
        return self._cache.get(self._views.view, self._count)

    def _count(self, view: View, _previous: object) -> list[TagRow]:
        with self._store.read() as unit:
            derived = unit.tags.list_derived()
        counts = self._facet_matrix.matrix().counts(view.ids)
        others = [
            replace(row, count=int(counts[row.id]))
            for row in derived
            if row.kind != EXCLUDED_KIND and row.id < len(counts) and counts[row.id]
        ]
        terms = [row for row in derived if row.kind == EXCLUDED_KIND]
        return others + (
            self._count_per_file(view, terms)
            if len(view.ids) <= self._max_files_read_singly
            else self._most_frequent(view, terms)
        )

    def _count_per_file(self, view: View, terms: Sequence[TagRow]) -> list[TagRow]:
        counts: Counter[int] = Counter()
        with self._store.read() as unit:
            for tags in unit.tags.derived_ids_by_media([MediaId(item) for item in view.ids.tolist()]).values():
                counts.update(tags)
        return _largest([replace(row, count=counts[row.id]) for row in terms if counts[row.id]])

    def _most_frequent(self, view: View, terms: Sequence[TagRow]) -> list[TagRow]:
        """Counts terms in descending order of their stored counts, which are upper bounds.

        The loop stops when no other term can reach the list.
        """
        is_visible, all_ids = view.rank >= 0, view.snapshot.ids
        with self._store.read() as unit:
            missing = np.asarray(unit.media.missing_ids(), dtype=np.int64)
            zones = ZonedMask(is_visible, np.concatenate((all_ids[~is_visible[all_ids]], missing)))
            by_count = sorted(terms, key=lambda row: (-row.count, row.id))
            result: list[TagRow] = []
            for start in range(0, len(by_count), TERMS_PER_READ):
                chunk = by_count[start : start + TERMS_PER_READ]
                if len(result) >= MAX_TERMS and _largest(result)[-1].count > chunk[0].count:
                    break
                counts = unit.tag_index.counts_by_tag([row.id for row in chunk], zones)
                result += [replace(row, count=counts[row.id]) for row in chunk if counts.get(row.id)]
        return _largest(result)


def _largest(rows: Sequence[TagRow]) -> list[TagRow]:
    return heapq.nlargest(MAX_TERMS, rows, key=lambda row: (row.count, -row.id))
