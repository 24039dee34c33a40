"""Reads audio tags: ID3v2 (id3.org), FLAC and Ogg Vorbis comments (xiph.org)."""

from __future__ import annotations

import struct
from typing import BinaryIO

from iib.metadata.carriers.embedded.id3 import decode_synchsafe, read_id3
from iib.metadata.carriers.read_budget import ReadBudget
from iib.metadata.carriers.text_encodings import decode_text
from iib.metadata.protocol import MAX_ENTRIES, ContainerMetadata, Entry

OGG_HEAD_BYTES = 4 * 1024 * 1024
VORBIS_MARKS = (b"\x03vorbis", b"OpusTags")
FLAC_TAGS, FLAC_LAST = 4, 0x80
MAX_BLOCKS = 64


class AudioCarrier:
    """Extracts the text tags of MP3, FLAC and Ogg files."""

    name = "audio"

    def accepts(self, head: bytes) -> bool:
        """Return True for files with a known signature; MPEG audio without tags starts with eleven set bits."""
        if head[:3] == b"ID3" or head[:4] in (b"fLaC", b"OggS"):
            return True
        return len(head) > 2 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 0x18 != 0x08

    def read(self, stream: BinaryIO, size_bytes: int) -> ContainerMetadata:
        """Read the tag block at the start of the file."""
        stream.seek(0)
        head = stream.read(10)
        budget = ReadBudget()
        container, entries = "mp3", []
        if head[:3] == b"ID3" and len(head) == 10:
            block = budget.read(stream, decode_synchsafe(head[6:10]))
            entries = read_id3(block, head[3], head[5])
            if stream.read(4) == b"fLaC":  # a FLAC file after an ID3 tag
                container = "flac"
                entries += _flac(stream, budget)
        elif head[:4] == b"fLaC":
            stream.seek(4)
            container, entries = "flac", _flac(stream, budget)
        elif head[:4] == b"OggS":
            stream.seek(0)
            container, entries = "ogg", _ogg(budget.read(stream, min(size_bytes, OGG_HEAD_BYTES)))
        return ContainerMetadata(container, tuple(entries[:MAX_ENTRIES]), problems=tuple(budget.problems))


def _flac(stream: BinaryIO, budget: ReadBudget) -> list[Entry]:
    for _ in range(MAX_BLOCKS):
        header = stream.read(4)
        if len(header) < 4:
            break
        length = int.from_bytes(header[1:4], "big")
        if header[0] & 0x7F == FLAC_TAGS:
            return read_vorbis_comments(budget.read(stream, length))
        stream.seek(length, 1)
        if header[0] & FLAC_LAST:
            break
    return []


def _ogg(data: bytes) -> list[Entry]:
    packets = _ogg_payload(data)
    for mark in VORBIS_MARKS:
        at = packets.find(mark)
        if at >= 0:
            return read_vorbis_comments(packets[at + len(mark) :])
    at = packets.find(b"\x7fFLAC")
    if at >= 0:  # Ogg FLAC: the comment block is the second packet, with FLAC's own four-byte header
        block = packets.find(b"\x04", at + 13 + 38)
        return read_vorbis_comments(packets[block + 4 :]) if block >= 0 else []
    return []


def read_vorbis_comments(data: bytes) -> list[Entry]:
    """Return the comments of a Vorbis comment block, which begins after the packet header; pictures are skipped."""
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
        name = decode_text(key)
        if name.upper() != "METADATA_BLOCK_PICTURE":
            entries.append(Entry("vorbis", name, decode_text(value)))
    return entries


def _ogg_payload(data: bytes) -> bytes:
    """Return the joined packets of the first pages, without page headers."""
    parts: list[bytes] = []
    position = 0
    while data[position : position + 4] == b"OggS" and position + 27 <= len(data):
        segments = data[position + 26]
        table = data[position + 27 : position + 27 + segments]
        start = position + 27 + segments
        parts.append(data[start : start + sum(table)])
        position = start + sum(table)
    return b"".join(parts)
