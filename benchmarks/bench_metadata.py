"""Speed of metadata parsing in one process: python -m benchmarks.bench_metadata [--files 4000]

The files are written once, read once so that the system has them in memory, then measured. The time is that of the
processor, in user and system mode, so that other programs on the machine count little; the best of some rounds is
shown.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import json
import os
import pstats
import struct
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

from iib.metadata import default_registry, parse_media
from iib.model import FileStamp, to_record

TARGETS = {"a1111": 15_000, "comfyui": 4_000}  # files a second in one process
ROUNDS = 5
PROMPT = (
    "masterpiece, best quality, absurdres, 1girl, solo, long hair, (blue eyes:1.2), silver hair, looking at viewer, "
    "smile, outdoors, cherry blossoms, wind, kimono, intricate details, depth of field, cinematic lighting, "
    "<lora:add_detail_v{n}:0.8>, upper body, from side, sunset, golden hour, film grain"
)
NEGATIVE = "lowres, bad anatomy, bad hands, text, error, missing fingers, extra digit, cropped, worst quality, jpeg"
SETTINGS = (
    "Steps: 28, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, Seed: {seed}, Size: 832x1216, "
    "Model hash: 67ab2fd8ec, Model: ponyDiffusionV6XL_v{n}, Denoising strength: 0.4, Clip skip: 2, "
    'Hires upscale: 1.5, Hires upscaler: 4x-UltraSharp, Lora hashes: "add_detail_v{n}: 7c6bad76eb54", Version: v1.9.4'
)


def infotext(number: int) -> str:
    """A prompt of typical length; each file has a different seed."""
    n = number % 40
    return f"{PROMPT.format(n=n)}\nNegative prompt: {NEGATIVE}\n{SETTINGS.format(seed=10**9 + number, n=n)}"


def graph(number: int) -> str:
    """A ComfyUI graph of about 12 KB: relevant nodes, then others as in real files."""
    nodes: dict[str, object] = {
        "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sdxl/base.safetensors"}},
        "2": {"class_type": "CLIPTextEncode", "inputs": {"text": PROMPT, "clip": ["10", 1]}},
        "3": {"class_type": "CLIPTextEncode", "inputs": {"text": NEGATIVE, "clip": ["10", 1]}},
        "4": {"class_type": "EmptyLatentImage", "inputs": {"width": 832, "height": 1216, "batch_size": 1}},
        "5": {
            "class_type": "KSampler",
            "inputs": {
                "model": ["10", 0], "positive": ["2", 0], "negative": ["3", 0], "latent_image": ["4", 0],
                "seed": number, "steps": 28, "cfg": 6.5, "sampler_name": "dpmpp_2m", "scheduler": "karras",
                "denoise": 1.0,
            },
        },
        "6": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["1", 2]}},
        "7": {"class_type": "SaveImage", "inputs": {"images": ["6", 0], "filename_prefix": "ComfyUI"}},
        "10": {
            "class_type": "LoraLoader",
            "inputs": {
                "model": ["1", 0], "clip": ["1", 1], "lora_name": "add_detail.safetensors", "strength_model": 0.8,
                "strength_clip": 1.0,
            },
        },
    }  # fmt: skip
    for index in range(100, 170):
        nodes[str(index)] = {
            "class_type": "ImageScaleBy",
            "inputs": {"image": ["6", 0], "upscale_method": "lanczos", "scale_by": 1.5},
            "_meta": {"title": f"Upscale image by factor {index}"},
        }
    return json.dumps(nodes)


def png(key: str, text: str) -> bytes:
    """A tiny PNG with one text chunk."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0)
    pixels = zlib.compress((b"\0" + bytes(range(192))) * 64)
    parts = (
        chunk(b"IHDR", header),
        chunk(b"tEXt", f"{key}\0{text}".encode("latin-1")),
        chunk(b"IDAT", pixels),
        chunk(b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


KINDS: dict[str, Callable[[int], bytes]] = {
    "a1111": lambda number: png("parameters", infotext(number)),
    "comfyui": lambda number: png("prompt", graph(number)),
    "plain": lambda _number: png("Software", "nothing of interest"),
}


def write(folder: Path, kind: str, count: int) -> list[str]:
    """The benchmark files of one kind."""
    folder.mkdir()
    paths = []
    for number in range(count):
        path = folder / f"{number:06}.png"
        path.write_bytes(KINDS[kind](number))
        paths.append(str(path))
    return paths


def parse_all(paths: Sequence[str], *, records: bool) -> None:
    """Work of a parse worker on a chunk: stat, read, parse, derive tags; `records`: prepare for the store."""
    registry = default_registry()
    for path in paths:
        status = os.stat(path)  # noqa: PTH116  (as the scan does it)
        stamp = FileStamp(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
        parsed = parse_media(path, path[-10:], stamp, registry)
        if records:
            to_record(path, parsed)


def rate(paths: Sequence[str], *, records: bool) -> float:
    """Files per second, best of several rounds."""
    gc.collect()
    gc.set_threshold(200_000, 20, 20)  # as the parse workers have it
    best = 0.0
    for _ in range(ROUNDS):
        started = time.process_time()
        parse_all(paths, records=records)
        best = max(best, len(paths) / (time.process_time() - started))
    return best


def main() -> int:
    """Print a table of speeds; 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=4000)
    parser.add_argument("--profile", choices=sorted(KINDS), help="show where the time goes for one kind")
    arguments = parser.parse_args()
    missed = False
    with tempfile.TemporaryDirectory() as name:
        for kind in [arguments.profile] if arguments.profile else KINDS:
            paths = write(Path(name) / kind, kind, arguments.files)
            parse_all(paths[:100], records=True)
            if arguments.profile:
                with cProfile.Profile() as profile:
                    parse_all(paths, records=True)
                pstats.Stats(profile).sort_stats("tottime").print_stats(28)
                continue
            parsed, packed = rate(paths, records=False), rate(paths, records=True)
            target = TARGETS.get(kind)
            missed = missed or (target is not None and parsed < target)
            shown = f"target {target:,}" if target else ""
            print(f"{kind:8} {parsed:9,.0f} files/s parsed with tags  {packed:9,.0f}/s packed for the store  {shown}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
