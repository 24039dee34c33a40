"""Recognises moved files.

A moved file has a new path, and its size, modification time and content hash equal those of a row whose file is gone.
It takes that row, so it keeps its id and its curation.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from iib.index.scan import is_any_below
from iib.model import MediaId, MediaRecord
from iib.store import ContentKey, Store


def find_moved_rows(
    store: Store, files: Sequence[tuple[MediaId | None, MediaRecord]], absent_roots: Sequence[str]
) -> list[MediaId | None]:
    """For each file (row of its path, record), find the row with its content whose own file is gone, or None."""
    contents = [(record.stamp.size_bytes, record.stamp.mtime_ns, record.content_hash) for _row_id, record in files]
    with store.read() as unit:
        rows_by_content = unit.media.rows_by_content([content for content in dict.fromkeys(contents) if content[2]])
    moved_ids: list[MediaId | None] = []
    for (current_id, _record), content in zip(files, contents, strict=True):
        rows = rows_by_content.get(content, [])
        is_unchanged = any(row_id == current_id for row_id, _path in rows)
        candidates = (
            row_id for row_id, path in rows if row_id not in moved_ids and _is_gone(path, content, absent_roots)
        )
        moved_ids.append(None if is_unchanged else next(candidates, None))
    return moved_ids


def match_moved_content(
    current_ids: Sequence[MediaId | None], moved_ids: Sequence[MediaId | None]
) -> list[MediaId | None]:
    """Decide the row of each file of a batch; None: a new row.

    `current_ids` are the rows of the paths, `moved_ids` the rows that have the content of the files and have lost their
    own. A new path takes the row of its content: the file was moved. An existing path does so only if another file
    takes its row in turn (two names were exchanged, or a new file replaced the moved one); otherwise it was
    overwritten. Pure.

    >>> match_moved_content([None], [MediaId(7)])  # moved to a new path
    [7]
    >>> match_moved_content([MediaId(1), MediaId(2)], [MediaId(2), MediaId(1)])  # names exchanged
    [2, 1]
    >>> match_moved_content([MediaId(1)], [MediaId(2)])  # overwritten
    [1]
    """
    taken_by: dict[MediaId, int] = {}
    for index, row_id in enumerate(moved_ids):
        if row_id is not None:
            taken_by.setdefault(row_id, index)
    while True:
        overwritten = []
        for row_id, index in taken_by.items():
            current_id = current_ids[index]
            if current_id is not None and current_id not in taken_by:
                overwritten.append(row_id)
        if not overwritten:
            break
        for row_id in overwritten:
            del taken_by[row_id]
    moved_by_index = {index: row_id for row_id, index in taken_by.items()}
    return [
        moved_by_index.get(index, None if row_id in taken_by else row_id) for index, row_id in enumerate(current_ids)
    ]


def _is_gone(path: str, content: ContentKey, absent_roots: Sequence[str]) -> bool:
    """True if the file at `path` does not exist or has changed; never for files below an absent root."""
    try:
        status = os.stat(path)
    except OSError:
        return not is_any_below(path, absent_roots)
    return (status.st_size, status.st_mtime_ns) != content[:2]
