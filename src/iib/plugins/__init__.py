"""Readers from outside: pluggy hooks, entry points, and the older plug-in folders.

A plug-in module needs two names from here: `hookimpl` to mark its hooks, and what `iib.metadata.protocol` defines.
"""

from __future__ import annotations

from iib.plugins.hookspecs import hookimpl

__all__ = ["hookimpl"]
