"""The box structure of ISO base media files (ISO/IEC 14496-12), in a stream and in memory."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from iib.metadata.carriers.bounded_bytes import ReadBudget

MAX_BOXES = 4_000


class Place(NamedTuple):
    """One box of a stream: its type and where its body lies."""

    kind: bytes
    start: int
    end: int


def walk(stream: BinaryIO, position: int, end: int, allowance: ReadBudget) -> Iterator[Place]:
    """The boxes between two positions; bodies are not read. Stops at the first impossible one."""
    while position + 8 <= end and allowance.step():
        stream.seek(position)
        header = stream.read(16)
        if len(header) < 8:
            return
        length, kind = struct.unpack_from(">I4s", header)
        start = 8
        if length == 1 and len(header) == 16:
            length, start = struct.unpack_from(">Q", header, 8)[0], 16
        elif length == 0:
            length = end - position
        if length < start:
            allowance.note("a box with an impossible length")
            return
        if position + length > end:
            allowance.note("the file ends inside a box (truncated)")
        yield Place(kind, position + start, min(position + length, end))
        position += length


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(type, body) of every box inside `data`; stops at the first impossible one."""
    position = 0
    for _ in range(MAX_BOXES):
        if position + 8 > len(data):
            return
        length, kind = struct.unpack_from(">I4s", data, position)
        start = 8
        if length == 1 and position + 16 <= len(data):
            length, start = struct.unpack_from(">Q", data, position + 8)[0], 16
        elif length == 0:
            length = len(data) - position
        if length < start:
            return
        yield kind, data[position + start : position + length]
        position += length
