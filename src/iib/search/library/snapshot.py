"""Holds the library in memory: a few numbers of every visible file, and their order, newest first.

A snapshot is immutable and belongs to one revision of the store. A refresh after a commit touches only the changed
files: some milliseconds for a million files.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from iib._lib.cache import Loaded, RevisionCache
from iib.store import Store

Ids = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Ranges: TypeAlias = Sequence[tuple[int, int]]  # of ids, ends included, ascending
COLUMN_COUNT = 7  # numbers of a file in a snapshot
MAX_SINGLE_INSERTS = 1_000  # changes whose positions are searched one by one; more are merged by sorting
REFRESH_LIMIT = 100_000  # changed files; above it, all files are read again


@dataclass(frozen=True, slots=True)
class MediaColumns:
    """Columns indexed by media id. Rows of unknown or missing files have `is_visible` False."""

    mtime_ns: Ids
    folder_id: Ids
    kind: npt.NDArray[np.int8]
    width_px: npt.NDArray[np.int32]
    height_px: npt.NDArray[np.int32]
    size_bytes: Ids
    is_visible: Mask


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The library at one revision. `ids`: all visible files by modification time and id, both descending."""

    revision: int
    ids: Ids
    columns: MediaColumns


class SnapshotCache:
    """Caches the newest snapshot of one store. Safe from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._cache: RevisionCache[int, Snapshot] = RevisionCache()

    def snapshot(self) -> Snapshot:
        """Return the library as of the latest commit."""
        return self._cache.get(lambda: self._store.revision, self._load)

    def _load(self, revision: int, previous: Loaded[int, Snapshot] | None) -> Snapshot:
        changed = self._store.changes_since(previous.revision) if previous is not None else None
        if previous is None or changed is None or len(changed) > REFRESH_LIMIT:
            return self._read(revision)
        return self._refresh(previous.value, revision, changed)

    def _read(self, revision: int) -> Snapshot:
        with self._store.read() as unit:
            rows = _table(unit.media_search.iter_snapshot_columns())
        columns = _empty_columns(int(rows[-1, 0]) + 1 if len(rows) else 1)
        _fill(columns, rows)
        ids = rows[:, 0]
        return Snapshot(revision, sort_newest(ids, columns.mtime_ns), columns)

    def _refresh(self, current: Snapshot, revision: int, changed: set[int]) -> Snapshot:
        ids = sorted(changed)
        with self._store.read() as unit:
            rows = _table(unit.media_search.iter_snapshot_columns(ids))
        old = current.columns
        capacity = max(len(old.mtime_ns), (ids[-1] + 1) if ids else 1)
        columns = _copy_columns(old, capacity)
        columns.is_visible[ids] = False
        _fill(columns, rows)
        if len(ids) <= MAX_SINGLE_INSERTS:
            removed_positions = [
                _position(current.ids, old.mtime_ns, media_id)
                for media_id in ids
                if media_id < len(old.mtime_ns) and old.is_visible[media_id]
            ]
            remaining = np.delete(current.ids, removed_positions)
        else:
            touched = np.zeros(capacity, dtype=np.bool_)
            touched[ids] = True
            remaining = current.ids[~touched[current.ids]]
        added = sort_newest(rows[:, 0], columns.mtime_ns)
        return Snapshot(revision, merge_newest(remaining, added, columns.mtime_ns), columns)


def _table(blocks: Iterable[Sequence[tuple[int, ...]]]) -> Ids:
    """Return blocks of rows of `COLUMN_COUNT` numbers as one array."""
    parts = [
        np.fromiter(chain.from_iterable(block), dtype=np.int64, count=COLUMN_COUNT * len(block)).reshape(
            -1, COLUMN_COUNT
        )
        for block in blocks
    ]
    return np.concatenate(parts) if parts else np.empty((0, COLUMN_COUNT), dtype=np.int64)


def sort_newest(ids: Ids, mtime_ns: Ids) -> Ids:
    """Sorts ids by time and id, both descending.

    >>> sort_newest(np.asarray([0, 1, 2]), np.asarray([5, 9, 5])).tolist()
    [1, 2, 0]
    """
    ranks = np.lexsort((-ids, -mtime_ns[ids]))
    return ids[ranks]


def merge_newest(remaining: Ids, added: Ids, mtime_ns: Ids) -> Ids:
    """Merges two lists that `sort_newest` has sorted."""
    if not len(added):
        return remaining
    if not len(remaining):
        return added
    if len(added) > MAX_SINGLE_INSERTS:
        return sort_newest(np.concatenate((remaining, added)), mtime_ns)
    return np.insert(remaining, [_position(remaining, mtime_ns, media_id) for media_id in added.tolist()], added)


def _position(order: Ids, mtime_ns: Ids, media_id: int) -> int:
    """Return the position of a file in the order, or the position at which it belongs."""
    key = (int(mtime_ns[media_id]), media_id)
    low, high = 0, len(order)
    while low < high:
        middle = (low + high) // 2
        other = int(order[middle])
        if (int(mtime_ns[other]), other) > key:
            low = middle + 1
        else:
            high = middle
    return low


def _empty_columns(capacity: int) -> MediaColumns:
    capacity += capacity // 8 + 1024
    return MediaColumns(
        mtime_ns=np.zeros(capacity, dtype=np.int64),
        folder_id=np.zeros(capacity, dtype=np.int64),
        kind=np.zeros(capacity, dtype=np.int8),
        width_px=np.zeros(capacity, dtype=np.int32),
        height_px=np.zeros(capacity, dtype=np.int32),
        size_bytes=np.zeros(capacity, dtype=np.int64),
        is_visible=np.zeros(capacity, dtype=np.bool_),
    )


def _copy_columns(old: MediaColumns, capacity: int) -> MediaColumns:
    size = len(old.mtime_ns)
    if capacity <= size:
        return MediaColumns(*(getattr(old, name).copy() for name in MediaColumns.__slots__))
    fresh = _empty_columns(capacity)
    for name in MediaColumns.__slots__:
        getattr(fresh, name)[:size] = getattr(old, name)
    return fresh


def _fill(columns: MediaColumns, rows: Ids) -> None:
    ids = rows[:, 0]
    columns.mtime_ns[ids] = rows[:, 1]
    columns.folder_id[ids] = rows[:, 2]
    columns.kind[ids] = rows[:, 3]
    columns.width_px[ids] = np.clip(rows[:, 4], 0, 2**31 - 1)
    columns.height_px[ids] = np.clip(rows[:, 5], 0, 2**31 - 1)
    columns.size_bytes[ids] = rows[:, 6]
    columns.is_visible[ids] = True
