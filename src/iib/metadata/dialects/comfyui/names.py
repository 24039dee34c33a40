"""What the names of inputs say."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

LONGEST = 40  # characters of a name that is remembered
MAX_NAMES = 2048  # remembered for one question


def names_like(pattern: str) -> Callable[[str], bool]:
    """A question about names, whatever their case. The same names stand in every file, so answers are remembered."""
    search = re.compile(pattern, re.IGNORECASE).search

    @lru_cache(maxsize=MAX_NAMES)
    def remembered(name: str) -> bool:
        return search(name) is not None

    def fits(name: str) -> bool:
        return remembered(name) if len(name) <= LONGEST else search(name) is not None

    return fits
