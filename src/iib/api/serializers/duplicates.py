"""Groups of duplicate files."""

from __future__ import annotations

from iib.api.serializers.common import KIND_WORDS
from iib.model.geninfo import Json
from iib.search.duplicates.service import DuplicateFile, DuplicateGroup

NS_PER_MS = 1_000_000


def duplicate_group_entry(group: DuplicateGroup) -> dict[str, Json]:
    return {
        "number": group.number,
        "kind": "exact" if group.is_exact else "near",
        "keeper": group.files[0].row.id,
        "reason": group.reason,
        "files": [_file(file) for file in group.files],
    }


def _file(file: DuplicateFile) -> dict[str, Json]:
    row = file.row
    return {
        "id": row.id,
        "path": row.path,
        "name": row.name,
        "kind": KIND_WORDS[row.kind],
        "bytes": row.size_bytes,
        "width": row.width_px or 0,
        "height": row.height_px or 0,
        "mtime": row.mtime_ns // NS_PER_MS,
        "rating": file.rating,
        "has_metadata": file.has_metadata,
        "content": file.content,
        "distance": file.distance,
    }
