"""Less frequent garbage collection while many objects without reference cycles are created."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

OBJECTS = 50_000  # new objects between two collections of the youngest generation; Python's default is 700 to 2,000


@contextlib.contextmanager
def reduced_gc() -> Iterator[None]:
    """Collect garbage less often in this process during the block, and restore the thresholds afterwards."""
    before = gc.get_threshold()
    gc.set_threshold(max(OBJECTS, before[0]), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
