"""The store: SQL lives here and nowhere else."""

from __future__ import annotations

from iib.store.maintenance.database_swap import (
    discard_database,
    keep_previous_database,
    seal_database,
    swap_in_database,
)
from iib.store.maintenance.legacy_import import LegacyLibrary, LegacyRoot, LegacyTag, is_legacy, read_legacy
from iib.store.repositories.activity.operations import NewOperation
from iib.store.repositories.activity.trash import NewTrash
from iib.store.repositories.media.fulltext import FullTextRepository, all_of, any_of, has_trigram, trigrams
from iib.store.repositories.media.media import Content, join_path
from iib.store.repositories.media.media_paths import FileMove
from iib.store.repositories.semantic.embeddings import LinkRow, ModelRow
from iib.store.repositories.semantic.topics import RunRow
from iib.store.repositories.tags.postings import Zones
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

__all__ = [
    "AlbumRow",
    "TextBody",
    "ChangeRow",
    "Content",
    "CustomTagRow",
    "DuplicateRunRow",
    "FileMove",
    "FolderNode",
    "FolderRow",
    "FullTextRepository",
    "LegacyLibrary",
    "LegacyRoot",
    "LegacyTag",
    "LinkRow",
    "RatingRow",
    "MediaDetail",
    "ModelRow",
    "NewOperation",
    "NewTrash",
    "ReadUnit",
    "RootRow",
    "RunRow",
    "SavedSearchRow",
    "StampRow",
    "Store",
    "TagRow",
    "SameSizeRow",
    "WriteUnit",
    "Zones",
    "all_of",
    "any_of",
    "discard_database",
    "has_trigram",
    "is_legacy",
    "join_path",
    "keep_previous_database",
    "read_legacy",
    "seal_database",
    "swap_in_database",
    "trigrams",
]
