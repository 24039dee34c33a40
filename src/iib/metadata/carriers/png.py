"""Reads the chunks of PNG and APNG files (W3C PNG specification, third edition).

Pixels are skipped by seeking, and text after them is read. Checksums are ignored, because edited files have stale ones.
"""

from __future__ import annotations

import re
import struct
from typing import BinaryIO

from iib.metadata.carriers.embedded.exif import read_tiff
from iib.metadata.carriers.embedded.iptc import read_irb
from iib.metadata.carriers.embedded.jumbf import read_jumbf
from iib.metadata.carriers.embedded.xmp import read_xmp
from iib.metadata.carriers.read_budget import ReadBudget
from iib.metadata.carriers.text_encodings import decode_text
from iib.metadata.protocol import MAX_ENTRIES, ContainerMetadata, Entry

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHUNK = struct.Struct(">I4s")
SIDES = struct.Struct(">II")
TEXT_TYPES = frozenset((b"tEXt", b"zTXt", b"iTXt"))
RAW_PROFILE = re.compile(r"^\s*(\w+)?\s*(\d+)\s+([0-9a-fA-F\s]+)\s*$")
XMP_KEY = "XML:com.adobe.xmp"
XMP_MARK = b"http://ns.adobe.com/xap/1.0/\0"
MAX_CHUNKS = 50_000
FRAME_BYTES = 12  # of a chunk: length, type and checksum
MAX_JUMPS = 2  # over pixel chunks: the first chunk may be shorter than the others


class PngCarrier:
    """Extracts the chunks tEXt, iTXt, zTXt, eXIf and caBX of PNG files, wherever in the file they are."""

    name = "png"

    def accepts(self, head: bytes) -> bool:
        """Return True for files with the PNG signature."""
        return head.startswith(SIGNATURE)

    def read(self, stream: BinaryIO, size_bytes: int) -> ContainerMetadata:
        """Walk the chunks to the end of the file. Long runs of pixel chunks are skipped."""
        position = stream.seek(len(SIGNATURE))
        budget = ReadBudget(steps=MAX_CHUNKS)
        entries: list[Entry] = []
        width_px = height_px = None
        orientation = 1
        jumps = 0
        unpack = CHUNK.unpack
        while len(entries) < MAX_ENTRIES and budget.step():
            header = stream.read(8)
            if len(header) < 8:
                budget.note("the file ends before its end mark (truncated PNG)")
                break
            length, kind = unpack(header)
            position += length + FRAME_BYTES
            if kind == b"IEND":
                break
            if kind in TEXT_TYPES:
                entry = read_text_chunk(kind, budget.read(stream, length), budget)
                if entry is not None:
                    entries += expand_entry(entry)
            elif kind == b"IHDR":
                data = stream.read(min(length, 13))
                if len(data) >= 8:
                    width_px, height_px = SIDES.unpack_from(data)
            elif kind == b"eXIf":
                tiff = read_tiff(budget.read(stream, length))
                entries += tiff.entries
                orientation = tiff.orientation
            elif kind == b"caBX":
                entries += read_jumbf(budget.read(stream, length))
            elif position > size_bytes:
                budget.note("the file ends inside its pixels (truncated PNG)")
                break
            elif kind == b"IDAT" and jumps < MAX_JUMPS:
                jumps += 1
                position = find_last_pixels(stream, position, length + FRAME_BYTES, size_bytes)
            stream.seek(position)
        return ContainerMetadata(
            "png", tuple(entries), width_px, height_px, orientation, problems=tuple(budget.problems)
        )


def find_last_pixels(stream: BinaryIO, following: int, stride: int, size_bytes: int) -> int:
    """Return the position of the last chunk of pixels, found by binary search, or `following` if there is none.

    Pixel chunks follow each other without a gap (section 5.6 requires it), and encoders give all but the last one the
    same length, so the start of each of them can be computed. `following` is the position after the current chunk and
    `stride` its whole length, both in bytes.
    """

    def is_pixels(number: int) -> bool:
        stream.seek(following + number * stride + 4)
        return stream.read(4) == b"IDAT"

    highest = (size_bytes - following - FRAME_BYTES) // stride
    if highest < 1:
        return following
    if is_pixels(highest):
        return following + highest * stride
    lowest, highest = 0, highest - 1
    while lowest < highest:
        middle = (lowest + highest + 1) // 2
        if is_pixels(middle):
            lowest = middle
        else:
            highest = middle - 1
    return following + lowest * stride


def read_text_chunk(kind: bytes, data: bytes, budget: ReadBudget) -> Entry | None:
    """Return a text chunk as an entry; None and a problem in the budget if it is broken."""
    keyword, separator, rest = data.partition(b"\0")
    if not separator:
        budget.note("a text chunk without a keyword was skipped")
        return None
    key = decode_text(keyword)
    place = "png:" + kind.decode("ascii")
    if kind == b"tEXt":
        return Entry(place, key, decode_text(rest))
    if kind == b"zTXt":
        return Entry(place, key, decode_text(budget.inflate(rest[1:], key)))
    if len(rest) < 2:
        return Entry(place, key, "")
    is_compressed = rest[0] == 1
    _language, _, rest = rest[2:].partition(b"\0")
    _translated, _, body = rest.partition(b"\0")
    if is_compressed:
        body = budget.inflate(body, key)
    return Entry(place, key, decode_text(body))


def expand_entry(entry: Entry) -> list[Entry]:
    """Return the entries inside XMP and raw profiles of ImageMagick; for other entries the entry itself."""
    if entry.key == XMP_KEY:
        return [*read_xmp(entry.text), entry]
    if entry.key.lower().startswith("raw profile type "):
        match = RAW_PROFILE.match(entry.text)
        try:
            data = bytes.fromhex("".join(match[3].split())) if match is not None else b""
        except ValueError:
            data = b""
        if data:
            return _read_profile(entry.key.lower().rpartition(" ")[2], data) or [entry]
    return [entry]


def _read_profile(kind: str, data: bytes) -> list[Entry]:
    if data.startswith(XMP_MARK) or kind == "xmp":
        return read_xmp(data[max(0, data.find(b"<")) :].decode("utf-8", "replace"))
    if kind in ("iptc", "8bim"):
        return read_irb(data)
    if kind in ("exif", "app1"):
        return list(read_tiff(data).entries)
    return []
