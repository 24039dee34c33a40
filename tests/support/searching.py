"""Builds a search service over a store without the rest of the program."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from iib.search.engine.similarity import NoSimilarity
from iib.search.library.snapshot import SnapshotCache
from iib.search.library.view import ViewCache
from iib.search.limits import DEFAULT_LIMITS, SearchLimits
from iib.search.service import SearchService
from iib.store import Store


def search_of(
    store: Store, scopes: Callable[[], Sequence[str] | None] = lambda: None, limits: SearchLimits = DEFAULT_LIMITS
) -> SearchService:
    """Returns a search service without semantic search, in these folders (None: everywhere)."""
    return SearchService(
        store, ViewCache(store, SnapshotCache(store), scopes, limits=limits), NoSimilarity(), limits=limits
    )
