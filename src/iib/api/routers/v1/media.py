"""Media files by id: details, thumbnail, original and similar files; generation parameters by path."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from iib.access import TrustedPath
from iib.api.http.concurrency import DeferredRender, limit_render
from iib.api.media_files import file_response, parse_media_file, stat_regular_file, thumbnail_response
from iib.api.params import clamp
from iib.api.permissions import READ, services_of
from iib.api.schemas import v1_responses
from iib.api.schemas.requests import PathsBody
from iib.api.schemas.responses import ErrorAnswer
from iib.api.schemas.semantic import SimilarHits
from iib.api.schemas.v1_responses import GeninfoOfFiles
from iib.api.serializers.common import fast_json
from iib.api.serializers.media import media_detail_entry
from iib.api.serializers.semantic import hit_entries
from iib.api.services import Services
from iib.errors import IIBError, NotFound
from iib.metadata import describe_file
from iib.model import MAX_SQLITE_INTEGER, Json, MediaId
from iib.store import MediaDetail

router = APIRouter(prefix="/v1")

MAX_TOP_K = 500
BOXES = (64, 128, 256, 384, 512, 768, 1024)


@router.get(
    "/media/{media_id}",
    tags=["v1"],
    dependencies=[Depends(READ)],
    response_model=v1_responses.MediaDetails,
    summary="Details of a file",
)
def media_detail(media_id: int, request: Request) -> Response:
    """Metadata, tags, rating and albums of a file. 404 for an unknown file."""
    services = services_of(request)
    detail, _path = _readable_media(services, media_id)
    rating, flag = services.curation.rating_and_flag_of(detail.row.id)
    albums = services.curation.albums_of(detail.row.id)
    names = services.translations.names()
    return fast_json(media_detail_entry(detail, rating=rating, flag=flag, albums=albums, names=names))


@router.get(
    "/media/{media_id}/thumbnail",
    tags=["v1"],
    dependencies=[Depends(READ)],
    response_class=Response,
    responses={200: {"content": {"image/webp": {}}}},
    summary="A thumbnail by id",
)
@router.head("/media/{media_id}/thumbnail", dependencies=[Depends(READ)], include_in_schema=False)
@limit_render
def media_thumbnail(media_id: int, request: Request, size: int = 256, v: str = "") -> Response | DeferredRender:
    """A thumbnail of at least `size` pixels in one of a few fixed boxes, which keeps the cache small.

    `v` only makes URLs unique.
    """
    del v
    services = services_of(request)
    detail, path = _readable_media(services, media_id)
    stat_regular_file(path)
    side = next((box for box in BOXES if box >= size), BOXES[-1])
    return thumbnail_response(services, path, detail.row.kind, (side, side), request)


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
    """The original file; byte ranges are supported."""
    services = services_of(request)
    _detail, path = _readable_media(services, media_id)
    return file_response(services, path, stat_regular_file(path), request)


def _readable_media(services: Services, media_id: int) -> tuple[MediaDetail, TrustedPath]:
    """An indexed file that may be read, and its path. Raises `NotFound`, `PathNotTrusted`."""
    detail = services.catalog.get_detail(media_id)
    return detail, services.authorizer.known(detail.row.path)


@router.post(
    "/geninfo",
    tags=["metadata"],
    dependencies=[Depends(READ)],
    response_model=GeninfoOfFiles,
    summary="Generation parameters of several files",
)
def geninfo_of_files(body: PathsBody, request: Request) -> Response:
    """One object per path, in the same order; `error` if the file is missing or inaccessible."""
    services = services_of(request)
    allowed = services.authorizer.allowed_paths()
    results: list[dict[str, Json]] = []
    for raw in body.paths:
        try:
            parsed = parse_media_file(services, services.authorizer.content(raw, allowed))
        except IIBError as error:
            results.append({"path": raw, "error": error.code})
            continue
        results.append({"path": raw, "error": NotFound.code} if parsed is None else describe_file(raw, parsed))
    return fast_json({"results": results})


@router.get(
    "/similar/{media_id}",
    tags=["ai"],
    dependencies=[Depends(READ)],
    response_model=SimilarHits,
    responses={code: {"model": ErrorAnswer} for code in (502, 503, 504)},
    summary="Similar files",
)
def similar(
    media_id: int,
    request: Request,
    top_k: Annotated[int, Query()] = 50,
    min_score: Annotated[float, Query()] = 0.0,
    model: str | None = None,
) -> Response:
    """Files whose prompts are most similar to the prompt of this file, best first."""
    services = services_of(request)
    result, embedding_model = services.semantic.similar(
        MediaId(media_id if 0 < media_id <= MAX_SQLITE_INTEGER else 0),
        top_k=clamp(top_k, 1, MAX_TOP_K),
        min_score=min_score,
        model=model,
    )
    hits = hit_entries(result.hits, services.authorizer.allowed_paths())
    return fast_json(
        {
            "id": media_id,
            "engine": embedding_model.engine,
            "model": embedding_model.model_name,
            "count": result.count,
            "results": hits,
        }
    )
