"""Default response headers, bounds for request bodies, and JSON for unexpected errors."""

from __future__ import annotations

import anyio
import structlog
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger(__name__)

MAX_BODY_BYTES = 64 * 1024 * 1024
BODY_TIMEOUT_S = 120.0  # for a whole body; slower clients would occupy a connection that others need
DEFAULTS = (
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "SAMEORIGIN"),
    ("Referrer-Policy", "same-origin"),
)
JSON_POLICY = "default-src 'none'; frame-ancestors 'none'"


class ErrorAndHeaderMiddleware:
    """ASGI middleware: default headers, bounds for request bodies, JSON instead of a stack trace.

    Unhandled errors end here, so the handlers of a host application never see them.
    `is_shared`: pages of other sites may show our pictures.
    """

    def __init__(self, app: ASGIApp, *, is_shared: bool = False, body_timeout_s: float = BODY_TIMEOUT_S) -> None:
        self._app = app
        self._body_patience_s = body_timeout_s
        self._defaults = (*DEFAULTS, ("Cross-Origin-Resource-Policy", "cross-origin" if is_shared else "same-site"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_started = False

        async def send_with_headers(message: Message) -> None:
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
            await self._app(scope, limit_body(receive, timeout_s=self._body_patience_s), send_with_headers)
        except Exception as error:  # the outermost handler of a request
            log.exception("unexpected error")
            if has_started:
                raise  # the response is incomplete: the server must close the connection
            response = JSONResponse({"detail": f"internal error ({type(error).__name__})"}, 500)
            await response(scope, receive, send_with_headers)


def limit_body(receive: Receive, limit_bytes: int = MAX_BODY_BYTES, *, timeout_s: float = BODY_TIMEOUT_S) -> Receive:
    """Wrap `receive`; it raises `HTTPException` when the body is too large (413) or arrives too slowly (408)."""
    received = 0
    is_whole = False
    deadline: float | None = None

    async def receive_within_limits() -> Message:
        nonlocal received, is_whole, deadline
        if is_whole:
            return await receive()  # only the end of the connection can follow, at any time
        now = anyio.current_time()
        deadline = now + timeout_s if deadline is None else deadline
        try:
            with anyio.fail_after(max(0.0, deadline - now)):
                message = await receive()
        except TimeoutError:
            raise HTTPException(408, f"the body did not arrive within {timeout_s:g} seconds") from None
        received += len(message.get("body", b""))
        is_whole = not message.get("more_body", False)
        if received > limit_bytes:
            raise HTTPException(413, f"the body has more than {limit_bytes:,} bytes")
        return message

    return receive_within_limits
