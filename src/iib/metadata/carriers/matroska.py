"""Reads Matroska and WebM files (RFC 9559, EBML RFC 8794): tags, size and duration."""

from __future__ import annotations

import struct
from typing import BinaryIO

from iib.metadata.carriers.read_budget import ReadBudget
from iib.metadata.carriers.text_encodings import decode_text
from iib.metadata.protocol import MAX_ENTRIES, ContainerMetadata, Entry

SEGMENT, TAGS, TAG, SIMPLE_TAG = 0x18538067, 0x1254C367, 0x7373, 0x67C8
TAG_NAME, TAG_STRING, TAG_BINARY = 0x45A3, 0x4487, 0x4485
INFO, TIMESTAMP_SCALE, DURATION, TITLE = 0x1549A966, 0x2AD7B1, 0x4489, 0x7BA9
TRACKS, TRACK_ENTRY, VIDEO, PIXEL_WIDTH, PIXEL_HEIGHT = 0x1654AE6B, 0xAE, 0xE0, 0xB0, 0xBA
SEEK_HEAD, SEEK, SEEK_ID, SEEK_POSITION = 0x114D9B74, 0x4DBB, 0x53AB, 0x53AC
CLUSTER = 0x1F43B675
MASTERS = frozenset((SEGMENT, TAGS, TAG, SIMPLE_TAG, INFO, TRACKS, TRACK_ENTRY, VIDEO, SEEK_HEAD, SEEK))
NUMBERS = frozenset((TIMESTAMP_SCALE, DURATION, PIXEL_WIDTH, PIXEL_HEIGHT, SEEK_ID, SEEK_POSITION))
TEXTS = frozenset((TAG_NAME, TAG_STRING, TAG_BINARY, TITLE))
MAX_ELEMENTS = 60_000
HEADER_BYTES = 12


class MatroskaCarrier:
    """Extracts the tags of Matroska files, wherever in the file they are."""

    name = "matroska"

    def accepts(self, head: bytes) -> bool:
        """Return True for files with an EBML header."""
        return head.startswith(b"\x1a\x45\xdf\xa3")

    def read(self, stream: BinaryIO, size_bytes: int) -> ContainerMetadata:
        """Walk the elements. Clusters are skipped by seeking.

        Tags after a cluster of unknown length are found by the seek head.
        """
        reader = _ElementReader()
        reader.read_elements(stream, 0, size_bytes)
        if not reader.has_tags and reader.tags_position is not None and reader.tags_position < size_bytes:
            reader.budget.steps_left = MAX_ELEMENTS
            reader.read_elements(stream, reader.tags_position, size_bytes)
        duration_ms = reader.duration * reader.scale / 1_000_000 if reader.duration else None
        return ContainerMetadata(
            "mkv",
            tuple(reader.entries),
            reader.width_px,
            reader.height_px,
            duration_ms=round(duration_ms) if duration_ms is not None and duration_ms < 2**53 else None,
            problems=tuple(reader.budget.problems),
        )


class _ElementReader:
    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.budget = ReadBudget(steps=MAX_ELEMENTS)
        self.width_px: int | None = None
        self.height_px: int | None = None
        self.scale = 1_000_000
        self.duration = 0.0
        self.tags_position: int | None = None
        self.has_tags = False
        self._segment_position = 0
        self._seek_id = 0
        self._name = self._value = ""

    def read_elements(self, stream: BinaryIO, position: int, end: int) -> None:
        """Read the elements from `position` to `end` and inside the masters of interest."""
        while position < end and len(self.entries) < MAX_ENTRIES and self.budget.step():
            stream.seek(position)
            element, length, used = read_header(stream.read(HEADER_BYTES))
            if not used:
                break
            position += used
            if element == SEGMENT:
                self._segment_position = position
            self.has_tags = self.has_tags or element == TAGS
            if element == SIMPLE_TAG:
                self._name = self._value = ""
            if element in MASTERS or (length is None and element == CLUSTER):
                continue
            if length is None:
                break
            if element in TEXTS:
                stream.seek(position)
                self._text(element, decode_text(self.budget.read(stream, length)))
            elif element in NUMBERS and length <= 8:
                stream.seek(position)
                self._number(element, stream.read(length))
            position += length

    def _text(self, element: int, text: str) -> None:
        if element == TITLE:
            self.entries.append(Entry("mkv:tag", "TITLE", text))
        elif element == TAG_NAME:
            self._name = text
        else:
            self._value = text
        if self._name and self._value:  # name and value come in either order
            self.entries.append(Entry("mkv:tag", self._name, self._value))
            self._name = self._value = ""

    def _number(self, element: int, data: bytes) -> None:
        value = int.from_bytes(data, "big")
        if element == DURATION:
            if len(data) in (4, 8):
                seconds = struct.unpack(">f" if len(data) == 4 else ">d", data)[0]
                self.duration = seconds if 0 < seconds < 1e15 else 0.0
        elif element == TIMESTAMP_SCALE:
            self.scale = value
        elif element == PIXEL_WIDTH:
            self.width_px = self.width_px or value
        elif element == PIXEL_HEIGHT:
            self.height_px = self.height_px or value
        elif element == SEEK_ID:
            self._seek_id = value
        elif element == SEEK_POSITION and self._seek_id == TAGS:
            self.tags_position = self._segment_position + value


def read_header(data: bytes) -> tuple[int, int | None, int]:
    """Return (element id, length or None if unknown, bytes used); 0 bytes used mean the end or a broken header."""
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
