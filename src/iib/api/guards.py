"""What a route asks of its caller. Every route declares exactly one guard; a test walks them all."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request

from iib.access.auth import COOKIE, HEADER
from iib.api.services import Services
from iib.errors import AccessDenied, ReadOnlyServer


def services_of(request: Request) -> Services:
    """The services of the application that got this request."""
    services: Services = request.app.state.runtime.services()
    return services


@dataclass(frozen=True, slots=True)
class Guard:
    """`secret`: the key is needed if one is set. `write`: something is changed. `reveals`: contents are shown."""

    secret: bool = True
    write: bool = False
    reveals: bool = False

    async def __call__(self, request: Request) -> None:
        """Raises `NotAuthenticated`, `AccessDenied`."""
        if not self.secret:
            return
        services = services_of(request)
        services.auth.check(
            cookie=request.cookies.get(COOKIE),
            authorization=request.headers.get("authorization"),
            header=request.headers.get(HEADER),
            client=request.client.host if request.client else "",
        )
        permission = services.settings.access.permission
        if self.write and not permission.can_write:
            raise ReadOnlyServer("this needs the permission read-write or write-only")
        if self.reveals and not permission.can_read:
            raise AccessDenied("this needs the permission read-write or read-only")


OPEN = Guard(secret=False)
KNOWN = Guard()
READ = Guard(reveals=True)
WRITE = Guard(write=True)
