"""A piece of work whose time tells how fast this machine is just now."""

from __future__ import annotations

import hashlib
import time
import zlib

ROUNDS = 9
LOOPS = 60_000
BLOCK = bytes(range(256)) * 2048


def calibrate() -> float:
    """The fastest of a few rounds, in milliseconds."""
    return min(_round_ms() for _ in range(ROUNDS))


def _round_ms() -> float:
    started = time.perf_counter()
    words: dict[str, int] = {}
    for number in range(LOOPS):
        word = f"word {number * 7919 % 1013}"
        words[word] = words.get(word, 0) + len(word)
    hashlib.sha256(BLOCK * 8).digest()
    zlib.compress(BLOCK, 6)
    return (time.perf_counter() - started) * 1000
