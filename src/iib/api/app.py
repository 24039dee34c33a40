"""The FastAPI application with every endpoint; it is mounted below the base path."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from fastapi import FastAPI, Request
from starlette.responses import Response

from iib import __version__
from iib.api.http.cors import CorsMiddleware
from iib.api.http.errors import install_handlers
from iib.api.http.middleware import ErrorAndHeaderMiddleware
from iib.api.openapi import DescribedAPI
from iib.api.routers import page, public, v1
from iib.api.schemas.responses import ErrorAnswer
from iib.api.services import ServiceSource
from iib.settings import AccessSettings

ROUTERS = (*public.ROUTERS, *v1.ROUTERS, page.router)
REQUEST_THREADS = 48
ERRORS: dict[int | str, dict[str, object]] = {
    code: {"model": ErrorAnswer} for code in (400, 401, 403, 404, 408, 409, 413, 422, 429, 500, 501)
}


def create_api(runtime: ServiceSource, access: AccessSettings) -> FastAPI:
    """Create the application. Its services start with its lifespan or with its first request."""

    @asynccontextmanager
    async def lifespan(_api: FastAPI) -> AsyncIterator[None]:
        async with running(runtime):
            yield

    api = DescribedAPI(
        title="Infinite Image Browsing",
        version=__version__,
        description="Browse, search and organise pictures and videos made by AI tools.",
        docs_url=None,  # the default page loads its scripts from another host
        redoc_url=None,
        openapi_url=None,  # the system router serves it, behind a guard
        lifespan=lifespan,
        responses=ERRORS,
    )
    api.described = ROUTERS
    api.state.runtime = runtime
    for router in ROUTERS:
        api.include_router(router)
    install_handlers(api)
    api.add_middleware(ErrorAndHeaderMiddleware, is_shared=access.allow_cors or bool(access.cors_origins))
    if access.allow_cors or access.cors_origins:
        api.add_middleware(CorsMiddleware, access=access)
    return api


@asynccontextmanager
async def running(runtime: ServiceSource) -> AsyncIterator[None]:
    """Start the services when a host application starts, and close them when it stops."""
    limiter = anyio.to_thread.current_default_thread_limiter()
    limiter.total_tokens = max(limiter.total_tokens, REQUEST_THREADS)
    await anyio.to_thread.run_sync(runtime.services)
    try:
        yield
    finally:
        await anyio.to_thread.run_sync(runtime.close)


def add_page(app: FastAPI, path: str, base: str) -> None:
    """Serve the page at an additional path of the host application."""

    async def show(request: Request) -> Response:
        return page.page(request.scope.get("root_path", "") + base)

    app.add_route(path, show, methods=["GET"], include_in_schema=False)
