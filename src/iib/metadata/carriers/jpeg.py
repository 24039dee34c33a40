"""JPEG segments (ITU T.81) up to the pixels."""

from __future__ import annotations

import struct
from typing import BinaryIO

from iib.metadata.carriers.exif import read_tiff
from iib.metadata.carriers.png import decode_text
from iib.metadata.carriers.xmp import read_xmp
from iib.metadata.protocol import MAX_ENTRIES, MAX_TEXT_BYTES, Carried, Entry

FRAMES = frozenset((*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)))
STANDALONE = frozenset((0x01, *range(0xD0, 0xD9)))
XMP = b"http://ns.adobe.com/xap/1.0/\0"
XMP_EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"


class JpegCarrier:
    """Reads Exif, XMP (extended too), comments and C2PA."""

    name = "jpeg"

    def accepts(self, head: bytes) -> bool:
        """By the start mark."""
        return head.startswith(b"\xff\xd8\xff")

    def read(self, stream: BinaryIO, size_bytes: int) -> Carried:
        """Walk the segments to the first scan."""
        stream.seek(2)
        walk = _Walk()
        while walk.step(stream) and len(walk.entries) < MAX_ENTRIES:
            pass
        if walk.extended:
            text = b"".join(part for _offset, part in sorted(walk.extended)).decode("utf-8", "replace")
            walk.entries += read_xmp(text)
        if walk.jumbf:
            joined = b"".join(part for _key, part in sorted(walk.jumbf))
            walk.entries.append(Entry("c2pa", "jumbf", joined.decode("latin-1")))
        if walk.width_px is None:
            walk.problems.append("no frame found (truncated JPEG)")
        return Carried(
            "jpeg",
            tuple(walk.entries),
            walk.width_px,
            walk.height_px,
            walk.orientation,
            problems=tuple(walk.problems),
        )


class _Walk:
    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.problems: list[str] = []
        self.width_px: int | None = None
        self.height_px: int | None = None
        self.orientation = 1
        self.extended: list[tuple[int, bytes]] = []
        self.jumbf: list[tuple[tuple[int, int], bytes]] = []
        self._bytes = 0

    def step(self, stream: BinaryIO) -> bool:
        """Read one segment; False at the pixels or the end."""
        mark = stream.read(1)
        while mark and mark != b"\xff":
            mark = stream.read(1)
        while mark == b"\xff":
            mark = stream.read(1)
        if not mark:
            return False
        code = mark[0]
        if code in STANDALONE:
            return True
        if code in (0xD9, 0xDA):
            return False
        header = stream.read(2)
        if len(header) < 2:
            self.problems.append("the file ends inside a header (truncated JPEG)")
            return False
        length = max(0, struct.unpack(">H", header)[0] - 2)
        if code in FRAMES or code in (0xE1, 0xEB, 0xFE):
            data = stream.read(length)
            if len(data) < length:
                self.problems.append("the file ends inside a header (truncated JPEG)")
            self._bytes += len(data)
            if self._bytes <= 4 * MAX_TEXT_BYTES:
                self._take(code, data)
        else:
            stream.seek(length, 1)
        return True

    def _take(self, code: int, data: bytes) -> None:
        if code in FRAMES:
            if len(data) >= 5:
                self.height_px, self.width_px = struct.unpack_from(">HH", data, 1)
        elif code == 0xFE:
            self.entries.append(Entry("jpeg:com", "Comment", decode_text(data)))
        elif code == 0xEB:
            if data[:2] == b"JP" and len(data) > 8:
                number, sequence = struct.unpack_from(">HI", data, 2)
                self.jumbf.append(((number, sequence), data[8:] if sequence == 1 else data[16:]))
        elif data.startswith(b"Exif\0"):
            tiff = read_tiff(data[6:])
            self.entries += tiff.entries
            if self.orientation == 1:
                self.orientation = tiff.orientation
        elif data.startswith(XMP):
            self.entries += read_xmp(data[len(XMP) :].decode("utf-8", "replace"))
        elif data.startswith(XMP_EXTENSION):
            start = len(XMP_EXTENSION) + 32
            if len(data) >= start + 8:
                self.extended.append((struct.unpack_from(">I", data, start + 4)[0], data[start + 8 :]))
