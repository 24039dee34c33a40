"""GIF (89a): canvas size and comment extensions."""

from __future__ import annotations

import struct
from typing import BinaryIO

from iib.metadata.carriers.png import decode_text
from iib.metadata.carriers.xmp import read_xmp
from iib.metadata.protocol import MAX_ENTRIES, MAX_TEXT_BYTES, Carried, Entry

MAX_BLOCKS = 2_000_000


class GifCarrier:
    """Reads comments and XMP."""

    name = "gif"

    def accepts(self, head: bytes) -> bool:
        """By the signature."""
        return head[:6] in (b"GIF87a", b"GIF89a")

    def read(self, stream: BinaryIO, size_bytes: int) -> Carried:
        """Walk the blocks."""
        stream.seek(0)
        head = stream.read(13)
        if len(head) < 13:
            return Carried("gif", problems=("the file ends inside its header (truncated GIF)",))
        width_px, height_px, flags = struct.unpack_from("<HHB", head, 6)
        if flags & 0x80:
            stream.seek(3 << ((flags & 7) + 1), 1)
        entries: list[Entry] = []
        problems: list[str] = []
        while len(entries) < MAX_ENTRIES:
            mark = stream.read(1)
            if mark == b"\x2c":
                descriptor = stream.read(9)
                if len(descriptor) == 9 and descriptor[8] & 0x80:
                    stream.seek(3 << ((descriptor[8] & 7) + 1), 1)
                stream.seek(1, 1)
                _blocks(stream, keep=False)
            elif mark == b"\x21":
                label = stream.read(1)
                data = _blocks(stream, keep=label in (b"\xfe", b"\xff"))
                if label == b"\xfe":
                    entries.append(Entry("gif:comment", "Comment", decode_text(data)))
                elif data.startswith(b"XMP DataXMP"):
                    entries += read_xmp(data[11:].decode("utf-8", "replace"))
            else:
                if mark != b"\x3b":
                    problems.append("the file ends before its end mark (truncated GIF)")
                break
        return Carried("gif", tuple(entries), width_px, height_px, problems=tuple(problems))


def _blocks(stream: BinaryIO, *, keep: bool) -> bytes:
    """The sub-blocks up to their end; the length bytes are dropped."""
    parts: list[bytes] = []
    size = 0
    for _ in range(MAX_BLOCKS):
        length = stream.read(1)
        if not length or length == b"\0":
            break
        if keep and size < MAX_TEXT_BYTES:
            part = stream.read(length[0])
            parts.append(part)
            size += len(part)
        else:
            stream.seek(length[0], 1)
    return b"".join(parts)
