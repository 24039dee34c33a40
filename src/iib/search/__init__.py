"""Search: the query engine, result sets of the grid, counts over results, and suggestions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iib._lib.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from iib.search.counts.facet_counts import TAG_FACETS, FacetCounter
    from iib.search.counts.overview import OVERVIEW_TAG_KINDS, OverviewCache
    from iib.search.counts.timeline import TimelineCounter
    from iib.search.counts.visible_counts import VisibleCounts
    from iib.search.engine.query_engine import QueryEngine
    from iib.search.engine.similarity import NoSimilarity, QueryScores
    from iib.search.grid.export import EXPORT_FORMATS, EXPORT_WRITERS, iter_export_rows, require_parquet
    from iib.search.grid.result_sets import GridQuery, ResultSets
    from iib.search.library.curation import CurationCache
    from iib.search.library.metadata_columns import MetadataColumnCache
    from iib.search.library.snapshot import Ids, Mask, SnapshotCache
    from iib.search.library.symlink_exclusion import SymlinkScanner
    from iib.search.library.view import View, ViewCache
    from iib.search.service import MediaPage, SearchService, TagQuery, TextQuery
    from iib.search.suggest import Suggester
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "counts.facet_counts": ("FacetCounter", "TAG_FACETS"),
            "counts.overview": ("OVERVIEW_TAG_KINDS", "OverviewCache"),
            "counts.timeline": ("TimelineCounter",),
            "counts.visible_counts": ("VisibleCounts",),
            "engine.query_engine": ("QueryEngine",),
            "engine.similarity": ("NoSimilarity", "QueryScores"),
            "grid.export": ("EXPORT_FORMATS", "EXPORT_WRITERS", "iter_export_rows", "require_parquet"),
            "grid.result_sets": ("GridQuery", "ResultSets"),
            "library.curation": ("CurationCache",),
            "library.metadata_columns": ("MetadataColumnCache",),
            "library.snapshot": ("Ids", "Mask", "SnapshotCache"),
            "library.symlink_exclusion": ("SymlinkScanner",),
            "library.view": ("View", "ViewCache"),
            "service": ("MediaPage", "SearchService", "TagQuery", "TextQuery"),
            "suggest": ("Suggester",),
        },
    )

__all__ = [
    "EXPORT_FORMATS",
    "EXPORT_WRITERS",
    "OVERVIEW_TAG_KINDS",
    "TAG_FACETS",
    "CurationCache",
    "FacetCounter",
    "GridQuery",
    "Ids",
    "Mask",
    "MediaPage",
    "MetadataColumnCache",
    "NoSimilarity",
    "OverviewCache",
    "QueryEngine",
    "QueryScores",
    "ResultSets",
    "SearchService",
    "SnapshotCache",
    "Suggester",
    "SymlinkScanner",
    "TagQuery",
    "TextQuery",
    "TimelineCounter",
    "View",
    "ViewCache",
    "VisibleCounts",
    "iter_export_rows",
    "require_parquet",
]
