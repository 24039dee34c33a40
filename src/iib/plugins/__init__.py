"""Readers from outside: pluggy hooks, entry points, and the older plug-in folders.

A plug-in module needs two names from here: `hookimpl` to mark its hooks, and what `iib.metadata.protocol` defines.
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
