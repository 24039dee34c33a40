"""Fooocus' `log.html`: one table of labels and values for each picture of the folder."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from html.parser import HTMLParser
from typing import NamedTuple

import orjson

from iib.metadata.protocol import Entry

LOG_NAME = "log.html"
MAX_LOG_BYTES = 32 * 1024 * 1024
KEPT_LOGS = 8
MAX_PICTURES = 50_000

Table = dict[str, str]


class _Stamp(NamedTuple):
    mtime_ns: int
    size_bytes: int


class FolderLogs:
    """Reads each log once for its date and size; a few are remembered."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._logs: OrderedDict[str, tuple[_Stamp, dict[str, Table]]] = OrderedDict()

    def find(self, path: str) -> Entry | None:
        """What the log of its folder says of this picture, as JSON text."""
        folder, name = os.path.split(path)
        log_path = os.path.join(folder, LOG_NAME)  # noqa: PTH118  (runs for every picture without metadata)
        try:
            status = os.stat(log_path)  # noqa: PTH116
        except (OSError, ValueError):
            return None
        table = self._tables(log_path, _Stamp(status.st_mtime_ns, status.st_size)).get(name.replace(".", "_"))
        return Entry("sidecar:log", LOG_NAME, orjson.dumps(table).decode()) if table else None

    def _tables(self, log_path: str, stamp: _Stamp) -> dict[str, Table]:
        with self._lock:
            known = self._logs.get(log_path)
            if known is not None and known[0] == stamp:
                self._logs.move_to_end(log_path)
                return known[1]
            tables = _read(log_path, stamp)
            self._logs[log_path] = (stamp, tables)
            while len(self._logs) > KEPT_LOGS:
                self._logs.popitem(last=False)
            return tables


def _read(log_path: str, stamp: _Stamp) -> dict[str, Table]:
    if stamp.size_bytes > MAX_LOG_BYTES:
        return {}
    try:
        with open(log_path, "rb") as stream:  # noqa: PTH123
            return parse_log(stream.read(MAX_LOG_BYTES).decode("utf-8", "replace"))
    except OSError:
        return {}


def parse_log(html: str) -> dict[str, Table]:
    """Labels and values by the id of the picture's element, which is its name with dots as underscores."""
    if "metadata" not in html:
        return {}
    parser = _LogParser()
    parser.feed(html)
    parser.close()
    return {key: table for key, table in parser.tables.items() if table}


class _LogParser(HTMLParser):
    """Rows of `class="metadata"` tables below an element with an id."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: dict[str, Table] = {}
        self._current: Table | None = None
        self._in_table = False
        self._cells: list[str] = []
        self._in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Elements of interest: the picture's, its table, and the cells."""
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
        """Close what was opened."""
        if tag in ("td", "th"):
            self._in_cell = False
        elif tag in ("tr", "table") and self._in_table:
            self._end_row()
            self._in_table = tag != "table"

    def handle_data(self, data: str) -> None:
        """Text of a cell."""
        if self._in_cell and self._cells:
            self._cells[-1] += data

    def _end_row(self) -> None:
        if self._current is not None and len(self._cells) >= 2 and self._cells[0].strip():
            label = self._cells[0].strip().rstrip(":")
            self._current.setdefault(label, self._cells[1].strip())
        self._cells = []
        self._in_cell = False
