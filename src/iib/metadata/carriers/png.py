"""PNG chunks (W3C PNG specification, third edition; APNG is the same here).

Pixels are skipped by seeking, checksums are ignored (edited files carry stale ones), text behind the pixels is found.
"""

from __future__ import annotations

import re
import struct
import zlib
from typing import BinaryIO

from iib.metadata.carriers.exif import read_tiff
from iib.metadata.carriers.xmp import read_xmp
from iib.metadata.protocol import MAX_ENTRIES, MAX_TEXT_BYTES, Carried, Entry

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHUNK = struct.Struct(">I4s")
TEXT_TYPES = frozenset((b"tEXt", b"zTXt", b"iTXt"))
RAW_PROFILE = re.compile(r"^\s*(exif|xmp|app1|iptc)?\s*(\d+)\s+([0-9a-fA-F\s]+)$")


class PngCarrier:
    """Reads tEXt, iTXt, zTXt and eXIf wherever they stand."""

    name = "png"

    def accepts(self, head: bytes) -> bool:
        """By the signature."""
        return head.startswith(SIGNATURE)

    def read(self, stream: BinaryIO, size_bytes: int) -> Carried:
        """Walk the chunks."""
        stream.seek(len(SIGNATURE))
        position = len(SIGNATURE)
        entries: list[Entry] = []
        problems: list[str] = []
        width_px = height_px = None
        orientation = 1
        while len(entries) < MAX_ENTRIES:
            header = stream.read(8)
            if len(header) < CHUNK.size:
                problems.append("the file ends before its end mark (truncated PNG)")
                break
            length, kind = CHUNK.unpack(header)
            position += 8 + length + 4
            if kind == b"IEND":
                break
            if kind == b"IHDR":
                data = stream.read(length)
                if length >= 8:
                    width_px, height_px = struct.unpack_from(">II", data)
                stream.seek(position)
            elif kind in TEXT_TYPES:
                data = stream.read(min(length, MAX_TEXT_BYTES))
                if length > MAX_TEXT_BYTES:
                    problems.append(f"a text of {length} bytes was cut")
                if len(data) < min(length, MAX_TEXT_BYTES):
                    problems.append("the file ends inside a text (truncated PNG)")
                entry = read_text(kind, data, problems)
                if entry is not None:
                    entries += expand(entry)
                stream.seek(position)
            elif kind == b"eXIf":
                tiff = read_tiff(stream.read(min(length, MAX_TEXT_BYTES)))
                entries += tiff.entries
                orientation = tiff.orientation
                stream.seek(position)
            elif kind == b"caBX":
                entries.append(Entry("c2pa", "jumbf", stream.read(min(length, MAX_TEXT_BYTES)).decode("latin-1")))
                stream.seek(position)
            elif position > size_bytes:
                problems.append("the file ends inside its pixels (truncated PNG)")
                break
            else:
                stream.seek(position)
        return Carried("png", tuple(entries), width_px, height_px, orientation, problems=tuple(problems))


def read_text(kind: bytes, data: bytes, problems: list[str]) -> Entry | None:
    """One text chunk as an entry; a broken one is noted in `problems`."""
    keyword, separator, rest = data.partition(b"\0")
    if not separator:
        problems.append("a text chunk without keyword was left out")
        return None
    key = keyword.decode("latin-1")
    place = "png:" + kind.decode("ascii")
    if kind == b"tEXt":
        return Entry(place, key, decode_text(rest))
    if kind == b"zTXt":
        return Entry(place, key, decode_text(inflate(rest[1:], key, problems)))
    if len(rest) < 2:
        return Entry(place, key, "")
    is_compressed = rest[0] == 1
    _language, _, rest = rest[2:].partition(b"\0")
    _translated, _, body = rest.partition(b"\0")
    if is_compressed:
        body = inflate(body, key, problems)
    return Entry(place, key, decode_text(body))


def decode_text(data: bytes) -> str:
    """UTF-8 if it is, else Latin-1; NULs at the end are dropped."""
    data = data.rstrip(b"\0")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def inflate(data: bytes, key: str, problems: list[str]) -> bytes:
    """Bounded zlib inflation; what could be read of a damaged stream is kept."""
    worker = zlib.decompressobj()
    parts: list[bytes] = []
    size = 0
    pending = data
    try:
        while pending and size < MAX_TEXT_BYTES:
            part = worker.decompress(pending, min(1 << 20, MAX_TEXT_BYTES - size))
            parts.append(part)
            size += len(part)
            pending = worker.unconsumed_tail
            if not part and not pending:
                break
    except zlib.error:
        problems.append(f"the compressed text {key!r} is damaged")
    if size >= MAX_TEXT_BYTES:
        problems.append(f"the compressed text {key!r} was cut")
    return b"".join(parts)


def expand(entry: Entry) -> list[Entry]:
    """XMP and ImageMagick's raw profiles hold entries themselves."""
    if entry.key == "XML:com.adobe.xmp":
        return [*read_xmp(entry.text), entry]
    if entry.key.lower().startswith("raw profile type "):
        match = RAW_PROFILE.match(entry.text)
        if match is not None:
            try:
                data = bytes.fromhex("".join(match[3].split()))
            except ValueError:
                return [entry]
            if data.startswith(b"http://ns.adobe.com/xap/1.0/\0") or entry.key.lower().endswith("xmp"):
                return list(read_xmp(data[data.find(b"<") :].decode("utf-8", "replace")))
            return list(read_tiff(data).entries)
    return [entry]
