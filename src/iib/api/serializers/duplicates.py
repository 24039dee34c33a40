"""Groups of duplicate files, as JSON values."""

from __future__ import annotations

from typing import TypedDict

from iib.duplicates import DuplicateFile, DuplicateGroup
from iib.model import NS_PER_MS


class DuplicateFileEntry(TypedDict):
    """A file of a group; see `DuplicateFileAnswer`."""

    id: int
    path: str
    name: str
    kind: str
    bytes: int
    width: int
    height: int
    mtime: int
    rating: int
    has_metadata: bool
    content: int
    distance: int | None


class DuplicateGroupEntry(TypedDict):
    """A group of duplicates; see `DuplicateGroupAnswer`."""

    number: int
    kind: str
    keeper: int
    reason: str
    files: list[DuplicateFileEntry]


def duplicate_group_entry(group: DuplicateGroup) -> DuplicateGroupEntry:
    """Entry of a group; its first file is the one to keep."""
    return {
        "number": group.number,
        "kind": "exact" if group.is_exact else "near",
        "keeper": group.files[0].row.id,
        "reason": group.reason,
        "files": [_file_entry(file) for file in group.files],
    }


def _file_entry(file: DuplicateFile) -> DuplicateFileEntry:
    row = file.row
    return {
        "id": row.id,
        "path": row.path,
        "name": row.name,
        "kind": row.kind.word,
        "bytes": row.size_bytes,
        "width": row.width_px or 0,
        "height": row.height_px or 0,
        "mtime": row.mtime_ns // NS_PER_MS,
        "rating": file.rating,
        "has_metadata": file.has_metadata,
        "content": file.content,
        "distance": file.distance,
    }
