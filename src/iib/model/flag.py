"""The flag that a person gives a file."""

from __future__ import annotations

from enum import IntEnum


class Flag(IntEnum):
    """The decision about a file, as the number that the database holds."""

    PICK = 1
    NONE = 0
    REJECT = -1

    @property
    def word(self) -> str:
        """The word of the REST contract and of queries: `pick`, `none` or `reject`."""
        return self.name.lower()


FLAG_OF_WORD = {flag.word: flag for flag in Flag}
