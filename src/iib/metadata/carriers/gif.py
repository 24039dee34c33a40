"""GIF (89a): canvas size, comment extensions and XMP."""

from __future__ import annotations

import struct
from typing import BinaryIO

from iib.metadata.carriers.bounded_bytes import ReadBudget, decode_text
from iib.metadata.carriers.embedded.xmp import read_xmp
from iib.metadata.protocol import MAX_ENTRIES, MAX_TEXT_BYTES, ContainerMetadata, Entry

MAX_BLOCKS = 500_000  # of 255 bytes: 120 MB of pixels


class GifCarrier:
    """Reads comments and XMP."""

    name = "gif"

    def accepts(self, head: bytes) -> bool:
        """By the signature."""
        return head[:6] in (b"GIF87a", b"GIF89a")

    def read(self, stream: BinaryIO, size_bytes: int) -> ContainerMetadata:
        """Walk the blocks."""
        stream.seek(0)
        head = stream.read(13)
        if len(head) < 13:
            return ContainerMetadata("gif", problems=("the file ends inside its header (truncated GIF)",))
        width_px, height_px, flags = struct.unpack_from("<HHB", head, 6)
        if flags & 0x80:
            stream.seek(3 << ((flags & 7) + 1), 1)
        entries: list[Entry] = []
        allowance = ReadBudget(steps=MAX_BLOCKS)
        while len(entries) < MAX_ENTRIES and allowance.step():
            mark = stream.read(1)
            if mark == b"\x2c":
                descriptor = stream.read(9)
                if len(descriptor) == 9 and descriptor[8] & 0x80:
                    stream.seek(3 << ((descriptor[8] & 7) + 1), 1)
                stream.seek(1, 1)
                _skip(stream, allowance)
            elif mark == b"\x21":
                entries += _extension(stream, allowance)
            else:
                if mark != b"\x3b":
                    allowance.note("the file ends before its end mark (truncated GIF)")
                break
        return ContainerMetadata("gif", tuple(entries), width_px, height_px, problems=tuple(allowance.problems))


def _extension(stream: BinaryIO, allowance: ReadBudget) -> list[Entry]:
    label = stream.read(1)
    if label == b"\xfe":
        text = decode_text(b"".join(_blocks(stream, allowance)))
        return [Entry("gif:comment", "Comment", text)] if text.strip() else []
    if label == b"\xff":
        size = stream.read(1)
        name = stream.read(size[0]) if size else b""
        if name.startswith(b"XMP DataXMP"):
            # The packet stands there as it is: what reads as lengths of blocks are its own characters.
            parts = (bytes((len(part),)) + part for part in _blocks(stream, allowance))
            packet = b"".join(parts)
            return read_xmp(packet[: packet.rfind(b">") + 1].decode("utf-8", "replace"))
    _skip(stream, allowance)
    return []


def _blocks(stream: BinaryIO, allowance: ReadBudget) -> list[bytes]:
    """The sub-blocks up to their end."""
    parts: list[bytes] = []
    size = 0
    while allowance.step() and size < MAX_TEXT_BYTES and allowance.left > 0:
        length = stream.read(1)
        if not length or length == b"\0":
            return parts
        part = allowance.read(stream, length[0])
        parts.append(part)
        size += len(part)
        if len(part) < length[0]:
            return parts
    _skip(stream, allowance)
    return parts


def _skip(stream: BinaryIO, allowance: ReadBudget) -> None:
    while allowance.step():
        length = stream.read(1)
        if not length or length == b"\0":
            return
        stream.seek(length[0], 1)
