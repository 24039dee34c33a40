"""Text files beside a picture or video: `name.txt`, `name.json`, and Fooocus' `log.html` for the whole folder."""

from __future__ import annotations

import os
import re

from iib.metadata.protocol import Entry

MAX_SIDECAR_BYTES = 1024 * 1024
LAST_EXTENSION = re.compile(r"\.\w+$")


def read_sidecars(path: str) -> list[Entry]:
    """Entries of the sidecars of this file; missing and oversized ones give nothing. Text files have none."""
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
    """UTF-8 with replacement, or UTF-16 where its mark says so (editors on Windows write it)."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").replace("\r\n", "\n")
