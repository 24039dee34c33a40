"""Pixels out of files: tolerant where browsers are, never more pixels than asked for where the format allows."""

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
# What files with the extensions of pictures really hold. Nothing else is tried: other decoders start programs (EPS)
# or are seldom looked after.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "AVIF", "BMP", "DIB", "TIFF", "ICO")
BROKEN = (
    SyntaxError, UnidentifiedImageError, OSError, ValueError, OverflowError, struct.error, zlib.error, MemoryError,
    Image.DecompressionBombError,
)  # fmt: skip


def open_small(path: str, box: tuple[int, int]) -> Image.Image:
    """The first frame, upright, fitting the box, never enlarged. Raises `MediaError` or `FileNotFoundError`."""
    try:
        return _open_small(path, box)
    except MediaError:
        raise
    except FileNotFoundError:
        raise
    except BROKEN as error:
        repaired = _repaired_png(path)
        if repaired is None:
            raise MediaError(f"this picture cannot be decoded: {reason_of(error)}") from error
        try:
            return _open_small(repaired, box)
        except BROKEN as second:
            raise MediaError(f"this picture cannot be decoded: {reason_of(second)}") from second


def reason_of(error: Exception) -> str:
    """For people: the decoder's own words name objects in memory, or paths on this machine."""
    return "its format is not known" if isinstance(error, UnidentifiedImageError) else str(error)


def _open_small(source: str | io.BytesIO, box: tuple[int, int]) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(source, formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise MediaError(f"this picture is too large ({image.width} x {image.height})")
            swaps = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
            wanted = (box[1], box[0]) if swaps else box
            image.draft("RGB", wanted)
            ImageOps.exif_transpose(image, in_place=True)  # a copy of a large picture takes as long as a tenth of it
            loaded = _plain(image)
            loaded.thumbnail(box, Image.Resampling.LANCZOS, reducing_gap=2.0)
            return loaded


def _plain(image: Image.Image) -> Image.Image:
    if image.mode in ("RGB", "RGBA"):
        return image
    if image.mode in ("P", "PA"):
        return image.convert("RGBA" if "transparency" in image.info or image.mode == "PA" else "RGB")
    if image.mode in ("LA", "La", "RGBa"):
        return image.convert("RGBA")
    if image.mode.startswith("I;16") or image.mode == "I":
        return image.point(lambda value: value / 256).convert("L").convert("RGB")
    return image.convert("RGB")


def _repaired_png(path: str) -> io.BytesIO | None:
    """A copy of a PNG with right checksums and an end mark: edited and cut files are still worth a picture."""
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
