"""Decodes images and videos: thumbnails, covers, thumbhashes and picture hashes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iib._lib.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from iib.media.custom_covers import CustomCovers
    from iib.media.thumbnails import (
        COVER_BOX,
        MAX_CONCURRENT_RENDERS,
        SMALL_FILE_BYTES,
        Thumbnail,
        Thumbnails,
        parse_box,
    )
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "custom_covers": ("CustomCovers",),
            "thumbnails": (
                "COVER_BOX",
                "MAX_CONCURRENT_RENDERS",
                "SMALL_FILE_BYTES",
                "Thumbnail",
                "Thumbnails",
                "parse_box",
            ),
        },
    )

__all__ = [
    "COVER_BOX",
    "MAX_CONCURRENT_RENDERS",
    "SMALL_FILE_BYTES",
    "CustomCovers",
    "Thumbnail",
    "Thumbnails",
    "parse_box",
]
