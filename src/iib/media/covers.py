"""Still pictures of videos."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

from PIL import Image

from iib.errors import MediaError, Unsupported

COVER_FRAME = 16  # the first frames are often black


def grab_cover(path: str, box: tuple[int, int]) -> Image.Image:
    """Frame 16, or the last one before it that can be decoded, fitting the box.

    Raises `MediaError`, `FileNotFoundError`, `Unsupported` where the decoder is not installed.
    """
    decoder = _decoder()
    frame = None
    try:
        with decoder.open(path) as container:
            if not container.streams.video:
                raise MediaError("this file has no pictures")
            for index, candidate in enumerate(_frames(container, decoder.error.FFmpegError)):
                frame = candidate
                if index >= COVER_FRAME:
                    break
            if frame is None:
                raise MediaError("this video has no frame that can be decoded")
            image: Image.Image = frame.to_image()
    except FileNotFoundError:
        raise
    except (decoder.error.FFmpegError, ValueError, OSError) as error:
        raise MediaError(f"this video cannot be decoded: {error}") from error
    image.thumbnail(box, Image.Resampling.LANCZOS)
    return image


def _frames(container: Any, broken: type[Exception]) -> Iterator[Any]:
    """Frames until the first one that is damaged; raises only if none came before it."""
    count = 0
    try:
        for frame in container.decode(video=0):
            yield frame
            count += 1
    except (broken, ValueError, OSError):
        if not count:
            raise


def _decoder() -> Any:
    """PyAV, loaded when first needed: the program works without it."""
    try:
        importlib.import_module("av.error")
        return importlib.import_module("av")
    except ImportError as error:
        raise Unsupported("covers of videos need the package av, which is not installed here") from error
