"""A synthetic library for measuring: many tiny PNG files with the metadata of real tools.

Words follow a Zipf-like law, as words do in prompts; batches share a second, as batches do on disk.
"""

from __future__ import annotations

import json
import os
import random
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

NEWEST = 1_790_000_000
FLAT_SHARE = 0.5  # one folder that was never tidied holds so much
FLAT_MAX = 10_000
COMMON = "masterpiece"
RARE = "xylophonist"
RARE_EVERY = 2_000
ABSENT = ("qwxzvanished", "zzyxnowhere", "jjkwnothing")
MODELS = ("dreamshaper_8", "sd_xl_base_1.0", "juggernautXL_v9", "flux1-dev", "ponyDiffusionV6XL")
SAMPLERS = ("Euler a", "DPM++ 2M", "DPM++ SDE", "UniPC", "DDIM")
SYLLABLES = (
    "ba",
    "co",
    "di",
    "fu",
    "gre",
    "hol",
    "ki",
    "lan",
    "mo",
    "nar",
    "ot",
    "pel",
    "qua",
    "ris",
    "sto",
    "ul",
    "ve",
)
VOCABULARY = 3_000
PICTURES = 64
PICTURE_SIDE_PX = 1024


@dataclass(frozen=True, slots=True)
class SyntheticLibrary:
    """Where everything is. `medium` are words in a few per cent of the files."""

    root: Path
    flat: Path
    pictures: tuple[Path, ...]
    medium: tuple[str, ...]
    count: int


def make_library(root: Path, count: int, seed: int = 7) -> SyntheticLibrary:
    """Write `count` small files and a few real pictures; the same arguments give the same files."""
    rng = random.Random(seed)
    words = _vocabulary(rng)
    weights = [1 / (rank + 3) for rank in range(len(words))]
    flat = root / "flat"
    in_flat = min(FLAT_MAX, int(count * FLAT_SHARE))
    pixels = _chunk(b"IDAT", zlib.compress((b"\0" + b"\x60\x90\xc0" * 8) * 8))
    head = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0))
    tail = pixels + _chunk(b"IEND", b"")
    for number in range(count):
        folder = flat if number < in_flat else root / "by-date" / f"day-{(number - in_flat) // 150:05d}"
        if number in (0, in_flat) or (number - in_flat) % 150 == 0:
            folder.mkdir(parents=True, exist_ok=True)
        prompt = ", ".join(dict.fromkeys(rng.choices(words, weights, k=14)))
        if number % 3:
            prompt += f", {COMMON}"
        if number % RARE_EVERY == RARE_EVERY // 2:
            prompt += f", {RARE}"
        texts = _comfyui(rng, prompt) if number % 4 == 3 else _webui(rng, prompt)
        path = folder / f"{number:06d}-{rng.getrandbits(32)}.png"
        path.write_bytes(head + texts + tail)
        taken = NEWEST - number // 4 * 53
        os.utime(path, (taken, taken))
    return SyntheticLibrary(root, flat, _pictures(root / "pictures"), tuple(words[20:60]), count + PICTURES)


def read_once(library: SyntheticLibrary) -> None:
    """Bring every file into the cache of the operating system."""
    for folder, _, names in os.walk(library.root):
        for name in names:
            (Path(folder) / name).read_bytes()


def _pictures(folder: Path) -> tuple[Path, ...]:
    folder.mkdir(parents=True, exist_ok=True)
    y, x = np.mgrid[0:PICTURE_SIDE_PX, 0:PICTURE_SIDE_PX].astype(np.float32) / PICTURE_SIDE_PX
    made = []
    for number in range(PICTURES):
        rng = np.random.default_rng(number)
        waves = [np.sin(x * a + y * b + c) for a, b, c in rng.uniform(2, 60, (3, 3))]
        rgb = np.stack(waves, axis=-1) * 100 + 128 + rng.normal(0, 4, (PICTURE_SIDE_PX, PICTURE_SIDE_PX, 1))
        path = folder / f"picture-{number:02d}.png"
        Image.fromarray(np.clip(rgb, 0, 255).astype(np.uint8)).save(path, compress_level=1)
        made.append(path)
    return tuple(made)


def _vocabulary(rng: random.Random) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < VOCABULARY:
        found["".join(rng.choices(SYLLABLES, k=rng.randint(2, 4)))] = None
    return list(found)


def _webui(rng: random.Random, prompt: str) -> bytes:
    text = (
        f"{prompt}\nNegative prompt: lowres, blurry, watermark\n"
        f"Steps: {rng.randint(15, 40)}, Sampler: {rng.choice(SAMPLERS)}, "
        f"CFG scale: {rng.choice((5, 6.5, 7))}, Seed: {rng.getrandbits(32)}, Size: 832x1216, "
        f"Model hash: {rng.getrandbits(40):010x}, Model: {rng.choice(MODELS)}, Version: v1.10.1"
    )
    return _text("parameters", text)


def _comfyui(rng: random.Random, prompt: str) -> bytes:
    sampler = {
        "seed": rng.getrandbits(48), "steps": rng.randint(15, 40), "cfg": 7.0, "sampler_name": "euler",
        "scheduler": "normal", "denoise": 1.0, "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0],
        "latent_image": ["5", 0],
    }  # fmt: skip
    graph = {
        "3": {"class_type": "KSampler", "inputs": sampler},
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": f"{rng.choice(MODELS)}.safetensors"}},
        "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 832, "height": 1216, "batch_size": 1}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": prompt, "clip": ["4", 1]}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "lowres, blurry", "clip": ["4", 1]}},
        "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
        "9": {"class_type": "SaveImage", "inputs": {"filename_prefix": "ComfyUI", "images": ["8", 0]}},
    }
    nodes = [
        {"id": int(key), "type": node["class_type"], "pos": [10, 20], "widgets_values": []}
        for key, node in graph.items()
    ]
    workflow = {"last_node_id": 9, "last_link_id": 9, "nodes": nodes, "links": [], "version": 0.4}
    return _text("prompt", json.dumps(graph)) + _text("workflow", json.dumps(workflow))


def _text(key: str, text: str) -> bytes:
    return _chunk(b"tEXt", key.encode() + b"\0" + text.encode("latin-1"))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
