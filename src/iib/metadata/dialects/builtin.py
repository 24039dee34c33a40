"""The dialects that come with the program. A new tool is one module and one line here."""

from __future__ import annotations

from iib.metadata.dialects.a1111 import A1111Dialect
from iib.metadata.dialects.comfyui import ComfyUIDialect
from iib.metadata.protocol import Dialect


def builtin_dialects() -> tuple[Dialect, ...]:
    """All of them; the order only breaks ties of score."""
    return (ComfyUIDialect(), A1111Dialect())
