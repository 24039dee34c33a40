"""Covers that people chose. They are no cache: nothing but another choice replaces them.

A cover belongs to the content of a video, not to its place: it stays when the file is moved, renamed or touched, and
goes when the file is overwritten by another one.
"""

from __future__ import annotations

import contextlib
import io
import os
import threading
import warnings
from hashlib import blake2b
from pathlib import Path

from PIL import Image, ImageOps

from iib._lib.cache import RevisionCache
from iib.errors import MediaError
from iib.media.decode import BROKEN, FORMATS, reason_of

COVER_SIDE_PX = 1024  # what the largest thumbnail may ask for
MAX_GIVEN_PIXELS = 64_000_000
QUALITY = 90
SAMPLE_BYTES = 64 * 1024


class CustomCovers:
    """One WebP a video in `folder`, which is made when the first one is chosen. Safe from any thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._choices = 0  # of this process: two within one tick of the folder's date count as well
        self._sizes: RevisionCache[tuple[int, int] | None, frozenset[str]] = RevisionCache()

    def choose(self, path: str, picture: bytes) -> None:
        """Keep a picture as the cover of this video. Raises `MediaError` for what is no picture, `OSError`."""
        data = reencode(picture)
        place = self._folder / f"{fingerprint(path)}.webp"
        partial = place.with_suffix(f".{threading.get_ident()}.part")
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            partial.write_bytes(data)
            partial.replace(place)
        except OSError:
            with contextlib.suppress(OSError):
                partial.unlink()
            raise
        with self._lock:
            self._choices += 1

    def find(self, path: str) -> Path | None:
        """The cover of this video, if one was chosen. Raises `OSError` when the video cannot be read."""
        # The video itself is read only if a cover was chosen for one of its size.
        if f"{os.stat(path).st_size:x}" not in self._known_sizes():
            return None
        place = self._folder / f"{fingerprint(path)}.webp"
        return place if place.is_file() else None

    def version(self, path: str) -> str:
        """Changes with the choice; empty without one. Raises `OSError`."""
        place = self.find(path)
        if place is None:
            return ""
        status = os.stat(place)
        return f"{status.st_mtime_ns:x}-{status.st_size:x}"

    def _known_sizes(self) -> frozenset[str]:
        """Sizes of the videos that have covers, listed anew when the folder has changed."""
        return self._sizes.get(self._revision, self._list_sizes)

    def _revision(self) -> tuple[int, int] | None:
        try:
            return os.stat(self._folder).st_mtime_ns, self._choices
        except OSError:
            return None

    def _list_sizes(self, revision: tuple[int, int] | None, _previous: object) -> frozenset[str]:
        if revision is None:
            return frozenset()
        names = os.listdir(self._folder)
        return frozenset(name.partition("-")[0] for name in names if name.endswith(".webp"))


def fingerprint(path: str) -> str:
    """Size in hex, and a digest of the size and of the beginning, middle and end of a file. Raises `OSError`."""
    with open(path, "rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        digest = blake2b(f"{size}\0".encode(), digest_size=16)
        for position in sorted({0, max(0, size // 2 - SAMPLE_BYTES // 2), max(0, size - SAMPLE_BYTES)}):
            stream.seek(position)
            digest.update(stream.read(SAMPLE_BYTES))
    return f"{size:x}-{digest.hexdigest()}"


def reencode(picture: bytes) -> bytes:
    """A WebP of bounded size with nothing of the original but its pixels. Raises `MediaError`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(picture), formats=FORMATS) as image:
                if image.width * image.height > MAX_GIVEN_PIXELS:
                    raise MediaError(f"this picture is too large ({image.width} x {image.height})")
                plain = ImageOps.exif_transpose(image).convert("RGB")
    except BROKEN as error:
        raise MediaError(f"this is no picture that can be decoded: {reason_of(error)}") from error
    plain.thumbnail((COVER_SIDE_PX, COVER_SIDE_PX), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    plain.save(out, "WEBP", quality=QUALITY)
    return out.getvalue()
