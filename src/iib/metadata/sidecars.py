"""Text files beside a picture: `name.txt`, `name.json`."""

from __future__ import annotations

import os

from iib.metadata.carriers.png import decode_text
from iib.metadata.protocol import Entry

MAX_SIDECAR_BYTES = 1024 * 1024


def read_sidecars(path: str) -> list[Entry]:
    """Entries of the sidecars of this file; missing and oversized ones give nothing."""
    stem = os.path.splitext(path)[0]  # noqa: PTH122  (runs for every picture without metadata)
    entries = []
    for suffix in ("txt", "json"):
        try:
            with open(f"{stem}.{suffix}", "rb") as stream:  # noqa: PTH123
                data = stream.read(MAX_SIDECAR_BYTES + 1)
        except OSError:
            continue
        if 0 < len(data) <= MAX_SIDECAR_BYTES:
            text = decode_text(data.removeprefix(b"\xef\xbb\xbf"))
            entries.append(Entry(f"sidecar:{suffix}", suffix, text))
    return entries
