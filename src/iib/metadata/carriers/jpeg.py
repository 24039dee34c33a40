"""JPEG segments (ITU T.81) up to the pixels."""

from __future__ import annotations

import struct
from typing import BinaryIO

from iib.metadata.carriers.bounded_bytes import ReadBudget, decode_text
from iib.metadata.carriers.embedded.exif import read_tiff
from iib.metadata.carriers.embedded.iptc import PHOTOSHOP, read_irb
from iib.metadata.carriers.embedded.jumbf import read_jumbf
from iib.metadata.carriers.embedded.xmp import read_xmp
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
    """Reads Exif, XMP (extended too), IPTC, comments and C2PA."""

    name = "jpeg"

    def accepts(self, head: bytes) -> bool:
        """By the start mark."""
        return head.startswith(b"\xff\xd8\xff")

    def read(self, stream: BinaryIO, size_bytes: int) -> ContainerMetadata:
        """Walk the segments to the first scan."""
        stream.seek(2)
        walk = _Walk()
        while walk.step(stream) and len(walk.entries) < MAX_ENTRIES:
            pass
        entries = (*walk.entries, *walk.joined())
        if walk.width_px is None:
            walk.allowance.note("no frame found (truncated JPEG)")
        return ContainerMetadata(
            "jpeg",
            entries[:MAX_ENTRIES],
            walk.width_px,
            walk.height_px,
            walk.orientation,
            problems=tuple(walk.allowance.problems),
        )


class _Walk:
    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.allowance = ReadBudget(steps=MAX_SEGMENTS)
        self.width_px: int | None = None
        self.height_px: int | None = None
        self.orientation = 1
        self._exif: list[bytes] = []
        self._irb: list[bytes] = []
        self._extended: list[tuple[bytes, int, bytes]] = []
        self._jumbf: list[tuple[int, int, bytes]] = []

    def step(self, stream: BinaryIO) -> bool:
        """Read one segment; False at the pixels or the end."""
        code = _next_mark(stream)
        if code is None or code in (0xD9, 0xDA) or not self.allowance.step():
            return False
        if code in STANDALONE:
            return True
        header = stream.read(2)
        if len(header) < 2:
            self.allowance.note("the file ends inside a header (truncated JPEG)")
            return False
        length = max(0, struct.unpack(">H", header)[0] - 2)
        if code in TEXT_SEGMENTS:
            self._take(code, self.allowance.read(stream, length))
        elif code in FRAMES:
            data = stream.read(length)
            if len(data) >= 5 and self.width_px is None:
                self.height_px, self.width_px = struct.unpack_from(">HH", data, 1)
        else:
            stream.seek(length, 1)
        return True

    def _take(self, code: int, data: bytes) -> None:
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
            self._exif.append(data)  # written without its name

    def joined(self) -> list[Entry]:
        """What may be spread over several segments."""
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
    """Several blocks, or one block that was too long for a segment and goes on in the next."""
    blocks: list[bytes] = []
    for segment in segments:
        if blocks and segment[:2] not in (b"II", b"MM"):
            blocks[-1] += segment
        else:
            blocks.append(segment)
    return blocks


def _next_mark(stream: BinaryIO) -> int | None:
    """The code behind the next 0xFF; a little garbage and padding is skipped."""
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
