"""What is kept of the look of a picture."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PictureHash:
    """`bits`: 64 bits, few of which change when the picture is saved again or resized. `certain`: how many of them
    (0-64) stand so far from the turning point that no such change reaches them; plain pictures have few. `colours`: 48
    bytes, the mean red, green and blue of each cell of a 4 x 4 grid."""

    bits: int
    certain: int
    colours: bytes


@dataclass(frozen=True, slots=True)
class PicturePreview:
    """What is computed of a picture as soon as it is drawn small."""

    thumbhash: bytes
    picture: PictureHash
