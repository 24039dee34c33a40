"""Still pictures of videos."""

from __future__ import annotations

import av
from av.error import FFmpegError
from PIL import Image

from iib.errors import MediaError

COVER_FRAME = 16  # the first frames are often black
MAX_FRAMES = 64


def grab_cover(path: str, box: tuple[int, int]) -> Image.Image:
    """Frame 16, or the last one of a shorter video, fitting the box. Raises `MediaError`."""
    try:
        with av.open(path) as container:
            if not container.streams.video:
                raise MediaError("this file has no pictures")
            frame = None
            for index, candidate in enumerate(container.decode(video=0)):
                frame = candidate
                if index >= COVER_FRAME or index >= MAX_FRAMES:
                    break
            if frame is None:
                raise MediaError("this video has no frame that can be decoded")
            image: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]
    except FileNotFoundError:
        raise
    except (FFmpegError, ValueError, OSError) as error:
        raise MediaError(f"this video cannot be decoded: {error}") from error
    image.thumbnail(box, Image.Resampling.LANCZOS)
    return image
