"""ThumbHash: a picture in about 25 bytes, to be shown before the thumbnail arrives.

Encoder after the published format (Evan Wallace, "ThumbHash", 2023, public domain): the picture is split into
luminance, two colour differences and alpha, and the lowest terms of their cosine transform are kept in four bits each.
"""

from __future__ import annotations

import math

from PIL import Image

MAX_SIDE = 32  # more adds nothing to so few cosine terms


def encode(image: Image.Image) -> bytes:
    """The hash of a picture of any size and mode."""
    small = image.convert("RGBA")
    small.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.BOX)
    width, height = small.size
    data = small.tobytes()
    pixels = [(data[i] / 255, data[i + 1] / 255, data[i + 2] / 255, data[i + 3] / 255) for i in range(0, len(data), 4)]
    alpha_sum = sum(pixel[3] for pixel in pixels)
    average = tuple(sum(pixel[3] * pixel[c] for pixel in pixels) / alpha_sum if alpha_sum else 0.0 for c in range(3))
    has_alpha = alpha_sum < width * height
    luminance, yellow_blue, red_green, alphas = [], [], [], []
    for red, green, blue, alpha in pixels:
        r = average[0] * (1 - alpha) + alpha * red
        g = average[1] * (1 - alpha) + alpha * green
        b = average[2] * (1 - alpha) + alpha * blue
        luminance.append((r + g + b) / 3)
        yellow_blue.append((r + g) / 2 - b)
        red_green.append(r - g)
        alphas.append(alpha)
    limit = 5 if has_alpha else 7
    longest = max(width, height)
    columns = max(1, round(limit * width / longest))
    rows = max(1, round(limit * height / longest))
    l_dc, l_ac, l_scale = _channel(luminance, width, height, max(3, columns), max(3, rows))
    p_dc, p_ac, p_scale = _channel(yellow_blue, width, height, 3, 3)
    q_dc, q_ac, q_scale = _channel(red_green, width, height, 3, 3)
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
        a_dc, a_ac, a_scale = _channel(alphas, width, height, 5, 5)
        out.append(round(15 * a_dc) | round(15 * a_scale) << 4)
        terms += a_ac
    for index in range(0, len(terms), 2):
        low = round(15 * terms[index])
        high = round(15 * terms[index + 1]) if index + 1 < len(terms) else 0
        out.append(low | high << 4)
    return bytes(out)


def _channel(values: list[float], width: int, height: int, nx: int, ny: int) -> tuple[float, list[float], float]:
    """Mean, scaled terms (0-1) and scale of one channel, over the triangle of low frequencies."""
    across = [[math.cos(math.pi / width * cx * (x + 0.5)) for x in range(width)] for cx in range(nx)]
    down = [[math.cos(math.pi / height * cy * (y + 0.5)) for y in range(height)] for cy in range(ny)]
    by_row = [
        [sum(v * f for v, f in zip(values[y * width : (y + 1) * width], wave, strict=True)) for wave in across]
        for y in range(height)
    ]
    mean, terms, scale = 0.0, [], 0.0
    count = width * height
    for cy in range(ny):
        cx = 0
        while cx * ny < nx * (ny - cy):
            term = sum(by_row[y][cx] * down[cy][y] for y in range(height)) / count
            if cx or cy:
                terms.append(term)
                scale = max(scale, abs(term))
            else:
                mean = term
            cx += 1
    if scale:
        terms = [0.5 + 0.5 / scale * term for term in terms]
    return min(1.0, max(-1.0, mean)), terms, min(1.0, scale)
