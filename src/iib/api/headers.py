"""What every answer of ours carries, and the last word when something goes wrong."""

from __future__ import annotations

import structlog
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger(__name__)

MAX_BODY_BYTES = 64 * 1024 * 1024
DEFAULTS = (
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
)


class Edge:
    """ASGI layer around our application: default headers, a bound for bodies, JSON instead of a stack trace.

    An error that escapes ends here, so that the handlers of a host application never see it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_started = False

        async def decorated(message: Message) -> None:
            nonlocal has_started
            if message["type"] == "http.response.start":
                has_started = True
                headers = MutableHeaders(scope=message)
                for name, value in DEFAULTS:
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, bounded(receive), decorated)
        except Exception as error:  # the request edge
            log.exception("unexpected error")
            if has_started:
                raise  # the server must break the connection off
            answer = JSONResponse({"detail": f"internal error ({type(error).__name__})"}, 500)
            await answer(scope, receive, decorated)


def bounded(receive: Receive, limit_bytes: int = MAX_BODY_BYTES) -> Receive:
    """The same messages; raises `HTTPException` (413) when the body grows beyond the limit."""
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit_bytes:
            raise HTTPException(413, f"the body has more than {limit_bytes:,} bytes")
        return message

    return counted
