"""Thumbnails and original files by path."""

from __future__ import annotations

import os

from fastapi import APIRouter, Depends, Query, Request, Response

from iib.api.http.concurrency import DeferredRender, limit_render
from iib.api.media_files import PRIVATE_ONE_YEAR, file_response, stat_regular_file, thumbnail_response
from iib.api.permissions import READ, services_of
from iib.api.schemas.responses import ErrorAnswer
from iib.errors import InvalidRequest
from iib.media import SMALL_FILE_BYTES, parse_box
from iib.model import MediaKind, kind_of

router = APIRouter(tags=["media"])


@router.get(
    "/image-thumbnail",
    dependencies=[Depends(READ)],
    response_class=Response,
    responses={200: {"content": {"image/*": {}}}},
    summary="A thumbnail",
)
@router.head("/image-thumbnail", dependencies=[Depends(READ)], include_in_schema=False)
@limit_render
def image_thumbnail(
    request: Request, path: str, t: str = "", size: str = Query("256x256")
) -> Response | DeferredRender:
    """A WebP picture that fits into the box, never enlarged; pictures below 64 KiB are sent unchanged.

    `t` only makes URLs unique.
    """
    del t
    services = services_of(request)
    box = parse_box(size)
    file = services.authorizer.content(path)
    status = stat_regular_file(file)
    if kind_of(file.path) is not MediaKind.IMAGE:
        raise InvalidRequest("not an image")
    if status.st_size < SMALL_FILE_BYTES:
        return file_response(services, file, status, request, cache=PRIVATE_ONE_YEAR)
    return thumbnail_response(services, file, MediaKind.IMAGE, box, request)


@router.get(
    "/file",
    dependencies=[Depends(READ)],
    response_class=Response,
    responses={200: {"content": {"*/*": {}}}, 206: {}, 304: {}, 416: {"model": ErrorAnswer}},
    summary="The original bytes of a file",
)
@router.head("/file", dependencies=[Depends(READ)], include_in_schema=False)
def get_file(request: Request, path: str, t: str = "", disposition: str | None = None) -> Response:
    """The file with ranges and validators of RFC 9110. Files that could run scripts in this origin become downloads."""
    del t
    services = services_of(request)
    file = services.authorizer.content(path)
    status = stat_regular_file(file)
    name = None if disposition is None else (os.path.basename(disposition) or os.path.basename(file.path))  # noqa: PTH119
    return file_response(services, file, status, request, download_as=name)
