"""Pages of indexed files that clients may see: files that exist now, inside the folders that may be read."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from fastapi import Response

from iib.access import AllowedPaths, is_below
from iib.api.serializers.common import MediaEntry, fast_json, media_entry
from iib.model import MediaRow
from iib.search import MediaPage
from iib.settings import is_windows
from iib.store import FolderNode

FILL_S = 1.0  # time to fill a page when many of its files are gone from the disk


def visible_rows(rows: Iterable[MediaRow], allowed: AllowedPaths) -> list[MediaRow]:
    """Rows of files that exist and may be read."""
    return [row for row in rows if os.path.exists(row.path) and allowed.may_read(row.path)]  # noqa: PTH110


def media_entries(rows: Sequence[MediaRow], allowed: AllowedPaths) -> list[MediaEntry]:
    """Entries of rows, in the same order."""
    return [media_entry(row, is_under_root=allowed.leads_inside(row.path)) for row in rows]


def filled_page(read_page: Callable[[str, int], MediaPage], cursor: str, size: int, allowed: AllowedPaths) -> MediaPage:
    """A page of visible files: hidden ones are replaced by later ones, for at most `FILL_S` seconds.

    `read_page(cursor, size)` returns a page with all files.
    """
    rows: list[MediaRow] = []
    deadline = time.monotonic() + FILL_S
    while True:
        page = read_page(cursor, size - len(rows))
        rows += visible_rows(page.rows, allowed)
        is_over = not page.has_next or not page.is_complete or len(rows) >= size
        if is_over:
            return MediaPage(rows, page.has_next, page.next, is_complete=page.is_complete)
        if time.monotonic() > deadline:
            return MediaPage(rows, page.has_next, page.next, is_complete=False)
        cursor = page.next


def visible_folders(nodes: Sequence[FolderNode], counts: Mapping[str, int], allowed: AllowedPaths) -> list[FolderNode]:
    """Folders that may be read, counting only visible files; `counts` has the visible files directly in each folder."""
    result = []
    for node in nodes:
        if allowed.may_read(node.path):
            below = [number for path, number in counts.items() if is_below(path, node.path, windows=is_windows())]
            count, total = counts.get(node.path, 0), sum(below)
            has_children = node.has_children and (total > count or node.total == total)
            result.append(replace(node, count=count, total=total, has_children=has_children))
    return result


def page_response(page: MediaPage, allowed: AllowedPaths) -> Response:
    """JSON response of a page; `complete` is false when the time ran out before the page was full."""
    cursor = {"has_next": page.has_next, "next": page.next}
    return fast_json({"files": media_entries(page.rows, allowed), "cursor": cursor, "complete": page.is_complete})
