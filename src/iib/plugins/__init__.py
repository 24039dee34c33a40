"""Loads plug-ins: packages with an entry point, and folders with a `main.py`.

A plug-in marks its hooks with `hookimpl` and imports the classes for carriers and dialects from `iib.metadata`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iib._lib.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from iib.plugins.hookspecs import hookimpl
    from iib.plugins.loader import load_readers
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "hookspecs": ("hookimpl",),
            "loader": ("load_readers",),
        },
    )

__all__ = [
    "hookimpl",
    "load_readers",
]
