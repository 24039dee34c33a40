"""Composition of the program: builds all services from settings, runs them, and mounts them on an application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iib._lib.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from iib.bootstrap.integration import AppUtils, async_launch_app, launch_app
    from iib.bootstrap.runtime import Runtime
    from iib.bootstrap.services import build_services
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "integration": ("AppUtils", "async_launch_app", "launch_app"),
            "runtime": ("Runtime",),
            "services": ("build_services",),
        },
    )

__all__ = [
    "AppUtils",
    "Runtime",
    "async_launch_app",
    "build_services",
    "launch_app",
]
