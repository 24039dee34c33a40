"""Creates a small deterministic demo library of drawn pictures with real generator metadata.

python tools/make_demo.py FOLDER [--count 360]

It is drawn in a folder next to the target and renamed when complete, so that an interrupted run leaves no partial
library.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import shutil
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

import av
import demo_metadata as metadata
import demo_painters as paint
from demo_metadata import Recipe
from PIL import Image
from PIL.PngImagePlugin import PngInfo

VERSION = 2  # after a change, existing demo libraries are drawn again
NEWEST = 1_790_000_000  # seconds since the epoch; the other files are up to SPREAD_S older
SPREAD_S = 150 * 86400
SIZES = ((832, 1216), (1216, 832), (1024, 1024), (768, 1344), (1344, 768), (896, 1152), (1152, 896), (1536, 640))
SCALE = 2  # pictures are drawn at half the stated size: fast, and still sharp in the grid
VIDEO_SIZE = (640, 384)
VIDEO_FRAMES, VIDEO_FPS = 72, 24
EXIF_IFD, USER_COMMENT = 0x8769, 0x9286
THEMES: dict[str, tuple[paint.Painter, tuple[str, ...]]] = {
    "nature/mountains": (
        paint.mountains,
        ("layered mountains", "sunset sky", "misty valley", "distant ridges", "dawn"),
    ),
    "abstract/stained glass": (paint.glass, ("stained glass", "mosaic", "lead lines", "cathedral window", "backlight")),
    "nature/auroras": (paint.aurora, ("aurora borealis", "still lake", "reflection", "starry night", "arctic")),
    "abstract/patterns": (
        paint.tiles,
        ("geometric pattern", "quarter circles", "poster", "seamless tiles", "flat design"),
    ),
    "cities": (paint.city, ("city skyline", "night", "lit windows", "skyscrapers", "full moon")),
    "abstract/marbling": (
        paint.marble,
        ("marbled paper", "ink in water", "agate slice", "flowing bands", "silk texture"),
    ),
    "nature/forests": (paint.forest, ("pine forest", "morning mist", "silhouettes", "tall firs", "hazy light")),
    "studio/spheres": (paint.spheres, ("floating spheres", "soft studio light", "glossy orbs", "still life", "render")),
    "space": (paint.nebula, ("nebula", "deep space", "star field", "cosmic dust", "telescope photograph")),
    "abstract/ripples": (
        paint.ripples,
        ("ripples", "interference pattern", "liquid metal", "concentric circles", "moire"),
    ),
}
FORMATS = ("webui", "comfyui", "webui", "webp", "novelai", "webui", "comfyui", "jpeg", "invokeai", "webui", "fooocus")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to draw; `taken` is its modification time in seconds since the epoch."""

    number: int
    theme: str
    layout: str
    seed: int
    taken: int


def make_demo(target: Path, count: int = 360) -> None:
    """Create the library unless it exists. Raises `FileExistsError` if the folder contains anything else."""
    stamp = target.with_name(f"{target.name}.made-by-us")
    current = f"{VERSION} {count}"
    if stamp.is_file() and stamp.read_text() == current and target.is_dir():
        return
    if target.exists() and not stamp.is_file() and any(target.iterdir()):
        raise FileExistsError(f"{target} is not empty, and not a demo library")
    unfinished = target.with_name(f"{target.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    draw_all(unfinished, count)
    shutil.rmtree(target, ignore_errors=True)
    stamp.write_text(current)
    unfinished.replace(target)


def draw_all(folder: Path, count: int) -> None:
    """Draw all pictures and videos, with one process per core."""
    for theme in (*THEMES, "videos"):
        (folder / theme).mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with ProcessPoolExecutor() as pool:
        for done, _ in enumerate(pool.map(partial(draw, folder), plan(count), chunksize=4), 1):
            if done == count or (sys.stdout.isatty() and not done % 8):
                print(f"\rDrawing a demo library: {done} of {count} pictures", end="", flush=True)
    draw_videos(folder / "videos")
    print(f", done in {time.monotonic() - started:.0f} s", flush=True)


def plan(count: int) -> Iterator[Picture]:
    """Iterate the pictures to draw, newest first; runs of a few pictures have the same theme."""
    rng = random.Random(20)
    names = list(THEMES)
    theme = names[0]
    for number in range(count):
        theme = names[number % len(names)] if number < 40 or rng.random() < 0.6 else theme
        age = int(SPREAD_S * (number / count) ** 1.4) + rng.randrange(1800)
        yield Picture(number, theme, FORMATS[number % len(FORMATS)], rng.getrandbits(32), NEWEST - age)


def draw(folder: Path, picture: Picture) -> None:
    """Draw one picture and save it with its metadata and time."""
    rng = random.Random(picture.seed)
    painter, words = THEMES[picture.theme]
    width, height = rng.choice(SIZES)
    recipe = metadata.make_recipe(rng, words, width, height)
    image = painter(rng, width // SCALE, height // SCALE)
    path = save(image, folder / picture.theme, picture, recipe)
    os.utime(path, (picture.taken, picture.taken))


def save(image: Image.Image, folder: Path, picture: Picture, recipe: Recipe) -> Path:
    """Save a picture with the metadata, file type and file name of its tool. Return its path."""
    name = f"{picture.number:05d}-{recipe.seed}"
    if picture.layout in ("webp", "jpeg"):
        path = folder / f"{name}.{'jpg' if picture.layout == 'jpeg' else 'webp'}"
        exif = Image.Exif()
        exif.get_ifd(EXIF_IFD)[USER_COMMENT] = b"UNICODE\0" + metadata.webui_text(recipe).encode("utf-16-be")
        image.save(path, quality=90, exif=exif)
        return path
    if picture.layout == "comfyui":
        name = f"ComfyUI_{picture.number:05d}_"
        texts = {"prompt": json.dumps(metadata.comfyui_graph(recipe))}
    elif picture.layout == "novelai":
        texts = metadata.novelai_texts(recipe)
    elif picture.layout == "invokeai":
        texts = metadata.invokeai_texts(recipe)
    elif picture.layout == "fooocus":
        texts = metadata.fooocus_texts(recipe)
    else:
        texts = {"parameters": metadata.webui_text(recipe)}
    chunks = PngInfo()
    for key, text in texts.items():
        chunks.add_text(key, text)
    path = folder / f"{name}.png"
    image.save(path, pnginfo=chunks, compress_level=6)
    return path


def draw_videos(folder: Path) -> None:
    """Write two short looping videos, in which the camera moves over a large picture."""
    for number, painter in enumerate((paint.nebula, paint.mountains)):
        rng = random.Random(100 + number)
        words = ("slow camera move", "seamless loop", "parallax", "animation")
        recipe = metadata.make_recipe(rng, words, *VIDEO_SIZE)
        path = folder / f"drift_{number + 1:05d}.mp4"
        write_video(path, painter(rng, VIDEO_SIZE[0] * 2, VIDEO_SIZE[1] * 3 // 2), metadata.webui_text(recipe))
        taken = NEWEST - 86400 * (1 + 20 * number)
        os.utime(path, (taken, taken))


def write_video(path: Path, scene: Image.Image, text: str) -> None:
    """Write a looping video over a scene, with the text as comment of the file."""
    width, height = VIDEO_SIZE
    with av.open(str(path), "w") as container:
        container.metadata["comment"] = text
        stream = container.add_stream("libx264", rate=VIDEO_FPS, options={"crf": "27", "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(VIDEO_FRAMES):
            turn = 2 * math.pi * number / VIDEO_FRAMES
            left = (scene.width - width) * (0.5 + 0.5 * math.sin(turn))
            upper = (scene.height - height) * (0.5 + 0.5 * math.cos(turn))
            view = scene.transform(VIDEO_SIZE, Image.Transform.EXTENT, (left, upper, left + width, upper + height))
            frame = av.VideoFrame.from_image(view)
            frame.pts, frame.time_base = number, Fraction(1, VIDEO_FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", type=Path)
    parser.add_argument("--count", type=int, default=360)
    options = parser.parse_args()
    make_demo(options.target, options.count)
