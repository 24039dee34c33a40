"""What every answer of ours carries, and the last word when something goes wrong."""

from __future__ import annotations

import anyio
import structlog
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger(__name__)

MAX_BODY_BYTES = 64 * 1024 * 1024
BODY_PATIENCE_S = 120.0  # for a whole body; who sends slower keeps a place that others want
DEFAULTS = (
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "SAMEORIGIN"),
    ("Referrer-Policy", "same-origin"),
)
JSON_POLICY = "default-src 'none'; frame-ancestors 'none'"


class Edge:
    """ASGI layer around our application: default headers, bounds for bodies, JSON instead of a stack trace.

    An error that escapes ends here, so that the handlers of a host application never see it.
    `is_shared`: pages of other sites may show our pictures.
    """

    def __init__(self, app: ASGIApp, *, is_shared: bool = False, body_patience_s: float = BODY_PATIENCE_S) -> None:
        self._app = app
        self._body_patience_s = body_patience_s
        self._defaults = (*DEFAULTS, ("Cross-Origin-Resource-Policy", "cross-origin" if is_shared else "same-site"))

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
                for name, value in self._defaults:
                    headers.setdefault(name, value)
                if headers.get("content-type", "").startswith("application/json"):
                    headers.setdefault("Content-Security-Policy", JSON_POLICY)
            await send(message)

        try:
            await self._app(scope, bounded(receive, patience_s=self._body_patience_s), decorated)
        except Exception as error:  # the request edge
            log.exception("unexpected error")
            if has_started:
                raise  # the server must break the connection off
            answer = JSONResponse({"detail": f"internal error ({type(error).__name__})"}, 500)
            await answer(scope, receive, decorated)


def bounded(receive: Receive, limit_bytes: int = MAX_BODY_BYTES, *, patience_s: float = BODY_PATIENCE_S) -> Receive:
    """The same messages; raises `HTTPException` when the body grows too large (413) or comes too slowly (408)."""
    received = 0
    is_whole = False
    deadline: float | None = None

    async def counted() -> Message:
        nonlocal received, is_whole, deadline
        if is_whole:
            return await receive()  # what comes now is the end of the connection, whenever that is
        now = anyio.current_time()
        deadline = now + patience_s if deadline is None else deadline
        try:
            with anyio.fail_after(max(0.0, deadline - now)):
                message = await receive()
        except TimeoutError:
            raise HTTPException(408, f"the body did not arrive within {patience_s:g} seconds") from None
        received += len(message.get("body", b""))
        is_whole = not message.get("more_body", False)
        if received > limit_bytes:
            raise HTTPException(413, f"the body has more than {limit_bytes:,} bytes")
        return message

    return counted
