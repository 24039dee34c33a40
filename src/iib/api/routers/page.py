"""The page and its assets."""

from __future__ import annotations

import posixpath
from pathlib import Path

from fastapi import APIRouter, Depends, Request, Response

from iib.api.permissions import OPEN
from iib.errors import NotFound
from iib.settings import DEFAULT_BASE

router = APIRouter(tags=["page"])

DIST = Path(__file__).resolve().parents[2] / "web_dist"
TYPES = {
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
    """The page."""
    return page(request.scope.get("root_path", ""))


@router.get("/fe-static/{path:path}", dependencies=[Depends(OPEN)], include_in_schema=False)
def asset(path: str, request: Request) -> Response:
    """A built asset; hashed ones never change."""
    base = request.scope.get("root_path", "")
    normal = posixpath.normpath("/" + path.replace("\\", "/"))[1:]
    try:
        place = (DIST / normal).resolve()
        is_asset = place.is_relative_to(DIST.resolve()) and place.is_file()
    except (OSError, ValueError):  # no name of a file at all
        is_asset = False
    if not is_asset:
        raise NotFound("no such asset")
    data = _rewritten(request, place, base)
    is_hashed = normal.startswith("assets/")
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable" if is_hashed else "no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(data, media_type=TYPES.get(place.suffix, "application/octet-stream"), headers=headers)


def _rewritten(request: Request, place: Path, base: str) -> bytes:
    """The asset for this base path; read once and kept, as long as the file stays as it is."""
    state = request.app.state
    if not hasattr(state, "assets"):
        state.assets = {}
    kept: dict[tuple[str, str], tuple[tuple[int, int], bytes]] = state.assets
    status = place.stat()
    stamp = (status.st_mtime_ns, status.st_size)
    found = kept.get((str(place), base))
    if found is not None and found[0] == stamp:
        return found[1]
    data = place.read_bytes()
    if place.suffix in REWRITTEN and base != DEFAULT_BASE:
        data = data.replace(DEFAULT_BASE.encode(), base.encode())
    kept[str(place), base] = (stamp, data)
    return data


def page(base: str) -> Response:
    """The page for this base path."""
    source = DIST / "index.html"
    if not source.is_file():
        return Response(NOT_BUILT, media_type="text/html; charset=utf-8", headers=PAGE_HEADERS)
    html = source.read_text(encoding="utf-8")
    if base != DEFAULT_BASE:
        html = html.replace(DEFAULT_BASE, base)
    return Response(html, media_type="text/html; charset=utf-8", headers=PAGE_HEADERS)
