"""The database: units of work with the repositories of all resources. No other package contains SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iib._lib.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from iib.store.maintenance.database_swap import (
        discard_database,
        keep_previous_database,
        seal_database,
        swap_in_database,
    )
    from iib.store.maintenance.legacy_import import LegacyLibrary, LegacyRoot, LegacyTag, is_legacy, read_legacy
    from iib.store.maintenance.relocate import relocate_database
    from iib.store.repositories.activity.operations import NewOperation
    from iib.store.repositories.activity.trash import NewTrash
    from iib.store.repositories.media.fulltext import FullTextRepository, all_of, any_of, has_trigram, trigrams
    from iib.store.repositories.media.media import ContentKey, join_path
    from iib.store.repositories.media.media_paths import FileMove
    from iib.store.repositories.media.stale_metadata import StaleMetadataRow
    from iib.store.repositories.semantic.embeddings import EmbeddingLinkRow, EmbeddingModelRow
    from iib.store.repositories.semantic.topics import ClusterRunRow
    from iib.store.repositories.tags.postings import ZonedMask
    from iib.store.rows import (
        AlbumRow,
        ChangeRow,
        CustomTagRow,
        DuplicateRunRow,
        FolderNode,
        FolderRow,
        MediaDetail,
        RatingRow,
        RootRow,
        SameSizeRow,
        SavedSearchRow,
        StampRow,
        TagRow,
        TextBody,
    )
    from iib.store.store import ReadUnit, Store, WriteUnit
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "maintenance.database_swap": (
                "discard_database",
                "keep_previous_database",
                "seal_database",
                "swap_in_database",
            ),
            "maintenance.legacy_import": ("LegacyLibrary", "LegacyRoot", "LegacyTag", "is_legacy", "read_legacy"),
            "maintenance.relocate": ("relocate_database",),
            "repositories.activity.operations": ("NewOperation",),
            "repositories.activity.trash": ("NewTrash",),
            "repositories.media.fulltext": ("FullTextRepository", "all_of", "any_of", "has_trigram", "trigrams"),
            "repositories.media.media": ("ContentKey", "join_path"),
            "repositories.media.media_paths": ("FileMove",),
            "repositories.media.stale_metadata": ("StaleMetadataRow",),
            "repositories.semantic.embeddings": ("EmbeddingLinkRow", "EmbeddingModelRow"),
            "repositories.semantic.topics": ("ClusterRunRow",),
            "repositories.tags.postings": ("ZonedMask",),
            "rows": (
                "AlbumRow",
                "ChangeRow",
                "CustomTagRow",
                "DuplicateRunRow",
                "FolderNode",
                "FolderRow",
                "MediaDetail",
                "RatingRow",
                "RootRow",
                "SameSizeRow",
                "SavedSearchRow",
                "StampRow",
                "TagRow",
                "TextBody",
            ),
            "store": ("ReadUnit", "Store", "WriteUnit"),
        },
    )

__all__ = [
    "AlbumRow",
    "ChangeRow",
    "ClusterRunRow",
    "ContentKey",
    "CustomTagRow",
    "DuplicateRunRow",
    "EmbeddingLinkRow",
    "EmbeddingModelRow",
    "FileMove",
    "FolderNode",
    "FolderRow",
    "FullTextRepository",
    "LegacyLibrary",
    "LegacyRoot",
    "LegacyTag",
    "MediaDetail",
    "NewOperation",
    "NewTrash",
    "RatingRow",
    "ReadUnit",
    "RootRow",
    "SameSizeRow",
    "SavedSearchRow",
    "StaleMetadataRow",
    "StampRow",
    "Store",
    "TagRow",
    "TextBody",
    "WriteUnit",
    "ZonedMask",
    "all_of",
    "any_of",
    "discard_database",
    "has_trigram",
    "is_legacy",
    "join_path",
    "keep_previous_database",
    "read_legacy",
    "relocate_database",
    "seal_database",
    "swap_in_database",
    "trigrams",
]
