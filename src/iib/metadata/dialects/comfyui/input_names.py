"""What the names of inputs say."""

from __future__ import annotations

import re
from collections.abc import Callable

from iib._lib.cache import TextMemo

LONGEST = 40  # characters of a name that is remembered
MAX_NAMES = 2048  # remembered for one question


def names_like(pattern: str) -> Callable[[str], bool]:
    """A question about names, whatever their case. The same names stand in every file, so answers are remembered."""
    search = re.compile(pattern, re.IGNORECASE).search
    memo = TextMemo(lambda name: search(name) is not None, max_count=MAX_NAMES, max_length=LONGEST)
    return memo.__getitem__
