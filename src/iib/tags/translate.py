"""Display names of tags, from an optional file `tags-translate.csv` beside the program."""

from __future__ import annotations

import csv
import threading
from pathlib import Path

FILE_NAME = "tags-translate.csv"
MAX_BYTES = 64 * 1024 * 1024


class Translations:
    """Looks names up; the file is read again when it has changed."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._lock = threading.Lock()
        self._stamp: tuple[int, int] | None = None
        self._names: dict[str, str] = {}

    def get(self, name: str) -> str | None:
        """The translation of exactly this tag name, or None."""
        return self.names().get(name)

    def names(self) -> dict[str, str]:
        """All translations by name; look many up without asking the disk for each."""
        try:
            status = self._path.stat()
            stamp = (status.st_mtime_ns, status.st_size)
        except OSError:
            return {}
        with self._lock:
            if stamp != self._stamp:
                self._names = parse_translations(self._read()) if stamp[1] <= MAX_BYTES else {}
                self._stamp = stamp
            return self._names

    def _read(self) -> str:
        try:
            return self._path.read_text(encoding="utf-8-sig", errors="replace")
        except OSError:
            return ""


def parse_translations(text: str) -> dict[str, str]:
    """Lines `english,translation`; a line that is none of that is passed over.

    `parse_translations('1girl,女の子\\nbroken')` gives `{"1girl": "女の子"}`.
    """
    found: dict[str, str] = {}
    for line in text.splitlines():
        try:
            fields = next(csv.reader([line], strict=True), [])
        except csv.Error:
            continue
        if len(fields) > 1 and fields[0].strip() and fields[1].strip():
            found[fields[0].strip()] = fields[1].strip()
    return found
