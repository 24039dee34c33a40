"""All carriers and dialects of one application."""

from __future__ import annotations

from dataclasses import dataclass

from iib.metadata.carriers.audio import AudioCarrier
from iib.metadata.carriers.bmp import BmpCarrier
from iib.metadata.carriers.gif import GifCarrier
from iib.metadata.carriers.isobmff import IsobmffCarrier
from iib.metadata.carriers.jpeg import JpegCarrier
from iib.metadata.carriers.matroska import MatroskaCarrier
from iib.metadata.carriers.png import PngCarrier
from iib.metadata.carriers.webp import WebpCarrier
from iib.metadata.dialects.builtin import builtin_dialects
from iib.metadata.protocol import Carrier, Dialect


@dataclass(frozen=True, slots=True)
class Registry:
    """What may read a file. The first carrier that accepts a file's head reads it; all dialects compete."""

    carriers: tuple[Carrier, ...]
    dialects: tuple[Dialect, ...]
    extract_all_prompts: bool = False
    stealth: bool = False

    def carrier_of(self, head: bytes) -> Carrier | None:
        """The carrier for a file with these first 64 bytes."""
        for carrier in self.carriers:
            if carrier.accepts(head):
                return carrier
        return None


def default_registry(*, extract_all_prompts: bool = False, stealth: bool = False) -> Registry:
    """The built-in readers. A new container or tool is one file and one line here or in `dialects/builtin.py`."""
    carriers: tuple[Carrier, ...] = (
        PngCarrier(),
        JpegCarrier(),
        WebpCarrier(),
        GifCarrier(),
        IsobmffCarrier(),
        MatroskaCarrier(),
        AudioCarrier(),
        BmpCarrier(),
    )
    return Registry(carriers, builtin_dialects(), extract_all_prompts, stealth)
