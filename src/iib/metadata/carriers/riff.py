"""Reads WAV and AVI files (RIFF): INFO lists, ID3 and XMP chunks. WebP has its own module."""

from __future__ import annotations

import struct
from typing import BinaryIO

from iib.metadata.carriers.embedded.id3 import decode_synchsafe, read_id3
from iib.metadata.carriers.embedded.xmp import read_xmp
from iib.metadata.carriers.read_budget import ReadBudget
from iib.metadata.carriers.text_encodings import decode_text
from iib.metadata.protocol import MAX_ENTRIES, ContainerMetadata, Entry

FORMS = {b"WAVE": "wav", b"AVI ": "avi", b"AVIX": "avi"}
INFO_NAMES = {
    b"ICMT": "comment", b"INAM": "title", b"ISFT": "software", b"IART": "artist", b"ISBJ": "subject",
    b"IKEY": "keywords", b"ICRD": "date", b"IPRD": "album",
}  # fmt: skip
CHUNK = struct.Struct("<4sI")
MAX_CHUNKS = 20_000


class RiffCarrier:
    """Extracts text chunks, pixel size and duration from WAV and AVI files."""

    name = "riff"

    def accepts(self, head: bytes) -> bool:
        """Return True for RIFF files of a known form type."""
        return head[:4] in (b"RIFF", b"RF64") and head[8:12] in FORMS

    def read(self, stream: BinaryIO, size_bytes: int) -> ContainerMetadata:
        """Walk the chunks; samples and frames are skipped by seeking."""
        stream.seek(8)
        reader = _ChunkReader(FORMS.get(stream.read(4), "wav"))
        reader.read_chunks(stream, 12, size_bytes)
        return ContainerMetadata(
            reader.container,
            tuple(reader.entries),
            reader.width_px,
            reader.height_px,
            duration_ms=reader.duration_ms,
            problems=tuple(reader.budget.problems),
        )


class _ChunkReader:
    def __init__(self, container: str) -> None:
        self.container = container
        self.entries: list[Entry] = []
        self.budget = ReadBudget(steps=MAX_CHUNKS)
        self.width_px: int | None = None
        self.height_px: int | None = None
        self.duration_ms: int | None = None
        self._bytes_per_second = 0

    def read_chunks(self, stream: BinaryIO, position: int, end: int) -> None:
        """Read the chunks from `position` to `end` and inside the lists of interest."""
        while position + CHUNK.size <= end and len(self.entries) < MAX_ENTRIES and self.budget.step():
            stream.seek(position)
            header = stream.read(CHUNK.size)
            if len(header) < CHUNK.size:
                return
            kind, length = CHUNK.unpack(header)
            position += CHUNK.size
            if kind in (b"LIST", b"RIFF") and stream.read(4) in (b"INFO", b"hdrl", b"AVIX"):
                position += 4
                continue
            self._read_chunk(kind, stream, length)
            position += length + (length & 1)

    def _read_chunk(self, kind: bytes, stream: BinaryIO, length: int) -> None:
        if kind in INFO_NAMES:
            text = decode_text(self.budget.read(stream, length)).strip()
            if text:
                self.entries.append(Entry("riff", INFO_NAMES[kind], text))
        elif kind in (b"id3 ", b"ID3 "):
            block = self.budget.read(stream, length)
            if block[:3] == b"ID3" and len(block) > 10:
                self.entries += read_id3(block[10 : 10 + decode_synchsafe(block[6:10])], block[3], block[5])
        elif kind == b"_PMX":
            self.entries += read_xmp(self.budget.read(stream, length).decode("utf-8", "replace"))
        elif kind == b"avih":
            self._read_avi_header(stream.read(min(length, 56)))
        elif kind == b"fmt ":
            data = stream.read(min(length, 16))
            self._bytes_per_second = int.from_bytes(data[8:12], "little")
        elif kind == b"data" and self._bytes_per_second:
            self.duration_ms = length * 1000 // self._bytes_per_second

    def _read_avi_header(self, data: bytes) -> None:
        if len(data) < 40:
            return
        frame_us, frames = struct.unpack_from("<I12xI", data)
        self.width_px, self.height_px = (value or None for value in struct.unpack_from("<II", data, 32))
        self.duration_ms = frame_us * frames // 1000
