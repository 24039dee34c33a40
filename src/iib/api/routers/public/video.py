"""Streams of videos and audio, and covers of videos."""

from __future__ import annotations

import base64
import binascii

from fastapi import APIRouter, Depends, Request, Response

from iib.access import TrustedPath
from iib.api.http.concurrency import DeferredRender, limit_render
from iib.api.media_files import file_response, stat_regular_file, thumbnail_response
from iib.api.permissions import READ, WRITE, services_of
from iib.api.schemas.requests import CoverBody
from iib.api.schemas.responses import ErrorAnswer
from iib.errors import InvalidRequest, NotFound
from iib.media import COVER_BOX
from iib.model import MediaKind, extension_of, is_transport_stream, kind_of

router = APIRouter(tags=["media"])

PLAYABLE = frozenset((MediaKind.VIDEO, MediaKind.AUDIO))
COVERABLE = frozenset((MediaKind.VIDEO,))
HEAD_BYTES = 512
COVER_RESPONSES: dict[int | str, dict[str, object]] = {
    200: {"content": {"image/webp": {}}},
    501: {"model": ErrorAnswer},
}


@router.get(
    "/stream_video",
    dependencies=[Depends(READ)],
    response_class=Response,
    responses={200: {"content": {"video/*": {}, "audio/*": {}}}, 206: {}, 304: {}, 416: {"model": ErrorAnswer}},
    summary="Stream a video or audio file",
)
@router.head("/stream_video", dependencies=[Depends(READ)], include_in_schema=False)
def stream_video(request: Request, path: str) -> Response:
    """One byte range or the whole file. A range that exceeds the file ends with the file."""
    services = services_of(request)
    file = services.authorizer.content(path)
    status = stat_regular_file(file)
    _check_kind(file, PLAYABLE, "neither a video nor an audio file")
    return file_response(services, file, status, request, is_stream=True)


@router.get(
    "/video_cover",
    dependencies=[Depends(READ)],
    response_class=Response,
    responses={**COVER_RESPONSES, 304: {}},
    summary="The cover of a video",
)
@router.head("/video_cover", dependencies=[Depends(READ)], include_in_schema=False)
@limit_render
def video_cover(request: Request, path: str, mt: str = "") -> Response | DeferredRender:
    """The chosen cover or an early frame, as WebP of at most 512 x 512 pixels. `mt` only makes URLs unique."""
    del mt
    services = services_of(request)
    file = services.authorizer.content(path)
    stat_regular_file(file)
    _check_kind(file, COVERABLE, "not a video")
    return thumbnail_response(services, file, MediaKind.VIDEO, COVER_BOX, request)


@router.post(
    "/set_target_frame_as_video_cover",
    dependencies=[Depends(WRITE)],
    response_class=Response,
    responses=COVER_RESPONSES,
    summary="Choose the cover of a video",
)
def choose_cover(body: CoverBody, request: Request) -> Response:
    """Set the cover from base64 data or a base64 data URL. The response is the stored cover."""
    services = services_of(request)
    file = services.authorizer.content(body.path)
    stat_regular_file(file)
    _check_kind(file, COVERABLE, "not a video")
    services.thumbnails.set_cover(file.real, _decoded(body.base64_img))
    preview = services.thumbnails.preview(file.real, MediaKind.VIDEO)
    if preview is not None:
        services.catalog.replace_preview(file.path, preview)
    cover = services.thumbnails.get(file.real, MediaKind.VIDEO, COVER_BOX)
    return Response(cover.data, media_type="image/webp", headers={"Cache-Control": "no-store", "ETag": cover.etag})


def _check_kind(file: TrustedPath, kinds: frozenset[MediaKind], refusal: str) -> None:
    """Check the kind by extension; a `.ts` file may be TypeScript source, so its start is read.

    Raises `InvalidRequest`, `NotFound`.
    """
    is_allowed = kind_of(file.path) in kinds
    if is_allowed and extension_of(file.path) == "ts":
        try:
            with open(file.real, "rb") as stream:  # noqa: PTH123
                is_allowed = is_transport_stream(stream.read(HEAD_BYTES))
        except FileNotFoundError as error:
            raise NotFound(f"no such file: {file.path}") from error
    if not is_allowed:
        raise InvalidRequest(refusal)


def _decoded(text: str) -> bytes:
    """Decode base64 text or a base64 data URL. Raises `InvalidRequest`."""
    if text.startswith("data:"):
        head, _, text = text.partition(",")
        if not head.endswith(";base64"):
            raise InvalidRequest("base64_img must be base64")
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidRequest(f"base64_img is not base64: {error}") from error
