"""A small, pretty, deterministic library for newcomers: drawn by this code, with real generator metadata.

python tools/make_demo.py DEST [--count 360]
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter
from PIL.PngImagePlugin import PngInfo

Field = npt.NDArray[np.float64]
Painter = Callable[[random.Random, int, int], Image.Image]
EPOCH = 1_790_000_000  # the newest picture; the others lie up to sixty days before
SIZES = ((832, 1216), (1216, 832), (1024, 1024), (768, 1344), (1344, 768), (896, 1152), (1536, 640))
SCALE = 2  # drawn at half the stated size: quick to make, still sharp in the grid
STAMP = ".complete-1"
PALETTES = (
    ("#0b132b", "#1c2541", "#3a506b", "#5bc0be", "#f4f1de"),
    ("#2b061e", "#611c35", "#ba6338", "#f2b872", "#fdf0d5"),
    ("#03071e", "#6a040f", "#d00000", "#f48c06", "#ffba08"),
    ("#10002b", "#3c096c", "#7b2cbf", "#c77dff", "#f2e9ff"),
    ("#081c15", "#1b4332", "#40916c", "#95d5b2", "#f1faee"),
    ("#001219", "#005f73", "#0a9396", "#94d2bd", "#ee9b00"),
    ("#22223b", "#4a4e69", "#9a8c98", "#c9ada7", "#f2e9e4"),
    ("#3d0e61", "#a4036f", "#f25c54", "#f7b267", "#fff3e0"),
    ("#0d1b2a", "#415a77", "#778da9", "#e0e1dd", "#ffd166"),
)


def colours(palette: tuple[str, ...]) -> Field:
    """RGB 0-1 of a palette."""
    return np.array([[int(word[i : i + 2], 16) / 255 for i in (1, 3, 5)] for word in palette])


def ramp(values: Field, palette: tuple[str, ...]) -> Field:
    """Values 0-1 as colours along the palette."""
    stops = colours(palette)
    place = np.clip(values, 0, 1) * (len(stops) - 1)
    low = np.minimum(place.astype(int), len(stops) - 2)
    part = (place - low)[..., None]
    return stops[low] * (1 - part) + stops[low + 1] * part


def grid(width: int, height: int) -> tuple[Field, Field]:
    """x and y, 0-1 along the shorter side."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    unit = min(width, height)
    return x / unit, y / unit


def noise(rng: random.Random, width: int, height: int, cells: int, octaves: int = 4) -> Field:
    """Smooth noise 0-1."""
    made = np.random.default_rng(rng.getrandbits(32))
    total, weight, sum_of_weights = np.zeros((height, width)), 1.0, 0.0
    for octave in range(octaves):
        count = cells * 2**octave
        small = made.random(
            (max(2, count * height // max(width, height) + 2), max(2, count * width // max(width, height) + 2))
        )
        layer = Image.fromarray((small * 255).astype(np.uint8)).resize((width, height), Image.Resampling.BICUBIC)
        total += np.asarray(layer, dtype=np.float64) / 255 * weight
        sum_of_weights += weight
        weight /= 2
    return total / sum_of_weights


def finish(rgb: Field, rng: random.Random) -> Image.Image:
    """Grain, a light vignette, and out."""
    height, width = rgb.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    shade = 1 - 0.28 * (x**2 + y**2) / 2
    grain = np.random.default_rng(rng.getrandbits(32)).normal(0, 0.012, rgb.shape[:2])
    out = np.clip(rgb * shade[..., None] + grain[..., None], 0, 1)
    return Image.fromarray((out * 255).astype(np.uint8))


def landscape(rng: random.Random, width: int, height: int) -> Image.Image:
    """Sky, sun and layered mountains."""
    palette = rng.choice(PALETTES)
    x, y = grid(width, height)
    top = y.max()
    sky = ramp(0.15 + 0.75 * y / top, palette)
    sun_x, sun_y, radius = rng.uniform(0.2, 0.8) * x.max(), rng.uniform(0.25, 0.5) * top, rng.uniform(0.06, 0.16)
    distance = np.hypot(x - sun_x, y - sun_y)
    glow = np.exp(-((distance / (radius * 3)) ** 2))[..., None]
    sky = sky + glow * 0.35 * colours(palette)[-1]
    sky = np.where((distance < radius)[..., None], colours(palette)[-1], sky)
    for layer in range(5):
        base = top * (0.48 + 0.1 * layer)
        ridge = np.zeros(width)
        for wave in range(1, 7):
            ridge += math.sin(wave) * np.sin(x[0] * wave * rng.uniform(1.2, 2.6) + rng.uniform(0, 9)) / wave
        edge = base - ridge * (0.11 - 0.012 * layer)
        tone = ramp(np.array([0.62 - 0.14 * layer]), palette)[0]
        sky = np.where((y > edge)[..., None], tone * (0.9 + 0.1 * (y / top)[..., None]), sky)
    return finish(sky, rng)


def cells(rng: random.Random, width: int, height: int) -> Image.Image:
    """Stained glass."""
    palette = rng.choice(PALETTES)
    x, y = grid(width, height)
    points = [(rng.uniform(0, x.max()), rng.uniform(0, y.max()), rng.random()) for _ in range(rng.randint(28, 60))]
    nearest, second = np.full(x.shape, 9.0), np.full(x.shape, 9.0)
    tone = np.zeros(x.shape)
    for px, py, value in points:
        distance = np.hypot(x - px, y - py)
        is_nearer = distance < nearest
        second = np.where(is_nearer, nearest, np.minimum(second, distance))
        tone = np.where(is_nearer, value, tone)
        nearest = np.where(is_nearer, distance, nearest)
    lead = np.clip((second - nearest) / 0.018, 0, 1)[..., None]
    light = 0.8 + 0.35 * np.exp(-nearest * 4)[..., None]
    return finish(ramp(tone, palette) * light * lead + 0.03 * (1 - lead), rng)


def flow(rng: random.Random, width: int, height: int) -> Image.Image:
    """Marbled ink."""
    palette = rng.choice(PALETTES)
    first, second = noise(rng, width, height, 2), noise(rng, width, height, 3)
    x, y = grid(width, height)
    swirl = np.sin(9 * (first + 0.6 * second) + 3 * x + rng.uniform(0, 6) * y) * 0.5 + 0.5
    return finish(ramp(swirl * 0.85 + 0.15 * second, palette), rng)


def rings(rng: random.Random, width: int, height: int) -> Image.Image:
    """Interfering waves."""
    palette = rng.choice(PALETTES)
    x, y = grid(width, height)
    total = np.zeros(x.shape)
    for _ in range(rng.randint(2, 4)):
        total += np.sin(np.hypot(x - rng.uniform(0, x.max()), y - rng.uniform(0, y.max())) * rng.uniform(18, 46))
    return finish(ramp(total / 6 + 0.5, palette), rng)


def orbs(rng: random.Random, width: int, height: int) -> Image.Image:
    """Soft spheres in the dark."""
    palette = rng.choice(PALETTES)
    x, y = grid(width, height)
    rgb = ramp(0.05 + 0.2 * noise(rng, width, height, 2), palette)
    for _ in range(rng.randint(5, 11)):
        cx, cy, radius = rng.uniform(0, x.max()), rng.uniform(0, y.max()), rng.uniform(0.05, 0.24)
        dx, dy = (x - cx) / radius, (y - cy) / radius
        depth = np.sqrt(np.clip(1 - dx**2 - dy**2, 0, None))
        light = np.clip(0.25 + 0.85 * (depth * 0.7 - dx * 0.4 - dy * 0.5), 0, 1.2)[..., None]
        tone = ramp(np.array([rng.uniform(0.35, 1)]), palette)[0]
        rgb = np.where((depth > 0)[..., None], tone * light, rgb)
    return finish(rgb, rng).filter(ImageFilter.GaussianBlur(0.6))


def tiles(rng: random.Random, width: int, height: int) -> Image.Image:
    """Quarter circles on a grid."""
    palette = rng.choice(PALETTES)
    x, y = grid(width, height)
    count = rng.randint(4, 8)
    column, row = np.floor(x * count).astype(int), np.floor(y * count).astype(int)
    made = np.random.default_rng(rng.getrandbits(32))
    shape = (row.max() + 1, column.max() + 1)
    turn, front, back = (
        made.integers(0, 4, shape)[row, column],
        made.random(shape)[row, column],
        made.random(shape)[row, column],
    )
    u, v = x * count - column, y * count - row
    u, v = np.where(turn % 2 == 1, 1 - u, u), np.where(turn >= 2, 1 - v, v)
    edge = np.clip((0.92 - np.hypot(u, v)) * 60, 0, 1)[..., None]
    return finish(ramp(front, palette) * edge + ramp(back * 0.4, palette) * (1 - edge), rng)


def nebula(rng: random.Random, width: int, height: int) -> Image.Image:
    """Clouds and stars."""
    palette = rng.choice(PALETTES)
    cloud = noise(rng, width, height, 2, 5) ** 1.6 * noise(rng, width, height, 3, 5) * 2.2
    rgb = ramp(cloud, palette)
    stars = np.random.default_rng(rng.getrandbits(32)).random((height, width))
    rgb = rgb + np.where(stars > 0.9985, (stars - 0.9985) / 0.0015, 0)[..., None]
    return finish(rgb, rng)


def city(rng: random.Random, width: int, height: int) -> Image.Image:
    """Skyline at night."""
    palette = rng.choice(PALETTES)
    x, y = grid(width, height)
    rgb = ramp(0.1 + 0.6 * (y / y.max()), palette)
    lamp = colours(palette)[-1]
    for layer in range(3):
        left = 0.0
        tone = ramp(np.array([0.34 - 0.15 * layer]), palette)[0] * (0.8 - 0.2 * layer)
        while left < x.max():
            wide = rng.uniform(0.06, 0.16)
            top = y.max() * rng.uniform(0.28 + 0.14 * layer, 0.6 + 0.12 * layer)
            inside = (x >= left) & (x < left + wide) & (y > top)
            rgb = np.where(inside[..., None], tone, rgb)
            u, v = (x - left) * 62, (y - top) * 44
            window = inside & (u % 1 > 0.35) & (v % 1 > 0.45)
            lit = np.sin(np.floor(u) * 12.9 + np.floor(v) * 78.2 + left * 40) > 0.45
            rgb = np.where((window & lit)[..., None], lamp * 0.9, rgb)
            left += wide + rng.uniform(0, 0.02)
    return finish(rgb, rng)


THEMES: dict[str, tuple[Painter, tuple[str, ...]]] = {
    "landscapes": (landscape, ("layered mountains", "sunset sky", "misty valley", "distant ridges", "golden hour")),
    "stained glass": (cells, ("stained glass", "mosaic", "lead lines", "cathedral window", "glowing colours")),
    "marbling": (flow, ("marbled paper", "ink in water", "fluid art", "swirling pigments", "silk texture")),
    "waves": (rings, ("ripples", "interference pattern", "op art", "concentric circles", "moire")),
    "spheres": (orbs, ("floating spheres", "soft studio light", "glossy orbs", "still life", "depth of field")),
    "patterns": (tiles, ("geometric pattern", "quarter circles", "bauhaus poster", "seamless tiles", "flat design")),
    "space": (nebula, ("nebula", "deep space", "star field", "cosmic dust", "hubble photograph")),
    "cities": (city, ("city skyline", "night", "lit windows", "skyscrapers", "neon glow")),
}
QUALITY = ("masterpiece", "best quality", "highly detailed", "8k wallpaper", "trending on artstation", "sharp focus")
MODELS = ("dreamshaper_8", "juggernautXL_v9", "sd_xl_base_1.0", "flux1-dev", "animagineXL_v31", "realvisXL_v40")
LORAS = ("add_detail", "ink_wash_v2", "glasswork", "retro_poster", "cinematic_light")
SAMPLERS = (
    ("Euler a", "Automatic"),
    ("DPM++ 2M", "Karras"),
    ("DPM++ SDE", "Karras"),
    ("UniPC", "Exponential"),
    ("DDIM", "Simple"),
)
NEGATIVE = "lowres, blurry, jpeg artifacts, watermark, text, signature"


def make_demo(target: Path, count: int = 360) -> None:
    """Fill a folder, unless it is complete already."""
    if (target / f"{STAMP}-{count}").is_file():
        return
    target.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    rng = random.Random(20)
    names = list(THEMES)
    for number in range(count):
        theme = names[number % len(names)]
        draw_one(target, theme, number, rng.getrandbits(32))
        if number % 20 == 0 or number == count - 1:
            sys.stdout.write(f"\rDrawing a demo library: {number + 1} of {count} ")
            sys.stdout.flush()
    sys.stdout.write(f"({time.monotonic() - started:.0f} s)\n")
    (target / f"{STAMP}-{count}").touch()


def draw_one(target: Path, theme: str, number: int, seed: int) -> None:
    """One picture with its metadata."""
    rng = random.Random(seed)
    painter, words = THEMES[theme]
    width, height = rng.choice(SIZES)
    terms = [*rng.sample(words, 3), *rng.sample(QUALITY, rng.randint(2, 4))]
    lora = rng.choice(LORAS) if rng.random() < 0.45 else None
    model, (sampler, schedule) = rng.choice(MODELS), rng.choice(SAMPLERS)
    steps, cfg = rng.choice((20, 24, 28, 30, 35, 40)), rng.choice((1.0, 3.5, 5.0, 6.5, 7.0, 8.0))
    facts = {
        "prompt": ", ".join(terms), "lora": lora, "weight": rng.choice((0.5, 0.7, 0.8, 1.0)), "model": model,
        "sampler": sampler, "schedule": schedule, "steps": steps, "cfg": cfg, "seed": rng.getrandbits(32),
        "width": width, "height": height,
    }  # fmt: skip
    image = painter(rng, width // SCALE, height // SCALE)
    folder = target / theme
    folder.mkdir(exist_ok=True)
    kind = number % 8
    if kind in (2, 5):
        path = folder / f"ComfyUI_{number:05d}_.png"
        graph = comfy_graph(facts)
        info = PngInfo()
        info.add_text("prompt", json.dumps(graph))
        image.save(path, pnginfo=info, compress_level=4)
    elif kind == 7:
        path = folder / f"{number:05d}-{facts['seed']}.jpg"
        exif = Image.Exif()
        comment = b"UNICODE\0" + webui_text(facts).encode("utf-16-be")
        exif.get_ifd(0x8769)[0x9286] = comment
        image.save(path, quality=92, exif=exif)
    elif kind == 4:
        path = folder / f"{number:05d}-{facts['seed']}.webp"
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + webui_text(facts).encode("utf-16-be")
        image.save(path, quality=90, exif=exif)
    else:
        path = folder / f"{number:05d}-{facts['seed']}.png"
        info = PngInfo()
        info.add_text("parameters", webui_text(facts))
        image.save(path, pnginfo=info, compress_level=4)
    taken = EPOCH - int(60 * 86400 * (number / 360) ** 1.3) - rng.randrange(3600)
    os.utime(path, (taken, taken))


def webui_text(facts: dict[str, object]) -> str:
    """As the WebUI writes it."""
    lora = f", <lora:{facts['lora']}:{facts['weight']}>" if facts["lora"] else ""
    return (
        f"{facts['prompt']}{lora}\nNegative prompt: {NEGATIVE}\nSteps: {facts['steps']}, Sampler: {facts['sampler']}, "
        f"Schedule type: {facts['schedule']}, CFG scale: {facts['cfg']}, Seed: {facts['seed']}, "
        f"Size: {facts['width']}x{facts['height']}, Model: {facts['model']}, Version: v1.10.1"
    )


def comfy_graph(facts: dict[str, object]) -> dict[str, object]:
    """A graph as ComfyUI writes it."""
    model: list[object] = ["4", 0]
    graph: dict[str, object] = {
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": f"{facts['model']}.safetensors"}},
        "5": {
            "class_type": "EmptyLatentImage",
            "inputs": {"width": facts["width"], "height": facts["height"], "batch_size": 1},
        },
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": facts["prompt"], "clip": ["4", 1]}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": NEGATIVE, "clip": ["4", 1]}},
        "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
        "9": {"class_type": "SaveImage", "inputs": {"filename_prefix": "ComfyUI", "images": ["8", 0]}},
    }
    if facts["lora"]:
        graph["10"] = {
            "class_type": "LoraLoaderModelOnly",
            "inputs": {"lora_name": f"{facts['lora']}.safetensors", "strength_model": facts["weight"], "model": model},
        }
        model = ["10", 0]
    graph["3"] = {
        "class_type": "KSampler",
        "inputs": {
            "seed": facts["seed"], "steps": facts["steps"], "cfg": facts["cfg"], "sampler_name": "euler",
            "scheduler": "karras", "denoise": 1.0, "model": model, "positive": ["6", 0], "negative": ["7", 0],
            "latent_image": ["5", 0],
        },
    }  # fmt: skip
    return graph


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", type=Path)
    parser.add_argument("--count", type=int, default=360)
    chosen = parser.parse_args()
    make_demo(chosen.target, chosen.count)
