"""The HTTP API: routers over the services, and the services that commands use as well.

`__all__` is the interface for `bootstrap`, `cli`, tests and tools. Its names are loaded on first use, so that commands
which need no server do not import FastAPI's routes.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iib.api.app import ROUTERS, add_page, create_api, running
    from iib.api.http.host_check import HostCheckMiddleware
    from iib.api.openapi import EXAMPLES, read_examples
    from iib.api.permissions import KNOWN, OPEN, READ, WRITE, Guard
    from iib.api.serializers.common import media_entry
    from iib.api.services import Services, ServiceSource

__all__ = [
    "EXAMPLES",
    "KNOWN",
    "OPEN",
    "READ",
    "ROUTERS",
    "WRITE",
    "Guard",
    "HostCheckMiddleware",
    "ServiceSource",
    "Services",
    "add_page",
    "create_api",
    "media_entry",
    "read_examples",
    "running",
]

_MODULES = {
    **dict.fromkeys(("ROUTERS", "add_page", "create_api", "running"), "app"),
    **dict.fromkeys(("KNOWN", "OPEN", "READ", "WRITE", "Guard"), "permissions"),
    **dict.fromkeys(("EXAMPLES", "read_examples"), "openapi"),
    **dict.fromkeys(("ServiceSource", "Services"), "services"),
    "HostCheckMiddleware": "http.host_check",
    "media_entry": "serializers.common",
}


def __getattr__(name: str) -> object:
    """Load an exported name on first use."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value
