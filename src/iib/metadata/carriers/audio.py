"""Audio tags: ID3v2 (id3.org), FLAC and Ogg Vorbis comments (xiph.org)."""

from __future__ import annotations

import struct
from typing import BinaryIO

from iib.metadata.carriers.png import decode_text
from iib.metadata.protocol import MAX_ENTRIES, MAX_TEXT_BYTES, Carried, Entry

OGG_HEAD_BYTES = 4 * 1024 * 1024
ENCODINGS = {0: "latin-1", 1: "utf-16", 2: "utf-16-be", 3: "utf-8"}


class AudioCarrier:
    """Reads text tags of MP3, FLAC and Ogg files."""

    name = "audio"

    def accepts(self, head: bytes) -> bool:
        """By the signature."""
        return head[:3] == b"ID3" or head[:4] in (b"fLaC", b"OggS")

    def read(self, stream: BinaryIO, size_bytes: int) -> Carried:
        """Read the tag block at the start."""
        stream.seek(0)
        head = stream.read(10)
        if head[:3] == b"ID3":
            length = synchsafe(head[6:10])
            return Carried("mp3", tuple(_id3(stream.read(min(length, MAX_TEXT_BYTES)), head[3])))
        if head[:4] == b"fLaC":
            return Carried("flac", tuple(_flac(stream)))
        stream.seek(0)
        data = _ogg_payload(stream.read(min(size_bytes, OGG_HEAD_BYTES)))
        for mark in (b"\x03vorbis", b"OpusTags"):
            at = data.find(mark)
            if at >= 0:
                return Carried("ogg", tuple(_vorbis(data[at + len(mark) :])))
        return Carried("ogg")


def synchsafe(data: bytes) -> int:
    """Seven bits of every byte."""
    value = 0
    for byte in data:
        value = value << 7 | byte & 0x7F
    return value


def _id3(data: bytes, version: int) -> list[Entry]:
    entries: list[Entry] = []
    position = 0
    while position + 10 <= len(data) and len(entries) < MAX_ENTRIES:
        name, raw_size = data[position : position + 4], data[position + 4 : position + 8]
        if not name.strip(b"\0"):
            break
        size = synchsafe(raw_size) if version >= 4 else int.from_bytes(raw_size, "big")
        body = data[position + 10 : position + 10 + size]
        position += 10 + size
        if not body:
            continue
        if name == b"TXXX":
            text = body[1:].decode(ENCODINGS.get(body[0], "latin-1"), "replace")
            key, _, value = text.partition("\0")
            entries.append(Entry("id3", key.lstrip("\ufeff"), value.strip("\0\ufeff")))
        elif name in (b"COMM", b"USLT") and len(body) > 4:
            text = body[4:].decode(ENCODINGS.get(body[0], "latin-1"), "replace")
            entries.append(Entry("id3", "comment", text.partition("\0")[2].strip("\0\ufeff")))
    return entries


def _flac(stream: BinaryIO) -> list[Entry]:
    stream.seek(4)
    for _ in range(64):
        header = stream.read(4)
        if len(header) < 4:
            break
        length = int.from_bytes(header[1:4], "big")
        if header[0] & 0x7F == 4:
            return _vorbis(stream.read(length))
        stream.seek(length, 1)
        if header[0] & 0x80:
            break
    return []


def _vorbis(data: bytes) -> list[Entry]:
    entries: list[Entry] = []
    if len(data) < 8:
        return entries
    position = 4 + struct.unpack_from("<I", data)[0]
    if position + 4 > len(data):
        return entries
    (count,) = struct.unpack_from("<I", data, position)
    position += 4
    for _ in range(min(count, MAX_ENTRIES)):
        if position + 4 > len(data):
            break
        (length,) = struct.unpack_from("<I", data, position)
        key, _, value = data[position + 4 : position + 4 + length].partition(b"=")
        position += 4 + length
        entries.append(Entry("vorbis", decode_text(key), decode_text(value)))
    return entries


def _ogg_payload(data: bytes) -> bytes:
    """The packets of the first pages without page headers."""
    parts: list[bytes] = []
    position = 0
    while data[position : position + 4] == b"OggS" and position + 27 <= len(data):
        segments = data[position + 26]
        table = data[position + 27 : position + 27 + segments]
        start = position + 27 + segments
        parts.append(data[start : start + sum(table)])
        position = start + sum(table)
    return b"".join(parts)
