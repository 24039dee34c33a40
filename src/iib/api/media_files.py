"""Media files: thumbnails and original files as HTTP responses, and metadata read from the file itself."""

from __future__ import annotations

import os
import stat
import time
from email.utils import formatdate
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import FileResponse, JSONResponse

from iib.access import HEADER, TrustedPath
from iib.api.http.concurrency import DeferredRender
from iib.api.http.ranges import is_not_modified, matches_if_range, satisfiable_ranges
from iib.api.services import Services
from iib.errors import InvalidRequest, NotFound
from iib.index import stamp_of
from iib.media import Thumbnail
from iib.metadata import parse_media
from iib.model import MediaKind, ParsedMedia, kind_of, mime_of

YEAR_S = 31_536_000
PRIVATE_ONE_YEAR = f"private, max-age={YEAR_S}"
STREAM_HEADERS = {"Cache-Control": "no-cache", "Content-Encoding": "identity"}
SCRIPTABLE_EXTENSIONS = frozenset((".html", ".htm", ".svg", ".xml", ".xhtml", ".mhtml", ".shtml", ".xsl"))


class MediaFileResponse(FileResponse):
    """A file response with larger chunks: each chunk costs a switch of threads, and pictures have a few megabytes."""

    chunk_size = 512 * 1024


def stat_regular_file(path: TrustedPath) -> os.stat_result:
    """Stat a regular file. Raises `NotFound`, `InvalidRequest`, `PermissionError`."""
    try:
        status = os.stat(path.real)  # noqa: PTH116
    except PermissionError:
        raise
    except OSError as error:  # also names that are too long, and circular links
        raise NotFound(f"no such file: {path.path}") from error
    except ValueError as error:
        raise InvalidRequest("not a valid path") from error
    if not stat.S_ISREG(status.st_mode):
        raise InvalidRequest(f"not a file: {path.path}")
    return status


def thumbnail_response(
    services: Services, path: TrustedPath, kind: MediaKind, box: tuple[int, int], request: Request
) -> Response | DeferredRender:
    """A thumbnail with an ETag, or 304. People can replace the covers of videos, so browsers revalidate these."""
    etag = services.thumbnails.etag(path.real, kind, box)
    cache = "no-cache" if kind is MediaKind.VIDEO else PRIVATE_ONE_YEAR
    headers = {"Cache-Control": cache, "ETag": etag, **_vary_header(services)}
    if is_not_modified({"if-none-match": request.headers.get("if-none-match", "")}, etag, 0):
        return Response(status_code=304, headers=headers)

    def respond(thumbnail: Thumbnail) -> Response:
        return Response(thumbnail.data, media_type="image/webp", headers=headers)

    cached = services.thumbnails.find_cached(path.real, kind, box)
    return respond(cached) if cached else DeferredRender(lambda: respond(services.thumbnails.get(path.real, kind, box)))


def file_response(
    services: Services,
    path: TrustedPath,
    status: os.stat_result,
    request: Request,
    download_as: str | None = None,
    *,
    cache: str | None = None,
    is_stream: bool = False,
) -> Response:
    """The file with validators and byte ranges.

    `cache` replaces the default `Cache-Control`. A stream serves at most one range.
    """
    mtime_s = int(status.st_mtime)
    etag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
    headers = {
        "ETag": etag,
        "Last-Modified": formatdate(mtime_s, usegmt=True),
        **({} if is_stream else _cache_headers(services, path, cache)),
        **_security_headers(path, download_as),
        **_vary_header(services),
        **(STREAM_HEADERS if is_stream else {}),
    }
    if is_not_modified(request.headers, etag, mtime_s):
        return Response(status_code=304, headers=headers)
    requested = request.headers.get("range")
    if requested is not None:
        ranges = satisfiable_ranges(requested, status.st_size)
        if not matches_if_range(request.headers.get("if-range"), etag, headers["Last-Modified"]):
            ranges = None
        if ranges == "":
            headers["Content-Range"] = f"bytes */{status.st_size}"
            return JSONResponse({"detail": "this range is not in the file"}, 416, headers)
        _set_range(request, ranges.partition(",")[0] if ranges and is_stream else ranges)
    return MediaFileResponse(path.real, headers=headers, media_type=mime_of(path.path), stat_result=status)


def _cache_headers(services: Services, path: TrustedPath, cache: str | None) -> dict[str, str]:
    is_cacheable = kind_of(path.path) is not None and services.authorizer.allowed_paths().is_inside(path.real)
    if cache is None and not is_cacheable:
        return {"Cache-Control": "no-cache"}
    scope = "private" if services.auth.is_required else "public"
    cache = cache or f"{scope}, max-age={YEAR_S}"
    return {"Cache-Control": cache, "Expires": formatdate(time.time() + YEAR_S, usegmt=True)}


def _security_headers(path: TrustedPath, download_as: str | None) -> dict[str, str]:
    """Headers that keep files from running scripts in this origin."""
    headers = {"X-Content-Type-Options": "nosniff"}
    extension = os.path.splitext(path.path)[1].lower()  # noqa: PTH122
    if download_as is None and extension in SCRIPTABLE_EXTENSIONS:
        download_as = os.path.basename(path.path)  # noqa: PTH119
    if kind_of(path.path) is None:
        headers["Content-Security-Policy"] = "sandbox"
    if download_as is not None:
        name = quote(download_as, safe="", errors="surrogateescape")
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return headers


def _vary_header(services: Services) -> dict[str, str]:
    return {"Vary": f"Cookie, Authorization, {HEADER}"} if services.auth.is_required else {}


def _set_range(request: Request, ranges: str | None) -> None:
    """Replace the Range header of the request, which `FileResponse` reads; None removes it."""
    headers = [(name, value) for name, value in request.scope["headers"] if name != b"range"]
    if ranges is not None:
        headers.append((b"range", ranges.encode()))
    request.scope["headers"] = headers


def generation_text(services: Services, path: TrustedPath) -> str:
    """The generation text that the file has now; "" if it cannot be read."""
    parsed = parse_media_file(services, path)
    return parsed.text if parsed is not None else ""


def parse_media_file(services: Services, path: TrustedPath) -> ParsedMedia | None:
    """Parse a media file; None if it is missing or not a media file."""
    if kind_of(path.path) is None:
        return None
    try:
        status = os.stat(path.real)  # noqa: PTH116
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    stamp = stamp_of(status)
    return parse_media(path.path, os.path.basename(path.path), stamp, services.registry)  # noqa: PTH119
