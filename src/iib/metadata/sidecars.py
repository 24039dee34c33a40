"""Reads the sidecars `name.txt` and `name.json` of a media file."""

from __future__ import annotations

import os
import re

from iib.metadata.protocol import Entry

MAX_SIDECAR_BYTES = 1024 * 1024
LAST_EXTENSION = re.compile(r"\.\w+$")


def read_sidecars(path: str) -> list[Entry]:
    """Return the non-empty sidecars of this file as entries.

    Missing sidecars and those above `MAX_SIDECAR_BYTES` are skipped. Text files have no sidecars.
    """
    stem, count = LAST_EXTENSION.subn("", path)
    if not count or path.lower().endswith(".txt"):
        return []
    entries = []
    for suffix in ("txt", "json"):
        text = _read(f"{stem}.{suffix}")
        if text.strip():
            entries.append(Entry(f"sidecar:{suffix}", suffix, text))
    return entries


def _read(path: str) -> str:
    try:
        with open(path, "rb") as stream:  # noqa: PTH123  (runs for every picture without metadata)
            if os.fstat(stream.fileno()).st_size > MAX_SIDECAR_BYTES:
                return ""
            return decode(stream.read(MAX_SIDECAR_BYTES))
    except (OSError, ValueError):
        return ""


def decode(data: bytes) -> str:
    """Decode UTF-16 if the text begins with its byte order mark (as editors on Windows write it), otherwise UTF-8."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").replace("\r\n", "\n")
