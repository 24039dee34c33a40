"""Reads the size of BMP files, which hold no metadata."""

from __future__ import annotations

import struct
from typing import BinaryIO

from iib.metadata.protocol import ContainerMetadata


class BmpCarrier:
    """Reads width and height from the header of a BMP file."""

    name = "bmp"

    def accepts(self, head: bytes) -> bool:
        """Return True for files with the BMP signature and a known header size."""
        return head[:2] == b"BM" and len(head) >= 26 and head[14] in (12, 40, 52, 56, 64, 108, 124)

    def read(self, stream: BinaryIO, size_bytes: int) -> ContainerMetadata:
        """Read width and height; the stored height is negative for top-down files."""
        stream.seek(14)
        head = stream.read(16)
        if len(head) < 12:
            return ContainerMetadata("bmp", problems=("the file ends inside its header (truncated BMP)",))
        if head[0] == 12:
            width, height = struct.unpack_from("<HH", head, 4)
        else:
            width, height = struct.unpack_from("<ii", head, 4)
        return ContainerMetadata("bmp", (), abs(width), abs(height))
