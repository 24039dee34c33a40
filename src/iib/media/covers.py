"""Extracts a still image from a video, as its cover."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

from PIL import Image

from iib.errors import MediaError, Unsupported

COVER_FRAME = 16  # the first frames are often black


def grab_cover(path: str, box: tuple[int, int]) -> Image.Image:
    """Return frame 16 of a video, or the last readable frame before it, scaled down to fit `box` (pixels).

    Raises `MediaError`, `FileNotFoundError`, and `Unsupported` if the decoder is not installed.
    """
    decoder = _load_decoder()
    frame = None
    try:
        with decoder.open(path) as container:
            if not container.streams.video:
                raise MediaError("this file has no video stream")
            for index, candidate in enumerate(_frames(container, decoder.error.FFmpegError)):
                frame = candidate
                if index >= COVER_FRAME:
                    break
            if frame is None:
                raise MediaError("no frame of this video can be decoded")
            image: Image.Image = frame.to_image()
    except FileNotFoundError:
        raise
    except (decoder.error.FFmpegError, ValueError, OSError) as error:
        raise MediaError(f"this video cannot be decoded: {error}") from error
    image.thumbnail(box, Image.Resampling.LANCZOS)
    return image


def _frames(container: Any, broken: type[Exception]) -> Iterator[Any]:
    """Yield the frames before the first damaged one; raises its error if there are none."""
    count = 0
    try:
        for frame in container.decode(video=0):
            yield frame
            count += 1
    except (broken, ValueError, OSError):
        if not count:
            raise


def _load_decoder() -> Any:
    """Return PyAV, which is imported on first use, because the program works without it."""
    try:
        importlib.import_module("av.error")
        return importlib.import_module("av")
    except ImportError as error:
        raise Unsupported("video covers need the package av, which is not installed") from error
