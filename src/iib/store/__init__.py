"""The store: SQL lives here and nowhere else."""

from __future__ import annotations

from iib.store.fold import fold
from iib.store.library import ReadUnit, Store, WriteUnit
from iib.store.repositories.fulltext import trigrams
from iib.store.repositories.media import join_path
from iib.store.rows import (
    FolderNode,
    FolderRow,
    MediaDetail,
    MediaRecord,
    RootRow,
    StampRow,
    TagRow,
    to_record,
)

__all__ = [
    "FolderNode",
    "FolderRow",
    "MediaDetail",
    "MediaRecord",
    "ReadUnit",
    "RootRow",
    "StampRow",
    "Store",
    "TagRow",
    "WriteUnit",
    "fold",
    "join_path",
    "to_record",
    "trigrams",
]
