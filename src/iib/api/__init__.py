"""The HTTP API: routers over the services, and the services that commands use as well.

`__all__` is the interface for `bootstrap`, `cli`, tests and tools. Its names are loaded on first use, so that commands
which need no server do not import FastAPI's routes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iib._lib.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from iib.api.app import ROUTERS, add_page, create_api, running
    from iib.api.http.host_check import HostCheckMiddleware
    from iib.api.openapi import EXAMPLES, read_examples
    from iib.api.permissions import KNOWN, OPEN, READ, WRITE, Guard
    from iib.api.serializers.common import media_entry
    from iib.api.services import Services, ServiceSource
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "app": ("ROUTERS", "add_page", "create_api", "running"),
            "http.host_check": ("HostCheckMiddleware",),
            "openapi": ("EXAMPLES", "read_examples"),
            "permissions": ("Guard", "KNOWN", "OPEN", "READ", "WRITE"),
            "serializers.common": ("media_entry",),
            "services": ("ServiceSource", "Services"),
        },
    )

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
