"""Reads the segments of JPEG files (ITU T.81) up to the pixels."""

from __future__ import annotations

import struct
from typing import BinaryIO

from iib.metadata.carriers.embedded.exif import read_tiff
from iib.metadata.carriers.embedded.iptc import PHOTOSHOP, read_irb
from iib.metadata.carriers.embedded.jumbf import read_jumbf
from iib.metadata.carriers.embedded.xmp import read_xmp
from iib.metadata.carriers.read_budget import ReadBudget
from iib.metadata.carriers.text_encodings import decode_text
from iib.metadata.protocol import MAX_ENTRIES, ContainerMetadata, Entry

FRAMES = frozenset((*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)))
STANDALONE = frozenset((0x01, *range(0xD0, 0xD9)))
APP1, APP11, APP13, COM = 0xE1, 0xEB, 0xED, 0xFE
TEXT_SEGMENTS = frozenset((APP1, APP11, APP13, COM))
XMP = b"http://ns.adobe.com/xap/1.0/\0"
XMP_EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"
MAX_SEGMENTS = 2_000
MAX_GARBAGE = 1 << 16


class JpegCarrier:
    """Extracts Exif, XMP and extended XMP, IPTC, comments and C2PA from JPEG files."""

    name = "jpeg"

    def accepts(self, head: bytes) -> bool:
        """Return True for files with the JPEG start marker."""
        return head.startswith(b"\xff\xd8\xff")

    def read(self, stream: BinaryIO, size_bytes: int) -> ContainerMetadata:
        """Read the segments up to the first scan."""
        stream.seek(2)
        reader = _SegmentReader()
        while reader.read_segment(stream) and len(reader.entries) < MAX_ENTRIES:
            pass
        entries = (*reader.entries, *reader.read_split_blocks())
        if reader.width_px is None:
            reader.budget.note("no frame found (truncated JPEG)")
        return ContainerMetadata(
            "jpeg",
            entries[:MAX_ENTRIES],
            reader.width_px,
            reader.height_px,
            reader.orientation,
            problems=tuple(reader.budget.problems),
        )


class _SegmentReader:
    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.budget = ReadBudget(steps=MAX_SEGMENTS)
        self.width_px: int | None = None
        self.height_px: int | None = None
        self.orientation = 1
        self._exif: list[bytes] = []
        self._irb: list[bytes] = []
        self._extended: list[tuple[bytes, int, bytes]] = []
        self._jumbf: list[tuple[int, int, bytes]] = []

    def read_segment(self, stream: BinaryIO) -> bool:
        """Read one segment; returns False at the pixels or the end of the file."""
        code = _next_marker(stream)
        if code is None or code in (0xD9, 0xDA) or not self.budget.step():
            return False
        if code in STANDALONE:
            return True
        header = stream.read(2)
        if len(header) < 2:
            self.budget.note("the file ends inside a header (truncated JPEG)")
            return False
        length = max(0, struct.unpack(">H", header)[0] - 2)
        if code in TEXT_SEGMENTS:
            self._read_text_segment(code, self.budget.read(stream, length))
        elif code in FRAMES:
            data = stream.read(length)
            if len(data) >= 5 and self.width_px is None:
                self.height_px, self.width_px = struct.unpack_from(">HH", data, 1)
        else:
            stream.seek(length, 1)
        return True

    def _read_text_segment(self, code: int, data: bytes) -> None:
        if code == COM:
            text = decode_text(data)
            if text.strip():
                self.entries.append(Entry("jpeg:com", "Comment", text))
        elif code == APP11:
            if data[:2] == b"JP" and len(data) > 8:
                number, sequence = struct.unpack_from(">HI", data, 2)
                self._jumbf.append((number, sequence, data[8:]))
        elif code == APP13:
            if data.startswith(PHOTOSHOP):
                self._irb.append(data[len(PHOTOSHOP) :])
        elif data.startswith(b"Exif\0"):
            self._exif.append(data[6:])
        elif data.startswith(XMP):
            self.entries += read_xmp(data[len(XMP) :].decode("utf-8", "replace"))
        elif data.startswith(XMP_EXTENSION):
            start = len(XMP_EXTENSION) + 32
            if len(data) >= start + 8:
                digest = data[start - 32 : start]
                self._extended.append((digest, struct.unpack_from(">I", data, start + 4)[0], data[start + 8 :]))
        elif data[:4] in (b"II*\0", b"MM\0*"):
            self._exif.append(data)  # written without its header

    def read_split_blocks(self) -> list[Entry]:
        """Return the entries of blocks that may be split over several segments: Exif, IPTC, extended XMP and C2PA."""
        entries: list[Entry] = []
        for block in _exif_blocks(self._exif):
            tiff = read_tiff(block)
            entries += tiff.entries
            if self.orientation == 1:
                self.orientation = tiff.orientation
        if self._irb:
            entries += read_irb(b"".join(self._irb))
        if self._extended:
            first = self._extended[0][0]
            parts = sorted((offset, part) for digest, offset, part in self._extended if digest == first)
            entries += read_xmp(b"".join(part for _offset, part in parts).decode("utf-8", "replace"))
        for number in sorted({number for number, _sequence, _part in self._jumbf}):
            parts = sorted((sequence, part) for box, sequence, part in self._jumbf if box == number)
            # Every segment but the first repeats the header of the box that it continues.
            entries += read_jumbf(b"".join(part if at == 0 else part[8:] for at, (_sequence, part) in enumerate(parts)))
        return entries


def _exif_blocks(segments: list[bytes]) -> list[bytes]:
    """Return the Exif blocks; a segment without a TIFF header continues the block of the segment before it."""
    blocks: list[bytes] = []
    for segment in segments:
        if blocks and segment[:2] not in (b"II", b"MM"):
            blocks[-1] += segment
        else:
            blocks.append(segment)
    return blocks


def _next_marker(stream: BinaryIO) -> int | None:
    """Return the marker code after the next 0xFF; skips padding and up to `MAX_GARBAGE` bytes of garbage."""
    byte = stream.read(1)
    if byte != b"\xff":
        window = byte + stream.read(MAX_GARBAGE)
        at = window.find(b"\xff")
        while 0 <= at < len(window) - 1 and window[at + 1] == 0:
            at = window.find(b"\xff", at + 1)
        if at < 0:
            return None
        stream.seek(at + 1 - len(window), 1)
    while byte:
        byte = stream.read(1)
        if byte and byte != b"\xff":
            return byte[0]
    return None
