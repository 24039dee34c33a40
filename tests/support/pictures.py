"""Small real files with the metadata that tools write. PNG is made by hand, the rest by Pillow."""

from __future__ import annotations

import io
import json
import random
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
USER_COMMENT = 0x9286
EXIF_IFD = 0x8769
ORIENTATION = 0x0112


def infotext(prompt: str = "a cat", negative: str = "", **settings: object) -> str:
    """The text of the Stable Diffusion WebUI: `infotext("a cat", model="sdxl", seed=7)`."""
    values = {"Steps": 20, "Sampler": "Euler a", "CFG scale": 7, "Seed": 1, "Size": "8x8"}
    values |= {key.replace("_", " ").capitalize(): value for key, value in settings.items()}
    lines = [prompt]
    if negative:
        lines.append(f"Negative prompt: {negative}")
    lines.append(", ".join(f"{key}: {value}" for key, value in values.items()))
    return "\n".join(lines)


def comfy_graph(prompt: str = "a cat", negative: str = "", *, seed: int = 1, model: str = "sdxl.safetensors") -> str:
    """The smallest ComfyUI graph that samples a picture, as its `prompt` text."""
    graph: dict[str, Any] = {
        "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": model}},
        "2": {"class_type": "CLIPTextEncode", "inputs": {"text": prompt, "clip": ["1", 1]}},
        "3": {"class_type": "CLIPTextEncode", "inputs": {"text": negative, "clip": ["1", 1]}},
        "4": {"class_type": "EmptyLatentImage", "inputs": {"width": 8, "height": 8, "batch_size": 1}},
        "5": {
            "class_type": "KSampler",
            "inputs": {
                "model": ["1", 0],
                "positive": ["2", 0],
                "negative": ["3", 0],
                "latent_image": ["4", 0],
                "seed": seed,
                "steps": 20,
                "cfg": 7.0,
                "sampler_name": "euler",
                "scheduler": "normal",
                "denoise": 1.0,
            },
        },
        "6": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["1", 2]}},
        "7": {"class_type": "SaveImage", "inputs": {"images": ["6", 0], "filename_prefix": "x"}},
    }
    return json.dumps(graph)


def chunk(kind: bytes, body: bytes) -> bytes:
    """One PNG chunk with its right checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def text_chunk(keyword: str, text: str) -> bytes:
    """tEXt where Latin-1 is enough, else iTXt."""
    try:
        return chunk(b"tEXt", keyword.encode("latin-1") + b"\0" + text.encode("latin-1"))
    except UnicodeEncodeError:
        return chunk(b"iTXt", keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode("utf-8", "replace"))


def png(
    texts: Mapping[str, str] | None = None,
    *,
    size: tuple[int, int] = (8, 8),
    color: tuple[int, int, int] = (200, 60, 60),
    extra: bytes = b"",
) -> bytes:
    """An RGB PNG of one colour with text chunks in front of its pixels."""
    width, height = size
    rows = (b"\0" + bytes(color) * width) * height
    return b"".join(
        (
            PNG_SIGNATURE,
            chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
            *(text_chunk(key, text) for key, text in (texts or {}).items()),
            extra,
            chunk(b"IDAT", zlib.compress(rows, 1)),
            chunk(b"IEND", b""),
        )
    )


def a1111_png(
    prompt: str = "a cat", negative: str = "", *, size: tuple[int, int] = (8, 8), **settings: object
) -> bytes:
    """A PNG as the Stable Diffusion WebUI writes it."""
    return png({"parameters": infotext(prompt, negative, **settings)}, size=size)


def comfy_png(prompt: str = "a cat", negative: str = "", *, seed: int = 1) -> bytes:
    """A PNG as ComfyUI writes it (without its workflow)."""
    return png({"prompt": comfy_graph(prompt, negative, seed=seed)})


def encode(image: Image.Image, kind: str, **options: object) -> bytes:
    """The image encoded by Pillow, as bytes."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def exif(comment: str = "", orientation: int = 1) -> Image.Exif:
    """EXIF with a Unicode user comment and an orientation."""
    made = Image.Exif()
    if orientation != 1:
        made[ORIENTATION] = orientation
    if comment:
        made.get_ifd(EXIF_IFD)[USER_COMMENT] = b"UNICODE\0" + comment.encode("utf-16-be")
    return made


def jpeg(
    comment: str = "",
    *,
    size: tuple[int, int] = (16, 8),
    orientation: int = 1,
    color: tuple[int, int, int] = (40, 160, 80),
) -> bytes:
    """A JPEG of one colour; `comment` is the infotext."""
    return encode(Image.new("RGB", size, color), "JPEG", exif=exif(comment, orientation))


def webp(comment: str = "", *, size: tuple[int, int] = (16, 8), color: tuple[int, int, int] = (40, 80, 160)) -> bytes:
    """A lossy WebP of one colour; `comment` is the infotext."""
    return encode(Image.new("RGB", size, color), "WEBP", exif=exif(comment))


def animation(kind: str, *, size: tuple[int, int] = (24, 16), frames: int = 3) -> bytes:
    """An animated GIF or WebP; its first frame is red."""
    colors = [(250, 0, 0), (0, 250, 0), (0, 0, 250)]
    images = [Image.new("RGB", size, colors[index % 3]) for index in range(frames)]
    return encode(images[0], kind, save_all=True, append_images=images[1:], duration=100, loop=0)


def write_video(path: Path, *, frames: int = 24, size: tuple[int, int] = (64, 48)) -> Path:
    """A short MPEG-4 whose frames turn from black to white."""
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=24)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        for index in range(frames):
            level = 255 * index // max(1, frames - 1)
            frame = av.VideoFrame.from_image(Image.new("RGB", size, (level, level, level)))
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def noise(size: tuple[int, int] = (400, 200)) -> Image.Image:
    """A picture that does not compress, so that its file is large."""
    return Image.frombytes("RGB", size, random.Random(1).randbytes(size[0] * size[1] * 3))
