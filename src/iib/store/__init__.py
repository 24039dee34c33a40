"""The store: SQL lives here and nowhere else."""

from __future__ import annotations

from iib.store.library import ReadUnit, Store, WriteUnit
from iib.store.repositories.fulltext import trigrams
from iib.store.repositories.media import Content, join_path
from iib.store.repositories.operations import NewOperation
from iib.store.rows import (
    FolderNode,
    FolderRow,
    MediaDetail,
    RootRow,
    StampRow,
    TagRow,
)

__all__ = [
    "Content",
    "FolderNode",
    "FolderRow",
    "MediaDetail",
    "NewOperation",
    "ReadUnit",
    "RootRow",
    "StampRow",
    "Store",
    "TagRow",
    "WriteUnit",
    "join_path",
    "trigrams",
]
