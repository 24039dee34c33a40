"""Does this file match? Decided on the real text, after the index has proposed it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from iib._lib.fold import fold


class Matcher(Protocol):
    """A test of one file by its path and generation text."""

    def matches(self, path: str, text: str) -> bool:
        """True if the file belongs to the answer."""
        ...


@dataclass(frozen=True, slots=True)
class Substring:
    """The folded needle occurs in the path or (unless `path_only`) in the text."""

    needle: str
    path_only: bool = False

    def matches(self, path: str, text: str) -> bool:
        """True if it occurs."""
        return self.needle in fold(path) or (not self.path_only and self.needle in fold(text))
