"""Counts models, LoRAs, samplers and other derived tags within any set of files.

The links of all derived tags except prompt terms are held as one compressed matrix (per media id, the tags of the
file), about six numbers per file; a count over a set is one `bincount`. Files that changed since the matrix was read
are in an overlay.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from iib._lib.cache import Loaded, RevisionCache
from iib.model import MediaId, TagId, TagKind
from iib.search.library.snapshot import Ids
from iib.store import Store

EXCLUDED_KIND = TagKind.PROMPT_TERM  # about twenty per file; suggestions count them one by one
MAX_OVERLAY = 20_000  # changed files in the overlay; above it, the matrix is read again

TagIdArray = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class TagMatrix:
    """The tags of a file are `tags[offsets[id] : offsets[id + 1]]`.

    `totals` is the number of files per tag; `overlay` replaces the rows of changed files.
    """

    offsets: npt.NDArray[np.int64]
    tags: TagIdArray
    totals: npt.NDArray[np.int64]
    overlay: Mapping[int, TagIdArray]

    def counts(self, ids: Ids) -> npt.NDArray[np.int64]:
        """Return the number of these files per tag id."""
        size = len(self.offsets) - 1
        is_counted = np.zeros(max(size, int(ids.max(initial=0)) + 1), dtype=np.bool_)
        is_counted[ids] = True
        extra = [tag_ids for item, tag_ids in self.overlay.items() if item < len(is_counted) and is_counted[item]]
        is_counted[[item for item in self.overlay if item < len(is_counted)]] = False
        base = np.flatnonzero(is_counted[:size])
        if len(base) * 2 <= size:
            counts = np.bincount(self._tags_of_rows(base), minlength=len(self.totals))
        else:  # most files: the totals minus the tags of all other files
            counts = self.totals - np.bincount(
                self._tags_of_rows(np.flatnonzero(~is_counted[:size])), minlength=len(self.totals)
            )
        if not extra:
            return counts
        added = np.bincount(np.concatenate(extra), minlength=len(counts))
        added[: len(counts)] += counts
        return added

    def pairs(self, ids: Ids) -> tuple[npt.NDArray[np.int64], TagIdArray]:
        """Return (position in `ids`, tag id) for every link of these files."""
        lengths = np.zeros(len(ids), dtype=np.int64)
        is_inside = ids < len(self.offsets) - 1
        lengths[is_inside] = self.offsets[ids[is_inside] + 1] - self.offsets[ids[is_inside]]
        changed = {position: self.overlay[item] for position, item in enumerate(ids.tolist()) if item in self.overlay}
        for position in changed:
            lengths[position] = 0
        non_empty = np.flatnonzero(lengths)
        positions = np.repeat(non_empty, lengths[non_empty])
        tags = self._tags_of_rows(ids[non_empty])
        if changed:
            positions = np.concatenate(
                [positions, *(np.full(len(tag_ids), position) for position, tag_ids in changed.items())]
            )
            tags = np.concatenate([tags, *changed.values()])
        return positions, tags

    def _tags_of_rows(self, ids: Ids) -> TagIdArray:
        """Return the tags of unchanged files, one file after the other."""
        starts, lengths = self.offsets[ids], self.offsets[ids + 1] - self.offsets[ids]
        total = int(lengths.sum())
        if total == 0:
            return np.empty(0, dtype=np.int32)
        ends = np.cumsum(lengths)
        positions = np.arange(total) - np.repeat(ends - lengths, lengths) + np.repeat(starts, lengths)
        tags: TagIdArray = self.tags[positions]
        return tags


class FacetMatrixCache:
    """Caches the matrix of one store and refreshes it after commits. Safe from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._cache: RevisionCache[int, TagMatrix] = RevisionCache()

    def matrix(self) -> TagMatrix:
        """Return the matrix as of the latest commit."""
        return self._cache.get(lambda: self._store.revision, self._load)

    def _load(self, _revision: int, previous: Loaded[int, TagMatrix] | None) -> TagMatrix:
        changed = self._store.changes_since(previous.revision) if previous is not None else None
        if previous is None or changed is None or len(changed) + len(previous.value.overlay) > MAX_OVERLAY:
            return self._read()
        return self._with_changes(previous.value, sorted(changed)) if changed else previous.value

    def _read(self) -> TagMatrix:
        """Reads all links into two plain arrays: a hundred thousand small arrays would fragment the memory."""
        with self._store.read() as unit:
            highest = unit.media.highest_id()
            total = unit.tag_index.count_links(EXCLUDED_KIND)
            media_ids, tags = np.empty(total, dtype=np.int32), np.empty(total, dtype=np.int32)
            end = 0
            for tag_ids, ids in unit.tag_index.iter_links(EXCLUDED_KIND):
                media_ids[end : end + len(ids)] = ids
                tags[end : end + len(ids)] = tag_ids
                end += len(ids)
        media_ids, tags = media_ids[:end], tags[:end]
        offsets = np.concatenate(([0], np.cumsum(np.bincount(media_ids, minlength=highest + 1)))).astype(np.int64)
        return TagMatrix(offsets, tags[np.argsort(media_ids, kind="stable")], np.bincount(tags), {})

    def _with_changes(self, matrix: TagMatrix, ids: Sequence[int]) -> TagMatrix:
        with self._store.read() as unit:
            tag_ids = unit.tag_index.derived_ids_by_media([MediaId(item) for item in ids], EXCLUDED_KIND)
        changed_rows = {item: np.asarray(tag_ids.get(MediaId(item), ()), dtype=np.int32) for item in ids}
        return TagMatrix(matrix.offsets, matrix.tags, matrix.totals, {**matrix.overlay, **changed_rows})


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value of a facet and its number of files; `tag_id` is None for values that are not tags."""

    value: str
    count: int
    tag_id: TagId | None = None


def top_values(values: Iterable[FacetValue], limit: int) -> list[FacetValue]:
    """Return the most frequent values, ties by name.

    >>> [item.value for item in top_values([FacetValue("b", 2), FacetValue("c", 9), FacetValue("a", 2)], 2)]
    ['c', 'a']
    """
    return sorted(values, key=lambda item: (-item.count, item.value))[:limit]
