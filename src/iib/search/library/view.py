"""Builds views: the part of the library that a query covers, by active roots, folders and kinds of media.

A view also converts between positions and cursors. A cursor is the opaque text with which a client requests the next
page.
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
from iib.query import compile_folder, is_plain_folder, strip_separators
from iib.search.library.snapshot import Ids, MediaColumns, Ranges, Snapshot, SnapshotCache
from iib.search.library.symlink_exclusion import NOTHING, ExcludedMedia
from iib.search.limits import DEFAULT_LIMITS, SearchLimits
from iib.store import Store

MAX_CACHED_VIEWS = 6
GROWTH = 4  # of windows; measured: with 2 the additional lookups cost more than the smaller windows save
CURSOR_STRUCT = struct.Struct(">cqq")
BARE_DATE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
MAX_CURSOR_LENGTH = 200


@dataclass(frozen=True, slots=True)
class NewestCursor:
    """A position in the newest-first order, after the row with this time and id.

    The next page has files older than `mtime_ns`, or equally old with a smaller id.
    """

    mtime_ns: int
    media_id: int


@dataclass(frozen=True, slots=True)
class ShuffledCursor:
    """A position in the random order of `seed`: after the key `after` (-1: the start), or at `offset`."""

    seed: int
    after: int = -1
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Ranges of ids to look up.

    After this window and all before it, every file at a position below `bound` is known.
    """

    ranges: Ranges
    bound: int


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """The files that a query may return.

    `ids` are newest first; `rank` is the position of each media id in them, -1 for files outside of the view.
    `zone_first` and `zone_last` are the smallest and largest position inside each zone of ids: a query for the newest
    files looks up the zones in the order of `zone_first` and may stop early. Each view has a different `number`.
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
        """True if the view contains all visible files of the library."""
        return len(self.ids) == len(self.snapshot.ids)

    def count_of(self, ids: Ids | npt.NDArray[np.int32]) -> int:
        """Return the number of these files inside the view."""
        inside = ids[ids < len(self.rank)]
        return int(np.count_nonzero(self.rank[inside] >= 0))

    @property
    def columns(self) -> MediaColumns:
        """The columns of the snapshot, by media id."""
        return self.snapshot.columns

    def position_after(self, cursor: str) -> int:
        """Return the position of the page after `cursor` (see `decode_newest_cursor`); "" is the first page.

        Raises `InvalidRequest` for a cursor of another order and for any other text.
        """
        row = decode_newest_cursor(cursor)
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
        """Return the cursor of the page after the first `examined` files; "" for 0."""
        if not examined:
            return ""
        media_id = int(self.ids[examined - 1])
        return encode_cursor(NewestCursor(int(self.columns.mtime_ns[media_id]), media_id))

    @property
    def whole(self) -> Window:
        """The window that covers all files."""
        return Window(((0, len(self.rank) - 1),), len(self.ids))

    def windows(self, start: int) -> Iterator[Window]:
        """Yields windows of the files from position `start` on, newest first, each `GROWTH` times as large as the last.

        With windows, finding a page needs no lookup over the whole library. The database stores files by id, and ids
        seldom follow the times. A zone of ids is looked up as soon as its newest file may be the next one; therefore
        matches are in exact order up to the first file of the next zone.
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
        """Return the id ranges (ends included) of ascending zones; adjacent zones are joined."""
        ranges: list[tuple[int, int]] = []
        for zone in zones.tolist():
            first, last = zone << self.zone_bits, min(len(self.rank), (zone + 1) << self.zone_bits) - 1
            if ranges and ranges[-1][1] + 1 == first:
                ranges[-1] = (ranges[-1][0], last)
            else:
                ranges.append((first, last))
        return ranges


class ViewCache:
    """Builds views and caches the last few. Safe from any thread."""

    def __init__(
        self,
        store: Store,
        snapshots: SnapshotCache,
        scopes: Callable[[], Sequence[str] | None],
        excluded: Callable[[], ExcludedMedia] = lambda: NOTHING,
        limits: SearchLimits = DEFAULT_LIMITS,
    ) -> None:
        self._store = store
        self._snapshots = snapshots
        self._scopes = scopes
        self._excluded = excluded
        self._zone_bits = limits.zone_bits
        self._cache: RevisionCache[int, tuple[Snapshot, LruCache[object, View]]] = RevisionCache()
        self._numbers = itertools.count()

    def set_scopes(self, scopes: Callable[[], Sequence[str] | None]) -> None:
        """Replaces the scopes (None: everywhere), and switches symlink exclusion off."""
        self._scopes = scopes
        self._excluded = lambda: NOTHING

    def view(
        self,
        folders: Sequence[str] | None = None,
        kinds: Iterable[MediaKind] = (),
        *,
        recursive: bool = True,
    ) -> View:
        """Return the view of files below active roots, in these folders and of these kinds.

        `folders` None is everywhere; empty `kinds` are all kinds.
        """
        snapshot, views = self._cache.get(
            lambda: self._store.revision, lambda *_args: (self._snapshots.snapshot(), LruCache(MAX_CACHED_VIEWS))
        )
        scopes, excluded = self._scopes(), self._excluded()
        kind_numbers = frozenset(int(kind) for kind in kinds)
        key = (
            None if scopes is None else tuple(scopes),
            excluded.number,
            None if folders is None else tuple(folders),
            kind_numbers,
            recursive,
        )
        return views.get_or_load(
            key, lambda: self._build(snapshot, scopes, excluded, folders, kind_numbers, recursive=recursive)
        )

    def counts_by_folder(self) -> dict[str, int]:
        """Return the number of visible files directly in each folder, by path; folders without files are absent."""
        view = self.view()
        ids, counts = np.unique(view.columns.folder_id[view.ids], return_counts=True)
        with self._store.read() as unit:
            paths = unit.folders.paths_by_id([int(item) for item in ids])
        return {paths[int(item)]: int(count) for item, count in zip(ids, counts, strict=True) if int(item) in paths}

    def _build(
        self,
        snapshot: Snapshot,
        scopes: Sequence[str] | None,
        excluded: ExcludedMedia,
        folders: Sequence[str] | None,
        kinds: frozenset[int],
        *,
        recursive: bool,
    ) -> View:
        ids = snapshot.ids
        if scopes is not None:
            ids = ids[self.folder_mask(scopes, snapshot)[snapshot.columns.folder_id[ids]]]
        if excluded:
            is_excluded = np.isin(snapshot.columns.folder_id[ids], excluded.folder_ids)
            ids = ids[~(is_excluded | np.isin(ids, excluded.media_ids))]
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
        zone_first = by_zone.view(np.uint32).min(axis=1)  # -1 becomes the largest number
        zone_first = np.minimum(zone_first, np.iinfo(np.int32).max).astype(np.int32)
        return View(snapshot, ids, rank, zone_first, zone_last, zone_bits, next(self._numbers))

    def folder_mask(
        self, folders: Sequence[str], snapshot: Snapshot, *, recursive: bool = True
    ) -> npt.NDArray[np.bool_]:
        """Return a mask over folder ids: True for these folders and (`recursive`) all folders below them."""
        with self._store.read() as unit:
            if recursive:
                ids = unit.folders.ids_below(folders)
            else:
                ids = sorted(row.id for row in map(unit.folders.find, folders) if row is not None)
        return _mask_of_folders(ids, snapshot)

    def written_folder_mask(self, written: str, snapshot: Snapshot) -> npt.NDArray[np.bool_]:
        """Returns a mask over folder ids: True for a folder as a person writes it (`iib.query.compile_folder`)."""
        if is_plain_folder(written):
            return self.folder_mask([strip_separators(written)], snapshot)
        is_inside = compile_folder(written)
        with self._store.read() as unit:
            folders = unit.folders.list_ids_and_paths()
        return _mask_of_folders([folder_id for folder_id, path in folders if is_inside(path)], snapshot)


def _mask_of_folders(ids: Sequence[int], snapshot: Snapshot) -> npt.NDArray[np.bool_]:
    highest = int(snapshot.columns.folder_id.max(initial=0))
    mask = np.zeros(highest + 2, dtype=np.bool_)
    mask[[item for item in ids if item <= highest]] = True
    return mask


def encode_cursor(cursor: NewestCursor | ShuffledCursor) -> str:
    """Return the text of a cursor for clients.

    >>> decode_newest_cursor(encode_cursor(NewestCursor(5, 7)))
    NewestCursor(mtime_ns=5, media_id=7)
    """
    if isinstance(cursor, NewestCursor):
        packed = CURSOR_STRUCT.pack(b"n", cursor.mtime_ns, cursor.media_id)
    else:
        packed = CURSOR_STRUCT.pack(b"r", cursor.seed, cursor.after)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def decode_newest_cursor(text: str) -> NewestCursor | None:
    """Parses a cursor of the newest-first order; None for an empty text, the start.

    A bare `YYYY-MM-DD HH:MM:SS` (local time) means "earlier than". Raises `InvalidRequest` for any other text.
    """
    if not text:
        return None
    if BARE_DATE.fullmatch(text):
        try:
            seconds = time.mktime(time.strptime(text, "%Y-%m-%d %H:%M:%S"))
        except (ValueError, OverflowError) as error:
            raise InvalidRequest(f"bad cursor date: {text}") from error
        return NewestCursor(int(seconds) * NS_PER_S, 0)
    order, first, second = _unpack_cursor(text)
    if order != b"n":
        raise InvalidRequest("this cursor belongs to a search in random order")
    return NewestCursor(first, second)


def decode_shuffled_cursor(text: str, fresh_seed: int) -> ShuffledCursor:
    """Parses a cursor of a random order, or a bare offset; an empty text starts a new order with `fresh_seed`.

    Raises `InvalidRequest` for any other text.
    """
    if not text:
        return ShuffledCursor(fresh_seed)
    if text.isascii() and text.isdigit() and len(text) < 12:  # noqa: PLR2004
        return ShuffledCursor(0, offset=int(text))
    order, first, second = _unpack_cursor(text)
    if order != b"r" or first < 0 or second < 0:
        raise InvalidRequest("this cursor does not belong to a search in random order")
    return ShuffledCursor(first, second)


def _unpack_cursor(text: str) -> tuple[bytes, int, int]:
    if len(text) <= MAX_CURSOR_LENGTH and text.isascii():
        try:
            packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            order, first, second = CURSOR_STRUCT.unpack(packed)
        except (binascii.Error, struct.error):
            pass
        else:
            if order in (b"n", b"r"):
                return order, first, second
    raise InvalidRequest("bad cursor: send the `next` of the previous answer")


def shuffle_keys(ids: Ids, seed: int) -> Ids:
    """Return a pseudo-random key (63 bits) per id, which depends only on the id and the seed.

    The function is the finaliser of SplitMix64 (Steele, Lea, Flood 2014).
    """
    with np.errstate(over="ignore"):
        value = ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(seed)
        value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        value ^= value >> np.uint64(31)
    return (value >> np.uint64(1)).astype(np.int64)
