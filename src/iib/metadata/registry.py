"""All carriers and dialects of one application."""

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
    """How a parse worker in another process builds the same registry: a function by name, and plain arguments."""

    function: str  # "package.module:function"
    arguments: tuple[tuple[str, bool | str], ...] = ()

    def build(self) -> Registry:
        """Call the function."""
        module, _, name = self.function.partition(":")
        registry: Registry = getattr(importlib.import_module(module), name)(**dict(self.arguments))
        return registry


@dataclass(frozen=True, slots=True)
class Registry:
    """What may read a file. The first carrier that accepts a file's head reads it; all dialects compete.

    `reads_files`: some dialect looks at the file itself, so that it is asked even where no entry was found.
    """

    carriers: tuple[Carrier, ...]
    dialects: tuple[Dialect, ...]
    extract_all_prompts: bool = False
    stealth: bool = False
    reads_files: bool = False
    logs: FolderLogs = field(default_factory=FolderLogs, compare=False)
    recipe: Recipe = Recipe("iib.metadata.registry:default_registry")
    asked: tuple[tuple[Dialect, frozenset[str] | None], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        asked = tuple((dialect, getattr(dialect, "keys", None)) for dialect in self.dialects)
        object.__setattr__(self, "asked", asked)

    def carrier_of(self, head: bytes) -> Carrier | None:
        """The carrier for a file with these first 64 bytes."""
        for carrier in self.carriers:
            if carrier.accepts(head):
                return carrier
        return None


def builtin_carriers() -> tuple[Carrier, ...]:
    """The containers that come with the program; the first that accepts a file reads it."""
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
    """The built-in readers. A new container or tool is one file and one line here or in `dialects/builtin.py`."""
    arguments = (("extract_all_prompts", extract_all_prompts), ("stealth", stealth))
    return Registry(
        builtin_carriers(),
        builtin_dialects(),
        extract_all_prompts,
        stealth,
        recipe=Recipe("iib.metadata.registry:default_registry", arguments),
    )
