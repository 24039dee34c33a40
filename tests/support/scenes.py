"""Draws pictures of random shapes from a seed, and applies the edits that people make to pictures."""

from __future__ import annotations

import colorsys
import io
import random
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

Transform = Callable[[Image.Image], Image.Image]


def scene(seed: int, size: tuple[int, int] = (512, 640)) -> Image.Image:
    """Return a picture of blurred shapes in many colours, determined by the seed."""
    rng = random.Random(seed)
    width, height = size
    image = Image.new("RGB", size, _colour(rng))
    draw = ImageDraw.Draw(image)
    for _ in range(rng.randrange(6, 14)):
        x, y, side = rng.randrange(width), rng.randrange(height), rng.randrange(60, 320)
        shape = draw.ellipse if rng.random() < 0.5 else draw.rectangle
        shape((x - side // 2, y - side // 2, x + side // 2, y + side // 2), fill=_colour(rng))
    return image.filter(ImageFilter.GaussianBlur(2))


def relative(seed: int, size: tuple[int, int] = (512, 640)) -> Image.Image:
    """Return the scene of a seed with one more object, as another prompt with the same seed produces it."""
    image = scene(seed, size)
    rng = random.Random(seed + 10_000)
    x, y = rng.randrange(100, 300), rng.randrange(100, 400)
    ImageDraw.Draw(image).ellipse((x, y, x + 160, y + 200), fill=_colour(rng))
    return image


def recoloured(seed: int, size: tuple[int, int] = (512, 640)) -> Image.Image:
    """Return the scene of a seed in other hues."""
    hsv = np.array(scene(seed, size).convert("HSV"))
    hsv[..., 0] = hsv[..., 0] + 85
    return Image.fromarray(hsv, "HSV").convert("RGB")


def gradient(seed: int, size: tuple[int, int] = (300, 300), *, is_round: bool = False) -> Image.Image:
    """Return a linear or round gradient between two colours."""
    rng = random.Random(seed)
    first, last = np.array(_colour(rng)), np.array(_colour(rng))
    y, x = np.mgrid[0 : size[1], 0 : size[0]] / max(size)
    angle = rng.random() * 6.28
    position = np.hypot(x - rng.random(), y - rng.random()) if is_round else np.cos(angle) * x + np.sin(angle) * y
    position = (position - position.min()) / (position.max() - position.min())
    return Image.fromarray((first + (last - first) * position[..., None]).astype(np.uint8))


def blank(seed: int, size: tuple[int, int] = (300, 300)) -> Image.Image:
    """Return a dark picture with the noise of a camera."""
    noise = np.random.default_rng(seed).normal(12, 3, (size[1], size[0], 3))
    return Image.fromarray(np.clip(noise, 0, 255).astype(np.uint8))


def resized(factor: float) -> Transform:
    """Return a transform that resizes with bicubic interpolation, as other programs do."""

    def transform(image: Image.Image) -> Image.Image:
        size = round(image.width * factor), round(image.height * factor)
        return image.resize(size, Image.Resampling.BICUBIC)

    return transform


def saved(kind: str, **options: object) -> Transform:
    """Return a transform that saves and loads a picture in a lossy format."""

    def transform(image: Image.Image) -> Image.Image:
        stream = io.BytesIO()
        image.save(stream, kind, **options)
        stream.seek(0)
        return Image.open(stream).convert("RGB")

    return transform


def _colour(rng: random.Random) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(rng.random(), rng.uniform(0.2, 1), rng.uniform(0.15, 1))
    return int(red * 255), int(green * 255), int(blue * 255)
