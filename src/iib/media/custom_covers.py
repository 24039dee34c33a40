"""Stores custom covers of videos. They are not a cache: only another custom cover replaces them.

A cover belongs to the content of a video and not to its path. It remains if the file is moved, renamed or touched, and
no longer applies if the file is overwritten by another video.
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

COVER_SIDE_PX = 1024
MAX_UPLOAD_PIXELS = 64_000_000
QUALITY = 90
SAMPLE_BYTES = 64 * 1024


class CustomCovers:
    """Custom covers as one WebP file per video in `folder`, which the first cover creates. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._saved = 0  # by this process: detects two covers within one tick of the folder's modification time
        self._sizes: RevisionCache[tuple[int, int] | None, frozenset[str]] = RevisionCache()

    def save(self, path: str, image: bytes) -> None:
        """Store an image as the cover of this video. Raises `MediaError` if it is not an image, and `OSError`."""
        data = reencode(image)
        target = self._folder / f"{fingerprint(path)}.webp"
        partial = target.with_suffix(f".{threading.get_ident()}.part")
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            partial.write_bytes(data)
            partial.replace(target)
        except OSError:
            with contextlib.suppress(OSError):
                partial.unlink()
            raise
        with self._lock:
            self._saved += 1

    def find(self, path: str) -> Path | None:
        """Return the custom cover of this video, or None. Raises `OSError` if the video cannot be read."""
        # The video itself is read only if a video of its size has a cover.
        if f"{os.stat(path).st_size:x}" not in self._video_sizes():
            return None
        target = self._folder / f"{fingerprint(path)}.webp"
        return target if target.is_file() else None

    def version(self, path: str) -> str:
        """Return a text that changes with the custom cover; empty if there is none. Raises `OSError`."""
        cover = self.find(path)
        if cover is None:
            return ""
        status = os.stat(cover)
        return f"{status.st_mtime_ns:x}-{status.st_size:x}"

    def _video_sizes(self) -> frozenset[str]:
        """Return the sizes of the videos with covers, in hex; listed again if the folder has changed."""
        return self._sizes.get(self._revision, self._list_sizes)

    def _revision(self) -> tuple[int, int] | None:
        try:
            return os.stat(self._folder).st_mtime_ns, self._saved
        except OSError:
            return None

    def _list_sizes(self, revision: tuple[int, int] | None, _previous: object) -> frozenset[str]:
        if revision is None:
            return frozenset()
        names = os.listdir(self._folder)
        return frozenset(name.partition("-")[0] for name in names if name.endswith(".webp"))


def fingerprint(path: str) -> str:
    """Return the size in hex and a digest of the size and of start, middle and end of a file. Raises `OSError`."""
    with open(path, "rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        digest = blake2b(f"{size}\0".encode(), digest_size=16)
        for position in sorted({0, max(0, size // 2 - SAMPLE_BYTES // 2), max(0, size - SAMPLE_BYTES)}):
            stream.seek(position)
            digest.update(stream.read(SAMPLE_BYTES))
    return f"{size:x}-{digest.hexdigest()}"


def reencode(source: bytes) -> bytes:
    """Return an image as WebP of at most 1024 pixels per side, without its metadata. Raises `MediaError`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(source), formats=FORMATS) as image:
                if image.width * image.height > MAX_UPLOAD_PIXELS:
                    raise MediaError(f"this image is too large ({image.width} x {image.height})")
                rgb = ImageOps.exif_transpose(image).convert("RGB")
    except BROKEN as error:
        raise MediaError(f"this image cannot be decoded: {reason_of(error)}") from error
    rgb.thumbnail((COVER_SIDE_PX, COVER_SIDE_PX), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    rgb.save(out, "WEBP", quality=QUALITY)
    return out.getvalue()
