"""Decodes image files at a reduced size. Accepts damaged files that browsers accept."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from iib.errors import MediaError

MAX_PIXELS = 250_000_000
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_REPAIRED_BYTES = 256 * 1024 * 1024
# The real formats of files with the extensions of images. No other format is decoded: some decoders start programs
# (EPS), others are hardly maintained.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "AVIF", "BMP", "DIB", "TIFF", "ICO")
BROKEN = (
    SyntaxError, UnidentifiedImageError, OSError, ValueError, OverflowError, struct.error, zlib.error, MemoryError,
    Image.DecompressionBombError,
)  # fmt: skip


def open_scaled(path: str, box: tuple[int, int]) -> Image.Image:
    """Return the first frame, upright and scaled down to fit `box` (pixels).

    Raises `MediaError` or `FileNotFoundError`.
    """
    try:
        return _open_scaled(path, box)
    except MediaError:
        raise
    except FileNotFoundError:
        raise
    except BROKEN as error:
        repaired = _repair_png(path)
        if repaired is None:
            raise MediaError(f"this image cannot be decoded: {reason_of(error)}") from error
        try:
            return _open_scaled(repaired, box)
        except BROKEN as second:
            raise MediaError(f"this image cannot be decoded: {reason_of(second)}") from second


def reason_of(error: Exception) -> str:
    """Return the reason of a decoder error for users. Some errors name objects in memory or local paths."""
    return "unknown format" if isinstance(error, UnidentifiedImageError) else str(error)


def _open_scaled(source: str | io.BytesIO, box: tuple[int, int]) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(source, formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise MediaError(f"this image is too large ({image.width} x {image.height})")
            swaps = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
            stored_box = (box[1], box[0]) if swaps else box
            image.draft("RGB", stored_box)
            ImageOps.exif_transpose(image, in_place=True)  # a copy of a large picture takes as long as a tenth of it
            loaded = _to_rgb(image)
            loaded.thumbnail(box, Image.Resampling.LANCZOS, reducing_gap=2.0)
            return loaded


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode in ("RGB", "RGBA"):
        return image
    if image.mode in ("P", "PA"):
        return image.convert("RGBA" if "transparency" in image.info or image.mode == "PA" else "RGB")
    if image.mode in ("LA", "La", "RGBa"):
        return image.convert("RGBA")
    if image.mode.startswith("I;16") or image.mode == "I":
        return image.point(lambda value: value / 256).convert("L").convert("RGB")
    return image.convert("RGB")


def _repair_png(path: str) -> io.BytesIO | None:
    """Return a copy of a PNG with correct checksums and an end mark, for edited and truncated files; otherwise None."""
    source = Path(path)
    if source.stat().st_size > MAX_REPAIRED_BYTES:
        return None
    data = source.read_bytes()
    if not data.startswith(PNG_SIGNATURE):
        return None
    out = bytearray(PNG_SIGNATURE)
    position = len(PNG_SIGNATURE)
    while position + 8 <= len(data):
        (length,) = struct.unpack_from(">I", data, position)
        kind = data[position + 4 : position + 8]
        body = data[position + 8 : position + 8 + length]
        position += 12 + length
        if kind in (b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"IEND"):
            continue
        out += struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    out += struct.pack(">I", 0) + b"IEND" + struct.pack(">I", zlib.crc32(b"IEND"))
    return io.BytesIO(bytes(out))
