"""Renders thumbnails and caches them on disk."""

from __future__ import annotations

import contextlib
import io
import os
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from PIL import Image

from iib.errors import InvalidRequest, MediaError, Unsupported
from iib.media.covers import grab_cover
from iib.media.custom_covers import CustomCovers
from iib.media.decode import open_scaled
from iib.media.picture_hash import picture_hash
from iib.media.thumbhash import encode_thumbhash
from iib.model import MediaKind, PicturePreview

FORMAT_VERSION = 1  # part of the cache key: increase it when the rendering changes
QUALITY = 80
PREVIEW_BOX = (100, 100)
COVER_BOX = (512, 512)
SMALL_FILE_BYTES = 64 * 1024  # smaller images are sent unchanged
MAX_CACHE_BYTES = 4 * 1024 * 1024 * 1024
TRIM_EVERY = 512  # writes between two checks of the cache size
MAX_CONCURRENT_RENDERS = 3
BOX = re.compile(r"([0-9]{1,4})x([0-9]{1,4})")
MAX_SIDE_PX = 4096


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A thumbnail as WebP, and its strong validator for HTTP."""

    data: bytes
    etag: str


class Thumbnails:
    """Renders and caches thumbnails, and limits the size of the cache. Thread-safe.

    The cache key contains real path, modification time and size of the file, box, and version of the custom cover.
    At most `MAX_CONCURRENT_RENDERS` thumbnails are rendered at a time, each only once.
    """

    def __init__(self, cache_dir: Path, max_bytes: int = MAX_CACHE_BYTES, covers: CustomCovers | None = None) -> None:
        self._dir = cache_dir
        self._covers = covers
        self._max_bytes = max_bytes
        self._slots = threading.BoundedSemaphore(MAX_CONCURRENT_RENDERS)
        self._lock = threading.Lock()
        self._in_progress: dict[str, threading.Event] = {}
        self.written = 0  # thumbnails written to the cache

    def find_cached(self, path: str, kind: MediaKind, box: tuple[int, int]) -> Thumbnail | None:
        """Return the thumbnail if it is cached, otherwise None. Raises `OSError` if the file does not exist."""
        key = self._key(path, kind, box)
        with contextlib.suppress(OSError):
            return Thumbnail(self._cache_path(key).read_bytes(), f'"{key}"')
        return None

    def get(self, path: str, kind: MediaKind, box: tuple[int, int]) -> Thumbnail:
        """Return the thumbnail of an image or the cover of a video; renders it if it is not cached.

        Raises `MediaError` for audio and for files that cannot be decoded, and `OSError`.
        """
        key = self._key(path, kind, box)
        target = self._cache_path(key)
        for _ in range(64):
            with contextlib.suppress(OSError):
                return Thumbnail(target.read_bytes(), f'"{key}"')
            with self._lock:
                waiting = self._in_progress.get(key)
                if waiting is None:
                    self._in_progress[key] = threading.Event()
                    break
            waiting.wait(60)
        try:
            with self._slots:
                data = encode_webp(self._render(path, kind, box))
            self._store(target, data)
        finally:
            with self._lock:
                event = self._in_progress.pop(key, None)
            if event is not None:
                event.set()
        return Thumbnail(data, f'"{key}"')

    def preview(self, path: str, kind: MediaKind) -> PicturePreview | None:
        """Return thumbhash and picture hash of a file; None for audio. Raises `MediaError`, `OSError`."""
        if kind is MediaKind.AUDIO:
            return None
        with self._slots:
            image = self._render(path, kind, PREVIEW_BOX)
        return PicturePreview(encode_thumbhash(image), picture_hash(image))

    def etag(self, path: str, kind: MediaKind, box: tuple[int, int]) -> str:
        """Return the validator of a thumbnail without rendering it. Raises `OSError`."""
        return f'"{self._key(path, kind, box)}"'

    def is_cached(self, path: str, kind: MediaKind, box: tuple[int, int]) -> bool:
        """Return True if this thumbnail is cached. Raises `OSError`."""
        return self._cache_path(self._key(path, kind, box)).is_file()

    def set_cover(self, path: str, image: bytes) -> None:
        """Store an image as the custom cover of a video. Raises `MediaError`, `OSError`, `Unsupported`."""
        if self._covers is None:
            raise Unsupported("custom covers are not available")
        self._covers.save(path, image)

    def _key(self, path: str, kind: MediaKind, box: tuple[int, int]) -> str:
        """Return the cache key of a thumbnail for the current state of the file. Raises `OSError`."""
        status = os.stat(path)
        text = f"{FORMAT_VERSION}\0{path}\0{status.st_mtime_ns}\0{status.st_size}\0{box[0]}x{box[1]}"
        if kind is MediaKind.VIDEO and self._covers is not None:
            text += f"\0{self._covers.version(path)}"
        return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

    def _cache_path(self, key: str) -> Path:
        return self._dir / "thumbnails" / key[:2] / f"{key}.webp"

    def _render(self, path: str, kind: MediaKind, box: tuple[int, int]) -> Image.Image:
        """Render an image, or the custom cover or a frame of a video. Raises `MediaError`, `OSError`."""
        if kind is MediaKind.AUDIO:
            raise MediaError("audio files have no thumbnail")
        if kind is MediaKind.IMAGE:
            return open_scaled(path, box)
        custom_cover = self._covers.find(path) if self._covers is not None else None
        if custom_cover is not None:
            with contextlib.suppress(MediaError, FileNotFoundError):  # damaged or just removed: use a frame
                return open_scaled(str(custom_cover), box)
        return grab_cover(path, box)

    def _store(self, target: Path, data: bytes) -> None:
        """Write to a temporary file and rename it, so that no reader sees half a file.

        Errors such as a full disk are ignored: the thumbnail is then not cached.
        """
        partial = target.with_name(f"{target.stem}.{threading.get_ident()}.part")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(data)
            partial.replace(target)
        except OSError:
            with contextlib.suppress(OSError):
                partial.unlink()
            return
        with self._lock:
            self.written += 1
            is_due = self.written % TRIM_EVERY == 0
        if is_due:
            self.trim()

    def trim(self) -> None:
        """Delete the least recently used thumbnails until the cache is at most `max_bytes` large."""
        files = sorted(self._files())
        total = sum(size for _used, size, _path in files)
        for _used, size, path in files:
            if total <= self._max_bytes:
                return
            with contextlib.suppress(OSError):
                os.unlink(path)
                total -= size

    def _files(self) -> Iterator[tuple[float, int, str]]:
        for folder, _folders, names in os.walk(self._dir / "thumbnails"):
            for name in names:
                path = os.path.join(folder, name)
                with contextlib.suppress(OSError):
                    status = os.stat(path)
                    yield max(status.st_atime, status.st_mtime), status.st_size, path


def parse_box(text: str) -> tuple[int, int]:
    """Return the width and height of a size in pixels. Raises `InvalidRequest`.

    >>> parse_box("512x384")
    (512, 384)
    """
    match = BOX.fullmatch(text)
    box = (int(match[1]), int(match[2])) if match else (0, 0)
    if min(box) < 1 or max(box) > MAX_SIDE_PX:
        raise InvalidRequest(f"size must be WIDTHxHEIGHT, at most {MAX_SIDE_PX} each")
    return box


def encode_webp(image: Image.Image) -> bytes:
    """Return an image encoded as WebP."""
    out = io.BytesIO()
    image.save(out, "WEBP", quality=QUALITY, method=2)
    return out.getvalue()
