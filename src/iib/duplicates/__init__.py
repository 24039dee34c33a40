"""Groups of equal and similar files, each with a suggestion of the file to keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iib._lib.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from iib.duplicates.hamming import MAX_HAMMING_RADIUS
    from iib.duplicates.hashing import MakePreview
    from iib.duplicates.near_duplicates import DEFAULT_NEAR_THRESHOLD
    from iib.duplicates.service import DuplicateFile, DuplicateGroup, DuplicateService
    from iib.duplicates.stored_results import DuplicateParams
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "hamming": ("MAX_HAMMING_RADIUS",),
            "hashing": ("MakePreview",),
            "near_duplicates": ("DEFAULT_NEAR_THRESHOLD",),
            "service": ("DuplicateFile", "DuplicateGroup", "DuplicateService"),
            "stored_results": ("DuplicateParams",),
        },
    )

__all__ = [
    "DEFAULT_NEAR_THRESHOLD",
    "MAX_HAMMING_RADIUS",
    "DuplicateFile",
    "DuplicateGroup",
    "DuplicateParams",
    "DuplicateService",
    "MakePreview",
]
