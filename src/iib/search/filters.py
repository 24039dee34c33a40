"""The part of the library a query looks at: active roots, chosen folders, kind of media."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from iib._lib.cache import LruCache, RevisionCache
from iib.model.media import MediaKind
from iib.search.cursor import Newest
from iib.search.order import Columns, Ids, LibraryOrder, Snapshot
from iib.search.outside import NOTHING, Outside
from iib.store import Store

ZONE_BITS = 13  # 8,192 consecutive ids form a zone
KEPT = 6


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """Files that a query may return. `ids` newest first; `rank` gives the position of an id in them, -1 if outside.

    `zone_first` and `zone_last` are the smallest and largest position inside each zone of ids: a query that wants the
    newest files first asks the zones in the order of `zone_first` and may stop early. No two views have one `number`.
    """

    snapshot: Snapshot
    ids: Ids
    rank: npt.NDArray[np.int32]
    zone_first: npt.NDArray[np.int32]
    zone_last: npt.NDArray[np.int32]
    number: int

    @property
    def is_whole(self) -> bool:
        """True if no file of the library is left out."""
        return len(self.ids) == len(self.snapshot.order)

    def count_of(self, ids: Ids | npt.NDArray[np.int32]) -> int:
        """How many of these files it holds."""
        inside = ids[ids < len(self.rank)]
        return int(np.count_nonzero(self.rank[inside] >= 0))

    @property
    def columns(self) -> Columns:
        """Facts by id."""
        return self.snapshot.columns

    def position_after(self, cursor: Newest | None) -> int:
        """Where a page begins that goes on after `cursor`."""
        if cursor is None:
            return 0
        times = self.columns.mtime_ns
        low, high = 0, len(self.ids)
        while low < high:
            middle = (low + high) // 2
            media_id = int(self.ids[middle])
            if (int(times[media_id]), media_id) < (cursor.mtime_ns, cursor.media_id):
                high = middle
            else:
                low = middle + 1
        return low

    def cursor_at(self, position: int) -> Newest:
        """The cursor of the row at this position."""
        media_id = int(self.ids[position])
        return Newest(int(self.columns.mtime_ns[media_id]), media_id)


class Views:
    """Makes views and keeps the last few."""

    def __init__(
        self,
        store: Store,
        order: LibraryOrder,
        scopes: Callable[[], Sequence[str] | None],
        outside: Callable[[], Outside] = lambda: NOTHING,
    ) -> None:
        self._store = store
        self._order = order
        self._scopes = scopes
        self._outside = outside
        self._cache: RevisionCache[int, tuple[Snapshot, LruCache[object, View]]] = RevisionCache()
        self._numbers = itertools.count()

    def set_scopes(self, scopes: Callable[[], Sequence[str] | None]) -> None:
        """Look at other folders from now on (None: at everything), wherever links in them lead."""
        self._scopes = scopes
        self._outside = lambda: NOTHING

    def view(
        self,
        folders: Sequence[str] | None = None,
        kinds: Iterable[MediaKind] = (),
        *,
        recursive: bool = True,
    ) -> View:
        """Files below active roots, in the given folders (None: anywhere) and of the given kinds (none: all)."""
        snapshot, views = self._cache.get(
            lambda: self._store.revision, lambda *_args: (self._order.snapshot(), LruCache(KEPT))
        )
        scopes, outside = self._scopes(), self._outside()
        wanted = frozenset(int(kind) for kind in kinds)
        key = (
            None if scopes is None else tuple(scopes),
            outside.number,
            None if folders is None else tuple(folders),
            wanted,
            recursive,
        )
        return views.get_or_load(
            key, lambda: self._make(snapshot, scopes, outside, folders, wanted, recursive=recursive)
        )

    def counts_by_folder(self) -> dict[str, int]:
        """Files of the whole view directly in each folder, by its path; folders without any are left out."""
        view = self.view()
        ids, counts = np.unique(view.columns.folder_id[view.ids], return_counts=True)
        with self._store.read() as unit:
            paths = unit.folders.paths([int(item) for item in ids])
        return {paths[int(item)]: int(count) for item, count in zip(ids, counts, strict=True) if int(item) in paths}

    def _make(
        self,
        snapshot: Snapshot,
        scopes: Sequence[str] | None,
        outside: Outside,
        folders: Sequence[str] | None,
        kinds: frozenset[int],
        *,
        recursive: bool,
    ) -> View:
        ids = snapshot.order
        if scopes is not None:
            ids = ids[self.folder_mask(scopes, snapshot)[snapshot.columns.folder_id[ids]]]
        if outside:
            astray = np.isin(snapshot.columns.folder_id[ids], outside.folder_ids)
            ids = ids[~(astray | np.isin(ids, outside.media_ids))]
        if folders is not None:
            mask = self.folder_mask(folders, snapshot, recursive=recursive)
            ids = ids[mask[snapshot.columns.folder_id[ids]]]
        if kinds:
            ids = ids[np.isin(snapshot.columns.kind[ids], list(kinds))]
        capacity = len(snapshot.columns.mtime_ns)
        rank = np.full(capacity, -1, dtype=np.int32)
        rank[ids] = np.arange(len(ids), dtype=np.int32)
        zones = (capacity >> ZONE_BITS) + 1
        padded = np.full(zones << ZONE_BITS, -1, dtype=np.int32)
        padded[:capacity] = rank
        by_zone = padded.reshape(zones, 1 << ZONE_BITS)
        zone_last = by_zone.max(axis=1)
        zone_first = by_zone.view(np.uint32).min(axis=1)  # -1 is the largest of all
        zone_first = np.minimum(zone_first, np.iinfo(np.int32).max).astype(np.int32)
        return View(snapshot, ids, rank, zone_first, zone_last, next(self._numbers))

    def folder_mask(
        self, folders: Sequence[str], snapshot: Snapshot, *, recursive: bool = True
    ) -> npt.NDArray[np.bool_]:
        """By folder id: is it one of these, or (`recursive`) below one of them?"""
        with self._store.read() as unit:
            if recursive:
                ids = unit.folders.ids_below(folders)
            else:
                ids = sorted(row.id for row in map(unit.folders.find, folders) if row is not None)
        highest = int(snapshot.columns.folder_id.max(initial=0))
        mask = np.zeros(highest + 2, dtype=np.bool_)
        mask[[item for item in ids if item <= highest]] = True
        return mask


def zone_ranges(zones: Ids, capacity: int) -> list[tuple[int, int]]:
    """Id ranges of ascending zones, ends included and below `capacity`; neighbours are joined."""
    ranges: list[tuple[int, int]] = []
    for zone in zones.tolist():
        first, last = zone << ZONE_BITS, min(capacity, (zone + 1) << ZONE_BITS) - 1
        if ranges and ranges[-1][1] + 1 == first:
            ranges[-1] = (ranges[-1][0], last)
        else:
            ranges.append((first, last))
    return ranges
