"""The index: brings the store in line with the files on disk and watches them for changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iib._lib.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from iib.index.catalog import MediaCatalog
    from iib.index.fulltext_rebuild import FullTextRebuilder
    from iib.index.registered_folders import RegisteredFolders
    from iib.index.scan import outermost_folders, stamp_of, walk_folders
    from iib.index.service import IndexService
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "catalog": ("MediaCatalog",),
            "fulltext_rebuild": ("FullTextRebuilder",),
            "registered_folders": ("RegisteredFolders",),
            "scan": ("outermost_folders", "stamp_of", "walk_folders"),
            "service": ("IndexService",),
        },
    )

__all__ = [
    "FullTextRebuilder",
    "IndexService",
    "MediaCatalog",
    "RegisteredFolders",
    "outermost_folders",
    "stamp_of",
    "walk_folders",
]
