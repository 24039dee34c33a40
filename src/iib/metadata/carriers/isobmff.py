"""ISO base media files (ISO/IEC 14496-12): MP4, MOV, M4A and the still images HEIF and AVIF (23008-12)."""

from __future__ import annotations

from typing import BinaryIO

from iib.metadata.carriers.bounded_bytes import ReadBudget
from iib.metadata.carriers.embedded.exif import read_tiff
from iib.metadata.carriers.embedded.jumbf import read_jumbf
from iib.metadata.carriers.embedded.xmp import read_xmp
from iib.metadata.carriers.iso.boxes import Place, walk
from iib.metadata.carriers.iso.heif import Items
from iib.metadata.carriers.iso.movie import Movie
from iib.metadata.protocol import MAX_ENTRIES, ContainerMetadata, Entry

STILL = (b"avif", b"avis", b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"heis")
FIRST = frozenset((b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"JXL ", b"styp"))
XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
C2PA_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
MAX_BOXES = 20_000


class IsobmffCarrier:
    """Reads both metadata layouts of movies, and the Exif and XMP items of still images."""

    name = "isobmff"

    def accepts(self, head: bytes) -> bool:
        """By the first box."""
        return head[4:8] in FIRST

    def read(self, stream: BinaryIO, size_bytes: int) -> ContainerMetadata:
        """Walk the top-level boxes; media data is skipped by seeking."""
        allowance = ReadBudget(steps=MAX_BOXES)
        movie, items = Movie(stream, allowance), Items(stream, allowance)
        brand, entries = b"", []
        for place in walk(stream, 0, size_bytes, allowance):
            if place.kind == b"ftyp":
                stream.seek(place.start)
                brand = stream.read(min(place.end - place.start, 64))
            elif place.kind == b"JXL ":
                brand = b"jxl "
            elif place.kind == b"moov":
                movie.read(place)
            elif place.kind == b"meta":
                items.read(place)
                movie.read_meta(place)
            elif place.kind in (b"uuid", b"Exif", b"xml ", b"jumb"):
                entries += _loose(stream, place, allowance)
        is_still = any(brand[at : at + 4] in STILL for at in range(0, len(brand), 4))
        found = (*movie.entries, *items.entries, *entries)
        return ContainerMetadata(
            _container(brand, is_still=is_still),
            found[:MAX_ENTRIES],
            (items.width_px or movie.width_px) if is_still else movie.width_px,
            (items.height_px or movie.height_px) if is_still else movie.height_px,
            items.orientation,
            None if is_still else movie.duration_ms,
            tuple(allowance.problems),
        )


def _container(brand: bytes, *, is_still: bool) -> str:
    if brand.startswith(b"jxl "):
        return "jxl"
    return ("avif" if b"avi" in brand[:40] else "heif") if is_still else "mp4"


def _loose(stream: BinaryIO, place: Place, allowance: ReadBudget) -> list[Entry]:
    """Boxes of extensions at the top level."""
    stream.seek(place.start)
    length = place.end - place.start
    if place.kind == b"uuid":
        uuid = stream.read(16)
        if uuid == XMP_UUID:
            return read_xmp(allowance.read(stream, length - 16).decode("utf-8", "replace"))
        if uuid == C2PA_UUID:
            body = allowance.read(stream, length - 16)
            at = body.find(b"jumb")
            return read_jumbf(body[at - 4 :]) if at >= 4 else []
        return []
    body = allowance.read(stream, length)
    if place.kind == b"Exif":
        return list(read_tiff(body[4 + int.from_bytes(body[:4], "big") :]).entries)
    if place.kind == b"jumb":
        return read_jumbf((length + 8).to_bytes(4, "big") + b"jumb" + body)
    return read_xmp(body.decode("utf-8", "replace"))
