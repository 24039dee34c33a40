"""Searches of the public API (docs/reference/public-api.md#search): pages of rows with an opaque cursor."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import structlog

from iib._lib.fold import fold
from iib.errors import IIBError
from iib.model.media import MediaId, MediaKind, MediaRow
from iib.query.ast import Node
from iib.query.legacy import regular_expression, substring
from iib.search.cursor import Shuffled, decode_newest, decode_shuffled, encode
from iib.search.facets import FacetIndex
from iib.search.filters import View, Views
from iib.search.order import Ids, LibraryOrder
from iib.search.outside import NOTHING, Outside
from iib.search.personal import PersonalSets
from iib.search.queries import Found, QueryEngine
from iib.search.suggest import Suggester
from iib.search.summary import Summarizer
from iib.search.tags import TagSets
from iib.search.text import TextFinder
from iib.search.visible import VisibleCounts
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
        scopes: Callable[[], Sequence[str] | None],
        outside: Callable[[], Outside] = lambda: NOTHING,
        *,
        on_damage: Callable[[], object] = lambda: None,
    ) -> None:
        """`on_damage` is called when the full-text index cannot be read."""
        self.store = store
        self.views = Views(store, LibraryOrder(store), scopes, outside)
        self.finder = TextFinder(store, on_damage)
        self.tags = TagSets(store)
        self._warming: threading.Thread | None = None
        self.people = PersonalSets(store)
        self.engine = QueryEngine(store, self.views, self.finder, self.tags, self.people.current)
        index = FacetIndex(store)
        self.summary = Summarizer(store, index, self.engine.facts, self.tags, self.people)
        self.counts = VisibleCounts(store, self.views, index, self.people)
        self.suggester = Suggester(store, self.tags, self.engine.facts, self.people)

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
        self.finder.close()

    def _warm(self) -> None:
        try:
            view = self.views.view()
            if len(view.ids) >= WARM_FROM:
                self.engine.facts.columns(len(view.rank))
                self.summary.index.matrix()
            self.finder.check()
        except IIBError:  # the first query will say what is wrong
            log.warning("the library could not be read ahead", exc_info=True)

    def by_text(self, query: TextQuery) -> MediaPage:
        """Newest first. Raises `InvalidRequest` for a bad cursor or pattern, `BudgetExceeded` for a hopeless one."""
        cursor = decode_newest(query.cursor)
        if query.regexp:
            node = regular_expression(query.regexp, path_only=query.path_only)
        else:
            node = substring(query.text, path_only=query.path_only)
        view = self.views.view(query.folders, () if query.kind is None else (query.kind,))
        start = view.position_after(cursor)
        budget_s = SHORT_BUDGET_S if not query.regexp and len(fold(query.text)) < SHORT else TEXT_BUDGET_S
        found = self.engine.find(node, view, budget_s=budget_s, start=start, limit=query.size + 1)
        return self._found_page(view, found, query.size)

    def by_query(self, node: Node, folders: tuple[str, ...] | None, cursor: str, size: int) -> MediaPage:
        """Matches of a query, newest first. Raises `InvalidRequest` for a bad cursor, `Unsupported`."""
        view = self.views.view(folders)
        start = view.position_after(decode_newest(cursor))
        found = self.engine.find(node, view, budget_s=TEXT_BUDGET_S, start=start, limit=size + 1)
        return self._found_page(view, found, size)

    def by_tags(self, query: TagQuery) -> MediaPage:
        """Files by their tags, newest first or in random order."""
        cursor = None if query.random else decode_newest(query.cursor)
        shuffled = decode_shuffled(query.cursor, secrets.randbits(32)) if query.random else None
        view = self.views.view(query.folders)
        ids = view.ids
        if query.and_tags or query.or_tags or query.not_tags:
            ids = ids[self.tags.mask(query.and_tags, query.or_tags, query.not_tags, query.combine, view)[ids]]
        if shuffled is not None:
            return self._random_page(ids, shuffled, query.size)
        if cursor is not None:
            first = view.position_after(cursor)
            ids = ids[np.searchsorted(view.rank[ids], first) :]
        return self._page(view, ids[: query.size + 1], query.size)

    def random(self, count: int) -> list[MediaRow]:
        """Different files in random order."""
        ids = self.views.view().ids
        chosen = np.random.default_rng(secrets.randbits(64)).choice(ids, size=min(count, len(ids)), replace=False)
        return self._rows(chosen)

    def _found_page(self, view: View, found: Found, size: int) -> MediaPage:
        """A page of hits; when the time ran out it goes on behind the last file that was examined."""
        ids = view.ids[found.positions]
        if found.is_complete or len(ids) > size:
            return self._page(view, ids, size)
        following = encode(view.cursor_at(found.examined - 1)) if found.examined else ""
        return MediaPage(self._rows(ids), True, following, is_complete=False)

    def _page(self, view: View, ids: Ids, size: int) -> MediaPage:
        """A page of at most `size` of the given ids; one more says that there is a next page."""
        page = ids[:size]
        has_next = len(ids) > size
        following = encode(view.cursor_at(int(view.rank[page[-1]]))) if has_next else ""
        return MediaPage(self._rows(page), has_next, following)

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
            return unit.media.rows([MediaId(item) for item in ids.tolist()])


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
