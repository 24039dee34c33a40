"""Reads stealth text: text in the lowest bits of the pixels, column by column ("stealth pnginfo").

This is the only reader that needs pixels. It is called if all other places are empty, and it tests the first bits
before it decodes the image. Of a PNG it inflates a few rows; their first pixels follow from the filters without
decoding the rest (left of the first column everything is zero), which takes some 50 microseconds.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, BinaryIO

from iib.metadata.carriers.png import CHUNK, MAX_CHUNKS, SIGNATURE
from iib.metadata.carriers.text_encodings import decode_text
from iib.metadata.protocol import MAX_TEXT_BYTES, Entry

if TYPE_CHECKING:
    from PIL import Image

MARKS = {
    b"stealth_pnginfo": ("stealth:alpha", False),
    b"stealth_pngcomp": ("stealth:alpha", True),
    b"stealth_rgbinfo": ("stealth:rgb", False),
    b"stealth_rgbcomp": ("stealth:rgb", True),
}
MARK_BYTES = 15
HEAD_BITS = (MARK_BYTES + 4) * 8  # mark and length
MAX_PIXELS = 24_000_000  # more would take more memory than one file may cost
MAX_STEALTH_BYTES = 2 * 1024 * 1024
CHANNELS = {2: 3, 6: 4}  # PNG colour types with three colours, with alpha
ALPHA_ROWS, RGB_ROWS = 8, 3  # the pixels that hold the first byte of the mark
LOWEST_BIT = bytes(48 + (value & 1) for value in range(256))  # to the digits of a binary number
READ_BYTES = 16 * 1024


def may_contain_stealth(stream: BinaryIO, container: str) -> bool:
    """Return True if the first pixels may begin with a mark. A cheap test, False for nearly all images."""
    if container == "png":
        return _png_begins_with_mark(stream)
    if container == "webp":
        stream.seek(0)
        return b"VP8L" in stream.read(4096)
    return False


def read_stealth(stream: BinaryIO) -> list[Entry]:
    """Return the stealth text as one entry, or an empty list. Decodes the image. Never raises for damaged images."""
    from PIL import Image  # needed for few images

    stream.seek(0)
    try:
        with Image.open(stream, formats=("PNG", "WEBP")) as image:
            width, height = image.size
            if width * height > MAX_PIXELS or image.mode not in ("RGB", "RGBA"):
                return []
            for bands, mark_place in (("A", "stealth:alpha"), ("RGB", "stealth:rgb")):
                if bands == "A" and image.mode != "RGBA":
                    continue
                text = _read_bands(image, bands, mark_place)
                if text is not None:
                    return [Entry(mark_place, "stealth", text)]
    except (OSError, ValueError, SyntaxError, struct.error, zlib.error, EOFError, Image.DecompressionBombError):
        return []
    return []


def _read_bands(image: Image.Image, bands: str, place: str) -> str | None:
    head = _bits(image, bands, HEAD_BITS)
    mark_place, is_compressed = MARKS.get(head[:MARK_BYTES], ("", False))
    if mark_place != place:
        return None
    (length,) = struct.unpack_from(">I", head, MARK_BYTES)
    available = image.width * image.height * len(bands) - HEAD_BITS
    if not 0 < length <= min(available, MAX_STEALTH_BYTES * 8):
        return None
    payload = _bits(image, bands, HEAD_BITS + length)[HEAD_BITS // 8 :][: length // 8]
    if is_compressed:
        payload = zlib.decompressobj(wbits=31).decompress(payload, MAX_TEXT_BYTES)
    return decode_text(payload)


def _bits(image: Image.Image, bands: str, count: int) -> bytes:
    """Return the lowest bits of the first `count` samples, column by column, the most significant bit first."""
    from PIL.Image import Transpose

    pixels = -(-count // len(bands))
    columns = min(image.width, -(-pixels // image.height))
    part = image.crop((0, 0, columns, image.height))
    part = part.getchannel("A") if bands == "A" else part.convert("RGB")
    digits = part.transpose(Transpose.TRANSPOSE).tobytes().translate(LOWEST_BIT)[:count]
    digits = digits[: len(digits) & ~7]
    return int(digits, 2).to_bytes(len(digits) // 8, "big") if digits else b""


def _png_begins_with_mark(stream: BinaryIO) -> bool:
    stream.seek(len(SIGNATURE))
    header = stream.read(8 + 13 + 4)
    if len(header) < 25 or header[4:8] != b"IHDR":
        return False
    width, height, depth, colour, _method, _filter, interlace = struct.unpack_from(">IIBBBBB", header, 8)
    channels = CHANNELS.get(colour)
    if channels is None or depth != 8 or not 0 < width * height <= MAX_PIXELS:
        return False
    if interlace or height < ALPHA_ROWS:
        return True  # rare; `read_stealth` decides
    rows = _first_rows(stream, width * channels, ALPHA_ROWS)
    if len(rows) < ALPHA_ROWS:
        return False
    pixels = first_pixels(rows, channels)
    mark = ord("s")
    bits = [pixel[-1] & 1 for pixel in pixels] if channels == 4 else []
    colours = [value & 1 for pixel in pixels[:RGB_ROWS] for value in pixel[:3]][:8]
    return _byte(bits) == mark or _byte(colours) == mark


def _byte(bits: list[int]) -> int:
    value = 0
    for bit in bits:
        value = value << 1 | bit
    return value


def _first_rows(stream: BinaryIO, row_bytes: int, count: int) -> list[bytes]:
    """Return the beginning of the first rows as stored: the filter byte and up to four filtered samples."""
    needed = count * (row_bytes + 1)
    worker = zlib.decompressobj()
    raw = bytearray()
    for _ in range(MAX_CHUNKS):
        header = stream.read(8)
        if len(header) < CHUNK.size:
            break
        length, kind = CHUNK.unpack(header)
        if kind != b"IDAT":
            if kind == b"IEND":
                break
            stream.seek(length + 4, 1)
            continue
        while length > 0 and len(raw) < needed:
            data = stream.read(min(length, READ_BYTES))
            if not data:
                return []
            length -= len(data)
            try:
                raw += worker.decompress(data, needed - len(raw))
            except zlib.error:
                return []
        if len(raw) >= needed:
            break
        stream.seek(length + 4, 1)
    step = row_bytes + 1
    return [bytes(raw[at : at + 5]) for at in range(0, min(len(raw), needed) - step + 1, step)]


def first_pixels(rows: list[bytes], channels: int) -> list[bytes]:
    """Return the unfiltered first pixel of each row. Left of it everything is zero, so only the pixel above matters."""
    above = bytes(channels)
    pixels = []
    for row in rows:
        kind, stored = row[0], row[1 : 1 + channels]
        if kind in (2, 4):  # Up; Paeth takes the pixel above, as left and corner are zero
            above = bytes((value + up) & 255 for value, up in zip(stored, above, strict=True))
        elif kind == 3:  # Average
            above = bytes((value + up // 2) & 255 for value, up in zip(stored, above, strict=True))
        else:  # None and Sub
            above = stored
        pixels.append(above)
    return pixels
