"""Where files stood before somebody moved them."""

from __future__ import annotations

import os
from collections.abc import Sequence

from iib.index.scan import is_any_below
from iib.model import MediaId, MediaRecord
from iib.store import ContentKey, Store


def find_moved_rows(
    store: Store, files: Sequence[tuple[MediaId | None, MediaRecord]], absent_roots: Sequence[str]
) -> list[MediaId | None]:
    """For each file (row of its place, record) the row of its content, if that stood elsewhere and left."""
    contents = [(record.stamp.size_bytes, record.stamp.mtime_ns, record.content_hash) for _row, record in files]
    with store.read() as unit:
        known = unit.media.rows_by_content([content for content in dict.fromkeys(contents) if content[2]])
    former: list[MediaId | None] = []
    for (own, _record), content in zip(files, contents, strict=True):
        found = known.get(content, [])
        is_own = any(row == own for row, _path in found)
        gone = (row for row, path in found if row not in former and _has_left(path, content, absent_roots))
        former.append(None if is_own else next(gone, None))
    return former


def _has_left(path: str, content: ContentKey, absent_roots: Sequence[str]) -> bool:
    """True if this file is no longer there, or another one is; never for what lies on an absent drive."""
    try:
        status = os.stat(path)
    except OSError:
        return not is_any_below(path, absent_roots)
    return (status.st_size, status.st_mtime_ns) != content[:2]
