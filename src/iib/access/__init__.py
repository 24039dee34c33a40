"""Authentication of requests and authorisation of paths."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iib._lib.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from iib.access.auth import COOKIE, HEADER, Authenticator, cookie_value
    from iib.access.paths import UNNAMED_PATH_MESSAGE, AllowedPaths, PathAuthorizer, TrustedPath, is_below, normalise
    from iib.access.request_origin import host_name, is_allowed_host, is_cross_site, is_local_request, is_loopback
    from iib.access.roots import TYPES, RootEntry, Roots, common_folders
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "auth": ("Authenticator", "COOKIE", "HEADER", "cookie_value"),
            "paths": ("AllowedPaths", "PathAuthorizer", "TrustedPath", "UNNAMED_PATH_MESSAGE", "is_below", "normalise"),
            "request_origin": ("host_name", "is_allowed_host", "is_cross_site", "is_local_request", "is_loopback"),
            "roots": ("RootEntry", "Roots", "TYPES", "common_folders"),
        },
    )

__all__ = [
    "COOKIE",
    "HEADER",
    "TYPES",
    "UNNAMED_PATH_MESSAGE",
    "AllowedPaths",
    "Authenticator",
    "PathAuthorizer",
    "RootEntry",
    "Roots",
    "TrustedPath",
    "common_folders",
    "cookie_value",
    "host_name",
    "is_allowed_host",
    "is_below",
    "is_cross_site",
    "is_local_request",
    "is_loopback",
    "normalise",
]
