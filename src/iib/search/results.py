"""Result sets for the grid: a frozen order of ids that stays stable while the library changes."""

from __future__ import annotations

import re
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from iib._lib.fold import fold
from iib.errors import InvalidRequest, NotFound
from iib.model.media import MediaId, MediaKind
from iib.search.filters import View
from iib.search.matchers import Matcher, Regex, Substring
from iib.search.order import Columns, Ids
from iib.search.service import SHORT, SearchService, shuffle_keys

KEPT = 24
KEPT_IDS = 4_000_000  # over all of them: 32 MB, and some snapshots of the library
BUDGET_S = 2.0
MAX_RANGE = 2_000
SORTS = ("newest", "oldest", "name", "size", "random")
NS = 1_000_000_000
HOUR_S = 3600
DIGITS = re.compile(r"([0-9]+)")
UNKNOWN_ASPECT = 1000


@dataclass(frozen=True, slots=True)
class GridQuery:
    """What the page shows. `folder` None: everywhere. Empty `kinds`: all."""

    text: str = ""
    regex: bool = False
    folder: str | None = None
    recursive: bool = True
    kinds: tuple[MediaKind, ...] = ()
    and_tags: tuple[int, ...] = ()
    or_tags: tuple[int, ...] = ()
    not_tags: tuple[int, ...] = ()
    sort: str = "newest"
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Bucket:
    """A run of results of one local day (`key` "2026-11-23"), or of everything (`key` "")."""

    key: str
    start: int
    count: int


@dataclass(frozen=True, slots=True)
class ResultSet:
    """An opened query. `exact` False: the time ran out, there are more than these."""

    token: str
    ids: Ids
    exact: bool
    revision: int
    buckets: tuple[Bucket, ...]
    columns: Columns


@dataclass(frozen=True, slots=True)
class CompactColumns:
    """Facts of a range of results, by position; times in milliseconds."""

    start: int
    id: list[int]
    width_px: list[int]
    height_px: list[int]
    time_ms: list[int]
    kind: list[int]
    thumbhash: list[bytes | None]


class ResultSets:
    """Opens queries and keeps the latest ones."""

    def __init__(self, search: SearchService) -> None:
        self._search = search
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, ResultSet] = OrderedDict()
        self._tokens: dict[tuple[GridQuery, int], str] = {}

    def open(self, query: GridQuery) -> ResultSet:
        """Answer a query. Raises `InvalidRequest` for a bad pattern or sort, `BudgetExceeded` for a hopeless one."""
        if query.sort not in SORTS:
            raise InvalidRequest(f"unknown sort {query.sort!r}; known are {', '.join(SORTS)}")
        folders = None if query.folder is None else (query.folder,)
        view = self._search.views.view(folders, query.kinds, recursive=query.recursive)
        key = (query, view.number)
        with self._lock:
            token = self._tokens.get(key)
            known = self._kept.get(token) if token else None
            if token and known is not None:
                self._kept.move_to_end(token)
                return known
        ids, exact = self._matching(view, query)
        ids = self._sorted(view, ids, query)
        buckets = day_buckets(ids, view.columns) if query.sort in ("newest", "oldest") else _one_bucket(ids)
        found = ResultSet(uuid.uuid4().hex, ids, exact, view.snapshot.revision, buckets, view.columns)
        with self._lock:
            self._kept[found.token] = found
            self._tokens[key] = found.token
            while len(self._kept) > 1 and self._is_full():
                old, _set = self._kept.popitem(last=False)
                self._tokens = {item: token for item, token in self._tokens.items() if token != old}
        return found

    def _is_full(self) -> bool:
        return len(self._kept) > KEPT or sum(len(item.ids) for item in self._kept.values()) > KEPT_IDS

    def get(self, token: str) -> ResultSet:
        """An opened query. Raises `NotFound` when it was dropped."""
        with self._lock:
            found = self._kept.get(token)
            if found is None:
                raise NotFound("these results are gone; open them again")
            self._kept.move_to_end(token)
            return found

    def columns(self, token: str, start: int, count: int) -> CompactColumns:
        """Facts of `count` results from `start` on (fewer at the end)."""
        found = self.get(token)
        if start < 0 or not 1 <= count <= MAX_RANGE:
            raise InvalidRequest(f"start must be 0 or more, count between 1 and {MAX_RANGE}")
        ids = found.ids[start : start + count]
        with self._search.store.read() as unit:
            hashes = unit.media.thumbhashes([MediaId(item) for item in ids.tolist()])
        columns = found.columns
        listed = ids.tolist()
        return CompactColumns(
            start=start,
            id=listed,
            width_px=columns.width_px[ids].tolist(),
            height_px=columns.height_px[ids].tolist(),
            time_ms=(columns.mtime_ns[ids] // 1_000_000).tolist(),
            kind=columns.kind[ids].tolist(),
            thumbhash=[hashes.get(MediaId(item)) for item in listed],
        )

    def layout(self, token: str) -> bytes:
        """Aspect ratio x 1000 of every result as little-endian uint16."""
        found = self.get(token)
        width = found.columns.width_px[found.ids].astype(np.int64)
        height = found.columns.height_px[found.ids].astype(np.int64)
        is_known = (width > 0) & (height > 0)
        aspect = np.where(is_known, width * 1000 // np.maximum(height, 1), UNKNOWN_ASPECT)
        return np.clip(aspect, 100, 10_000).astype("<u2").tobytes()

    def position(self, token: str, media_id: int) -> int | None:
        """Where a file stands in the results."""
        places = np.flatnonzero(self.get(token).ids == media_id)
        return int(places[0]) if len(places) else None

    def _matching(self, view: View, query: GridQuery) -> tuple[Ids, bool]:
        ids = view.ids
        exact = True
        matcher: Matcher | None = None
        deadline = time.monotonic() + BUDGET_S
        needle = ""
        if query.regex and query.text:
            matcher = Regex(query.text, path_only=False, deadline=deadline)
        elif query.text:
            needle = fold(query.text)
            matcher = Substring(needle)
        if matcher is not None:
            ids, exact = self._texts(view, matcher, needle, deadline)
        if query.and_tags or query.or_tags or query.not_tags:
            mask = self._search.tags.mask(query.and_tags, query.or_tags, query.not_tags, "intersect", view)
            ids = ids[mask[ids]]
        return ids, exact

    def _texts(self, view: View, matcher: Matcher, needle: str, deadline: float) -> tuple[Ids, bool]:
        finder = self._search.finder
        if len(needle) >= SHORT:
            positions: Sequence[int] = finder.candidates(view, needle).tolist()
            if len(needle) == SHORT and "\n" not in needle:  # one trigram: the index itself is the answer
                return view.ids[positions], True
        else:
            positions = range(len(view.ids))
        hits = list(finder.verify(view, matcher, positions, deadline))
        return view.ids[hits], time.monotonic() <= deadline

    def _sorted(self, view: View, ids: Ids, query: GridQuery) -> Ids:
        columns = view.columns
        if query.sort == "oldest":
            return ids[::-1]
        if query.sort == "size":
            return ids[np.lexsort((-ids, -columns.size_bytes[ids]))]
        if query.sort == "random":
            return ids[np.argsort(shuffle_keys(ids, query.seed), kind="stable")]
        if query.sort == "name":
            with self._search.store.read() as unit:
                names = unit.media.names([MediaId(item) for item in ids.tolist()])
            ordered = sorted(ids.tolist(), key=lambda item: (natural_key(names.get(item, "")), item))
            return np.asarray(ordered, dtype=np.int64)
        return ids


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Digits count as numbers: "img2" stands before "img10"."""
    return tuple(_part(run) for run in DIGITS.split(fold(name)) if run)


def _part(run: str) -> tuple[int, int, str]:
    return (0, int(run), "") if run.isascii() and run.isdigit() else (1, 0, run)


def day_buckets(ids: Ids, columns: Columns) -> tuple[Bucket, ...]:
    """Runs of one local day."""
    if not len(ids):
        return ()
    seconds = columns.mtime_ns[ids] // NS
    hours, inverse = np.unique(seconds // HOUR_S, return_inverse=True)
    offsets = np.asarray([_utc_offset_s(int(hour) * HOUR_S) for hour in hours], dtype=np.int64)
    days = (seconds + offsets[inverse]) // (24 * HOUR_S)
    starts = np.concatenate(([0], np.flatnonzero(np.diff(days)) + 1))
    ends = np.concatenate((starts[1:], [len(ids)]))
    return tuple(
        Bucket(str(np.datetime64(int(days[start]), "D")), int(start), int(end - start))
        for start, end in zip(starts, ends, strict=True)
    )


def _utc_offset_s(seconds: int) -> int:
    try:
        return time.localtime(seconds).tm_gmtoff
    except (OSError, OverflowError, ValueError):
        return 0


def _one_bucket(ids: Ids) -> tuple[Bucket, ...]:
    return (Bucket("", 0, len(ids)),) if len(ids) else ()
