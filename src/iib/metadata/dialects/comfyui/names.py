"""What the names of inputs say."""

from __future__ import annotations

import re
from collections.abc import Callable

LONGEST = 40  # characters of a name that is remembered
MAX_NAMES = 2048  # remembered for one question


class _Answers(dict[str, bool]):
    """Answers by name: a name that was met before costs the look into a dictionary, and no call of Python code."""

    def __init__(self, pattern: str) -> None:
        super().__init__()
        self._search = re.compile(pattern, re.IGNORECASE).search

    def __missing__(self, name: str) -> bool:
        answer = self._search(name) is not None
        if len(name) <= LONGEST:
            if len(self) >= MAX_NAMES:
                self.clear()
            self[name] = answer
        return answer


def names_like(pattern: str) -> Callable[[str], bool]:
    """A question about names, whatever their case. The same names stand in every file, so answers are remembered."""
    return _Answers(pattern).__getitem__
