"""Matroska and WebM (RFC 9559, EBML RFC 8794): tags, size and duration."""

from __future__ import annotations

import struct
from typing import BinaryIO

from iib.metadata.carriers.png import decode_text
from iib.metadata.protocol import MAX_ENTRIES, MAX_TEXT_BYTES, Carried, Entry

SEGMENT, TAGS, TAG, SIMPLE_TAG = 0x18538067, 0x1254C367, 0x7373, 0x67C8
TAG_NAME, TAG_STRING = 0x45A3, 0x4487
INFO, TIMESTAMP_SCALE, DURATION = 0x1549A966, 0x2AD7B1, 0x4489
TRACKS, TRACK_ENTRY, VIDEO, PIXEL_WIDTH, PIXEL_HEIGHT = 0x1654AE6B, 0xAE, 0xE0, 0xB0, 0xBA
CLUSTER = 0x1F43B675
MASTERS = frozenset((TAGS, TAG, SIMPLE_TAG, INFO, TRACKS, TRACK_ENTRY, VIDEO))
MAX_ELEMENTS = 200_000


class MatroskaCarrier:
    """Reads SimpleTags wherever they stand."""

    name = "matroska"

    def accepts(self, head: bytes) -> bool:
        """By the EBML header."""
        return head.startswith(b"\x1a\x45\xdf\xa3")

    def read(self, stream: BinaryIO, size_bytes: int) -> Carried:
        """Walk the elements; clusters are skipped by seeking."""
        walk = _Walk()
        stream.seek(0)
        position = 0
        for _ in range(MAX_ELEMENTS):
            if position >= size_bytes or len(walk.entries) >= MAX_ENTRIES:
                break
            stream.seek(position)
            element, length, used = _header(stream.read(12))
            if not used:
                break
            position += used
            if element in (SEGMENT, *MASTERS) or (length is None and element == CLUSTER):
                continue  # go inside
            if length is None:
                break
            if element in walk.LEAVES:
                walk.take(element, stream.read(min(length, MAX_TEXT_BYTES)))
            position += length
        walk.flush()
        duration = walk.duration * walk.scale / 1_000_000 if walk.duration else None
        return Carried(
            "mkv",
            tuple(walk.entries),
            walk.width_px,
            walk.height_px,
            duration_ms=round(duration) if duration is not None else None,
        )


class _Walk:
    LEAVES = frozenset((TAG_NAME, TAG_STRING, TIMESTAMP_SCALE, DURATION, PIXEL_WIDTH, PIXEL_HEIGHT))

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.width_px: int | None = None
        self.height_px: int | None = None
        self.scale = 1_000_000
        self.duration = 0.0
        self._name = ""

    def take(self, element: int, data: bytes) -> None:
        """One leaf."""
        if element == TAG_NAME:
            self._name = decode_text(data)
        elif element == TAG_STRING:
            self.entries.append(Entry("mkv:tag", self._name, decode_text(data)))
            self._name = ""
        elif element == DURATION and len(data) in (4, 8):
            value = struct.unpack(">f" if len(data) == 4 else ">d", data)[0]
            self.duration = value if 0 < value < 1e15 else 0.0
        elif element == TIMESTAMP_SCALE:
            self.scale = int.from_bytes(data[:8], "big")
        elif element == PIXEL_WIDTH:
            self.width_px = self.width_px or int.from_bytes(data[:8], "big")
        elif element == PIXEL_HEIGHT:
            self.height_px = self.height_px or int.from_bytes(data[:8], "big")

    def flush(self) -> None:
        """A name without a value says nothing."""
        self._name = ""


def _header(data: bytes) -> tuple[int, int | None, int]:
    """(element id, length or None for unknown, bytes used); bytes used 0 at the end."""
    if not data or not data[0]:
        return 0, None, 0
    id_size = 9 - data[0].bit_length()
    if id_size > 4 or len(data) <= id_size or not data[id_size]:
        return 0, None, 0
    size_size = 9 - data[id_size].bit_length()
    if len(data) < id_size + size_size:
        return 0, None, 0
    raw = int.from_bytes(data[id_size : id_size + size_size], "big")
    mask = (1 << (7 * size_size)) - 1
    length = raw & mask
    element = int.from_bytes(data[:id_size], "big")
    return element, None if length == mask else length, id_size + size_size
