"""Reads the items of still images in ISO files (ISO/IEC 23008-12): Exif, XMP, size and rotation."""

from __future__ import annotations

import struct
from typing import BinaryIO, NamedTuple

from iib.metadata.carriers.embedded.exif import read_tiff
from iib.metadata.carriers.embedded.xmp import read_xmp
from iib.metadata.carriers.iso.boxes import MAX_BOXES, Box, iter_boxes, iter_stream_boxes
from iib.metadata.carriers.read_budget import ReadBudget
from iib.metadata.protocol import Entry

XMP_TYPE = b"application/rdf+xml"
ROTATIONS = {0: 1, 1: 8, 2: 3, 3: 6}  # quarter turns against the clock -> EXIF orientation
IN_FILE, IN_ITEM_DATA, IN_ITEM = 0, 1, 2
MAX_EXTENTS = 64


class Location(NamedTuple):
    """The construction method of an item and its (offset, length) extents in bytes."""

    method: int
    extents: tuple[tuple[int, int], ...]


class StillImageReader:
    """Reads the `meta` box of a still image: its Exif and XMP entries, size and orientation."""

    def __init__(self, stream: BinaryIO, budget: ReadBudget) -> None:
        self.entries: list[Entry] = []
        self.width_px: int | None = None
        self.height_px: int | None = None
        self.orientation = 1
        self._stream = stream
        self._allowance = budget
        self._locations: dict[int, Location] = {}
        self._item_data: Box | None = None

    def read(self, meta: Box) -> None:
        """Read the items of a still image. The item data box may come before or after the list of items."""
        types: dict[int, bytes] = {}
        for box in iter_stream_boxes(self._stream, meta.start + 4, meta.end, self._allowance):
            if box.kind == b"iinf":
                types = item_types(self._read_body(box))
            elif box.kind == b"iloc":
                self._locations = item_locations(self._read_body(box))
            elif box.kind == b"iprp":
                self._read_properties(self._read_body(box))
            elif box.kind == b"idat":
                self._item_data = box
        for number, item_type in types.items():
            data = self._read_item(number, 0)
            if item_type == b"Exif" and len(data) > 4:
                self.entries += read_tiff(_tiff_of(data)).entries
            elif item_type == b"mime" and b"<" in data:
                self.entries += read_xmp(data.decode("utf-8", "replace"))

    def _read_body(self, box: Box) -> bytes:
        self._stream.seek(box.start)
        return self._allowance.read(self._stream, box.end - box.start)

    def _read_item(self, number: int, depth: int) -> bytes:
        location = self._locations.get(number)
        if location is None or depth > 1:
            return b""
        parts = []
        for offset, length in location.extents:
            if location.method == IN_ITEM:
                # A reference box names the item; all known files have one item to choose from.
                sources = [other for other in self._locations if other != number]
                data = self._read_item(sources[0], depth + 1) if len(sources) == 1 else b""
                parts.append(data[offset : offset + length])
                continue
            start, end = 0, 1 << 62
            if location.method == IN_ITEM_DATA:
                if self._item_data is None:
                    continue
                start, end = self._item_data.start, self._item_data.end
            self._stream.seek(min(start + offset, end, 1 << 62))
            requested = length or 1 << 20  # 0 means to the end
            parts.append(self._allowance.read(self._stream, max(0, min(requested, end - start - offset))))
        return b"".join(parts)

    def _read_properties(self, data: bytes) -> None:
        for kind, container in iter_boxes(data):
            for inner, value in iter_boxes(container) if kind == b"ipco" else ():
                if inner == b"ispe" and len(value) >= 12:
                    width, height = struct.unpack_from(">II", value, 4)
                    if width * height > (self.width_px or 0) * (self.height_px or 0):
                        self.width_px, self.height_px = width, height
                elif inner == b"irot" and value and self.orientation == 1:
                    self.orientation = ROTATIONS[value[0] & 3]


def _tiff_of(data: bytes) -> bytes:
    """Return the TIFF block of an Exif item, which begins with the offset of the TIFF header; some writers omit it."""
    start = 4 + int.from_bytes(data[:4], "big")
    if data[start : start + 2] in (b"II", b"MM"):
        return data[start:]
    for at in (data.find(b"II*\0"), data.find(b"MM\0*")):
        if at >= 0:
            return data[at:]
    return data[start:]


def item_types(data: bytes) -> dict[int, bytes]:
    """Return the types of Exif and XMP items by item number."""
    types: dict[int, bytes] = {}
    skip = 6 if data[:1] == b"\0" else 8
    for kind, entry in iter_boxes(data[skip:]):
        if kind != b"infe" or len(entry) < 9:
            continue
        version = entry[0]
        number = int.from_bytes(entry[4:8] if version >= 3 else entry[4:6], "big")
        if version < 2:
            item_type = b"mime" if XMP_TYPE in entry else b"Exif" if b"Exif" in entry else b""
        else:
            item_type = entry[10:14] if version >= 3 else entry[8:12]
        if item_type in (b"Exif", b"mime"):
            types[number] = item_type
    return types


def item_locations(data: bytes) -> dict[int, Location]:
    """Return the locations of all items by item number."""
    locations: dict[int, Location] = {}
    if len(data) < 8:
        return locations
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
        method = take(2) & 15 if version else IN_FILE
        take(2)
        base = take(base_size)
        extents = []
        for _extent in range(min(take(2), MAX_EXTENTS)):
            take(index_size)
            offset, length = take(offset_size), take(length_size)
            extents.append((base + offset, length))
        locations[number] = Location(method, tuple(extents))
    return locations
