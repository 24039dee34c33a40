"""Drawing thumbnails and covers ahead, before anybody asks for them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from iib.api import Services
from iib.errors import IIBError, Unsupported
from iib.index import outermost_folders, walk_folders
from iib.media import COVER_BOX, MAX_CONCURRENT_RENDERS, SMALL_FILE_BYTES
from iib.model import MediaKind, is_media_name, kind_of
from iib.settings import is_windows

BATCH = 64


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture to draw: the thumbnail of a picture or the cover of a video."""

    path: str
    kind: MediaKind
    box: tuple[int, int]


def generate(services: Services, *, image_box: tuple[int, int] | None, covers: bool, verbose: bool) -> None:
    """Draw what the endpoints would, into the same cache; tells how far it is. Never raises for a single file."""
    wanted = list(_wanted(services, image_box, covers=covers))
    counts = {"drawn": 0, "kept": 0, "failed": 0}
    with ThreadPoolExecutor(MAX_CONCURRENT_RENDERS) as pool:
        for start in range(0, len(wanted), BATCH):
            batch = wanted[start : start + BATCH]
            for item, (word, reason) in zip(batch, pool.map(lambda one: _draw(services, one), batch), strict=True):
                counts[word] += 1
                if verbose:
                    print(f"{word}: {_printable(item.path)}{f' ({reason})' if reason else ''}", flush=True)
            _show(min(start + BATCH, len(wanted)), len(wanted), counts)
    print(f"{counts['drawn']:,} drawn, {counts['kept']:,} were there, {counts['failed']:,} cannot be drawn")


def _wanted(services: Services, image_box: tuple[int, int] | None, *, covers: bool) -> Iterator[Wanted]:
    """Pictures below the bound for small files are sent as they are; nothing is drawn for them."""
    for path, size_bytes in _media_files(services.roots.trusted() + services.roots.indexed()):
        kind = kind_of(path)
        if kind is MediaKind.IMAGE and image_box is not None and size_bytes >= SMALL_FILE_BYTES:
            yield Wanted(os.path.realpath(path), kind, image_box)
        elif kind is MediaKind.VIDEO and covers:
            yield Wanted(os.path.realpath(path), kind, COVER_BOX)


def _media_files(roots: Iterable[str]) -> Iterator[tuple[str, int]]:
    """(path, size) of every media file of the library, newest first within a folder."""
    for root in outermost_folders((root for root in roots if os.path.isdir(root)), windows=is_windows()):  # noqa: PTH112
        for listing in walk_folders(root, is_media_name):
            for file in sorted(listing.files, key=lambda file: -file.stamp.mtime_ns):
                yield os.path.join(listing.path, file.name), file.stamp.size_bytes  # noqa: PTH118


def _draw(services: Services, wanted: Wanted) -> tuple[str, str]:
    """What came of it, and why not. Raises `Unsupported`: then no other file can be drawn either."""
    try:
        if services.thumbnails.is_cached(wanted.path, wanted.kind, wanted.box):
            return "kept", ""
        services.thumbnails.get(wanted.path, wanted.kind, wanted.box)
    except Unsupported:
        raise
    except (IIBError, OSError) as error:
        return "failed", str(error)
    return "drawn", ""


def _show(done: int, total: int, counts: dict[str, int]) -> None:
    sys.stderr.write(f"\r{done:,} of {total:,} files, {counts['failed']:,} cannot be drawn ")
    if done >= total:
        sys.stderr.write("\n")
    sys.stderr.flush()


def _printable(path: str) -> str:
    """Names that the terminal's encoding or its control characters would spoil."""
    text = "".join(sign if sign.isprintable() else "?" for sign in path)
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)
