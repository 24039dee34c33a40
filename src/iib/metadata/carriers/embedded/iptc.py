"""Reads the IPTC-IIM records inside Photoshop image resources (8BIM)."""

from __future__ import annotations

import struct

from iib.metadata.carriers.text_encodings import decode_text
from iib.metadata.protocol import Entry

PHOTOSHOP = b"Photoshop 3.0\0"
IPTC_RESOURCE = 0x0404
NAMES = {
    (2, 5): "iptc:ObjectName",
    (2, 25): "iptc:Keywords",
    (2, 40): "iptc:SpecialInstructions",
    (2, 65): "iptc:OriginatingProgram",
    (2, 70): "iptc:ProgramVersion",
    (2, 80): "iptc:By-line",
    (2, 105): "iptc:Headline",
    (2, 110): "iptc:Credit",
    (2, 115): "iptc:Source",
    (2, 116): "iptc:CopyrightNotice",
    (2, 120): "iptc:Caption",
}
MAX_RECORDS = 500


def read_irb(data: bytes) -> list[Entry]:
    """Return the IPTC entries of a resource block, with or without its name, or of a bare IIM stream."""
    data = data.removeprefix(PHOTOSHOP)
    if data[:1] == b"\x1c":
        return _read_records(data)
    entries: list[Entry] = []
    position = 0
    for _ in range(MAX_RECORDS):
        if data[position : position + 4] != b"8BIM" or position + 7 > len(data):
            break
        (resource,) = struct.unpack_from(">H", data, position + 4)
        name_size = 1 + data[position + 6]
        position += 6 + name_size + (name_size & 1)
        if position + 4 > len(data):
            break
        (length,) = struct.unpack_from(">I", data, position)
        position += 4
        if resource == IPTC_RESOURCE:
            entries += _read_records(data[position : position + length])
        position += length + (length & 1)
    return entries


def _read_records(data: bytes) -> list[Entry]:
    entries: list[Entry] = []
    position = 0
    for _ in range(MAX_RECORDS):
        if position + 5 > len(data) or data[position] != 0x1C:
            break
        record, number = data[position + 1], data[position + 2]
        (length,) = struct.unpack_from(">H", data, position + 3)
        position += 5
        if length & 0x8000:  # extended: the field holds the number of bytes of the length
            size = length & 0x7FFF
            length = int.from_bytes(data[position : position + min(size, 8)], "big")
            position += size
        name = NAMES.get((record, number))
        if name is not None:
            text = decode_text(data[position : position + length]).strip()
            if text:
                entries.append(Entry("iptc", name, text))
        position += length
    return entries
