"""Bounded bytes and their decoding, for all carriers."""

from __future__ import annotations

import zlib
from typing import BinaryIO

from iib.metadata.protocol import MAX_FILE_BYTES, MAX_TEXT_BYTES

INFLATE_STEP = 1 << 20
PIECE = 1 << 16


class ReadBudget:
    """What one file may still cost: bytes of text, counted once they are read or inflated, and steps of a walk."""

    def __init__(self, text_bytes: int = MAX_FILE_BYTES, steps: int = 100_000) -> None:
        self.left = text_bytes
        self.steps = steps
        self.problems: list[str] = []

    def note(self, problem: str) -> None:
        """Remember what went wrong, each thing once."""
        if problem not in self.problems:
            self.problems.append(problem)

    def step(self) -> bool:
        """One more chunk, box or element; False when there were too many."""
        self.steps -= 1
        if self.steps == 0:
            self.note("too many parts; the rest was left out")
        return self.steps > 0

    def take(self, wanted: int) -> int:
        """How many of the wanted bytes may be read."""
        granted = wanted
        if not 0 <= wanted <= self.left or wanted > MAX_TEXT_BYTES:
            granted = max(0, min(wanted, self.left, MAX_TEXT_BYTES))
            if granted < wanted:
                self.note("a text was cut (too long)")
        self.left -= granted
        return granted

    def read(self, stream: BinaryIO, wanted: int) -> bytes:
        """Read so many bytes if they may be read; in pieces, so that a lying length never allocates."""
        granted = self.take(wanted)
        if granted <= PIECE:
            data = stream.read(granted)
        else:
            parts = []
            left = granted
            while left > 0:
                part = stream.read(min(left, INFLATE_STEP))
                if not part:
                    break
                parts.append(part)
                left -= len(part)
            data = b"".join(parts)
        if len(data) < granted:
            self.left += granted - len(data)
            self.note("the file ends inside a text (truncated)")
        return data

    def inflate(self, data: bytes, key: str) -> bytes:
        """Bounded zlib inflation; what could be read of a damaged stream is kept."""
        worker = zlib.decompressobj()
        parts: list[bytes] = []
        limit = min(self.left, MAX_TEXT_BYTES)
        size = 0
        pending = data
        try:
            while pending and size < limit:
                part = worker.decompress(pending, min(INFLATE_STEP, limit - size))
                parts.append(part)
                size += len(part)
                pending = worker.unconsumed_tail
                if not part and not pending:
                    break
        except zlib.error:
            self.note(f"the compressed text {key[:80]!r} is damaged")
        if size >= limit and not worker.eof:
            self.note(f"the compressed text {key[:80]!r} was cut")
        self.left -= size
        return b"".join(parts)


def decode_text(data: bytes) -> str:
    """UTF-8 if it is, else Latin-1; NULs at the end are dropped."""
    data = data.rstrip(b"\0")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")
