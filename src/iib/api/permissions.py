"""Guards: the permission that a route requires of its caller. Every route declares exactly one; a test checks this."""

from __future__ import annotations

from dataclasses import dataclass

import anyio.to_thread
from fastapi import Request

from iib.access import COOKIE, HEADER, is_cross_site
from iib.access import is_local_request as is_local_address
from iib.api.services import Services, ServiceSource
from iib.errors import AccessDenied, ReadOnlyServer


def services_of(request: Request) -> Services:
    """The services of the application that received this request."""
    services: Services = request.app.state.runtime.services()
    return services


@dataclass(frozen=True, slots=True)
class Guard:
    """Permission check of a route.

    `secret`: the key is required if one is configured. `write`: the route changes data. `reveals`: it shows contents.
    """

    secret: bool = True
    write: bool = False
    reveals: bool = False

    async def __call__(self, request: Request) -> None:
        """Check a request. Raises `NotAuthenticated`, `AccessDenied`, `ReadOnlyServer`."""
        if not self.secret:
            return
        runtime: ServiceSource = request.app.state.runtime
        # In a host without a lifespan the first request opens the store; that must not block the event loop.
        services = runtime.running
        if services is None:
            services = await anyio.to_thread.run_sync(runtime.services)
        services.auth.check(
            cookie=request.cookies.get(COOKIE),
            authorization=request.headers.get("authorization"),
            header=request.headers.get(HEADER),
            client=request.client.host if request.client else "",
        )
        if self.write:
            check_write(request, services)
        if self.reveals and not services.settings.access.permission.can_read:
            raise AccessDenied("this needs the permission read-write or read-only")


def check_write(request: Request, services: Services) -> None:
    """Check the permission to write, for routes that change data only on request.

    Raises `AccessDenied`, `ReadOnlyServer`.
    """
    refuse_foreign_page(request, services)
    if not services.settings.access.permission.can_write:
        raise ReadOnlyServer("this needs the permission read-write or write-only")


def refuse_foreign_page(request: Request, services: Services) -> None:
    """Refuse a request that, according to the browser, comes from a page of another site. Raises `AccessDenied`."""
    access = services.settings.access
    if access.allow_cors or access.cors_origins:
        return
    if is_cross_site(request.headers, access.allowed_hosts):
        raise AccessDenied("pages of other origins may not change anything here")


def is_local_request(request: Request) -> bool:
    """True if this request was sent on this machine, and not by a proxy on behalf of another one."""
    return is_local_address(request.client.host if request.client else "", request.headers)


OPEN = Guard(secret=False)
KNOWN = Guard()
READ = Guard(reveals=True)
WRITE = Guard(write=True)
