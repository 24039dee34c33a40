"""Thumbnails and original files as HTTP responses, and single media files read from the disk."""

from __future__ import annotations

import os
import stat
import time
from email.utils import formatdate
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import FileResponse, JSONResponse

from iib.access.auth import HEADER
from iib.access.paths import TrustedPath
from iib.api.http.concurrency import Drawing
from iib.api.http.ranges import is_same_file, is_unchanged, satisfiable
from iib.api.services import Services
from iib.errors import InvalidRequest, NotFound
from iib.index.scan import stamp_of
from iib.media.thumbnails import Thumbnail
from iib.metadata.read import parse_media
from iib.model.media import MediaKind, ParsedMedia
from iib.model.media_types import kind_of, mime_of

YEAR_S = 31_536_000
PRIVATE_YEAR = f"private, max-age={YEAR_S}"
STREAMED = {"Cache-Control": "no-cache", "Content-Encoding": "identity"}
SCRIPTED = frozenset((".html", ".htm", ".svg", ".xml", ".xhtml", ".mhtml", ".shtml", ".xsl"))


class Original(FileResponse):
    """Reads in larger pieces: each one costs a turn of a thread, and pictures have a few megabytes."""

    chunk_size = 512 * 1024


def stat_file(found: TrustedPath) -> os.stat_result:
    """Facts of a regular file. Raises `NotFound`, `InvalidRequest`, `PermissionError`."""
    try:
        status = os.stat(found.real)  # noqa: PTH116
    except PermissionError:
        raise
    except OSError as error:  # also names that are too long, and links that lead in a circle
        raise NotFound(f"no such file: {found.path}") from error
    except ValueError as error:
        raise InvalidRequest("this is no path") from error
    if not stat.S_ISREG(status.st_mode):
        raise InvalidRequest(f"not a file: {found.path}")
    return status


def small_picture(
    services: Services, found: TrustedPath, kind: MediaKind, box: tuple[int, int], request: Request
) -> Response | Drawing:
    """A thumbnail with a validator, or 304. People choose covers, so those of videos are asked for again."""
    etag = services.thumbnails.etag(found.real, kind, box)
    lasting = "no-cache" if kind is MediaKind.VIDEO else PRIVATE_YEAR
    headers = {"Cache-Control": lasting, "ETag": etag, **_vary(services)}
    if is_unchanged({"if-none-match": request.headers.get("if-none-match", "")}, etag, 0):
        return Response(status_code=304, headers=headers)

    def answer(thumbnail: Thumbnail) -> Response:
        return Response(thumbnail.data, media_type="image/webp", headers=headers)

    kept = services.thumbnails.kept(found.real, kind, box)
    return answer(kept) if kept else Drawing(lambda: answer(services.thumbnails.get(found.real, kind, box)))


def original(
    services: Services,
    found: TrustedPath,
    status: os.stat_result,
    request: Request,
    download_as: str | None = None,
    *,
    cache: str | None = None,
    is_stream: bool = False,
) -> Response:
    """The file itself; `cache` replaces the rule for how long it may be kept. A stream has one range at most."""
    mtime_s = int(status.st_mtime)
    etag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
    headers = {
        "ETag": etag,
        "Last-Modified": formatdate(mtime_s, usegmt=True),
        **({} if is_stream else _caching(services, found, cache)),
        **_safety(found, download_as),
        **_vary(services),
        **(STREAMED if is_stream else {}),
    }
    if is_unchanged(request.headers, etag, mtime_s):
        return Response(status_code=304, headers=headers)
    asked = request.headers.get("range")
    if asked is not None:
        ranges = satisfiable(asked, status.st_size)
        if not is_same_file(request.headers.get("if-range"), etag, headers["Last-Modified"]):
            ranges = None
        if ranges == "":
            headers["Content-Range"] = f"bytes */{status.st_size}"
            return JSONResponse({"detail": "this range is not in the file"}, 416, headers)
        _set_range(request, ranges.partition(",")[0] if ranges and is_stream else ranges)
    return Original(found.real, headers=headers, media_type=mime_of(found.path), stat_result=status)


def _caching(services: Services, found: TrustedPath, cache: str | None) -> dict[str, str]:
    is_lasting = kind_of(found.path) is not None and services.gate.trust().is_inside(found.real)
    if cache is None and not is_lasting:
        return {"Cache-Control": "no-cache"}
    scope = "private" if services.auth.is_required else "public"
    lasting = cache or f"{scope}, max-age={YEAR_S}"
    return {"Cache-Control": lasting, "Expires": formatdate(time.time() + YEAR_S, usegmt=True)}


def _safety(found: TrustedPath, download_as: str | None) -> dict[str, str]:
    """No file may run script in this origin."""
    headers = {"X-Content-Type-Options": "nosniff"}
    extension = os.path.splitext(found.path)[1].lower()  # noqa: PTH122
    if download_as is None and extension in SCRIPTED:
        download_as = os.path.basename(found.path)  # noqa: PTH119
    if kind_of(found.path) is None:
        headers["Content-Security-Policy"] = "sandbox"
    if download_as is not None:
        name = quote(download_as, safe="", errors="surrogateescape")
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return headers


def _vary(services: Services) -> dict[str, str]:
    return {"Vary": f"Cookie, Authorization, {HEADER}"} if services.auth.is_required else {}


def _set_range(request: Request, ranges: str | None) -> None:
    """What the file response reads: the ranges that can be served, or none."""
    kept = [(name, value) for name, value in request.scope["headers"] if name != b"range"]
    if ranges is not None:
        kept.append((b"range", ranges.encode()))
    request.scope["headers"] = kept


def text_of_file(services: Services, found: TrustedPath) -> str:
    """The text as the file has it now; "" for what cannot be read."""
    parsed = parse_file(services, found)
    return parsed.text if parsed is not None else ""


def parse_file(services: Services, found: TrustedPath) -> ParsedMedia | None:
    """Read one media file; None if it is not there or is something else."""
    if kind_of(found.path) is None:
        return None
    try:
        status = os.stat(found.real)  # noqa: PTH116
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    stamp = stamp_of(status)
    return parse_media(found.path, os.path.basename(found.path), stamp, services.registry)  # noqa: PTH119
