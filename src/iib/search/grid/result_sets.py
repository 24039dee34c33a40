"""Result sets for the grid: a frozen order of ids that stays stable while the library changes."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import numpy as np

from iib._lib.cache import LruCache
from iib.errors import InvalidRequest, NotFound
from iib.model import NS_PER_MS, MediaId, MediaKind, SortOrder
from iib.query import Node, holds_similar, parse_query, regex_query, substring_query
from iib.search.engine.engine import QueryEngine
from iib.search.engine.similarity import SimilarityScorer, by_similarity
from iib.search.grid import curation_filter as marks
from iib.search.library.curation import CurationCache
from iib.search.library.local_dates import local_days
from iib.search.library.name_order import NameOrder
from iib.search.library.snapshot import Ids, MediaColumns
from iib.search.library.tag_sets import TagSets
from iib.search.library.view import View, ViewCache
from iib.search.service import shuffle_keys
from iib.store import Store

KEPT = 24
KEPT_TOKENS = 240  # more than results, since paging through a result does not count as use of its token
KEPT_IDS = 4_000_000  # over all of them: 32 MB, and some snapshots of the library
BUDGET_S = 2.0
MAX_RANGE = 2_000
SORTS = (SortOrder.NEWEST, SortOrder.OLDEST, SortOrder.NAME, SortOrder.SIZE, SortOrder.RANDOM)  # by facts of the files
PERSON_SORTS = (SortOrder.RATING, SortOrder.MANUAL)  # by what people gave them
MEANING_SORT = SortOrder.SIMILARITY  # to what `similar:` in the query names
ALL_SORTS = (*SORTS, *PERSON_SORTS, MEANING_SORT)
DAY_SORTS = (SortOrder.NEWEST, SortOrder.OLDEST)  # the page divides them into days
UNKNOWN_ASPECT = 1000


@dataclass(frozen=True, slots=True)
class GridQuery:
    """What the page shows. `text` is a substring, a regular expression (`regex`) or a query of the search language
    (`language`). `folder` and `album` None: everywhere. Empty `kinds`: all.

    `flag`: "pick", "reject", "none", "unrejected" (all but the rejected), "" for any. Sort "manual" is an album's own.
    """

    text: str = ""
    regex: bool = False
    language: bool = False
    folder: str | None = None
    recursive: bool = True
    kinds: tuple[MediaKind, ...] = ()
    and_tags: tuple[int, ...] = ()
    or_tags: tuple[int, ...] = ()
    not_tags: tuple[int, ...] = ()
    rating_min: int = 0
    flag: str = ""
    album: int | None = None
    sort: str = SortOrder.NEWEST.value
    seed: int = 0

    def node(self) -> Node:
        """The text as a query. Raises `InvalidRequest` for one that cannot be read."""
        if self.language:
            return parse_query(self.text)
        return regex_query(self.text) if self.regex and self.text else substring_query(self.text)

    @property
    def asks_people(self) -> bool:
        """True if the answer depends on what people gave files."""
        has_tags = self.and_tags or self.or_tags or self.not_tags
        has_marks = self.language or self.rating_min or self.flag or self.album is not None
        return bool(has_tags or has_marks) or self.sort == SortOrder.RATING


@dataclass(frozen=True, slots=True)
class DayBucket:
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
    buckets: tuple[DayBucket, ...]
    columns: MediaColumns


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
    rating: list[int]
    flag: list[int]


class ResultSets:
    """Opens queries and keeps the latest ones."""

    def __init__(
        self,
        *,
        store: Store,
        views: ViewCache,
        engine: QueryEngine,
        tags: TagSets,
        curation_cache: CurationCache,
        similarity: SimilarityScorer,
    ) -> None:
        """`likeness` sorts by similarity; it is the one that `engine` asks."""
        self._store = store
        self._views = views
        self._engine = engine
        self._tags = tags
        self._curation_cache = curation_cache
        self._similarity = similarity
        self._names = NameOrder(store)
        self._sets: LruCache[str, ResultSet] = LruCache(KEPT, max_size=KEPT_IDS, size_of=lambda found: len(found.ids))
        self._tokens: LruCache[tuple[GridQuery, int, int, int], str] = LruCache(KEPT_TOKENS)

    def open(self, query: GridQuery) -> ResultSet:
        """Answer a query. Raises `InvalidRequest` for a bad pattern or sort, `BudgetExceeded` for a hopeless one."""
        if query.sort not in ALL_SORTS:
            raise InvalidRequest(f"unknown sort {query.sort!r}; known are {', '.join(ALL_SORTS)}")
        if query.sort == SortOrder.MANUAL and query.album is None:
            raise InvalidRequest("only an album has an order of its own")
        node = query.node()
        if query.sort == MEANING_SORT and not holds_similar(node):
            raise InvalidRequest("the order by similarity needs similar: in the query")
        given = self._store.curation_revision if query.asks_people else 0  # before reading
        vectors = self._similarity.version if query.language else 0
        folders = None if query.folder is None else (query.folder,)
        view = self._views.view(folders, query.kinds, recursive=query.recursive)
        key = (query, view.number, given, vectors)
        token = self._tokens.get(key)
        known = self._sets.get(token) if token else None
        if known is not None:
            return known
        ids, exact = self._matching(view, query, node)
        if query.sort == MEANING_SORT:
            ids = by_similarity(node, ids, self._similarity, len(view.rank))
        else:
            ids = self._sorted(view, ids, query)
        buckets = day_buckets(ids, view.columns) if query.sort in DAY_SORTS else _one_bucket(ids)
        found = ResultSet(uuid.uuid4().hex, ids, exact, view.snapshot.revision, buckets, view.columns)
        self._sets.put(found.token, found)
        self._tokens.put(key, found.token)
        return found

    def get(self, token: str) -> ResultSet:
        """An opened query. Raises `NotFound` when it was dropped."""
        found = self._sets.get(token)
        if found is None:
            raise NotFound("these results are gone; open them again")
        return found

    def columns(self, token: str, start: int, count: int) -> CompactColumns:
        """Facts of `count` results from `start` on (fewer at the end)."""
        found = self.get(token)
        if start < 0 or not 1 <= count <= MAX_RANGE:
            raise InvalidRequest(f"start must be 0 or more, count between 1 and {MAX_RANGE}")
        ids = found.ids[start : start + count]
        with self._store.read() as unit:
            hashes = unit.media.thumbhashes_by_id([MediaId(item) for item in ids.tolist()])
            given = {row.media_id: row for row in unit.curation.list_ratings([MediaId(item) for item in ids.tolist()])}
        columns = found.columns
        listed = ids.tolist()
        return CompactColumns(
            start=start,
            id=listed,
            width_px=columns.width_px[ids].tolist(),
            height_px=columns.height_px[ids].tolist(),
            time_ms=(columns.mtime_ns[ids] // NS_PER_MS).tolist(),
            kind=columns.kind[ids].tolist(),
            thumbhash=[hashes.get(MediaId(item)) for item in listed],
            rating=[given[item].rating if item in given else 0 for item in listed],
            flag=[given[item].flag if item in given else 0 for item in listed],
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

    def _matching(self, view: View, query: GridQuery, node: Node) -> tuple[Ids, bool]:
        found = self._engine.find(node, view, budget_s=BUDGET_S)
        ids = view.ids[found.positions]
        if query.and_tags or query.or_tags or query.not_tags:
            mask = self._tags.mask(query.and_tags, query.or_tags, query.not_tags, "intersect", view)
            ids = ids[mask[ids]]
        if query.rating_min or query.flag or query.album is not None:
            ids = marks.select(
                ids,
                len(view.rank),
                self._curation_cache.current(),
                rating_min=query.rating_min,
                flag=query.flag,
                album=query.album,
            )
        return ids, found.is_complete

    def _sorted(self, view: View, ids: Ids, query: GridQuery) -> Ids:
        columns = view.columns
        if query.sort == SortOrder.OLDEST:
            return ids[::-1]
        if query.sort == SortOrder.SIZE:
            return ids[np.lexsort((-ids, -columns.size_bytes[ids]))]
        if query.sort == SortOrder.RANDOM:
            return ids[np.argsort(shuffle_keys(ids, query.seed), kind="stable")]
        if query.sort == SortOrder.RATING:
            return marks.by_rating(ids, len(view.rank), self._curation_cache.current())
        if query.sort == SortOrder.MANUAL and query.album is not None:
            return marks.by_album_order(ids, self._curation_cache.current(), query.album)
        if query.sort == SortOrder.NAME:
            return self._names.sort(ids, view.snapshot)
        return ids


def day_buckets(ids: Ids, columns: MediaColumns) -> tuple[DayBucket, ...]:
    """Runs of one local day."""
    if not len(ids):
        return ()
    days = local_days(columns.mtime_ns[ids])
    starts = np.concatenate(([0], np.flatnonzero(np.diff(days)) + 1))
    ends = np.concatenate((starts[1:], [len(ids)]))
    return tuple(
        DayBucket(str(np.datetime64(int(days[start]), "D")), int(start), int(end - start))
        for start, end in zip(starts, ends, strict=True)
    )


def _one_bucket(ids: Ids) -> tuple[DayBucket, ...]:
    return (DayBucket("", 0, len(ids)),) if len(ids) else ()
