"""Reads GIF files (GIF89a): canvas size, comment extensions and XMP."""

from __future__ import annotations

import struct
from typing import BinaryIO

from iib.metadata.carriers.embedded.xmp import read_xmp
from iib.metadata.carriers.read_budget import ReadBudget
from iib.metadata.carriers.text_encodings import decode_text
from iib.metadata.protocol import MAX_ENTRIES, MAX_TEXT_BYTES, ContainerMetadata, Entry

MAX_BLOCKS = 500_000  # of 255 bytes: 120 MB of pixels


class GifCarrier:
    """Extracts comments and XMP from GIF files."""

    name = "gif"

    def accepts(self, head: bytes) -> bool:
        """Return True for files with a GIF signature."""
        return head[:6] in (b"GIF87a", b"GIF89a")

    def read(self, stream: BinaryIO, size_bytes: int) -> ContainerMetadata:
        """Walk the blocks to the end of the file; pixels are skipped."""
        stream.seek(0)
        head = stream.read(13)
        if len(head) < 13:
            return ContainerMetadata("gif", problems=("the file ends inside its header (truncated GIF)",))
        width_px, height_px, flags = struct.unpack_from("<HHB", head, 6)
        if flags & 0x80:
            stream.seek(3 << ((flags & 7) + 1), 1)
        entries: list[Entry] = []
        budget = ReadBudget(steps=MAX_BLOCKS)
        while len(entries) < MAX_ENTRIES and budget.step():
            mark = stream.read(1)
            if mark == b"\x2c":
                descriptor = stream.read(9)
                if len(descriptor) == 9 and descriptor[8] & 0x80:
                    stream.seek(3 << ((descriptor[8] & 7) + 1), 1)
                stream.seek(1, 1)
                _skip_sub_blocks(stream, budget)
            elif mark == b"\x21":
                entries += _read_extension(stream, budget)
            else:
                if mark != b"\x3b":
                    budget.note("the file ends before its end mark (truncated GIF)")
                break
        return ContainerMetadata("gif", tuple(entries), width_px, height_px, problems=tuple(budget.problems))


def _read_extension(stream: BinaryIO, budget: ReadBudget) -> list[Entry]:
    label = stream.read(1)
    if label == b"\xfe":
        text = decode_text(b"".join(_read_sub_blocks(stream, budget)))
        return [Entry("gif:comment", "Comment", text)] if text.strip() else []
    if label == b"\xff":
        size = stream.read(1)
        name = stream.read(size[0]) if size else b""
        if name.startswith(b"XMP DataXMP"):
            # The packet is stored without sub-blocks: the bytes at the places of block lengths are its own characters.
            parts = (bytes((len(part),)) + part for part in _read_sub_blocks(stream, budget))
            packet = b"".join(parts)
            return read_xmp(packet[: packet.rfind(b">") + 1].decode("utf-8", "replace"))
    _skip_sub_blocks(stream, budget)
    return []


def _read_sub_blocks(stream: BinaryIO, budget: ReadBudget) -> list[bytes]:
    """Return the sub-blocks up to their end mark or a limit."""
    parts: list[bytes] = []
    size = 0
    while budget.step() and size < MAX_TEXT_BYTES and budget.bytes_left > 0:
        length = stream.read(1)
        if not length or length == b"\0":
            return parts
        part = budget.read(stream, length[0])
        parts.append(part)
        size += len(part)
        if len(part) < length[0]:
            return parts
    _skip_sub_blocks(stream, budget)
    return parts


def _skip_sub_blocks(stream: BinaryIO, budget: ReadBudget) -> None:
    while budget.step():
        length = stream.read(1)
        if not length or length == b"\0":
            return
        stream.seek(length[0], 1)
