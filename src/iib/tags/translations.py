"""Translated tag names from the optional file `tags-translate.csv` in the program folder."""

from __future__ import annotations

import csv
from pathlib import Path

from iib._lib.cache import RevisionCache

FILE_NAME = "tags-translate.csv"
MAX_BYTES = 64 * 1024 * 1024

_Stamp = tuple[int, int]  # modification time in nanoseconds and size in bytes


class Translations:
    """Looks up translations; reads the file again after a change."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._cache: RevisionCache[_Stamp | None, dict[str, str]] = RevisionCache()

    def get(self, name: str) -> str | None:
        """The translation of a tag name (exact match), or None."""
        return self.names().get(name)

    def names(self) -> dict[str, str]:
        """All translations by tag name; checks the file once, so it is cheaper than `get` for many names."""
        return self._cache.get(self._stamp, self._read)

    def _stamp(self) -> _Stamp | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size

    def _read(self, stamp: _Stamp | None, _previous: object) -> dict[str, str]:
        if stamp is None or stamp[1] > MAX_BYTES:
            return {}
        try:
            return parse_translations(self._path.read_text(encoding="utf-8-sig", errors="replace"))
        except OSError:
            return {}


def parse_translations(text: str) -> dict[str, str]:
    """Parse lines `english,translation`; other lines are ignored.

    >>> parse_translations("1girl,女の子\\nbroken")
    {'1girl': '女の子'}
    """
    translations: dict[str, str] = {}
    for line in text.splitlines():
        try:
            fields = next(csv.reader([line], strict=True), [])
        except csv.Error:
            continue
        if len(fields) > 1 and fields[0].strip() and fields[1].strip():
            translations[fields[0].strip()] = fields[1].strip()
    return translations
