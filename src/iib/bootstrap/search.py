"""The search services, wired to the parts that they share."""

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
    """Both searches over the same views; the vectors of the second answer `similar:` in the first."""
    embeddings = LibraryEmbeddings.of(store, ai)
    likeness = VectorSimilarity(store, views, embeddings)
    search = SearchService(store, views, likeness, on_damage=index.build_fulltext)
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
    """Result sets over the parts of a search."""
    return ResultSets(
        store=search.store,
        views=search.views,
        engine=search.engine,
        tag_sets=search.tag_sets,
        curation_cache=search.curation_cache,
        similarity=search.similarity,
    )


def build_duplicates(search: SearchService, jobs: JobManager, make_preview: MakePreview) -> DuplicateService:
    """The search for duplicates, over the parts of a search."""
    return DuplicateService(
        store=search.store,
        jobs=jobs,
        views=search.views,
        engine=search.engine,
        facts=search.metadata_columns,
        curation_cache=search.curation_cache,
        make_preview=make_preview,
    )
