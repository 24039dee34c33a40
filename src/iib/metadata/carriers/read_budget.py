"""The limits on bytes, memory and steps while one file is read."""

from __future__ import annotations

import zlib
from typing import BinaryIO

from iib.metadata.protocol import MAX_FILE_BYTES, MAX_TEXT_BYTES

MAX_BLOCK_BYTES = 1 << 20
BLOCK_BYTES = 1 << 16


class ReadBudget:
    """The bytes of text and the steps that one file may still take, and the problems met so far.

    Bytes count when they are read or inflated; a step is one chunk, box or element.
    """

    def __init__(self, text_bytes: int = MAX_FILE_BYTES, steps: int = 100_000) -> None:
        self.bytes_left = text_bytes
        self.steps_left = steps
        self.problems: list[str] = []

    def note(self, problem: str) -> None:
        """Add a problem, each text once."""
        if problem not in self.problems:
            self.problems.append(problem)

    def step(self) -> bool:
        """Count one more chunk, box or element; returns False if there were too many."""
        self.steps_left -= 1
        if self.steps_left == 0:
            self.note("too many parts; the rest was not read")
        return self.steps_left > 0

    def take(self, requested: int) -> int:
        """Return the number of the requested bytes that may be read, and count them."""
        granted = requested
        if not 0 <= requested <= self.bytes_left or requested > MAX_TEXT_BYTES:
            granted = max(0, min(requested, self.bytes_left, MAX_TEXT_BYTES))
            if granted < requested:
                self.note("a text was cut (too long)")
        self.bytes_left -= granted
        return granted

    def read(self, stream: BinaryIO, requested: int) -> bytes:
        """Read the requested bytes within the limits, in blocks, so that a false length never allocates memory."""
        granted = self.take(requested)
        if granted <= BLOCK_BYTES:
            data = stream.read(granted)
        else:
            parts = []
            left = granted
            while left > 0:
                part = stream.read(min(left, MAX_BLOCK_BYTES))
                if not part:
                    break
                parts.append(part)
                left -= len(part)
            data = b"".join(parts)
        if len(data) < granted:
            self.bytes_left += granted - len(data)
            self.note("the file ends inside a text (truncated)")
        return data

    def inflate(self, data: bytes, key: str) -> bytes:
        """Inflate zlib data within the limits; returns the readable part of a damaged stream."""
        worker = zlib.decompressobj()
        parts: list[bytes] = []
        limit = min(self.bytes_left, MAX_TEXT_BYTES)
        size = 0
        pending = data
        try:
            while pending and size < limit:
                part = worker.decompress(pending, min(MAX_BLOCK_BYTES, limit - size))
                parts.append(part)
                size += len(part)
                pending = worker.unconsumed_tail
                if not part and not pending:
                    break
        except zlib.error:
            self.note(f"the compressed text {key[:80]!r} is damaged")
        if size >= limit and not worker.eof:
            self.note(f"the compressed text {key[:80]!r} was cut")
        self.bytes_left -= size
        return b"".join(parts)
