"""CORS: any origin without credentials if that is allowed, and with credentials only the origins listed by name."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from iib.settings import AccessSettings

EXPOSED = (
    "Content-Type", "Content-Range", "Accept-Ranges", "Content-Length", "Content-Encoding", "Content-Disposition",
    "ETag",
)  # fmt: skip


class CorsMiddleware:
    """ASGI middleware that chooses the CORS rule by the origin of the request; without a rule it adds no header."""

    def __init__(self, app: ASGIApp, access: AccessSettings) -> None:
        self._app = app
        self._listed_origins = frozenset(origin.rstrip("/") for origin in access.cors_origins)
        self._for_listed = _rule(app, sorted(self._listed_origins), credentials=True)
        self._for_any = _rule(app, ["*"], credentials=False) if access.allow_cors else app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if scope["type"] == "http":
            origin = Headers(scope=scope).get("origin")
            app = self._for_listed if origin in self._listed_origins else self._for_any
        await app(scope, receive, send)


def _rule(app: ASGIApp, origins: list[str], *, credentials: bool) -> ASGIApp:
    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_credentials=credentials,
        allow_methods=["*"],
        allow_headers=["*"],
        expose_headers=EXPOSED,
    )
