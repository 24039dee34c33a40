"""Small pictures, made once and kept on disk."""

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
from iib.media.decode import open_small
from iib.media.picture_hash import picture_hash
from iib.media.thumbhash import encode
from iib.model import MediaKind, PicturePreview

FORMAT_VERSION = 1  # part of the key: raise it when thumbnails are drawn differently
QUALITY = 80
PREVIEW_BOX = (100, 100)
COVER_BOX = (512, 512)
SMALL_FILE_BYTES = 64 * 1024  # pictures below are sent as they are
MAX_CACHE_BYTES = 4 * 1024 * 1024 * 1024
TRIM_EVERY = 512  # writes between two looks at the size of the cache
MAX_CONCURRENT_RENDERS = 3
BOX = re.compile(r"([0-9]{1,4})x([0-9]{1,4})")
MAX_SIDE_PX = 4096


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """WebP bytes and the strong validator of them."""

    data: bytes
    etag: str


class Thumbnails:
    """Draws, caches (key: real path, time, size, box, chosen cover) and bounds the cache. Safe from any thread."""

    def __init__(self, cache_dir: Path, max_bytes: int = MAX_CACHE_BYTES, covers: CustomCovers | None = None) -> None:
        self._dir = cache_dir
        self._covers = covers
        self._max_bytes = max_bytes
        self._slots = threading.BoundedSemaphore(MAX_CONCURRENT_RENDERS)
        self._lock = threading.Lock()
        self._under_way: dict[str, threading.Event] = {}
        self.written = 0  # thumbnails put into the cache

    def kept(self, path: str, kind: MediaKind, box: tuple[int, int]) -> Thumbnail | None:
        """The thumbnail if it was drawn before. Raises `OSError` when there is no such file."""
        key = self._key(path, kind, box)
        with contextlib.suppress(OSError):
            return Thumbnail(self._place(key).read_bytes(), f'"{key}"')
        return None

    def get(self, path: str, kind: MediaKind, box: tuple[int, int]) -> Thumbnail:
        """The thumbnail of a picture or the cover of a video. Raises `MediaError`, `OSError`."""
        key = self._key(path, kind, box)
        place = self._place(key)
        for _ in range(64):
            with contextlib.suppress(OSError):
                return Thumbnail(place.read_bytes(), f'"{key}"')
            with self._lock:
                waiting = self._under_way.get(key)
                if waiting is None:
                    self._under_way[key] = threading.Event()
                    break
            waiting.wait(60)
        try:
            with self._slots:
                data = to_webp(self._draw(path, kind, box))
            self._store(place, data)
        finally:
            with self._lock:
                event = self._under_way.pop(key, None)
            if event is not None:
                event.set()
        return Thumbnail(data, f'"{key}"')

    def preview(self, path: str, kind: MediaKind) -> PicturePreview | None:
        """Thumbhash and picture hash of a file; None for what has no picture. Raises `MediaError`, `OSError`."""
        if kind is MediaKind.AUDIO:
            return None
        with self._slots:
            image = self._draw(path, kind, PREVIEW_BOX)
        return PicturePreview(encode(image), picture_hash(image))

    def etag(self, path: str, kind: MediaKind, box: tuple[int, int]) -> str:
        """The validator without drawing anything. Raises `OSError`."""
        return f'"{self._key(path, kind, box)}"'

    def is_kept(self, path: str, kind: MediaKind, box: tuple[int, int]) -> bool:
        """True if this picture need not be drawn any more. Raises `OSError`."""
        return self._place(self._key(path, kind, box)).is_file()

    def choose_cover(self, path: str, picture: bytes) -> None:
        """Show this picture for a video from now on. Raises `MediaError`, `OSError`."""
        if self._covers is None:
            raise Unsupported("there is no place for covers")
        self._covers.choose(path, picture)

    def _key(self, path: str, kind: MediaKind, box: tuple[int, int]) -> str:
        """Of a file as it is now."""
        status = os.stat(path)
        text = f"{FORMAT_VERSION}\0{path}\0{status.st_mtime_ns}\0{status.st_size}\0{box[0]}x{box[1]}"
        if kind is MediaKind.VIDEO and self._covers is not None:
            text += f"\0{self._covers.version(path)}"
        return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

    def _place(self, key: str) -> Path:
        return self._dir / "thumbnails" / key[:2] / f"{key}.webp"

    def _draw(self, path: str, kind: MediaKind, box: tuple[int, int]) -> Image.Image:
        """Raises `MediaError`, `OSError`."""
        if kind is MediaKind.AUDIO:
            raise MediaError("sound has no picture")
        if kind is MediaKind.IMAGE:
            return open_small(path, box)
        chosen = self._covers.find(path) if self._covers is not None else None
        if chosen is not None:
            with contextlib.suppress(MediaError, FileNotFoundError):  # damaged or just removed: the video has a frame
                return open_small(str(chosen), box)
        return grab_cover(path, box)

    def _store(self, place: Path, data: bytes) -> None:
        """Written beside and renamed, so that nobody reads half a file. A full or missing disk costs only the cache."""
        partial = place.with_name(f"{place.stem}.{threading.get_ident()}.part")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(data)
            partial.replace(place)
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
        """Drop the files used longest ago until the cache is below its bound."""
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
    """`parse_box("512x384")` gives (512, 384). Raises `InvalidRequest`."""
    match = BOX.fullmatch(text)
    box = (int(match[1]), int(match[2])) if match else (0, 0)
    if min(box) < 1 or max(box) > MAX_SIDE_PX:
        raise InvalidRequest(f"size must be WIDTHxHEIGHT, at most {MAX_SIDE_PX} each")
    return box


def to_webp(image: Image.Image) -> bytes:
    """Encode."""
    out = io.BytesIO()
    image.save(out, "WEBP", quality=QUALITY, method=2)
    return out.getvalue()
