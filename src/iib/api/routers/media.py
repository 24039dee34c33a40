"""Thumbnails and original files."""

from __future__ import annotations

import os
import re
import stat
from email.utils import formatdate
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import FileResponse

from iib.access.paths import TrustedPath
from iib.api.guards import READ, services_of
from iib.api.services import Services
from iib.errors import InvalidRequest, NotFound
from iib.model.media import MediaKind
from iib.model.media_types import kind_of, mime_of

router = APIRouter(tags=["media"])

SIZE = re.compile(r"(\d{1,4})x(\d{1,4})")
MAX_SIDE = 4096
SMALL_FILE_BYTES = 64 * 1024
YEAR_S = 31_536_000
SCRIPTED = frozenset((".html", ".htm", ".svg", ".xml", ".xhtml", ".mhtml", ".shtml", ".xsl"))


@router.get("/image-thumbnail", dependencies=[Depends(READ)], summary="A small picture")
@router.head("/image-thumbnail", dependencies=[Depends(READ)], include_in_schema=False)
def image_thumbnail(request: Request, path: str, t: str = "", size: str = Query("256x256")) -> Response:
    """WebP inside the box, never enlarged; pictures below 64 KiB as they are. `t` only makes addresses unique."""
    del t
    services = services_of(request)
    match = SIZE.fullmatch(size)
    box = (int(match[1]), int(match[2])) if match else (0, 0)
    if not min(box) >= 1 or max(box) > MAX_SIDE:
        raise InvalidRequest(f"size must be WIDTHxHEIGHT, at most {MAX_SIDE} each")
    found = services.gate.content(path)
    status = stat_file(found)
    if kind_of(found.path) is not MediaKind.IMAGE:
        raise InvalidRequest("this is no image")
    if status.st_size < SMALL_FILE_BYTES:
        return original(services, found, status, request)
    return small_picture(services, found, MediaKind.IMAGE, box, request)


@router.get("/file", dependencies=[Depends(READ)], summary="The original bytes of a file")
@router.head("/file", dependencies=[Depends(READ)], include_in_schema=False)
def get_file(request: Request, path: str, t: str = "", disposition: str | None = None) -> Response:
    """Ranges and validators as in RFC 9110. Whatever could run script in this origin is sent as a download."""
    del t
    services = services_of(request)
    found = services.gate.content(path)
    status = stat_file(found)
    name = os.path.basename(disposition or found.path) if disposition else None  # noqa: PTH119
    return original(services, found, status, request, download_as=name)


def stat_file(found: TrustedPath) -> os.stat_result:
    """Facts of a regular file. Raises `NotFound`, `InvalidRequest`."""
    try:
        status = os.stat(found.real)  # noqa: PTH116
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFound(f"no such file: {found.path}") from error
    except ValueError as error:
        raise InvalidRequest("this is no path") from error
    if not stat.S_ISREG(status.st_mode):
        raise InvalidRequest(f"not a file: {found.path}")
    return status


def small_picture(
    services: Services, found: TrustedPath, kind: MediaKind, box: tuple[int, int], request: Request
) -> Response:
    """A thumbnail with a validator, or 304."""
    headers = {"Cache-Control": f"private, max-age={YEAR_S}", "ETag": services.thumbnails.etag(found.real, box)}
    if services.auth.is_required:
        headers["Vary"] = "Cookie, Authorization"
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    thumbnail = services.thumbnails.get(found.real, kind, box)
    return Response(thumbnail.data, media_type="image/webp", headers=headers)


def original(
    services: Services,
    found: TrustedPath,
    status: os.stat_result,
    request: Request,
    download_as: str | None = None,
) -> Response:
    """The file itself."""
    kind = kind_of(found.path)
    mime = mime_of(found.path)
    etag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
    headers = {
        "ETag": etag,
        "Last-Modified": formatdate(status.st_mtime, usegmt=True),
        "X-Content-Type-Options": "nosniff",
    }
    if kind is not None and services.gate.is_under_root(found.path):
        scope = "private" if services.auth.is_required else "public"
        headers["Cache-Control"] = f"{scope}, max-age={YEAR_S}"
    else:
        headers["Cache-Control"] = "no-cache"
    extension = os.path.splitext(found.path)[1].lower()  # noqa: PTH122
    if download_as is None and extension in SCRIPTED:
        download_as = os.path.basename(found.path)  # noqa: PTH119
    if kind is None:
        headers["Content-Security-Policy"] = "sandbox"
    if download_as is not None:
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(download_as, safe='')}"
    if services.auth.is_required:
        headers["Vary"] = "Cookie, Authorization"
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    return FileResponse(found.real, headers=headers, media_type=mime, stat_result=status)
