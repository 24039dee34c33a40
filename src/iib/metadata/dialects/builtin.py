"""The dialects that come with the program."""

from __future__ import annotations

from iib.metadata.protocol import Dialect


def builtin_dialects() -> tuple[Dialect, ...]:
    """All built-in dialects, most specific first."""
    return ()
