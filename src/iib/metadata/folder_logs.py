"""Reads the folder log of Fooocus: `log.html` with a table of labels and values for each picture of the folder."""

from __future__ import annotations

import os
import re
from html import unescape
from html.parser import HTMLParser
from typing import NamedTuple

import orjson

from iib._lib.cache import LruCache
from iib.metadata.protocol import Entry

LOG_NAME = "log.html"
MAX_LOG_BYTES = 32 * 1024 * 1024
MAX_CACHED_LOGS, MAX_CACHED_CHARACTERS = 8, 16 * 1024 * 1024
MAX_PICTURES = 50_000

ELEMENT = re.compile(r"""<div\b[^<>]{0,400}?\sid\s*=\s*(?:"([^"<>]{1,400})"|'([^'<>]{1,400})')""", re.IGNORECASE)

Table = dict[str, str]


class _Stamp(NamedTuple):
    mtime_ns: int
    size_bytes: int


class FolderLogs:
    """Finds the log entry of a picture.

    Logs are cached by path, modification time and size; the table of a picture is parsed on demand.
    """

    def __init__(self) -> None:
        self._logs: LruCache[tuple[str, _Stamp], FolderLog] = LruCache(
            MAX_CACHED_LOGS, max_size=MAX_CACHED_CHARACTERS, size_of=lambda log: len(log.html)
        )

    def find(self, path: str) -> Entry | None:
        """Return the table of this picture in the log of its folder as JSON text, or None if there is none."""
        folder, name = os.path.split(path)
        log_path = os.path.join(folder, LOG_NAME)  # noqa: PTH118  (runs for every picture without metadata)
        try:
            status = os.stat(log_path)  # noqa: PTH116
        except (OSError, ValueError):
            return None
        stamp = _Stamp(status.st_mtime_ns, status.st_size)
        log = self._logs.get_or_load((log_path, stamp), lambda: FolderLog(_read(log_path, stamp)))
        table = log.table(name.replace(".", "_"))
        return Entry("sidecar:log", LOG_NAME, orjson.dumps(table).decode()) if table else None


def _read(log_path: str, stamp: _Stamp) -> str:
    if stamp.size_bytes > MAX_LOG_BYTES:
        return ""
    try:
        with open(log_path, "rb") as stream:  # noqa: PTH123
            return stream.read(MAX_LOG_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


class FolderLog:
    """One log, split at the elements with an id. The table of a picture lies between its element and the next one."""

    def __init__(self, html: str) -> None:
        self.html = html if "metadata" in html else ""
        starts = [(unescape(match[1] or match[2]), match.start()) for match in ELEMENT.finditer(self.html)]
        ends = [*(start for _name, start in starts[1:]), len(self.html)]
        self._ranges: dict[str, tuple[int, int]] = {}
        for (name, start), end in zip(starts[:MAX_PICTURES], ends, strict=False):
            self._ranges.setdefault(name, (start, end))

    def table(self, name: str) -> Table:
        """Return the labels and values of one picture. `name` is the file name with underscores for dots."""
        bounds = self._ranges.get(name)
        return parse_log(self.html[bounds[0] : bounds[1]]).get(name, {}) if bounds is not None else {}


def parse_log(html: str) -> dict[str, Table]:
    """Return the tables of a whole log or a part of it: labels and values by the id of the picture's element."""
    if "metadata" not in html:
        return {}
    parser = _LogParser()
    parser.feed(html)
    parser.close()
    return {key: table for key, table in parser.tables.items() if table}


class _LogParser(HTMLParser):
    """Collects the rows of tables with `class="metadata"` below elements with an id."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: dict[str, Table] = {}
        self._current: Table | None = None
        self._in_table = False
        self._cells: list[str] = []
        self._in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin the element of a picture, its table, a row or a cell; other elements are ignored."""
        attributes = dict(attrs)
        if tag == "div" and attributes.get("id") and len(self.tables) < MAX_PICTURES:
            self._current = self.tables.setdefault(str(attributes["id"]), {})
        elif tag == "table" and "metadata" in (attributes.get("class") or ""):
            self._in_table = True
        elif tag == "tr" and self._in_table:
            self._end_row()
        elif tag in ("td", "th") and self._in_table:
            self._cells.append("")
            self._in_cell = True
        elif tag == "br" and self._in_cell:
            self._cells[-1] += "\n"

    def handle_endtag(self, tag: str) -> None:
        """End a cell, a row or the table."""
        if tag in ("td", "th"):
            self._in_cell = False
        elif tag in ("tr", "table") and self._in_table:
            self._end_row()
            self._in_table = tag != "table"

    def handle_data(self, data: str) -> None:
        """Add text to the current cell."""
        if self._in_cell and self._cells:
            self._cells[-1] += data

    def _end_row(self) -> None:
        if self._current is not None and len(self._cells) >= 2 and self._cells[0].strip():
            label = self._cells[0].strip().rstrip(":")
            self._current.setdefault(label, self._cells[1].strip())
        self._cells = []
        self._in_cell = False
