"""Indexed files as clients may see them: there now, and inside the folders they may read."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from fastapi import Response

from iib.access.paths import Trust, is_below
from iib.api.serializers.common import fast_json, media_entry
from iib.model.geninfo import Json
from iib.model.media import MediaRow
from iib.search.service import MediaPage
from iib.settings import is_windows
from iib.store import FolderNode

FILL_S = 1.0  # how long a page looks for files that exist, when many are gone from the disk


def shown(rows: Iterable[MediaRow], trust: Trust) -> list[MediaRow]:
    """Those that exist and may be read."""
    return [row for row in rows if os.path.exists(row.path) and trust.may_read(row.path)]  # noqa: PTH110


def entries(rows: Sequence[MediaRow], trust: Trust) -> list[dict[str, Json]]:
    """As searches give them."""
    return [media_entry(row, is_under_root=trust.leads_inside(row.path)) for row in rows]


def full_page(ask: Callable[[str, int], MediaPage], cursor: str, size: int, trust: Trust) -> MediaPage:
    """A page without files that cannot be shown, filled up with later ones. `ask(cursor, size)` gives a raw page."""
    rows: list[MediaRow] = []
    deadline = time.monotonic() + FILL_S
    while True:
        page = ask(cursor, size - len(rows))
        rows += shown(page.rows, trust)
        is_over = not page.has_next or not page.is_complete or len(rows) >= size
        if is_over:
            return MediaPage(rows, page.has_next, page.next, is_complete=page.is_complete)
        if time.monotonic() > deadline:
            return MediaPage(rows, page.has_next, page.next, is_complete=False)
        cursor = page.next


def shown_folders(nodes: Sequence[FolderNode], counts: Mapping[str, int], trust: Trust) -> list[FolderNode]:
    """Folders that may be read, with the files of `counts` (by folder) that may be seen at and below them."""
    shown = []
    for node in nodes:
        if trust.may_read(node.path):
            below = [number for path, number in counts.items() if is_below(path, node.path, windows=is_windows())]
            count, total = counts.get(node.path, 0), sum(below)
            has_children = node.has_children and (total > count or node.total == total)
            shown.append(replace(node, count=count, total=total, has_children=has_children))
    return shown


def page_answer(page: MediaPage, trust: Trust) -> Response:
    """A page as the contract spells it; `complete` is false when the time ran out before the page was full."""
    cursor = {"has_next": page.has_next, "next": page.next}
    return fast_json({"files": entries(page.rows, trust), "cursor": cursor, "complete": page.is_complete})
