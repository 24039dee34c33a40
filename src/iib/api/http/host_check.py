"""Check of the `Host` header for servers on the loopback address.

A web page can make its own host name resolve to this machine (DNS rebinding). The browser then treats its requests as
same-origin, and only the `Host` header reveals them.
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from iib.access import host_name, is_allowed_host, is_loopback

MAX_SHOWN = 100


class HostCheckMiddleware:
    """ASGI middleware around a whole server: requests for any other host name get 403."""

    def __init__(self, app: ASGIApp, allowed: tuple[str, ...] = ()) -> None:
        self._app = app
        self._allowed = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = Headers(scope=scope).get("host") if scope["type"] in ("http", "websocket") else None
        if host is None or self.is_allowed(host):  # browsers always send it
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            detail = (
                f"this server does not answer under the name {host[:MAX_SHOWN]!r}; "
                "a reverse proxy's or tunnel's name belongs in IIB_ALLOWED_HOSTS"
            )
            response = JSONResponse({"detail": detail}, 403, {"Cache-Control": "no-store"})
            await response(scope, receive, send)

    def is_allowed(self, host_header: str) -> bool:
        """True for the names of this machine and the configured ones."""
        name = host_name(host_header)
        return is_loopback(name) or is_allowed_host(name, self._allowed)
