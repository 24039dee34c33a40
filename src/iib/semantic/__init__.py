"""Embeddings of prompts, clusters with titles, and search by meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iib._lib.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from iib.semantic.clustering.params import ClusterParams, default_noise_threshold
    from iib.semantic.clustering.titles import title_language
    from iib.semantic.embedding.library_embeddings import LibraryEmbeddings
    from iib.semantic.embedding.local.local_model import LOCAL_MODEL_NAME
    from iib.semantic.scope import FolderChange, Scope
    from iib.semantic.search.query_similarity import VectorSimilarity
    from iib.semantic.search.searcher import PromptQuery, SemanticHit
    from iib.semantic.service import CachedClustering, ClusterStatus, SemanticService
    from iib.semantic.tag_graph.graph import CLUSTER_LEVEL, TAG_LEVEL
    from iib.semantic.tag_graph.service import TagGraphResult
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "clustering.params": ("ClusterParams", "default_noise_threshold"),
            "clustering.titles": ("title_language",),
            "embedding.library_embeddings": ("LibraryEmbeddings",),
            "embedding.local.local_model": ("LOCAL_MODEL_NAME",),
            "scope": ("FolderChange", "Scope"),
            "search.query_similarity": ("VectorSimilarity",),
            "search.searcher": ("PromptQuery", "SemanticHit"),
            "service": ("CachedClustering", "ClusterStatus", "SemanticService"),
            "tag_graph.graph": ("CLUSTER_LEVEL", "TAG_LEVEL"),
            "tag_graph.service": ("TagGraphResult",),
        },
    )

__all__ = [
    "CLUSTER_LEVEL",
    "LOCAL_MODEL_NAME",
    "TAG_LEVEL",
    "CachedClustering",
    "ClusterParams",
    "ClusterStatus",
    "FolderChange",
    "LibraryEmbeddings",
    "PromptQuery",
    "Scope",
    "SemanticHit",
    "SemanticService",
    "TagGraphResult",
    "VectorSimilarity",
    "default_noise_threshold",
    "title_language",
]
