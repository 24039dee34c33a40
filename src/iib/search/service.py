"""Searches of the public API (docs/reference/public-api.md#search): pages of rows with an opaque cursor."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import structlog

from iib._lib.text_folding import fold
from iib.errors import IIBError
from iib.model import MediaId, MediaKind, MediaRow
from iib.query import Node, regex_query, substring_query
from iib.search.counts.facet_counts import FacetCounter
from iib.search.counts.facet_matrix import FacetMatrixCache
from iib.search.counts.visible_counts import VisibleCounts
from iib.search.engine.query_engine import QueryEngine
from iib.search.engine.similarity import SimilarityScorer
from iib.search.fulltext.searcher import TrigramSearcher
from iib.search.library.curation import CurationCache
from iib.search.library.metadata_columns import MetadataColumnCache
from iib.search.library.snapshot import Ids
from iib.search.library.tag_sets import TagSets
from iib.search.library.view import (
    ShuffledCursor,
    View,
    ViewCache,
    decode_shuffled_cursor,
    encode_cursor,
    shuffle_keys,
)
from iib.search.limits import DEFAULT_LIMITS, SearchLimits
from iib.search.suggest import Suggester
from iib.store import Store

log = structlog.get_logger(__name__)

MIN_FILES_TO_WARM = 50_000
TEXT_BUDGET_S = 1.8
SHORT_TEXT_BUDGET_S = 1.0
TRIGRAM_LENGTH = 3  # characters; a shorter text contains no trigram


@dataclass(frozen=True, slots=True)
class TextQuery:
    """A search for a substring, or for a regular expression if `regexp` is not empty, in path and generation text.

    `folders` None is everywhere; an empty tuple is nowhere. `size` is the maximum number of rows per page.
    """

    text: str = ""
    regexp: str = ""
    path_only: bool = False
    kind: MediaKind | None = None
    folders: tuple[str, ...] | None = None
    cursor: str = ""
    size: int = 200


@dataclass(frozen=True, slots=True)
class TagQuery:
    """A search by tag ids: all of `and_tags`, any of `or_tags`, none of `not_tags`.

    `combine` joins the first two conditions if both are given: "union" or "intersect".
    """

    and_tags: tuple[int, ...] = ()
    or_tags: tuple[int, ...] = ()
    not_tags: tuple[int, ...] = ()
    combine: str = "union"  # union | intersect
    folders: tuple[str, ...] | None = None
    random: bool = False
    cursor: str = ""
    size: int = 200


@dataclass(frozen=True, slots=True)
class MediaPage:
    """A page of rows; `next` is the cursor of the next page, "" at the end.

    `is_complete` False: the time ran out, and `next` continues the search.
    """

    rows: list[MediaRow]
    has_next: bool
    next: str
    is_complete: bool = True


class SearchService:
    """Searches the latest committed state. Safe from any thread. Blocking: do not call it on the event loop."""

    def __init__(
        self,
        store: Store,
        views: ViewCache,
        similarity: SimilarityScorer,
        *,
        on_damage: Callable[[], object] = lambda: None,
        limits: SearchLimits = DEFAULT_LIMITS,
    ) -> None:
        """`similarity` scores `similar:` terms; `on_damage` is called when the full-text index is damaged.

        The parts are public for the code that builds the program. A class that needs one part receives that part, not
        this service.
        """
        self.store = store
        self.views = views
        self.similarity = similarity
        self.trigram_searcher = TrigramSearcher(store, on_damage, limits)
        self.tag_sets = TagSets(store)
        self.curation_cache = CurationCache(store)
        self.metadata_columns = MetadataColumnCache(store)
        self.facet_matrix = FacetMatrixCache(store)
        self.engine = QueryEngine(
            store=store,
            views=views,
            trigram_searcher=self.trigram_searcher,
            tag_sets=self.tag_sets,
            metadata_columns=self.metadata_columns,
            current_curation=self.curation_cache.current,
            similarity=similarity,
            limits=limits,
        )
        self.facet_counter = FacetCounter(
            store, self.facet_matrix, self.metadata_columns, self.tag_sets, self.curation_cache
        )
        self.visible_counts = VisibleCounts(store, views, self.facet_matrix, self.curation_cache)
        self.suggester = Suggester(store, self.tag_sets, self.metadata_columns, self.curation_cache)
        self._warming: threading.Thread | None = None

    def warm(self) -> None:
        """Starts a thread that loads the columns of a large library and checks the full-text index; returns at once."""
        self._warming = threading.Thread(target=self._warm, name="iib-warm", daemon=True)
        self._warming.start()

    def wait_until_warm(self) -> None:
        """Waits for the thread that `warm` started."""
        if self._warming is not None:
            self._warming.join()

    def close(self) -> None:
        """Waits for the warm-up and ends the threads of the search."""
        self.wait_until_warm()
        self.trigram_searcher.close()

    def _warm(self) -> None:
        try:
            view = self.views.view()
            if len(view.ids) >= MIN_FILES_TO_WARM:
                self.metadata_columns.columns(len(view.rank))
                self.facet_matrix.matrix()
            self.trigram_searcher.check()
        except IIBError:  # the first query will report the error
            log.warning("the library could not be loaded in advance", exc_info=True)

    def by_text(self, query: TextQuery) -> MediaPage:
        """Return a page of matches, newest first.

        Raises `InvalidRequest` for an invalid cursor or pattern, `BudgetExceeded` for a pattern that takes too long.
        """
        view = self.views.view(query.folders, () if query.kind is None else (query.kind,))
        start = view.position_after(query.cursor)
        if query.regexp:
            node = regex_query(query.regexp, path_only=query.path_only)
        else:
            node = substring_query(query.text, path_only=query.path_only)
        budget_s = TEXT_BUDGET_S if query.regexp else _text_budget_s(query.text)
        return self._query_page(view, node, start, query.size, budget_s)

    def ids_by_text(self, text: str, folders: tuple[str, ...], limit: int) -> Ids:
        """Return the newest files in these folders that contain `text`, at most `limit`; fewer if time runs out."""
        view = self.views.view(folders)
        result = self.engine.find(substring_query(text), view, budget_s=_text_budget_s(text), limit=limit)
        return view.ids[result.positions]

    def by_query(self, node: Node, folders: tuple[str, ...] | None, cursor: str, size: int) -> MediaPage:
        """Return a page of matches of a query, newest first.

        Raises `InvalidRequest` for an invalid cursor, and what `QueryEngine.find` raises.
        """
        view = self.views.view(folders)
        return self._query_page(view, node, view.position_after(cursor), size, TEXT_BUDGET_S)

    def by_tags(self, query: TagQuery) -> MediaPage:
        """Return a page of files with these tags, newest first or in random order. Raises `InvalidRequest`."""
        shuffled = decode_shuffled_cursor(query.cursor, secrets.randbits(32)) if query.random else None
        view = self.views.view(query.folders)
        ids = view.ids
        if query.and_tags or query.or_tags or query.not_tags:
            ids = ids[self.tag_sets.mask(query.and_tags, query.or_tags, query.not_tags, query.combine, view)[ids]]
        if shuffled is not None:
            return self._random_page(ids, shuffled, query.size)
        start = view.position_after(query.cursor)
        first = int(np.searchsorted(view.rank[ids], start)) if start else 0
        return self._page(view, view.rank[ids[first : first + query.size + 1]].astype(np.int64), query.size)

    def random(self, count: int) -> list[MediaRow]:
        """Return up to `count` distinct files in random order."""
        ids = self.views.view().ids
        chosen = np.random.default_rng(secrets.randbits(64)).choice(ids, size=min(count, len(ids)), replace=False)
        return self._rows(chosen)

    def _query_page(self, view: View, node: Node, start: int, size: int, budget_s: float) -> MediaPage:
        """Return a page of matches from position `start` on.

        If the time runs out, `next` continues after the last verified file.
        """
        result = self.engine.find(node, view, budget_s=budget_s, start=start, limit=size + 1)
        if result.is_complete:
            return self._page(view, result.positions, size)
        rows = self._rows(view.ids[result.positions])
        return MediaPage(rows, True, view.cursor_after(result.examined), is_complete=False)

    def _page(self, view: View, positions: Ids, size: int) -> MediaPage:
        """Return a page of the first `size` positions; one more position means that a next page exists."""
        page = positions[:size]
        has_next = len(positions) > size
        rows = self._rows(view.ids[page])
        return MediaPage(rows, has_next, view.cursor_after(int(page[-1]) + 1) if has_next else "")

    def _random_page(self, ids: Ids, cursor: ShuffledCursor, size: int) -> MediaPage:
        keys = shuffle_keys(ids, cursor.seed)
        ranks = np.argsort(keys, kind="stable")
        if cursor.offset is not None:
            first = cursor.offset
        else:
            first = int(np.searchsorted(keys[ranks], cursor.after, side="right")) if cursor.after >= 0 else 0
        chosen = ranks[first : first + size]
        has_next = len(ranks) > first + size
        next_cursor = encode_cursor(ShuffledCursor(cursor.seed, int(keys[chosen[-1]]))) if has_next else ""
        return MediaPage(self._rows(ids[chosen]), has_next, next_cursor)

    def _rows(self, ids: Ids) -> list[MediaRow]:
        with self.store.read() as unit:
            return unit.media.list_by_ids([MediaId(item) for item in ids.tolist()])


def _text_budget_s(text: str) -> float:
    return SHORT_TEXT_BUDGET_S if len(fold(text)) < TRIGRAM_LENGTH else TEXT_BUDGET_S
