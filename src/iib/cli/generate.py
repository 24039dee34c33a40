"""Creates thumbnails and covers in the cache before the page requests them."""

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
class Target:
    """A thumbnail of a picture or a cover of a video that is to be created."""

    path: str
    kind: MediaKind
    box: tuple[int, int]


def generate(services: Services, *, image_box: tuple[int, int] | None, covers: bool, verbose: bool) -> None:
    """Create the thumbnails and covers in the cache of the endpoints, and print progress.

    A file that fails is counted and does not stop the others.
    """
    targets = list(_list_targets(services, image_box, covers=covers))
    counts = {"drawn": 0, "kept": 0, "failed": 0}
    with ThreadPoolExecutor(MAX_CONCURRENT_RENDERS) as pool:
        for start in range(0, len(targets), BATCH):
            batch = targets[start : start + BATCH]
            for item, (word, reason) in zip(
                batch, pool.map(lambda target: _draw(services, target), batch), strict=True
            ):
                counts[word] += 1
                if verbose:
                    print(f"{word}: {_printable(item.path)}{f' ({reason})' if reason else ''}", flush=True)
            _show(min(start + BATCH, len(targets)), len(targets), counts)
    print(f"{counts['drawn']:,} drawn, {counts['kept']:,} already existed, {counts['failed']:,} cannot be drawn")


def _list_targets(services: Services, image_box: tuple[int, int] | None, *, covers: bool) -> Iterator[Target]:
    """Iterate the pictures and videos. Pictures smaller than `SMALL_FILE_BYTES` are served unchanged and left out."""
    for path, size_bytes in _media_files(services.roots.trusted() + services.roots.indexed()):
        kind = kind_of(path)
        if kind is MediaKind.IMAGE and image_box is not None and size_bytes >= SMALL_FILE_BYTES:
            yield Target(os.path.realpath(path), kind, image_box)
        elif kind is MediaKind.VIDEO and covers:
            yield Target(os.path.realpath(path), kind, COVER_BOX)


def _media_files(roots: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Iterate (path, size in bytes) of all media files of the library, newest first within a folder."""
    for root in outermost_folders((root for root in roots if os.path.isdir(root)), windows=is_windows()):  # noqa: PTH112
        for listing in walk_folders(root, is_media_name):
            for file in sorted(listing.files, key=lambda file: -file.stamp.mtime_ns):
                yield os.path.join(listing.path, file.name), file.stamp.size_bytes  # noqa: PTH118


def _draw(services: Services, target: Target) -> tuple[str, str]:
    """Create one thumbnail; return `drawn`, `kept` or `failed`, and the reason of a failure.

    Raises `Unsupported` if no file can be drawn on this machine.
    """
    try:
        if services.thumbnails.is_cached(target.path, target.kind, target.box):
            return "kept", ""
        services.thumbnails.get(target.path, target.kind, target.box)
    except Unsupported:
        raise
    except (IIBError, OSError) as error:
        return "failed", str(error)
    return "drawn", ""


def _show(done: int, total: int, counts: dict[str, int]) -> None:
    """Print progress to stderr, on one line."""
    sys.stderr.write(f"\r{done:,} of {total:,} files, {counts['failed']:,} cannot be drawn ")
    if done >= total:
        sys.stderr.write("\n")
    sys.stderr.flush()


def _printable(path: str) -> str:
    """Replace control characters and characters that the encoding of the terminal lacks."""
    text = "".join(sign if sign.isprintable() else "?" for sign in path)
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)
