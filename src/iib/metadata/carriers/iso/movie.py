"""The `moov` box: size, length, and user data in the layouts of QuickTime, iTunes and the key table."""

from __future__ import annotations

import struct
from typing import BinaryIO

from iib.metadata.carriers.bounded_bytes import ReadBudget, decode_text
from iib.metadata.carriers.embedded.xmp import read_xmp
from iib.metadata.carriers.iso.boxes import Place, boxes, walk
from iib.metadata.protocol import MAX_ENTRIES, Entry

KEYS = {
    "cmt": "comment", "nam": "title", "des": "description", "desc": "description", "ldes": "description",
    "too": "encoder", "swr": "software", "ART": "artist", "cpy": "copyright", "inf": "information",
}  # fmt: skip
PICTURES = frozenset((13, 14, 27))  # JPEG, PNG, BMP among the well-known types of `data`
UTF16 = 2
HEADER_BYTES = 128


class Movie:
    """Collects what one movie says of itself. Sample tables are never read."""

    def __init__(self, stream: BinaryIO, allowance: ReadBudget) -> None:
        self.entries: list[Entry] = []
        self.width_px: int | None = None
        self.height_px: int | None = None
        self.duration_ms: int | None = None
        self._stream = stream
        self._allowance = allowance

    def read(self, moov: Place) -> None:
        """Movie header, tracks and user data."""
        for place in self._inside(moov):
            if place.kind == b"mvhd":
                self._movie_header(self._head(place))
            elif place.kind == b"trak":
                for inner in self._inside(place):
                    if inner.kind == b"tkhd":
                        self._track_header(self._head(inner))
                    elif inner.kind == b"meta":
                        self.read_meta(inner)
            elif place.kind == b"udta":
                self._user_data(place)
            elif place.kind == b"meta":
                self.read_meta(place)

    def read_meta(self, meta: Place) -> None:
        """`meta` has a version in ISO files and none in old QuickTime."""
        head = self._head(meta)
        start = meta.start + (0 if head[4:8] in (b"hdlr", b"keys", b"ilst") else 4)
        names: list[str] = []
        for place in walk(self._stream, start, meta.end, self._allowance):
            if place.kind == b"keys":
                names = [decode_text(name) for _space, name in boxes(self._body(place)[8:])]
            elif place.kind == b"ilst":
                for item in self._inside(place):
                    self._item(item.kind, self._body(item), names)

    def _inside(self, place: Place) -> list[Place]:
        return list(walk(self._stream, place.start, place.end, self._allowance))

    def _head(self, place: Place) -> bytes:
        self._stream.seek(place.start)
        return self._stream.read(min(place.end - place.start, HEADER_BYTES))

    def _body(self, place: Place) -> bytes:
        self._stream.seek(place.start)
        return self._allowance.read(self._stream, place.end - place.start)

    def _movie_header(self, data: bytes) -> None:
        if len(data) >= 32:
            scale, duration = struct.unpack_from(">IQ" if data[0] == 1 else ">II", data, 20 if data[0] == 1 else 12)
            if scale and duration not in (0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF):
                self.duration_ms = duration * 1000 // scale

    def _track_header(self, data: bytes) -> None:
        size = 96 if data[:1] == b"\1" else 84
        if len(data) < size:
            return
        width, height = (value >> 16 for value in struct.unpack_from(">II", data, size - 8))
        if width and height and self.width_px is None:
            across = struct.unpack_from(">i", data, size - 44)[0]  # `a` of the matrix: 0 when turned by 90 degrees
            self.width_px, self.height_px = (width, height) if across else (height, width)

    def _user_data(self, udta: Place) -> None:
        for place in self._inside(udta):
            if place.kind == b"meta":
                self.read_meta(place)
            elif place.kind == b"XMP_":
                self.entries += read_xmp(self._body(place).decode("utf-8", "replace"))
            elif place.kind[:1] == b"\xa9":
                self._add("mp4:udta", _name(place.kind), decode_text(self._body(place)[4:]))

    def _item(self, kind: bytes, body: bytes, names: list[str]) -> None:
        parts = list(boxes(body))
        number = int.from_bytes(kind, "big")
        place, key = "mp4:ilst", _name(kind)
        if 1 <= number <= len(names):
            place, key = "mp4:keys", names[number - 1]
        elif kind == b"----":
            key = next((decode_text(data[4:]) for name, data in parts if name == b"name"), "----")
        for name, data in parts:
            if name == b"data" and len(data) >= 8:
                encoding = int.from_bytes(data[1:4], "big")
                if encoding not in PICTURES:
                    text = data[8:].decode("utf-16-be", "replace") if encoding == UTF16 else decode_text(data[8:])
                    self._add(place, key, text)

    def _add(self, place: str, key: str, text: str) -> None:
        if key.count(".") >= 2:  # reverse DNS
            key = key.rpartition(".")[2]
        if text.strip("\0 \r\n") and len(self.entries) < MAX_ENTRIES:
            self.entries.append(Entry(place, key, text))


def _name(kind: bytes) -> str:
    key = kind.decode("latin-1").lstrip("\xa9")
    return KEYS.get(key, key)
