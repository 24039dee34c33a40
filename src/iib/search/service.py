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
from iib.search.engine.engine import QueryEngine
from iib.search.engine.similarity import SimilarityScorer
from iib.search.fulltext.searcher import TrigramSearcher
from iib.search.library.curation import CurationCache
from iib.search.library.metadata_columns import MetadataColumnCache
from iib.search.library.snapshot import Ids
from iib.search.library.tag_sets import TagSets
from iib.search.library.view import Shuffled, View, ViewCache, decode_shuffled, encode
from iib.search.limits import DEFAULT_LIMITS, SearchLimits
from iib.search.suggest import Suggester
from iib.store import Store

log = structlog.get_logger(__name__)

WARM_FROM = 50_000  # files
TEXT_BUDGET_S = 1.8
SHORT_BUDGET_S = 1.0
SHORT = 3  # characters; needles with fewer have no trigram of their own


@dataclass(frozen=True, slots=True)
class TextQuery:
    """A substring (or, if `regexp` is filled, a regular expression) in path and generation text.

    `folders` None means everywhere; an empty tuple means nowhere.
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
    """Tag ids; `combine` says how "all of" and "any of" are put together when both are given."""

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
    """One page; `next` is "" at the end. `is_complete` False: time ran out, go on with `next`."""

    rows: list[MediaRow]
    has_next: bool
    next: str
    is_complete: bool = True


class SearchService:
    """Answers from the latest committed state. Safe from any thread; blocking, so keep it off the event loop."""

    def __init__(
        self,
        store: Store,
        views: ViewCache,
        similarity: SimilarityScorer,
        *,
        on_damage: Callable[[], object] = lambda: None,
        limits: SearchLimits = DEFAULT_LIMITS,
    ) -> None:
        """`likeness` answers `similar:`; `on_damage` is called when the full-text index cannot be read.

        The parts are public for whoever wires the program; a class that works with one takes that part, not this
        service.
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
            finder=self.trigram_searcher,
            sets=self.tag_sets,
            facts=self.metadata_columns,
            personal=self.curation_cache.current,
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
        """Read a large library's columns before somebody asks for them, and check the full-text index; returns at
        once."""
        self._warming = threading.Thread(target=self._warm, name="iib-warm", daemon=True)
        self._warming.start()

    def wait_until_warm(self) -> None:
        """Wait for what `warm` began."""
        if self._warming is not None:
            self._warming.join()

    def close(self) -> None:
        """Wait for what still reads, and end the threads."""
        self.wait_until_warm()
        self.trigram_searcher.close()

    def _warm(self) -> None:
        try:
            view = self.views.view()
            if len(view.ids) >= WARM_FROM:
                self.metadata_columns.columns(len(view.rank))
                self.facet_matrix.matrix()
            self.trigram_searcher.check()
        except IIBError:  # the first query will say what is wrong
            log.warning("the library could not be read ahead", exc_info=True)

    def by_text(self, query: TextQuery) -> MediaPage:
        """Newest first. Raises `InvalidRequest` for a bad cursor or pattern, `BudgetExceeded` for a hopeless one."""
        view = self.views.view(query.folders, () if query.kind is None else (query.kind,))
        start = view.position_after(query.cursor)
        if query.regexp:
            node = regex_query(query.regexp, path_only=query.path_only)
        else:
            node = substring_query(query.text, path_only=query.path_only)
        budget_s = TEXT_BUDGET_S if query.regexp else _text_budget_s(query.text)
        return self._found_page(view, node, start, query.size, budget_s)

    def ids_by_text(self, text: str, folders: tuple[str, ...], limit: int) -> Ids:
        """The newest files in these folders that contain `text`, at most `limit`; fewer when the time runs out."""
        view = self.views.view(folders)
        found = self.engine.find(substring_query(text), view, budget_s=_text_budget_s(text), limit=limit)
        return view.ids[found.positions]

    def by_query(self, node: Node, folders: tuple[str, ...] | None, cursor: str, size: int) -> MediaPage:
        """Matches of a query, newest first. Raises `InvalidRequest` for a bad cursor, `Unsupported`."""
        view = self.views.view(folders)
        return self._found_page(view, node, view.position_after(cursor), size, TEXT_BUDGET_S)

    def by_tags(self, query: TagQuery) -> MediaPage:
        """Files by their tags, newest first or in random order."""
        shuffled = decode_shuffled(query.cursor, secrets.randbits(32)) if query.random else None
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
        """Different files in random order."""
        ids = self.views.view().ids
        chosen = np.random.default_rng(secrets.randbits(64)).choice(ids, size=min(count, len(ids)), replace=False)
        return self._rows(chosen)

    def _found_page(self, view: View, node: Node, start: int, size: int, budget_s: float) -> MediaPage:
        """A page of matches from position `start` on. When the time runs out, `next` continues behind the last file
        that was examined."""
        found = self.engine.find(node, view, budget_s=budget_s, start=start, limit=size + 1)
        if found.is_complete:
            return self._page(view, found.positions, size)
        rows = self._rows(view.ids[found.positions])
        return MediaPage(rows, True, view.cursor_after(found.examined), is_complete=False)

    def _page(self, view: View, positions: Ids, size: int) -> MediaPage:
        """A page of at most `size` of the given positions; one more says that there is a next page."""
        page = positions[:size]
        has_next = len(positions) > size
        rows = self._rows(view.ids[page])
        return MediaPage(rows, has_next, view.cursor_after(int(page[-1]) + 1) if has_next else "")

    def _random_page(self, ids: Ids, cursor: Shuffled, size: int) -> MediaPage:
        keys = shuffle_keys(ids, cursor.seed)
        ranks = np.argsort(keys, kind="stable")
        if cursor.offset is not None:
            first = cursor.offset
        else:
            first = int(np.searchsorted(keys[ranks], cursor.after, side="right")) if cursor.after >= 0 else 0
        chosen = ranks[first : first + size]
        has_next = len(ranks) > first + size
        following = encode(Shuffled(cursor.seed, int(keys[chosen[-1]]))) if has_next else ""
        return MediaPage(self._rows(ids[chosen]), has_next, following)

    def _rows(self, ids: Ids) -> list[MediaRow]:
        with self.store.read() as unit:
            return unit.media.list_by_ids([MediaId(item) for item in ids.tolist()])


def _text_budget_s(text: str) -> float:
    return SHORT_BUDGET_S if len(fold(text)) < SHORT else TEXT_BUDGET_S


def shuffle_keys(ids: Ids, seed: int) -> Ids:
    """A pseudo-random key (63 bits) for every id, the same for the same seed whatever else is in the list.

    The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
    """
    with np.errstate(over="ignore"):
        value = ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(seed)
        value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        value ^= value >> np.uint64(31)
    return (value >> np.uint64(1)).astype(np.int64)
