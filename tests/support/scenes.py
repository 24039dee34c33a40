"""Pictures with shapes drawn from a seed, and the edits that people make to pictures."""

from __future__ import annotations

import colorsys
import io
import random
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

Transform = Callable[[Image.Image], Image.Image]


def scene(seed: int, size: tuple[int, int] = (512, 640)) -> Image.Image:
    """A picture of blurred shapes in many colours, made from the seed."""
    chosen = random.Random(seed)
    width, height = size
    image = Image.new("RGB", size, _colour(chosen))
    draw = ImageDraw.Draw(image)
    for _ in range(chosen.randrange(6, 14)):
        x, y, side = chosen.randrange(width), chosen.randrange(height), chosen.randrange(60, 320)
        shape = draw.ellipse if chosen.random() < 0.5 else draw.rectangle
        shape((x - side // 2, y - side // 2, x + side // 2, y + side // 2), fill=_colour(chosen))
    return image.filter(ImageFilter.GaussianBlur(2))


def relative(seed: int, size: tuple[int, int] = (512, 640)) -> Image.Image:
    """The scene of this seed with one more object, as another prompt of the same seed gives."""
    image = scene(seed, size)
    chosen = random.Random(seed + 10_000)
    x, y = chosen.randrange(100, 300), chosen.randrange(100, 400)
    ImageDraw.Draw(image).ellipse((x, y, x + 160, y + 200), fill=_colour(chosen))
    return image


def recoloured(seed: int, size: tuple[int, int] = (512, 640)) -> Image.Image:
    """The scene of this seed in other hues."""
    hsv = np.array(scene(seed, size).convert("HSV"))
    hsv[..., 0] = hsv[..., 0] + 85
    return Image.fromarray(hsv, "HSV").convert("RGB")


def gradient(seed: int, size: tuple[int, int] = (300, 300), *, is_round: bool = False) -> Image.Image:
    """A gradient between two colours."""
    chosen = random.Random(seed)
    first, last = np.array(_colour(chosen)), np.array(_colour(chosen))
    y, x = np.mgrid[0 : size[1], 0 : size[0]] / max(size)
    angle = chosen.random() * 6.28
    run = np.hypot(x - chosen.random(), y - chosen.random()) if is_round else np.cos(angle) * x + np.sin(angle) * y
    run = (run - run.min()) / (run.max() - run.min())
    return Image.fromarray((first + (last - first) * run[..., None]).astype(np.uint8))


def blank(seed: int, size: tuple[int, int] = (300, 300)) -> Image.Image:
    """A dark picture with the noise of a camera."""
    noise = np.random.default_rng(seed).normal(12, 3, (size[1], size[0], 3))
    return Image.fromarray(np.clip(noise, 0, 255).astype(np.uint8))


def resized(factor: float) -> Transform:
    """A transform that resizes as other programs do."""

    def make(image: Image.Image) -> Image.Image:
        size = round(image.width * factor), round(image.height * factor)
        return image.resize(size, Image.Resampling.BICUBIC)

    return make


def saved(kind: str, **options: object) -> Transform:
    """A transform that saves through a lossy format."""

    def make(image: Image.Image) -> Image.Image:
        stream = io.BytesIO()
        image.save(stream, kind, **options)
        stream.seek(0)
        return Image.open(stream).convert("RGB")

    return make


def _colour(chosen: random.Random) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(chosen.random(), chosen.uniform(0.2, 1), chosen.uniform(0.15, 1))
    return int(red * 255), int(green * 255), int(blue * 255)
