"""Reads the `moov` box: size, duration, and user data in the layouts of QuickTime, iTunes and the key table."""

from __future__ import annotations

import struct
from typing import BinaryIO

from iib.metadata.carriers.embedded.xmp import read_xmp
from iib.metadata.carriers.iso.boxes import Box, iter_boxes, iter_stream_boxes
from iib.metadata.carriers.read_budget import ReadBudget
from iib.metadata.carriers.text_encodings import decode_text
from iib.metadata.protocol import MAX_ENTRIES, Entry

KEYS = {
    "cmt": "comment", "nam": "title", "des": "description", "desc": "description", "ldes": "description",
    "too": "encoder", "swr": "software", "ART": "artist", "cpy": "copyright", "inf": "information",
}  # fmt: skip
PICTURES = frozenset((13, 14, 27))  # JPEG, PNG, BMP among the well-known types of `data`
UTF16 = 2
HEADER_BYTES = 128


class MovieReader:
    """Collects the entries, size and duration of one movie. Sample tables are never read."""

    def __init__(self, stream: BinaryIO, budget: ReadBudget) -> None:
        self.entries: list[Entry] = []
        self.width_px: int | None = None
        self.height_px: int | None = None
        self.duration_ms: int | None = None
        self._stream = stream
        self._allowance = budget

    def read(self, moov: Box) -> None:
        """Read the movie header, tracks and user data of a `moov` box."""
        for box in self._children(moov):
            if box.kind == b"mvhd":
                self._read_movie_header(self._read_head(box))
            elif box.kind == b"trak":
                for inner in self._children(box):
                    if inner.kind == b"tkhd":
                        self._read_track_header(self._read_head(inner))
                    elif inner.kind == b"meta":
                        self.read_meta(inner)
            elif box.kind == b"udta":
                self._read_user_data(box)
            elif box.kind == b"meta":
                self.read_meta(box)

    def read_meta(self, meta: Box) -> None:
        """Read a `meta` box, which has a version in ISO files and none in old QuickTime files."""
        head = self._read_head(meta)
        start = meta.start + (0 if head[4:8] in (b"hdlr", b"keys", b"ilst") else 4)
        names: list[str] = []
        for box in iter_stream_boxes(self._stream, start, meta.end, self._allowance):
            if box.kind == b"keys":
                names = [decode_text(name) for _space, name in iter_boxes(self._read_body(box)[8:])]
            elif box.kind == b"ilst":
                for item in self._children(box):
                    self._read_item(item.kind, self._read_body(item), names)

    def _children(self, box: Box) -> list[Box]:
        return list(iter_stream_boxes(self._stream, box.start, box.end, self._allowance))

    def _read_head(self, box: Box) -> bytes:
        self._stream.seek(box.start)
        return self._stream.read(min(box.end - box.start, HEADER_BYTES))

    def _read_body(self, box: Box) -> bytes:
        self._stream.seek(box.start)
        return self._allowance.read(self._stream, box.end - box.start)

    def _read_movie_header(self, data: bytes) -> None:
        if len(data) >= 32:
            scale, duration = struct.unpack_from(">IQ" if data[0] == 1 else ">II", data, 20 if data[0] == 1 else 12)
            if scale and duration not in (0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF):
                self.duration_ms = duration * 1000 // scale

    def _read_track_header(self, data: bytes) -> None:
        size = 96 if data[:1] == b"\1" else 84
        if len(data) < size:
            return
        width, height = (value >> 16 for value in struct.unpack_from(">II", data, size - 8))
        if width and height and self.width_px is None:
            across = struct.unpack_from(">i", data, size - 44)[0]  # `a` of the matrix: 0 when turned by 90 degrees
            self.width_px, self.height_px = (width, height) if across else (height, width)

    def _read_user_data(self, udta: Box) -> None:
        for box in self._children(udta):
            if box.kind == b"meta":
                self.read_meta(box)
            elif box.kind == b"XMP_":
                self.entries += read_xmp(self._read_body(box).decode("utf-8", "replace"))
            elif box.kind[:1] == b"\xa9":
                self._add("mp4:udta", _key_of(box.kind), decode_text(self._read_body(box)[4:]))

    def _read_item(self, kind: bytes, body: bytes, names: list[str]) -> None:
        parts = list(iter_boxes(body))
        number = int.from_bytes(kind, "big")
        entry_place, key = "mp4:ilst", _key_of(kind)
        if 1 <= number <= len(names):
            entry_place, key = "mp4:keys", names[number - 1]
        elif kind == b"----":
            key = next((decode_text(data[4:]) for name, data in parts if name == b"name"), "----")
        for name, data in parts:
            if name == b"data" and len(data) >= 8:
                encoding = int.from_bytes(data[1:4], "big")
                if encoding not in PICTURES:
                    text = data[8:].decode("utf-16-be", "replace") if encoding == UTF16 else decode_text(data[8:])
                    self._add(entry_place, key, text)

    def _add(self, entry_place: str, key: str, text: str) -> None:
        if key.count(".") >= 2:  # reverse DNS
            key = key.rpartition(".")[2]
        if text.strip("\0 \r\n") and len(self.entries) < MAX_ENTRIES:
            self.entries.append(Entry(entry_place, key, text))


def _key_of(kind: bytes) -> str:
    key = kind.decode("latin-1").lstrip("\xa9")
    return KEYS.get(key, key)
