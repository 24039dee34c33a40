"""Reads WebP files (RFC 9649), still and animated, by their chunks; the flags of VP8X are not reliable."""

from __future__ import annotations

import struct
from typing import BinaryIO

from iib.metadata.carriers.embedded.exif import read_tiff
from iib.metadata.carriers.embedded.jumbf import read_jumbf
from iib.metadata.carriers.embedded.xmp import read_xmp
from iib.metadata.carriers.read_budget import ReadBudget
from iib.metadata.protocol import MAX_ENTRIES, ContainerMetadata, Entry

CHUNK = struct.Struct("<4sI")
CHUNKS_WITH_SIZE = frozenset((b"VP8X", b"VP8 ", b"VP8L"))


class WebpCarrier:
    """Extracts the EXIF, XMP and C2PA chunks and the canvas size of WebP files."""

    name = "webp"

    def accepts(self, head: bytes) -> bool:
        """Return True for RIFF files of the form type WEBP."""
        return head[:4] == b"RIFF" and head[8:12] == b"WEBP"

    def read(self, stream: BinaryIO, size_bytes: int) -> ContainerMetadata:
        """Walk the chunks to the end of the file; pixels are skipped by seeking."""
        position = 12
        budget = ReadBudget()
        entries: list[Entry] = []
        size: tuple[int, int] | None = None
        orientation = 1
        while len(entries) < MAX_ENTRIES and position + CHUNK.size <= size_bytes and budget.step():
            stream.seek(position)
            header = stream.read(CHUNK.size)
            if len(header) < CHUNK.size:
                break
            kind, length = CHUNK.unpack(header)
            position += CHUNK.size + length + (length & 1)
            if kind in CHUNKS_WITH_SIZE:
                size = size or _pixel_size(kind, stream.read(min(length, 16)))
            elif kind == b"EXIF":
                tiff = read_tiff(budget.read(stream, length))
                entries += tiff.entries
                orientation = tiff.orientation
            elif kind == b"XMP ":
                entries += read_xmp(budget.read(stream, length).decode("utf-8", "replace"))
            elif kind == b"C2PA":
                entries += read_jumbf(budget.read(stream, length))
            if position > size_bytes + 1:
                budget.note("the file ends inside a chunk (truncated WebP)")
        width_px, height_px = size or (None, None)
        return ContainerMetadata(
            "webp", tuple(entries), width_px, height_px, orientation, problems=tuple(budget.problems)
        )


def _pixel_size(kind: bytes, data: bytes) -> tuple[int, int] | None:
    if kind == b"VP8X" and len(data) >= 10:
        width = int.from_bytes(data[4:7], "little") + 1
        return width, int.from_bytes(data[7:10], "little") + 1
    if kind == b"VP8 " and len(data) >= 10 and data[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", data, 6)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L" and len(data) >= 5 and data[0] == 0x2F:
        bits = int.from_bytes(data[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return None
