"""Fewer looks for cycles while very many objects are made that form none."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

OBJECTS = 50_000  # made between two looks at the youngest ones; Python's own number is some hundreds


@contextlib.contextmanager
def rare_collection() -> Iterator[None]:
    """Inside the block the collector of this process runs rarely; afterwards as before."""
    before = gc.get_threshold()
    gc.set_threshold(max(OBJECTS, before[0]), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
