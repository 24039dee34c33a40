"""The registry of carriers and dialects, and its built-in contents."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field

from iib.metadata.carriers.audio import AudioCarrier
from iib.metadata.carriers.bmp import BmpCarrier
from iib.metadata.carriers.gif import GifCarrier
from iib.metadata.carriers.isobmff import IsobmffCarrier
from iib.metadata.carriers.jpeg import JpegCarrier
from iib.metadata.carriers.matroska import MatroskaCarrier
from iib.metadata.carriers.png import PngCarrier
from iib.metadata.carriers.riff import RiffCarrier
from iib.metadata.carriers.webp import WebpCarrier
from iib.metadata.dialects.builtin import builtin_dialects
from iib.metadata.folder_logs import FolderLogs
from iib.metadata.protocol import Carrier, Dialect


@dataclass(frozen=True, slots=True)
class Recipe:
    """Builds the same registry in a parse worker: the name of a function and its keyword arguments."""

    function: str  # "package.module:function"
    arguments: tuple[tuple[str, bool | str], ...] = ()

    def build(self) -> Registry:
        """Import the function and return the registry that it builds."""
        module, _, name = self.function.partition(":")
        registry: Registry = getattr(importlib.import_module(module), name)(**dict(self.arguments))
        return registry


@dataclass(frozen=True, slots=True)
class Registry:
    """All carriers and dialects. The first carrier that accepts a file reads it; then all dialects compete.

    `reads_files` is True if a dialect opens the file itself. Dialects are then called for files without entries too.
    `dialects_with_keys` pairs each dialect with its optional attribute `keys`.
    """

    carriers: tuple[Carrier, ...]
    dialects: tuple[Dialect, ...]
    extract_all_prompts: bool = False
    stealth: bool = False
    reads_files: bool = False
    folder_logs: FolderLogs = field(default_factory=FolderLogs, compare=False)
    recipe: Recipe = Recipe("iib.metadata.registry:default_registry")
    dialects_with_keys: tuple[tuple[Dialect, frozenset[str] | None], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pairs = tuple((dialect, getattr(dialect, "keys", None)) for dialect in self.dialects)
        object.__setattr__(self, "dialects_with_keys", pairs)

    def find_carrier(self, head: bytes) -> Carrier | None:
        """Return the first carrier that accepts a file with these first 64 bytes, or None."""
        for carrier in self.carriers:
            if carrier.accepts(head):
                return carrier
        return None


def builtin_carriers() -> tuple[Carrier, ...]:
    """Return the built-in carriers, in the order in which they are tried."""
    return (
        PngCarrier(),
        JpegCarrier(),
        WebpCarrier(),
        GifCarrier(),
        IsobmffCarrier(),
        MatroskaCarrier(),
        RiffCarrier(),
        AudioCarrier(),
        BmpCarrier(),
    )


def default_registry(*, extract_all_prompts: bool = False, stealth: bool = True) -> Registry:
    """Return a registry of the built-in carriers and dialects."""
    arguments = (("extract_all_prompts", extract_all_prompts), ("stealth", stealth))
    return Registry(
        builtin_carriers(),
        builtin_dialects(),
        extract_all_prompts,
        stealth,
        recipe=Recipe("iib.metadata.registry:default_registry", arguments),
    )
