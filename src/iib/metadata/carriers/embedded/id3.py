"""Reads ID3v2 tags (id3.org, versions 2.2 to 2.4)."""

from __future__ import annotations

import zlib

from iib.metadata.protocol import MAX_ENTRIES, MAX_TEXT_BYTES, Entry

ENCODINGS = {0: "latin-1", 1: "utf-16", 2: "utf-16-be", 3: "utf-8"}
TEXT_FRAMES = {
    "TIT2": "title", "TT2": "title", "TIT3": "description", "TPE1": "artist", "TP1": "artist", "TALB": "album",
    "TAL": "album", "TSSE": "encoder", "TENC": "encoder",
}  # fmt: skip
USER_FRAMES, COMMENT_FRAMES = frozenset(("TXXX", "TXX")), frozenset(("COMM", "COM", "USLT", "ULT"))
UNSYNCHRONISED, EXTENDED = 0x80, 0x40


def decode_synchsafe(data: bytes) -> int:
    """Return the number in the lower seven bits of every byte.

    >>> decode_synchsafe(b"\\x01\\x00")
    128
    """
    value = 0
    for byte in data:
        value = value << 7 | byte & 0x7F
    return value


def read_id3(data: bytes, version: int, flags: int = 0) -> list[Entry]:
    """Return the text frames of a tag; `data` begins after its ten-byte header."""
    if flags & UNSYNCHRONISED and version < 4:
        data = data.replace(b"\xff\x00", b"\xff")
    position = 0
    if flags & EXTENDED and version >= 3 and len(data) >= 4:
        position = decode_synchsafe(data[:4]) if version >= 4 else 4 + int.from_bytes(data[:4], "big")
    name_size, header_size = (3, 6) if version == 2 else (4, 10)
    entries: list[Entry] = []
    while position + header_size <= len(data) and len(entries) < MAX_ENTRIES:
        name = data[position : position + name_size]
        if not name.strip(b"\0"):
            break
        raw_size = data[position + name_size : position + 2 * name_size]
        size = decode_synchsafe(raw_size) if version >= 4 else int.from_bytes(raw_size, "big")
        body = data[position + header_size : position + header_size + size]
        frame_flags = data[position + 9] if version >= 3 else 0
        position += header_size + size
        entry = _parse_frame(name.decode("latin-1"), _decode_frame(body, version, frame_flags))
        if entry is not None:
            entries.append(entry)
    return entries


def _decode_frame(body: bytes, version: int, flags: int) -> bytes:
    """Return the content of a frame without the unsynchronisation and compression of its flags."""
    if version >= 4:
        if flags & 0x01:
            body = body[4:]
        if flags & 0x02:
            body = body.replace(b"\xff\x00", b"\xff")
        is_compressed = bool(flags & 0x08)
    else:
        is_compressed = bool(flags & 0x80)
        if is_compressed:
            body = body[4:]
    if not is_compressed:
        return body
    try:
        return zlib.decompressobj().decompress(body, MAX_TEXT_BYTES)
    except zlib.error:
        return b""


def _parse_frame(name: str, body: bytes) -> Entry | None:
    if len(body) < 2:
        return None
    encoding = ENCODINGS.get(body[0], "latin-1")
    if name in USER_FRAMES:
        key, _, value = body[1:].decode(encoding, "replace").partition("\0")
        return Entry("id3", key.lstrip("\ufeff"), value.strip("\0\ufeff"))
    if name in COMMENT_FRAMES and len(body) > 4:
        text = body[4:].decode(encoding, "replace")
        description, _, value = text.partition("\0")
        key = description.strip("\ufeff\0") or "comment"
        return Entry("id3", key, value.strip("\0\ufeff"))
    if name in TEXT_FRAMES:
        text = body[1:].decode(encoding, "replace").strip("\0\ufeff")
        return Entry("id3", TEXT_FRAMES[name], text) if text else None
    return None
