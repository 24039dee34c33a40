"""Under which names a server on the loopback address may be asked.

A web page can give its own name the address of this machine (DNS rebinding); its requests then count as same-origin to
the browser, and only the `Host` header tells.
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from iib.access.callers import host_name, is_loopback, is_named

MAX_SHOWN = 100


class HostCheck:
    """ASGI layer around a whole server: other names get 403."""

    def __init__(self, app: ASGIApp, allowed: tuple[str, ...] = ()) -> None:
        self._app = app
        self._allowed = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = Headers(scope=scope).get("host") if scope["type"] in ("http", "websocket") else None
        if given is None or self.is_allowed(given):  # a browser always sends it
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            text = (
                f"this server does not answer under the name {given[:MAX_SHOWN]!r}; "
                "a reverse proxy's or tunnel's name belongs in IIB_ALLOWED_HOSTS"
            )
            answer = JSONResponse({"detail": text}, 403, {"Cache-Control": "no-store"})
            await answer(scope, receive, send)

    def is_allowed(self, host_header: str) -> bool:
        """True for names of this machine and for those of the list."""
        name = host_name(host_header)
        return is_loopback(name) or is_named(name, self._allowed)
