"""Reads ISO base media files (ISO/IEC 14496-12): MP4, MOV, M4A and the still images HEIF and AVIF (23008-12)."""

from __future__ import annotations

from typing import BinaryIO

from iib.metadata.carriers.embedded.exif import read_tiff
from iib.metadata.carriers.embedded.jumbf import read_jumbf
from iib.metadata.carriers.embedded.xmp import read_xmp
from iib.metadata.carriers.iso.boxes import Box, iter_stream_boxes
from iib.metadata.carriers.iso.heif import StillImageReader
from iib.metadata.carriers.iso.movie import MovieReader
from iib.metadata.carriers.read_budget import ReadBudget
from iib.metadata.protocol import MAX_ENTRIES, ContainerMetadata, Entry

STILL_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"heis")
FIRST_BOXES = frozenset((b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"JXL ", b"styp"))
XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
C2PA_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
MAX_BOXES = 20_000


class IsobmffCarrier:
    """Extracts the metadata of movies in both layouts, and the Exif and XMP still of still images."""

    name = "isobmff"

    def accepts(self, head: bytes) -> bool:
        """Return True for files whose first box is known."""
        return head[4:8] in FIRST_BOXES

    def read(self, stream: BinaryIO, size_bytes: int) -> ContainerMetadata:
        """Walk the top-level boxes; media data is skipped by seeking."""
        budget = ReadBudget(steps=MAX_BOXES)
        movie, still = MovieReader(stream, budget), StillImageReader(stream, budget)
        brand, entries = b"", []
        for box in iter_stream_boxes(stream, 0, size_bytes, budget):
            if box.kind == b"ftyp":
                stream.seek(box.start)
                brand = stream.read(min(box.end - box.start, 64))
            elif box.kind == b"JXL ":
                brand = b"jxl "
            elif box.kind == b"moov":
                movie.read(box)
            elif box.kind == b"meta":
                still.read(box)
                movie.read_meta(box)
            elif box.kind in (b"uuid", b"Exif", b"xml ", b"jumb"):
                entries += _read_extension_box(stream, box, budget)
        is_still = any(brand[at : at + 4] in STILL_BRANDS for at in range(0, len(brand), 4))
        all_entries = (*movie.entries, *still.entries, *entries)
        return ContainerMetadata(
            _container_of(brand, is_still=is_still),
            all_entries[:MAX_ENTRIES],
            (still.width_px or movie.width_px) if is_still else movie.width_px,
            (still.height_px or movie.height_px) if is_still else movie.height_px,
            still.orientation,
            None if is_still else movie.duration_ms,
            tuple(budget.problems),
        )


def _container_of(brand: bytes, *, is_still: bool) -> str:
    if brand.startswith(b"jxl "):
        return "jxl"
    return ("avif" if b"avi" in brand[:40] else "heif") if is_still else "mp4"


def _read_extension_box(stream: BinaryIO, box: Box, budget: ReadBudget) -> list[Entry]:
    """Return the entries of an extension box at the top level of the file."""
    stream.seek(box.start)
    length = box.end - box.start
    if box.kind == b"uuid":
        uuid = stream.read(16)
        if uuid == XMP_UUID:
            return read_xmp(budget.read(stream, length - 16).decode("utf-8", "replace"))
        if uuid == C2PA_UUID:
            body = budget.read(stream, length - 16)
            at = body.find(b"jumb")
            return read_jumbf(body[at - 4 :]) if at >= 4 else []
        return []
    body = budget.read(stream, length)
    if box.kind == b"Exif":
        return list(read_tiff(body[4 + int.from_bytes(body[:4], "big") :]).entries)
    if box.kind == b"jumb":
        return read_jumbf((length + 8).to_bytes(4, "big") + b"jumb" + body)
    return read_xmp(body.decode("utf-8", "replace"))
