"""The page of the web interface and its assets."""

from __future__ import annotations

import posixpath
from pathlib import Path

from fastapi import APIRouter, Depends, Request, Response

from iib.api.permissions import OPEN
from iib.errors import NotFound
from iib.settings import DEFAULT_BASE

router = APIRouter(tags=["page"])

DIST = Path(__file__).resolve().parents[2] / "web_dist"
MEDIA_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
}
REWRITTEN = frozenset((".js", ".mjs", ".html", ".css"))
PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; style-src 'self' 'unsafe-inline'; "
        "connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'self'"
    ),
}
NOT_BUILT = (
    "<!doctype html><title>IIB</title><body style='font:16px system-ui;margin:3rem'>"
    "<h1>The page is not built yet</h1><p>Run <code>make web</code> (or <code>make run</code>), then load this again. "
    "The API works without it.</p>"
)


@router.get("/", dependencies=[Depends(OPEN)], include_in_schema=False)
def index_page(request: Request) -> Response:
    """The page for the base path of the application."""
    return page(request.scope.get("root_path", ""))


@router.get("/fe-static/{path:path}", dependencies=[Depends(OPEN)], include_in_schema=False)
def asset(path: str, request: Request) -> Response:
    """A built asset; browsers cache assets with a hash in their name forever."""
    base = request.scope.get("root_path", "")
    normal = posixpath.normpath("/" + path.replace("\\", "/"))[1:]
    try:
        file = (DIST / normal).resolve()
        is_asset = file.is_relative_to(DIST.resolve()) and file.is_file()
    except (OSError, ValueError):  # not a valid file name
        is_asset = False
    if not is_asset:
        raise NotFound("no such asset")
    data = _rewritten_asset(request, file, base)
    is_hashed = normal.startswith("assets/")
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable" if is_hashed else "no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(data, media_type=MEDIA_TYPES.get(file.suffix, "application/octet-stream"), headers=headers)


def _rewritten_asset(request: Request, file: Path, base: str) -> bytes:
    """The asset with its links rewritten for the base path. It is cached until the file changes."""
    state = request.app.state
    if not hasattr(state, "assets"):
        state.assets = {}
    cache: dict[tuple[str, str], tuple[tuple[int, int], bytes]] = state.assets
    status = file.stat()
    stamp = (status.st_mtime_ns, status.st_size)
    cached = cache.get((str(file), base))
    if cached is not None and cached[0] == stamp:
        return cached[1]
    data = file.read_bytes()
    if file.suffix in REWRITTEN and base != DEFAULT_BASE:
        data = data.replace(DEFAULT_BASE.encode(), base.encode())
    cache[str(file), base] = (stamp, data)
    return data


def page(base: str) -> Response:
    """The page with its links rewritten for a base path; a note if it is not built."""
    source = DIST / "index.html"
    if not source.is_file():
        return Response(NOT_BUILT, media_type="text/html; charset=utf-8", headers=PAGE_HEADERS)
    html = source.read_text(encoding="utf-8")
    if base != DEFAULT_BASE:
        html = html.replace(DEFAULT_BASE, base)
    return Response(html, media_type="text/html; charset=utf-8", headers=PAGE_HEADERS)
