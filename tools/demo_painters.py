"""The pictures of the demo library: each painter turns a random source and a size into an image.

All of it is arithmetic on arrays: coordinates run from 0 to 1 along the shorter side, colours are `(h, w, 3) float32`
from 0 to 1 along a palette from dark to light.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

Field = npt.NDArray[np.float32]
Palette = tuple[str, ...]
Painter = Callable[[random.Random, int, int], Image.Image]

PALETTES: tuple[Palette, ...] = (
    ("#0b132b", "#1c2541", "#3a506b", "#5bc0be", "#f4f1de"),
    ("#2b061e", "#611c35", "#ba6338", "#f2b872", "#fdf0d5"),
    ("#03071e", "#6a040f", "#d00000", "#f48c06", "#ffba08"),
    ("#10002b", "#3c096c", "#7b2cbf", "#c77dff", "#f2e9ff"),
    ("#081c15", "#1b4332", "#40916c", "#95d5b2", "#f1faee"),
    ("#001219", "#005f73", "#0a9396", "#94d2bd", "#ee9b00"),
    ("#22223b", "#4a4e69", "#9a8c98", "#c9ada7", "#f2e9e4"),
    ("#3d0e61", "#a4036f", "#f25c54", "#f7b267", "#fff3e0"),
    ("#0d1b2a", "#415a77", "#778da9", "#e0e1dd", "#ffd166"),
    ("#1a1423", "#3d314a", "#684756", "#96705b", "#f7d9a0"),
    ("#012a4a", "#01497c", "#2c7da0", "#a9d6e5", "#ffb4a2"),
    ("#132a13", "#31572c", "#4f772d", "#90a955", "#ecf39e"),
)


def mountains(rng: random.Random, width: int, height: int) -> Image.Image:
    """Sky, sun and layered ridges."""
    palette = rng.choice(PALETTES)
    x, y = _plane(width, height)
    top = height / min(width, height)
    sky = _with_sun(_ramp(0.15 + 0.75 * y / top, palette), rng, x, y, palette)
    layers = rng.randint(4, 6)
    for layer in range(layers):
        ridge = np.zeros(width, np.float32)
        for wave in range(1, 8):
            ridge += np.sin(x[0] * wave * rng.uniform(1.4, 3.4) + rng.uniform(0, 9)) / wave**1.15
        edge = top * (0.46 + 0.5 * layer / layers) - ridge * (0.1 - 0.06 * layer / layers)
        tone = _tone(0.64 - 0.62 * layer / layers, palette)
        mist = np.clip((y - edge) / (0.22 * top), 0, 1)[..., None]
        sky = np.where((y > edge)[..., None], tone * (1 - 0.25 * mist) + _tone(0.6, palette) * 0.22 * mist, sky)
    return _finish(sky)


def forest(rng: random.Random, width: int, height: int) -> Image.Image:
    """Rows of firs in the mist."""
    palette = rng.choice((PALETTES[0], PALETTES[4], PALETTES[5], PALETTES[6], PALETTES[8], PALETTES[10], PALETTES[11]))
    x, y = _plane(width, height)
    top, right = height / min(width, height), width / min(width, height)
    rgb = _with_sun(_ramp(0.95 - 0.45 * y / top, palette), rng, x, y, palette)
    rows = rng.randint(4, 5)
    for row in range(rows):
        size = 0.09 + 0.075 * row
        base = top * (0.52 + 0.48 * (row + 1) / rows)
        skyline = np.full(width, base - 0.02, np.float32)
        for _ in range(int(right / size * 2.4)):
            middle, tall = rng.uniform(-0.05, right + 0.05), size * rng.uniform(1.5, 3.2)
            away = np.abs(x[0] - middle)
            saw = (away / (size * 0.16)) % 1.0 * size * 0.2  # branches
            skyline = np.minimum(
                skyline, np.where(away < size * 0.42, base - tall + away * tall / (size * 0.42) + saw, 9)
            )
        tone = _tone(0.7 - 0.68 * (row + 1) / rows, palette)
        fog = np.clip((y - base + size * 2) / (size * 3), 0, 0.55)[..., None] * (1 - (row + 1) / rows)
        rgb = np.where((y > skyline)[..., None], tone * (1 - fog) + _tone(0.85, palette) * fog, rgb)
    return _finish(rgb)


def aurora(rng: random.Random, width: int, height: int) -> Image.Image:
    """Curtains of light over still water."""
    palette = rng.choice((PALETTES[0], PALETTES[3], PALETTES[4], PALETTES[5], PALETTES[7], PALETTES[10]))
    x, y = _plane(width, height)
    top = height / min(width, height)
    shore = top * rng.uniform(0.66, 0.78)
    mirrored = np.where(y > shore, 2 * shore - y + 0.012 * np.sin(y * 160 + 4 * np.sin(x * 9)), y)
    rgb = _ramp(0.02 + 0.2 * mirrored / top, palette)
    for _ in range(rng.randint(3, 5)):
        line = top * rng.uniform(0.3, 0.58) + sum(
            rng.uniform(0.02, 0.09) * np.sin(x * rng.uniform(1, 6) + rng.uniform(0, 9)) for _ in range(4)
        )
        rays = 0.55 + 0.45 * np.sin(x * 40 + 6 * np.sin(x * rng.uniform(3, 7) + rng.uniform(0, 9)))
        above = line - mirrored
        light = np.where(above > 0, np.exp(-above * rng.uniform(4, 8)), np.exp(above * 50)) * rays
        rgb = rgb + light[..., None] * _tone(rng.uniform(0.5, 0.95), palette) * 0.75
    rgb = _with_stars(rgb, rng, 0.9992, np.asarray(y < shore))
    land = shore - 0.035 - 0.03 * np.sin(x * 3 + rng.uniform(0, 9)) - 0.02 * np.sin(x * 8 + rng.uniform(0, 9))
    rgb = np.where(((y > land) & (y < shore))[..., None], _tone(0.0, palette) * 0.6, rgb)
    return _finish(np.where((y > shore)[..., None], rgb * 0.72, rgb))


def nebula(rng: random.Random, width: int, height: int) -> Image.Image:
    """Clouds and stars."""
    palette = rng.choice(PALETTES)
    folds = 1 - np.abs(2 * _noise(rng, width, height, 2, 6) - 1)
    cloud = _noise(rng, width, height, 3, 6) * folds**3
    rgb = _ramp(np.clip(cloud * 1.5 - 0.12, 0, 1), palette) * (0.35 + 0.9 * folds[..., None])
    return _finish(_with_stars(rgb, rng, 0.998))


def glass(rng: random.Random, width: int, height: int) -> Image.Image:
    """A leaded window."""
    palette = rng.choice(PALETTES)
    x, y = _plane(width, height)
    nearest, second, tone = np.full_like(x, 9), np.full_like(x, 9), np.zeros_like(x)
    for _ in range(rng.randint(28, 60)):
        distance = np.hypot(x - rng.uniform(0, float(x.max())), y - rng.uniform(0, float(y.max())))
        is_nearer = distance < nearest
        second = np.where(is_nearer, nearest, np.minimum(second, distance))
        tone = np.where(is_nearer, np.float32(rng.random()), tone)
        nearest = np.where(is_nearer, distance, nearest)
    lead = np.clip((second - nearest) / 0.018, 0, 1)[..., None]
    light = 0.8 + 0.35 * np.exp(-nearest * 4)[..., None]
    return _finish(_ramp(tone, palette) * light * lead + 0.03 * (1 - lead))


def marble(rng: random.Random, width: int, height: int) -> Image.Image:
    """Ink drawn through water."""
    palette = rng.choice(PALETTES)
    x, y = _plane(width, height)
    bend, fine = _noise(rng, width, height, 2, 3), _noise(rng, width, height, 4, 5)
    angle = rng.uniform(0, math.pi)
    along = x * math.cos(angle) + y * math.sin(angle) + 1.1 * bend + 0.35 * fine
    bands = along * rng.uniform(7, 13)
    step = np.floor(bands)
    tone = (np.sin(step * 12.9898 + rng.uniform(0, 9)) * 43758.5453) % 1.0
    edge = np.clip(np.minimum(bands - step, 1 - (bands - step)) * 14, 0, 1)
    shade = 0.82 + 0.3 * (bands - step)
    return _finish(_ramp(tone, palette) * (shade * (0.55 + 0.45 * edge))[..., None])


def ripples(rng: random.Random, width: int, height: int) -> Image.Image:
    """Waves from several sources."""
    palette = rng.choice(PALETTES)
    x, y = _plane(width, height)
    total = np.zeros_like(x)
    sources = rng.randint(2, 4)
    for _ in range(sources):
        far = np.hypot(x - rng.uniform(0, float(x.max())), y - rng.uniform(0, float(y.max())))
        total += np.sin(far * rng.uniform(22, 54)) / (1 + far)
    slope = np.gradient(total, axis=0)
    light = 1 + 0.5 * np.clip(slope / (np.abs(slope).max() + 1e-6) * 2, -1, 1)
    return _finish(_ramp(total / (2 * sources) * 1.3 + 0.5, palette) * light[..., None])


def spheres(rng: random.Random, width: int, height: int) -> Image.Image:
    """Soft spheres in the dark."""
    palette = rng.choice(PALETTES)
    x, y = _plane(width, height)
    rgb = _ramp(0.05 + 0.22 * y / y.max(), palette)
    places = [(rng.uniform(0.05, 0.24), rng.random(), rng.random()) for _ in range(rng.randint(6, 12))]
    for radius, across, down in sorted(places):
        dx, dy = (x - across * x.max()) / radius, (y - down * y.max()) / radius
        shadow = np.exp(-((dx - 0.35) ** 2 + (dy - 0.45) ** 2) * 0.9)[..., None]
        rgb = rgb * (1 - 0.45 * shadow)
        inside = 1 - dx**2 - dy**2
        depth = np.sqrt(np.clip(inside, 0, None))
        lit = np.clip(0.18 + 0.9 * (depth * 0.7 - dx * 0.4 - dy * 0.5), 0, 1.2)
        gleam = np.clip(depth * 0.75 - dx * 0.42 - dy * 0.5, 0, 1) ** 40
        cover = np.clip(inside * radius * min(width, height) / 3, 0, 1)[..., None]
        skin = _tone(rng.uniform(0.35, 1), palette) * lit[..., None] + 0.6 * gleam[..., None]
        rgb = rgb * (1 - cover) + skin * cover
    return _finish(rgb)


def tiles(rng: random.Random, width: int, height: int) -> Image.Image:
    """Quarter circles on a grid."""
    palette = rng.choice(PALETTES)
    x, y = _plane(width, height)
    count = rng.randint(4, 8)
    column, row = np.floor(x * count).astype(int), np.floor(y * count).astype(int)
    made = np.random.default_rng(rng.getrandbits(32))
    shape = (row.max() + 1, column.max() + 1)
    turn = made.integers(0, 4, shape)[row, column]
    front, back = made.random(shape)[row, column], made.random(shape)[row, column]
    u, v = x * count - column, y * count - row
    u, v = np.where(turn % 2 == 1, 1 - u, u), np.where(turn >= 2, 1 - v, v)
    far = np.hypot(u, v)
    edge = (np.clip((0.94 - far) * 50, 0, 1) * np.clip((far - 0.38 * (front > 0.55)) * 50, 0, 1))[..., None]
    return _finish(_ramp(front, palette) * edge + _ramp(back * 0.4, palette) * (1 - edge))


def city(rng: random.Random, width: int, height: int) -> Image.Image:
    """A skyline at night."""
    palette = rng.choice(PALETTES)
    x, y = _plane(width, height)
    top, right = float(y.max()), float(x.max())
    rgb = _with_sun(_ramp(0.08 + 0.62 * y / top, palette), rng, x, y, palette)
    for layer in range(3):
        left = -rng.uniform(0, 0.1)
        tone = _tone(0.42 - 0.2 * layer, palette) * (0.85 - 0.25 * layer)
        while left < right:
            wide = rng.uniform(0.07, 0.17)
            roof = top * rng.uniform(0.3 + 0.13 * layer, 0.62 + 0.12 * layer)
            first, last = max(0, int(left / right * width)), max(0, int((left + wide) / right * width))
            low = int(roof / top * height)
            u, v = (x[low:, first:last] - left) * 58, (y[low:, first:last] - roof) * 42
            is_window = (u % 1 > 0.4) & (v % 1 > 0.5)
            is_lit = np.sin(np.floor(u) * 12.9 + np.floor(v) * 78.2 + left * 40) > rng.uniform(0.2, 0.75)
            lamp = _tone(1.0, palette) * (0.5 + 0.2 * layer)
            rgb[low:, first:last] = np.where((is_window & is_lit)[..., None], lamp, tone)
            left += wide + rng.uniform(0, 0.02)
    return _finish(rgb)


def _with_sun(rgb: Field, rng: random.Random, x: Field, y: Field, palette: Palette) -> Field:
    radius = rng.uniform(0.05, 0.14)
    far = np.hypot(x - rng.uniform(0.2, 0.8) * x.max(), y - rng.uniform(0.18, 0.42) * y.max())
    glow = np.exp(-((far / (radius * 3)) ** 2))[..., None]
    disc = np.clip((radius - far) * 300, 0, 1)[..., None]
    light = _tone(1.0, palette)
    return (rgb + glow * 0.35 * light) * (1 - disc) + light * disc


def _with_stars(rgb: Field, rng: random.Random, rarity: float, where: npt.NDArray[np.bool_] | None = None) -> Field:
    height, width = rgb.shape[:2]
    chance = np.random.default_rng(rng.getrandbits(32)).random((height, width), np.float32)
    stars = np.where(chance > rarity, (chance - rarity) / (1 - rarity), 0).astype(np.float32)
    if where is not None:
        stars = stars * where
    glow = Image.fromarray((stars * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(1.2))
    halo = np.asarray(glow, dtype=np.float32) / 255
    return rgb + (stars * 0.8 + halo * 3)[..., None]


def _tone(place: float, palette: Palette) -> Field:
    return _ramp(np.array([place], np.float32), palette)[0]


def _ramp(values: Field, palette: Palette) -> Field:
    """Values 0-1 as colours along the palette."""
    stops = np.array([[int(word[i : i + 2], 16) / 255 for i in (1, 3, 5)] for word in palette], np.float32)
    place = np.clip(values, 0, 1).astype(np.float32) * (len(stops) - 1)
    low = np.minimum(place.astype(int), len(stops) - 2)
    part = (place - low)[..., None]
    mixed: Field = stops[low] * (1 - part) + stops[low + 1] * part
    return mixed


def _plane(width: int, height: int) -> tuple[Field, Field]:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    unit = np.float32(min(width, height))
    return x / unit, y / unit


def _noise(rng: random.Random, width: int, height: int, cells: int, octaves: int) -> Field:
    """Smooth noise 0-1 with `cells` bumps along the longer side in its coarsest octave."""
    made = np.random.default_rng(rng.getrandbits(32))
    total, weight, weights = np.zeros((height, width), np.float32), 1.0, 0.0
    for octave in range(octaves):
        count = cells * 2**octave
        longer = max(width, height)
        small = made.random((count * height // longer + 3, count * width // longer + 3))
        layer = Image.fromarray((small * 255).astype(np.uint8)).resize((width, height), Image.Resampling.BICUBIC)
        total += np.asarray(layer, dtype=np.float32) / 255 * weight
        weights += weight
        weight /= 2
    spread = (total / weights - 0.5) * 1.6 + 0.5
    return np.clip(spread, 0, 1)


def _finish(rgb: Field) -> Image.Image:
    """A light vignette, and out."""
    height, width = rgb.shape[:2]
    y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    shade = (1 - 0.13 * (x**2 + y**2)).astype(np.float32)
    return Image.fromarray((np.clip(rgb * shade[..., None], 0, 1) * 255 + 0.5).astype(np.uint8))
