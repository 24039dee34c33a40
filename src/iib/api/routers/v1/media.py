"""Single media files by id: details, thumbnail, original, similar files; generation parameters by path."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from iib.access.paths import TrustedPath
from iib.api.http.concurrency import Drawing, drawing
from iib.api.media_files import original, parse_file, small_picture, stat_file
from iib.api.params import MAX_ID, clamped
from iib.api.permissions import READ, services_of
from iib.api.schemas import v1_responses
from iib.api.schemas.requests import PathsBody
from iib.api.schemas.responses import ErrorAnswer
from iib.api.schemas.semantic import SimilarHits
from iib.api.schemas.v1_responses import GeninfoOfFiles
from iib.api.serializers.common import fast_json
from iib.api.serializers.media import detail_answer
from iib.api.serializers.semantic import hit_answers
from iib.api.services import Services
from iib.errors import IIBError, NotFound
from iib.metadata.describe import describe
from iib.model.geninfo import Json
from iib.model.media import MediaId
from iib.store import MediaDetail
from iib.tags.curation import FLAG_WORDS

router = APIRouter(prefix="/v1")

MAX_TOP_K = 500
BOXES = (64, 128, 256, 384, 512, 768, 1024)


@router.get(
    "/media/{media_id}",
    tags=["v1"],
    dependencies=[Depends(READ)],
    response_model=v1_responses.MediaDetails,
    summary="Everything known of one file",
)
def media_detail(media_id: int, request: Request) -> Response:
    """By id. 404 when unknown."""
    services = services_of(request)
    found = _detail(services, media_id)[0]
    with services.store.read() as unit:
        marks = unit.curation.marks([found.row.id])
        albums = unit.curation.albums_of(found.row.id)
    names = services.translations.names()
    answer = detail_answer(found)
    for tag in answer["tags"]:
        tag["display_name"] = names.get(tag["name"])
    answer["rating"] = marks[0].rating if marks else 0
    answer["flag"] = FLAG_WORDS[marks[0].flag if marks else 0]
    answer["albums"] = [{"id": album_id, "name": name} for album_id, name in albums]
    return fast_json(answer)


@router.get(
    "/media/{media_id}/thumbnail",
    tags=["v1"],
    dependencies=[Depends(READ)],
    response_class=Response,
    responses={200: {"content": {"image/webp": {}}}},
    summary="A small picture by id",
)
@router.head("/media/{media_id}/thumbnail", dependencies=[Depends(READ)], include_in_schema=False)
@drawing
def media_thumbnail(media_id: int, request: Request, size: int = 256, v: str = "") -> Response | Drawing:
    """The next larger of a few fixed boxes, so that the cache stays small. `v` only makes addresses unique."""
    del v
    services = services_of(request)
    detail, found = _detail(services, media_id)
    stat_file(found)
    side = next((box for box in BOXES if box >= size), BOXES[-1])
    return small_picture(services, found, detail.row.kind, (side, side), request)


@router.get(
    "/media/{media_id}/file",
    tags=["v1"],
    dependencies=[Depends(READ)],
    response_class=Response,
    responses={200: {"content": {"*/*": {}}}},
    summary="The original file by id",
)
@router.head("/media/{media_id}/file", dependencies=[Depends(READ)], include_in_schema=False)
def media_file(media_id: int, request: Request) -> Response:
    """With ranges."""
    services = services_of(request)
    _found, found = _detail(services, media_id)
    return original(services, found, stat_file(found), request)


def _detail(services: Services, media_id: int) -> tuple[MediaDetail, TrustedPath]:
    """A known file that may be read. Raises `NotFound`, `PathNotTrusted`."""
    found = None
    if 0 < media_id <= MAX_ID:
        with services.store.read() as unit:
            found = unit.media.detail(MediaId(media_id))
    if found is None:
        raise NotFound("this file is not known")
    return found, services.gate.known(found.row.path)


@router.post(
    "/geninfo",
    tags=["metadata"],
    dependencies=[Depends(READ)],
    response_model=GeninfoOfFiles,
    summary="Generation parameters of several files",
)
def geninfo_of_files(body: PathsBody, request: Request) -> Response:
    """One object for each path, in order; `error` where the file is not there or may not be seen."""
    services = services_of(request)
    trust = services.gate.trust()
    answers: list[dict[str, Json]] = []
    for raw in body.paths:
        try:
            parsed = parse_file(services, services.gate.content(raw, trust))
        except IIBError as error:
            answers.append({"path": raw, "error": error.code})
            continue
        answers.append({"path": raw, "error": NotFound.code} if parsed is None else describe(raw, parsed))
    return fast_json({"results": answers})


@router.get(
    "/similar/{media_id}",
    tags=["ai"],
    dependencies=[Depends(READ)],
    response_model=SimilarHits,
    responses={code: {"model": ErrorAnswer} for code in (502, 503, 504)},
    summary="More like this one",
)
def similar(
    media_id: int,
    request: Request,
    top_k: Annotated[int, Query()] = 50,
    min_score: Annotated[float, Query()] = 0.0,
    model: str | None = None,
) -> Response:
    """Files of the library whose prompts are nearest to that of this file."""
    services = services_of(request)
    found, engine = services.semantic.similar(
        MediaId(media_id if 0 < media_id <= MAX_ID else 0),
        top_k=clamped(top_k, 1, MAX_TOP_K),
        min_score=min_score,
        model=model,
    )
    hits = hit_answers(found.hits, services.gate.trust())
    return fast_json(
        {"id": media_id, "engine": engine.name, "model": engine.model, "count": found.count, "results": hits}
    )
