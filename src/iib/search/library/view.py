"""The part of the library a query looks at: active roots, chosen folders, kind of media.

A view also tells where its pages begin and end: a cursor is the opaque text by which a client goes on after a page.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import re
import struct
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from iib._lib.cache import LruCache, RevisionCache
from iib.errors import InvalidRequest
from iib.model import NS_PER_S, MediaKind
from iib.search.library.snapshot import Ids, MediaColumns, Ranges, Snapshot, SnapshotCache
from iib.search.library.symlink_exclusion import NOTHING, ExcludedMedia
from iib.search.limits import DEFAULT_LIMITS, SearchLimits
from iib.store import Store

KEPT = 6
GROWTH = 4  # of windows; measured: with 2 the questions cost more than what is looked at less
KEY = struct.Struct(">cqq")
BARE_DATE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
MAX_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Newest:
    """Go on after this row of the newest-first order: files older than `mtime_ns`, or as old with a smaller id."""

    mtime_ns: int
    media_id: int


@dataclass(frozen=True, slots=True)
class Shuffled:
    """Go on in the random order of this seed: after the key `after` (-1: from the start), or at an offset."""

    seed: int
    after: int = -1
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Ranges of ids. With this window and those before it, all files at positions below `bound` are known."""

    ranges: Ranges
    bound: int


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
    zone_bits: int
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
    def columns(self) -> MediaColumns:
        """Facts by id."""
        return self.snapshot.columns

    def position_after(self, cursor: str) -> int:
        """The position at which a page begins that goes on after `cursor` (see `decode_newest`); "": the newest file.

        Raises `InvalidRequest` for what is no cursor of this order.
        """
        row = decode_newest(cursor)
        if row is None:
            return 0
        times = self.columns.mtime_ns
        low, high = 0, len(self.ids)
        while low < high:
            middle = (low + high) // 2
            media_id = int(self.ids[middle])
            if (int(times[media_id]), media_id) < (row.mtime_ns, row.media_id):
                high = middle
            else:
                low = middle + 1
        return low

    def cursor_after(self, examined: int) -> str:
        """The cursor of a page that goes on after the first `examined` files; "" if that is none."""
        if not examined:
            return ""
        media_id = int(self.ids[examined - 1])
        return encode(Newest(int(self.columns.mtime_ns[media_id]), media_id))

    @property
    def whole(self) -> Window:
        """One window with every file."""
        return Window(((0, len(self.rank) - 1),), len(self.ids))

    def windows(self, start: int) -> Iterator[Window]:
        """Windows of the files from position `start` on, newest first, each `GROWTH` times as large as the one before.

        A page of hits is found without asking the index for the whole library. Files lie in the database by their ids,
        and ids seldom follow the times: a zone of ids is asked for when its newest file may be the next one, so that
        what is found is in exact order up to the first file of the next zone.
        """
        open_zones = np.flatnonzero(self.zone_last >= start)
        zones = open_zones[np.argsort(self.zone_first[open_zones], kind="stable")]
        begin, width = 0, 1
        while begin < len(zones):
            group = np.sort(zones[begin : begin + width])
            begin += width
            width *= GROWTH
            bound = int(self.zone_first[zones[begin]]) if begin < len(zones) else len(self.ids)
            yield Window(self._id_ranges(group), bound)

    def _id_ranges(self, zones: Ids) -> Ranges:
        """Id ranges of ascending zones, ends included; neighbours are joined."""
        ranges: list[tuple[int, int]] = []
        for zone in zones.tolist():
            first, last = zone << self.zone_bits, min(len(self.rank), (zone + 1) << self.zone_bits) - 1
            if ranges and ranges[-1][1] + 1 == first:
                ranges[-1] = (ranges[-1][0], last)
            else:
                ranges.append((first, last))
        return ranges


class ViewCache:
    """Makes views and keeps the last few."""

    def __init__(
        self,
        store: Store,
        order: SnapshotCache,
        scopes: Callable[[], Sequence[str] | None],
        outside: Callable[[], ExcludedMedia] = lambda: NOTHING,
        limits: SearchLimits = DEFAULT_LIMITS,
    ) -> None:
        self._store = store
        self._order = order
        self._scopes = scopes
        self._outside = outside
        self._zone_bits = limits.zone_bits
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
            paths = unit.folders.paths_by_id([int(item) for item in ids])
        return {paths[int(item)]: int(count) for item, count in zip(ids, counts, strict=True) if int(item) in paths}

    def _make(
        self,
        snapshot: Snapshot,
        scopes: Sequence[str] | None,
        outside: ExcludedMedia,
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
        zone_bits = self._zone_bits
        zones = (capacity >> zone_bits) + 1
        padded = np.full(zones << zone_bits, -1, dtype=np.int32)
        padded[:capacity] = rank
        by_zone = padded.reshape(zones, 1 << zone_bits)
        zone_last = by_zone.max(axis=1)
        zone_first = by_zone.view(np.uint32).min(axis=1)  # -1 is the largest of all
        zone_first = np.minimum(zone_first, np.iinfo(np.int32).max).astype(np.int32)
        return View(snapshot, ids, rank, zone_first, zone_last, zone_bits, next(self._numbers))

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


def encode(cursor: Newest | Shuffled) -> str:
    """The text for clients."""
    if isinstance(cursor, Newest):
        packed = KEY.pack(b"n", cursor.mtime_ns, cursor.media_id)
    else:
        packed = KEY.pack(b"r", cursor.seed, cursor.after)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def decode_newest(text: str) -> Newest | None:
    """A position in the newest-first order; also a bare `YYYY-MM-DD HH:MM:SS` (local) as "earlier than".

    Empty text is the beginning (None). Raises `InvalidRequest` for anything else.
    """
    if not text:
        return None
    if BARE_DATE.fullmatch(text):
        try:
            seconds = time.mktime(time.strptime(text, "%Y-%m-%d %H:%M:%S"))
        except (ValueError, OverflowError) as error:
            raise InvalidRequest(f"bad cursor date: {text}") from error
        return Newest(int(seconds) * NS_PER_S, 0)
    mark, first, second = _unpack(text)
    if mark != b"n":
        raise InvalidRequest("this cursor belongs to a search in random order")
    return Newest(first, second)


def decode_shuffled(text: str, fresh_seed: int) -> Shuffled:
    """A position in a random order; also a bare offset. Empty text begins a new order with `fresh_seed`."""
    if not text:
        return Shuffled(fresh_seed)
    if text.isascii() and text.isdigit() and len(text) < 12:  # noqa: PLR2004
        return Shuffled(0, offset=int(text))
    mark, first, second = _unpack(text)
    if mark != b"r" or first < 0 or second < 0:
        raise InvalidRequest("this cursor does not belong to a search in random order")
    return Shuffled(first, second)


def _unpack(text: str) -> tuple[bytes, int, int]:
    if len(text) <= MAX_LENGTH and text.isascii():
        try:
            packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            mark, first, second = KEY.unpack(packed)
        except (binascii.Error, struct.error):
            pass
        else:
            if mark in (b"n", b"r"):
                return mark, first, second
    raise InvalidRequest("bad cursor: send the `next` of the previous answer")
