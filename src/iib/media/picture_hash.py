"""Computes picture hashes, which remain nearly the same if an image is saved again or resized.

The method is the DCT hash described by Christoph Zauner ("Implementation and Benchmarking of Perceptual Image Hash
Functions", 2010, section 3.2.1). The image is reduced to 32 x 32 grey values. Of their cosine transform, 8 x 8 low
frequencies count, without the lowest row and column. Each of them becomes one bit: above their median or not. Omitting
the lowest terms removes the influence of brightness, the median that of contrast.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from iib.model import PictureHash

SIDE = 32
LOW, HIGH = 1, 9  # range of the frequencies in each direction
GRID = 4
GREY = (128, 128, 128, 255)  # background of transparent parts
NOISE = 5.0  # saving as JPEG at quality 60 and a quarter of the size move 95 % of the coefficients by less than 2.2


def picture_hash(image: Image.Image) -> PictureHash:
    """Return the hash of an image of any size and mode. A thumbnail has nearly the same hash as its image."""
    flat = _opaque(image)
    grey = np.asarray(flat.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX), dtype=np.float64)
    coefficients = (_WAVES @ grey @ _WAVES.T).ravel()
    distance = coefficients - np.median(coefficients)
    bits = np.packbits(distance > 0).tobytes()
    colours = flat.resize((GRID, GRID), Image.Resampling.BOX).tobytes()
    return PictureHash(int.from_bytes(bits, "big"), int((np.abs(distance) >= NOISE).sum()), colours)


def _opaque(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    layer = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, GREY), layer).convert("RGB")


def _waves() -> npt.NDArray[np.float64]:
    """Return rows 1 to 8 of the orthonormal DCT-II, as an array of shape (8, 32)."""
    frequency, place = np.arange(LOW, HIGH)[:, None], np.arange(SIDE)[None, :]
    waves: npt.NDArray[np.float64] = np.sqrt(2 / SIDE) * np.cos(np.pi * frequency * (2 * place + 1) / (2 * SIDE))
    return waves


_WAVES = _waves()
