"""The Python integration: run it, or mount it on an application of one's own."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from iib.api.app import add_page, create_api, running
from iib.bootstrap import Runtime
from iib.settings import Options, load_settings

LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1"))


class AppUtils:
    """Holds options; unknown keywords are ignored so that parsed arguments can be passed whole."""

    def __init__(self, *, program_dir: Path | None = None, **options: Any) -> None:
        self._program_dir = program_dir
        self._options = Options.from_keywords(options)

    def set_params(self, **options: Any) -> None:
        """Replace all options; those not given get their defaults."""
        self._options = Options.from_keywords(options)

    def wrap_app(self, app: FastAPI) -> None:
        """Mount every endpoint below the base path. The host's routes, handlers and lifespan stay as they are."""
        settings = load_settings(self._options, program_dir=self._program_dir)
        runtime = Runtime(settings)
        api = create_api(runtime, settings.access)
        inner = app.router.lifespan_context

        @asynccontextmanager
        async def lifespan(host: FastAPI) -> AsyncIterator[Any]:
            async with running(runtime), inner(host) as state:
                yield state

        app.router.lifespan_context = lifespan
        if settings.base:
            add_page(app, settings.base, settings.base)
        app.mount(settings.base, api)

    def get_root_browser_app(self) -> FastAPI:
        """A new application that shows the page at `/` too."""
        app = FastAPI(title="Infinite Image Browsing", docs_url=None, redoc_url=None, openapi_url=None)
        base = load_settings(self._options, program_dir=self._program_dir).base
        if base:
            add_page(app, "/", base)
        self.wrap_app(app)
        return app

    @staticmethod
    def async_run(app: FastAPI, port: int = 8000, host: str = "127.0.0.1") -> Coroutine[Any, Any, None]:
        """The coroutine of a server, to be awaited or scheduled."""
        announce(host, port)
        return uvicorn.Server(_config(app, port, host)).serve()


def launch_app(port: int = 8000, host: str = "127.0.0.1", *_arguments: Any, **options: Any) -> None:
    """Build the application and run it until it is stopped."""
    app = AppUtils(**options).get_root_browser_app()
    announce(host, port)
    uvicorn.Server(_config(app, port, host)).run()


async def async_launch_app(port: int = 8000, host: str = "127.0.0.1", *_arguments: Any, **options: Any) -> None:
    """The same from a running loop."""
    await AppUtils.async_run(AppUtils(**options).get_root_browser_app(), port, host)


def announce(host: str, port: int) -> None:
    """Say where the page is, and warn when anybody may reach it."""
    shown = f"[{host}]" if ":" in host else host
    sys.stdout.write(f"Infinite Image Browsing: http://{shown}:{port}/\n")
    sys.stdout.flush()
    if host not in LOOPBACK and load_settings().access.secret_key is None:
        sys.stderr.write(
            "WARNING: listening beyond this machine without IIB_SECRET_KEY: everyone who can reach this address can "
            "see and change your files.\n"
        )


def _config(app: FastAPI, port: int, host: str) -> uvicorn.Config:
    return uvicorn.Config(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=3)
