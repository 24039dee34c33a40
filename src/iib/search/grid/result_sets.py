"""Opens queries as result sets of the grid: frozen orders of ids, which stay stable while the library changes."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import numpy as np

from iib._lib.cache import LruCache
from iib.errors import InvalidRequest, NotFound
from iib.model import NS_PER_MS, MediaId, MediaKind, SortOrder
from iib.query import Node, contains_similar, parse_query, regex_query, substring_query
from iib.search.engine.query_engine import QueryEngine
from iib.search.engine.similarity import SimilarityScorer, sort_by_similarity
from iib.search.grid import curation_filter
from iib.search.library.curation import CurationCache
from iib.search.library.local_dates import DayBucket, day_buckets
from iib.search.library.name_order import NameOrder
from iib.search.library.snapshot import Ids, MediaColumns
from iib.search.library.tag_sets import TagSets
from iib.search.library.view import View, ViewCache, shuffle_keys
from iib.store import Store

MAX_CACHED_RESULTS = 24
MAX_CACHED_TOKENS = 240  # more than results, because reading a page of a result does not refresh its token
MAX_CACHED_IDS = 4_000_000  # over all results: 32 MB, plus some snapshots of the library
BUDGET_S = 2.0
MAX_RANGE = 2_000
SORTS = (
    SortOrder.NEWEST,
    SortOrder.OLDEST,
    SortOrder.NAME,
    SortOrder.SIZE,
    SortOrder.RANDOM,
)  # by properties of the files
CURATION_SORTS = (SortOrder.RATING, SortOrder.MANUAL)  # by curation
SIMILARITY_SORT = SortOrder.SIMILARITY  # to the `similar:` terms of the query
DAY_SORTS = (SortOrder.NEWEST, SortOrder.OLDEST)  # the page divides these into days
ALL_SORTS = (*SORTS, *CURATION_SORTS, SIMILARITY_SORT)
UNKNOWN_ASPECT = 1000


@dataclass(frozen=True, slots=True)
class GridQuery:
    """A query of the grid.

    `text` is a substring, a regular expression (`regex`) or a query of the search language (`language`). `folder` and
    `album` None are everywhere; empty `kinds` are all kinds. `flag` is "pick", "reject", "none", "unrejected" (all but
    the rejected) or "" for any. The sort "manual" is the order of the album.
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
        """Return the text as a query. Raises `InvalidRequest` if it is not valid."""
        if self.language:
            return parse_query(self.text)
        return regex_query(self.text) if self.regex and self.text else substring_query(self.text)

    @property
    def depends_on_curation(self) -> bool:
        """True if ratings, flags, albums or tags can change the result."""
        has_tags = self.and_tags or self.or_tags or self.not_tags
        has_curation_filter = self.language or self.rating_min or self.flag or self.album is not None
        return bool(has_tags or has_curation_filter) or self.sort == SortOrder.RATING


@dataclass(frozen=True, slots=True)
class ResultSet:
    """An opened query. `exact` False: the time ran out, and more files may match."""

    token: str
    ids: Ids
    exact: bool
    revision: int
    buckets: tuple[DayBucket, ...]
    columns: MediaColumns


@dataclass(frozen=True, slots=True)
class CompactColumns:
    """Columns of a range of results, in the order of the results; times are in milliseconds."""

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
    """Opens queries and caches the latest results. Safe from any thread."""

    def __init__(
        self,
        *,
        store: Store,
        views: ViewCache,
        engine: QueryEngine,
        tag_sets: TagSets,
        curation_cache: CurationCache,
        similarity: SimilarityScorer,
    ) -> None:
        """`similarity` sorts by similarity; it must be the scorer of `engine`."""
        self._store = store
        self._views = views
        self._engine = engine
        self._tag_sets = tag_sets
        self._curation_cache = curation_cache
        self._similarity = similarity
        self._name_order = NameOrder(store)
        self._results: LruCache[str, ResultSet] = LruCache(
            MAX_CACHED_RESULTS, max_size=MAX_CACHED_IDS, size_of=lambda result: len(result.ids)
        )
        self._tokens: LruCache[tuple[GridQuery, int, int, int], str] = LruCache(MAX_CACHED_TOKENS)

    def open(self, query: GridQuery) -> ResultSet:
        """Return the results of a query, cached until something changes that they depend on.

        Raises `InvalidRequest` for an invalid pattern or sort, `BudgetExceeded` for a pattern that takes too long.
        """
        if query.sort not in ALL_SORTS:
            raise InvalidRequest(f"unknown sort {query.sort!r}; valid sorts are {', '.join(ALL_SORTS)}")
        if query.sort == SortOrder.MANUAL and query.album is None:
            raise InvalidRequest("the manual sort needs an album")
        node = query.node()
        if query.sort == SIMILARITY_SORT and not contains_similar(node):
            raise InvalidRequest("the sort by similarity needs a similar: term in the query")
        curation_revision = self._store.curation_revision if query.depends_on_curation else 0  # read before the data
        similarity_version = self._similarity.version if query.language else 0
        folders = None if query.folder is None else (query.folder,)
        view = self._views.view(folders, query.kinds, recursive=query.recursive)
        key = (query, view.number, curation_revision, similarity_version)
        token = self._tokens.get(key)
        cached = self._results.get(token) if token else None
        if cached is not None:
            return cached
        ids, exact = self._find_ids(view, query, node)
        if query.sort == SIMILARITY_SORT:
            ids = sort_by_similarity(node, ids, self._similarity, len(view.rank))
        else:
            ids = self._sorted(view, ids, query)
        buckets = day_buckets(ids, view.columns) if query.sort in DAY_SORTS else _one_bucket(ids)
        result = ResultSet(uuid.uuid4().hex, ids, exact, view.snapshot.revision, buckets, view.columns)
        self._results.put(result.token, result)
        self._tokens.put(key, result.token)
        return result

    def get(self, token: str) -> ResultSet:
        """Return an opened query. Raises `NotFound` if it is no longer cached."""
        result = self._results.get(token)
        if result is None:
            raise NotFound("these results are gone; open them again")
        return result

    def columns(self, token: str, start: int, count: int) -> CompactColumns:
        """Return the columns of `count` results from `start` on; fewer at the end.

        Raises `NotFound` for an expired token, `InvalidRequest` for a range out of bounds.
        """
        result = self.get(token)
        if start < 0 or not 1 <= count <= MAX_RANGE:
            raise InvalidRequest(f"start must be 0 or more, count between 1 and {MAX_RANGE}")
        ids = result.ids[start : start + count]
        with self._store.read() as unit:
            hashes = unit.media.thumbhashes_by_id([MediaId(item) for item in ids.tolist()])
            ratings = {
                row.media_id: row for row in unit.curation.list_ratings([MediaId(item) for item in ids.tolist()])
            }
        columns = result.columns
        media_ids = ids.tolist()
        return CompactColumns(
            start=start,
            id=media_ids,
            width_px=columns.width_px[ids].tolist(),
            height_px=columns.height_px[ids].tolist(),
            time_ms=(columns.mtime_ns[ids] // NS_PER_MS).tolist(),
            kind=columns.kind[ids].tolist(),
            thumbhash=[hashes.get(MediaId(item)) for item in media_ids],
            rating=[ratings[item].rating if item in ratings else 0 for item in media_ids],
            flag=[ratings[item].flag if item in ratings else 0 for item in media_ids],
        )

    def layout(self, token: str) -> bytes:
        """Return the aspect ratio x 1000 of every result as little-endian uint16, limited to 100 to 10,000."""
        result = self.get(token)
        width = result.columns.width_px[result.ids].astype(np.int64)
        height = result.columns.height_px[result.ids].astype(np.int64)
        is_known = (width > 0) & (height > 0)
        aspect = np.where(is_known, width * 1000 // np.maximum(height, 1), UNKNOWN_ASPECT)
        return np.clip(aspect, 100, 10_000).astype("<u2").tobytes()

    def position(self, token: str, media_id: int) -> int | None:
        """Return the position of a file in the results; None if it is not in them."""
        positions = np.flatnonzero(self.get(token).ids == media_id)
        return int(positions[0]) if len(positions) else None

    def _find_ids(self, view: View, query: GridQuery, node: Node) -> tuple[Ids, bool]:
        result = self._engine.find(node, view, budget_s=BUDGET_S)
        ids = view.ids[result.positions]
        if query.and_tags or query.or_tags or query.not_tags:
            mask = self._tag_sets.mask(query.and_tags, query.or_tags, query.not_tags, "intersect", view)
            ids = ids[mask[ids]]
        if query.rating_min or query.flag or query.album is not None:
            ids = curation_filter.filter_by_curation(
                ids,
                len(view.rank),
                self._curation_cache.current(),
                rating_min=query.rating_min,
                flag=query.flag,
                album=query.album,
            )
        return ids, result.is_complete

    def _sorted(self, view: View, ids: Ids, query: GridQuery) -> Ids:
        columns = view.columns
        if query.sort == SortOrder.OLDEST:
            return ids[::-1]
        if query.sort == SortOrder.SIZE:
            return ids[np.lexsort((-ids, -columns.size_bytes[ids]))]
        if query.sort == SortOrder.RANDOM:
            return ids[np.argsort(shuffle_keys(ids, query.seed), kind="stable")]
        if query.sort == SortOrder.RATING:
            return curation_filter.sort_by_rating(ids, len(view.rank), self._curation_cache.current())
        if query.sort == SortOrder.MANUAL and query.album is not None:
            return curation_filter.sort_by_album(ids, self._curation_cache.current(), query.album)
        if query.sort == SortOrder.NAME:
            return self._name_order.sort(ids, view.snapshot)
        return ids


def _one_bucket(ids: Ids) -> tuple[DayBucket, ...]:
    return (DayBucket("", 0, len(ids)),) if len(ids) else ()
