"""Builds the search services and the parts that they share."""

from __future__ import annotations

from iib.duplicates import DuplicateService, MakePreview
from iib.index import IndexService
from iib.jobs import JobManager
from iib.search import ResultSets, SearchService, ViewCache
from iib.semantic import LibraryEmbeddings, SemanticService, VectorSimilarity
from iib.settings import AiSettings
from iib.store import Store


def build_search(
    store: Store, views: ViewCache, ai: AiSettings, *, jobs: JobManager, index: IndexService
) -> tuple[SearchService, SemanticService]:
    """Build text search and semantic search over the same views; embeddings evaluate `similar:` in text search."""
    embeddings = LibraryEmbeddings.of(store, ai)
    similarity = VectorSimilarity(store, views, embeddings)
    search = SearchService(store, views, similarity, on_damage=index.build_fulltext)
    semantic = SemanticService(
        store=store,
        jobs=jobs,
        indexer=index,
        search=search,
        views=views,
        embeddings=embeddings,
        settings=ai,
    )
    return search, semantic


def build_result_sets(search: SearchService) -> ResultSets:
    """Build the result sets from the parts of a search service."""
    return ResultSets(
        store=search.store,
        views=search.views,
        engine=search.engine,
        tag_sets=search.tag_sets,
        curation_cache=search.curation_cache,
        similarity=search.similarity,
    )


def build_duplicates(search: SearchService, jobs: JobManager, make_preview: MakePreview) -> DuplicateService:
    """Build the search for duplicates from the parts of a search service."""
    return DuplicateService(
        store=search.store,
        jobs=jobs,
        views=search.views,
        engine=search.engine,
        facts=search.metadata_columns,
        curation_cache=search.curation_cache,
        make_preview=make_preview,
    )
