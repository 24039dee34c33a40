"""Encodes thumbhashes: placeholder images of about 25 bytes, shown before the thumbnail is loaded.

The format is that of Evan Wallace ("ThumbHash", 2023, public domain): the image is split into luminance, two colour
differences and alpha, and the lowest terms of their cosine transform are stored in four bits each.

Sums are running sums in the order of the pixels. The rounding of another order would produce other bytes for plain
images, whose terms consist of rounding errors only.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image

MAX_SIDE = 32  # pixels; a larger image adds nothing to so few cosine terms
MAX_TERMS = 7  # along one side

Floats = npt.NDArray[np.float64]


def encode_thumbhash(image: Image.Image) -> bytes:
    """Return the thumbhash of an image of any size and mode."""
    small = image.convert("RGBA")
    small.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.BOX)
    width, height = small.size
    pixels = np.frombuffer(small.tobytes(), dtype=np.uint8).reshape(-1, 4) / 255
    alpha = pixels[:, 3:]
    alpha_sum = float(_sum(alpha)[0])
    average = _sum(alpha * pixels[:, :3]) / alpha_sum if alpha_sum else np.zeros(3)
    has_alpha = alpha_sum < width * height
    red, green, blue = (average * (1 - alpha) + alpha * pixels[:, :3]).T
    channels = np.stack(((red + green + blue) / 3, (red + green) / 2 - blue, red - green, alpha[:, 0]))
    terms_of = _transform(channels.reshape(4, height, width))
    limit = 5 if has_alpha else MAX_TERMS
    longest = max(width, height)
    columns = max(1, round(limit * width / longest))
    rows = max(1, round(limit * height / longest))
    l_dc, l_ac, l_scale = _channel(terms_of[0], max(3, columns), max(3, rows))
    p_dc, p_ac, p_scale = _channel(terms_of[1], 3, 3)
    q_dc, q_ac, q_scale = _channel(terms_of[2], 3, 3)
    is_landscape = width > height
    header = (
        round(63 * l_dc)
        | round(31.5 + 31.5 * p_dc) << 6
        | round(31.5 + 31.5 * q_dc) << 12
        | round(31 * l_scale) << 18
        | int(has_alpha) << 23
    )
    second = (
        (rows if is_landscape else columns)
        | round(63 * p_scale) << 3
        | round(63 * q_scale) << 9
        | int(is_landscape) << 15
    )
    out = bytearray((header & 255, header >> 8 & 255, header >> 16, second & 255, second >> 8))
    terms = [*l_ac, *p_ac, *q_ac]
    if has_alpha:
        a_dc, a_ac, a_scale = _channel(terms_of[3], 5, 5)
        out.append(round(15 * a_dc) | round(15 * a_scale) << 4)
        terms += a_ac
    for index in range(0, len(terms), 2):
        low = round(15 * terms[index])
        high = round(15 * terms[index + 1]) if index + 1 < len(terms) else 0
        out.append(low | high << 4)
    return bytes(out)


def _sum(values: Floats) -> Floats:
    """Return the sum over the first axis, added in order (`numpy.sum` adds in pairs)."""
    total: Floats = np.cumsum(values, axis=0)[-1]
    return total


@lru_cache(maxsize=MAX_SIDE)
def _waves(length: int) -> Floats:
    """Return cosines by position and frequency, computed by `math`: those of numpy depend on the processor."""
    return np.array([[math.cos(math.pi / length * c * (x + 0.5)) for c in range(MAX_TERMS)] for x in range(length)])


def _transform(channels: Floats) -> Floats:
    """Return the lowest cosine terms of (channel, y, x), as (channel, vertical frequency, horizontal frequency)."""
    _count, height, width = channels.shape
    by_row = _sum(np.moveaxis(channels, 2, 0)[..., None] * _waves(width)[:, None, None, :])
    down = _waves(height)[:, None, :, None]
    terms: Floats = _sum(np.moveaxis(by_row, 1, 0)[:, :, None, :] * down) / (width * height)
    return terms


def _channel(terms: Floats, nx: int, ny: int) -> tuple[float, list[float], float]:
    """Return mean, scaled terms (0-1) and scale of one channel, over the triangle of low frequencies."""
    low = [float(terms[cy, cx]) for cy in range(ny) for cx in range(nx) if cx * ny < nx * (ny - cy)]
    mean, others = low[0], low[1:]
    scale = max(map(abs, others))
    if scale:
        others = [0.5 + 0.5 / scale * term for term in others]
    return min(1.0, max(-1.0, mean)), others, min(1.0, scale)
