"""Iterates over the boxes of ISO base media files (ISO/IEC 14496-12), in a stream and in memory."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from iib.metadata.carriers.read_budget import ReadBudget

MAX_BOXES = 4_000


class Box(NamedTuple):
    """One box of a stream: its type, and start and end of its body in bytes."""

    kind: bytes
    start: int
    end: int


def iter_stream_boxes(stream: BinaryIO, position: int, end: int, budget: ReadBudget) -> Iterator[Box]:
    """Yield the boxes between two positions without reading their bodies. Stops at the first impossible length."""
    while position + 8 <= end and budget.step():
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
            budget.note("a box has an impossible length")
            return
        if position + length > end:
            budget.note("the file ends inside a box (truncated)")
        yield Box(kind, position + start, min(position + length, end))
        position += length


def iter_boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield (type, body) of the boxes inside `data`. Stops at the first impossible length."""
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
