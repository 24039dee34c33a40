"""ISO base media files (ISO/IEC 14496-12): MP4, MOV, M4A and the still images HEIF and AVIF (23008-12)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from iib.metadata.carriers.exif import read_tiff
from iib.metadata.carriers.png import decode_text
from iib.metadata.carriers.xmp import read_xmp
from iib.metadata.protocol import MAX_ENTRIES, MAX_TEXT_BYTES, Carried, Entry

STILL = (b"avif", b"avis", b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"heis")
MAX_BOXES = 4_000
MAX_MOOV_BYTES = 64 * 1024 * 1024
Box = tuple[bytes, bytes]


class IsobmffCarrier:
    """Reads both metadata layouts of movies, and the Exif and XMP items of still images."""

    name = "isobmff"

    def accepts(self, head: bytes) -> bool:
        """By the first box."""
        return head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free")

    def read(self, stream: BinaryIO, size_bytes: int) -> Carried:
        """Walk the top-level boxes; media data is skipped by seeking."""
        brand, reader, problems = b"", _Movie(), []
        position = 0
        for _ in range(MAX_BOXES):
            stream.seek(position)
            header = stream.read(16)
            if len(header) < 8:
                break
            length, kind = struct.unpack_from(">I4s", header)
            start = 8
            if length == 1 and len(header) == 16:
                length, start = struct.unpack_from(">Q", header, 8)[0], 16
            elif length == 0:
                length = size_bytes - position
            if length < start:
                problems.append("a box with an impossible length")
                break
            if position + length > size_bytes:
                problems.append("the file ends inside a box (truncated)")
            if kind in (b"ftyp", b"moov", b"meta", b"uuid"):
                stream.seek(position + start)
                body = stream.read(min(length - start, MAX_MOOV_BYTES))
                if kind == b"ftyp":
                    brand = body
                elif kind == b"moov":
                    reader.read_moov(body)
                elif kind == b"meta":
                    reader.read_meta(body, stream)
            position += length
            if position >= size_bytes:
                break
        is_still = any(brand[at : at + 4] in STILL for at in range(0, min(len(brand), 64), 4))
        return Carried(
            ("avif" if b"avi" in brand[:40] else "heif") if is_still else "mp4",
            tuple(reader.entries[:MAX_ENTRIES]),
            reader.width_px,
            reader.height_px,
            reader.orientation,
            reader.duration_ms,
            tuple(problems),
        )


class _Movie:
    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.width_px: int | None = None
        self.height_px: int | None = None
        self.orientation = 1
        self.duration_ms: int | None = None

    def read_moov(self, body: bytes) -> None:
        """Movie header, tracks and user data."""
        for kind, data in boxes(body):
            if kind == b"mvhd" and len(data) >= 32:
                scale, duration = struct.unpack_from(">IQ" if data[0] == 1 else ">II", data, 20 if data[0] == 1 else 12)
                self.duration_ms = duration * 1000 // scale if scale else None
            elif kind == b"trak":
                for inner, track in boxes(data):
                    if inner == b"tkhd" and len(track) >= 84:
                        width, height = struct.unpack_from(">II", track, len(track) - 8)
                        if width >> 16 and height >> 16:
                            self.width_px, self.height_px = width >> 16, height >> 16
            elif kind == b"udta":
                for inner, value in boxes(data):
                    if inner == b"meta":
                        self._read_movie_meta(value)
                    elif inner[:1] == b"\xa9" and len(value) > 4:
                        self._add("mp4:udta", inner, value[4:])
            elif kind == b"meta":
                self._read_movie_meta(data)

    def _read_movie_meta(self, body: bytes) -> None:
        """`meta` has a version in ISO files and none in old QuickTime."""
        if body[4:8] != b"hdlr":
            body = body[4:]
        names: list[str] = []
        for kind, data in boxes(body):
            if kind == b"keys":
                names = [value.decode("utf-8", "replace") for _space, value in boxes(data[8:])]
            elif kind == b"ilst":
                for item, value in boxes(data):
                    self._read_item(item, value, names)

    def _read_item(self, item: bytes, body: bytes, names: list[str]) -> None:
        parts = list(boxes(body))
        label: bytes | str = item
        place = "mp4:ilst"
        number = int.from_bytes(item, "big")
        if 1 <= number <= len(names):
            label, place = names[number - 1], "mp4:keys"
        elif item == b"----":
            label = next((data[4:] for kind, data in parts if kind == b"name"), item)
        for kind, data in parts:
            if kind == b"data" and len(data) >= 8:
                self._add(place, label, data[8:])

    def _add(self, place: str, label: bytes | str, data: bytes) -> None:
        key = label if isinstance(label, str) else label.decode("latin-1").lstrip("\xa9")
        key = {"cmt": "comment", "nam": "title", "des": "description"}.get(key, key)
        text = decode_text(data[:MAX_TEXT_BYTES])
        if text.strip() and len(self.entries) < MAX_ENTRIES:
            self.entries.append(Entry(place, key.rpartition(".")[2] if key.startswith("com.") else key, text))

    def read_meta(self, body: bytes, stream: BinaryIO) -> None:
        """Items of a still image."""
        wanted: dict[int, bytes] = {}
        places: dict[int, list[tuple[int, int]]] = {}
        for kind, data in boxes(body[4:]):
            if kind == b"iinf":
                wanted = item_types(data)
            elif kind == b"iloc":
                places = item_places(data)
            elif kind == b"iprp":
                self._read_properties(data)
        for number, item_type in wanted.items():
            extents = places.get(number, [])
            if sum(length for _offset, length in extents) > MAX_TEXT_BYTES:
                continue
            parts = []
            for offset, length in extents:
                stream.seek(offset)
                parts.append(stream.read(length))
            data = b"".join(parts)
            if item_type == b"Exif" and len(data) > 4:
                tiff = read_tiff(data[4 + int.from_bytes(data[:4], "big") :])
                self.entries += tiff.entries
            elif item_type == b"mime" and b"<" in data:
                self.entries += read_xmp(data.decode("utf-8", "replace"))

    def _read_properties(self, data: bytes) -> None:
        for kind, container in boxes(data):
            if kind == b"ipco":
                for inner, value in boxes(container):
                    if inner == b"ispe" and len(value) >= 12:
                        width, height = struct.unpack_from(">II", value, 4)
                        if width * height > (self.width_px or 0) * (self.height_px or 0):
                            self.width_px, self.height_px = width, height


def boxes(data: bytes) -> Iterator[Box]:
    """(type, body) of every box inside `data`; stops at the first impossible one."""
    position = 0
    for _ in range(MAX_BOXES):
        if position + 8 > len(data):
            return
        length, kind = struct.unpack_from(">I4s", data, position)
        start = 8
        if length == 1 and position + 16 <= len(data):
            length, start = struct.unpack_from(">Q", data, position + 8)[0], 16
        elif length == 0:
            length = len(data) - position
        if length < start:
            return
        yield kind, data[position + start : position + length]
        position += length


def item_types(data: bytes) -> dict[int, bytes]:
    """Type by item number, of Exif and mime items."""
    found: dict[int, bytes] = {}
    skip = 6 if data[:1] == b"\0" else 8
    for kind, entry in boxes(data[skip:]):
        if kind == b"infe" and len(entry) >= 12:
            wide = entry[0] >= 3
            number = int.from_bytes(entry[4:8] if wide else entry[4:6], "big")
            item_type = entry[10:14] if wide else entry[8:12]
            if item_type in (b"Exif", b"mime"):
                found[number] = item_type
    return found


def item_places(data: bytes) -> dict[int, list[tuple[int, int]]]:
    """(offset, length) extents by item number; only items that lie in the file itself."""
    found: dict[int, list[tuple[int, int]]] = {}
    if len(data) < 8:
        return found
    version = data[0]
    offset_size, length_size = data[4] >> 4, data[4] & 15
    base_size, index_size = data[5] >> 4, (data[5] & 15) if version else 0
    position = 6

    def take(size: int) -> int:
        nonlocal position
        value = int.from_bytes(data[position : position + size], "big")
        position += size
        return value

    count = take(4 if version == 2 else 2)
    for _ in range(min(count, MAX_BOXES)):
        if position >= len(data):
            break
        number = take(4 if version == 2 else 2)
        method = take(2) & 15 if version else 0
        take(2)
        base = take(base_size)
        extents = []
        for _extent in range(min(take(2), 64)):
            take(index_size)
            offset, length = take(offset_size), take(length_size)
            extents.append((base + offset, length))
        if method == 0:
            found[number] = extents
    return found
