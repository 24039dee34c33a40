"""The Python integration: runs the program, or mounts it on a FastAPI application."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio.to_thread
import structlog
from fastapi import FastAPI

from iib.api import add_page, create_api, running
from iib.bootstrap.runtime import Runtime
from iib.bootstrap.server import make_server
from iib.settings import AccessSettings, Options, Settings, load_settings

log = structlog.get_logger(__name__)

MAX_UPDATE_WAIT_S = 25.0  # then the server starts although the update still runs
REPORT_INTERVAL_S = 2.0


class AppUtils:
    """Holds options. Unknown keywords are ignored, so that all parsed arguments can be passed.

    `program_dir` contains the database and `.env` (default: the checkout, or the user's data folder).
    """

    def __init__(  # noqa: PLR0917  (the signature is public: hosts pass arguments by position)
        self,
        sd_webui_config: str | None = None,
        update_image_index: bool = False,
        extra_paths: Sequence[str] | None = None,
        sd_webui_path_relative_to_config: bool = False,
        allow_cors: bool = False,
        enable_shutdown: bool = False,
        sd_webui_dir: str | None = None,
        base: str | None = None,
        export_fe_fn: bool = False,
        *,
        program_dir: Path | None = None,
        **further: Any,
    ) -> None:
        self._program_dir = program_dir
        self.set_params(
            sd_webui_config,
            update_image_index,
            extra_paths,
            sd_webui_path_relative_to_config,
            allow_cors,
            enable_shutdown,
            sd_webui_dir,
            base,
            export_fe_fn,
            **further,
        )

    def set_params(self, *arguments: Any, **options: Any) -> None:
        """Replace all options, which are those of the constructor; omitted ones get their defaults."""
        named = dict(zip(Options.public_names(), arguments, strict=False))
        self._options = Options.from_keywords({**named, **options})

    def settings(self) -> Settings:
        """Combine the options with the environment and `.env`. Raises `SettingsError`."""
        return load_settings(self._options, program_dir=self._program_dir)

    def wrap_app(self, app: FastAPI) -> None:
        """Mount every endpoint below the base path. The host's routes, handlers and lifespan stay as they are.

        With an empty base the host must add its own routes before: all other requests come here.
        """
        mount(app, self.settings())

    def get_root_browser_app(self) -> FastAPI:
        """Create an application that also serves the page at `/`."""
        return root_app(self.settings())[0]

    @staticmethod
    def async_run(app: FastAPI, port: int = 8000, host: str = "127.0.0.1") -> Coroutine[Any, Any, None]:
        """Return the coroutine of a server, to await or schedule."""
        return _serve(app, port, host, load_settings().access)


def mount(app: FastAPI, settings: Settings) -> Runtime:
    """Mount every endpoint below the base path; the services start and stop with the host."""
    runtime = Runtime(settings)
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(host: FastAPI) -> AsyncIterator[Any]:
        async with running(runtime), inner(host) as state:
            yield state

    app.router.lifespan_context = lifespan
    if settings.base:
        add_page(app, settings.base, settings.base)
    app.mount(settings.base, create_api(runtime, settings.access))
    return runtime


def root_app(settings: Settings) -> tuple[FastAPI, Runtime]:
    """Create an application that also serves the page at `/`, and return it with its runtime."""
    app = FastAPI(title="Infinite Image Browsing", docs_url=None, redoc_url=None, openapi_url=None)
    if settings.base:
        add_page(app, "/", settings.base)
    return app, mount(app, settings)


def launch_app(port: int = 8000, host: str = "127.0.0.1", *arguments: Any, **options: Any) -> None:
    """Build the application and serve it until it is stopped. Raises `Conflict` if the port is in use."""
    settings = AppUtils(*arguments, **options).settings()
    app, runtime = root_app(settings)
    server, bound = make_server(app, port, host, settings.access)
    runtime.stop_server = server.stop
    try:
        bring_up_to_date(runtime)
        server.run([bound])
    finally:
        bound.close()
        runtime.close()


async def async_launch_app(port: int = 8000, host: str = "127.0.0.1", *arguments: Any, **options: Any) -> None:
    """Build the application and serve it in the running event loop. Raises `Conflict` if the port is in use."""
    settings = AppUtils(*arguments, **options).settings()
    app, runtime = root_app(settings)
    try:
        await anyio.to_thread.run_sync(bring_up_to_date, runtime, abandon_on_cancel=True)
        await _serve(app, port, host, settings.access, runtime)
    finally:
        await anyio.to_thread.run_sync(runtime.close)


def bring_up_to_date(runtime: Runtime, max_wait_s: float = MAX_UPDATE_WAIT_S) -> None:
    """Finish the configured index update before the server starts, and log its progress.

    After `max_wait_s` seconds the update continues in the background, so that the first response does not take minutes.
    """
    settings = runtime.settings.index
    if not (settings.update_on_start and settings.waits_for_update):
        return
    services = runtime.services()
    job_id = services.index.start_update()  # returns the update that started with the services
    deadline = time.monotonic() + max_wait_s
    while not (row := services.jobs.wait(job_id, REPORT_INTERVAL_S)).status.is_final:
        log.info("updating the index", stage=row.stage, done=row.done, total=row.total)
        if time.monotonic() > deadline:
            log.warning("the index update takes long; the server starts now", done=row.done, total=row.total)
            return
    log.info("the index is up to date", result=row.message)


async def _serve(app: FastAPI, port: int, host: str, access: AccessSettings, runtime: Runtime | None = None) -> None:
    server, bound = make_server(app, port, host, access)
    if runtime is not None:
        runtime.stop_server = server.stop
    try:
        await server.serve([bound])
    finally:
        bound.close()
