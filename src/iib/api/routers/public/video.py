"""Playing videos and sound, and the pictures that stand for videos."""

from __future__ import annotations

import base64
import binascii

from fastapi import APIRouter, Depends, Request, Response

from iib.access.paths import TrustedPath
from iib.api.http.concurrency import DeferredRender, limit_render
from iib.api.media_files import file_response, stat_regular_file, thumbnail_response
from iib.api.permissions import READ, WRITE, services_of
from iib.api.schemas.requests import CoverBody
from iib.api.schemas.responses import ErrorAnswer
from iib.api.services import Services
from iib.errors import InvalidRequest, NotFound
from iib.media.thumbnails import COVER_BOX
from iib.model.media import MediaKind
from iib.model.media_types import extension_of, is_transport_stream, kind_of

router = APIRouter(tags=["media"])

PLAYABLE = frozenset((MediaKind.VIDEO, MediaKind.AUDIO))
COVERABLE = frozenset((MediaKind.VIDEO,))
HEAD_BYTES = 512
COVER_ANSWERS: dict[int | str, dict[str, object]] = {200: {"content": {"image/webp": {}}}, 501: {"model": ErrorAnswer}}


@router.get(
    "/stream_video",
    dependencies=[Depends(READ)],
    response_class=Response,
    responses={200: {"content": {"video/*": {}, "audio/*": {}}}, 206: {}, 304: {}, 416: {"model": ErrorAnswer}},
    summary="Play a video or sound",
)
@router.head("/stream_video", dependencies=[Depends(READ)], include_in_schema=False)
def stream_video(request: Request, path: str) -> Response:
    """One byte range or the whole file. An end beyond the file is its end."""
    services = services_of(request)
    found = services.gate.content(path)
    status = stat_regular_file(found)
    _check_kind(found, PLAYABLE, "this is neither video nor sound")
    return file_response(services, found, status, request, is_stream=True)


@router.get(
    "/video_cover",
    dependencies=[Depends(READ)],
    response_class=Response,
    responses={**COVER_ANSWERS, 304: {}},
    summary="A still picture of a video",
)
@router.head("/video_cover", dependencies=[Depends(READ)], include_in_schema=False)
@limit_render
def video_cover(request: Request, path: str, mt: str = "") -> Response | DeferredRender:
    """The chosen cover or an early frame, WebP, at most 512 pixels wide and high. `mt` only makes addresses unique."""
    del mt
    services = services_of(request)
    found = services.gate.content(path)
    stat_regular_file(found)
    _check_kind(found, COVERABLE, "this is no video")
    return thumbnail_response(services, found, MediaKind.VIDEO, COVER_BOX, request)


@router.post(
    "/set_target_frame_as_video_cover",
    dependencies=[Depends(WRITE)],
    response_class=Response,
    responses=COVER_ANSWERS,
    summary="Choose the cover of a video",
)
def choose_cover(body: CoverBody, request: Request) -> Response:
    """The picture comes as base64, with or without the head of a data URL; answers with the cover as it is kept."""
    services = services_of(request)
    found = services.gate.content(body.path)
    stat_regular_file(found)
    _check_kind(found, COVERABLE, "this is no video")
    services.thumbnails.choose_cover(found.real, _decoded(body.base64_img))
    _refresh_preview(services, found)
    cover = services.thumbnails.get(found.real, MediaKind.VIDEO, COVER_BOX)
    return Response(cover.data, media_type="image/webp", headers={"Cache-Control": "no-store", "ETag": cover.etag})


def _check_kind(found: TrustedPath, kinds: frozenset[MediaKind], refusal: str) -> None:
    """By extension, but a `.ts` file may be a TypeScript source. Raises `InvalidRequest`, `NotFound`."""
    is_right = kind_of(found.path) in kinds
    if is_right and extension_of(found.path) == "ts":
        try:
            with open(found.real, "rb") as stream:  # noqa: PTH123
                is_right = is_transport_stream(stream.read(HEAD_BYTES))
        except FileNotFoundError as error:
            raise NotFound(f"no such file: {found.path}") from error
    if not is_right:
        raise InvalidRequest(refusal)


def _decoded(text: str) -> bytes:
    """The bytes of base64 text or of a base64 data URL. Raises `InvalidRequest`."""
    if text.startswith("data:"):
        head, _, text = text.partition(",")
        if not head.endswith(";base64"):
            raise InvalidRequest("base64_img must be base64")
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidRequest(f"base64_img is not base64: {error}") from error


def _refresh_preview(services: Services, found: TrustedPath) -> None:
    """The grid's placeholder of an indexed video follows its cover."""
    preview = services.thumbnails.preview(found.real, MediaKind.VIDEO)
    if preview is None:
        return
    with services.store.read() as unit:
        row = unit.media.find_by_path(found.path)
    if row is not None:
        with services.store.write() as change:
            change.media.set_thumbhashes([(row.id, preview.thumbhash)])
            change.duplicates.set_pictures([(row, preview.picture)])
