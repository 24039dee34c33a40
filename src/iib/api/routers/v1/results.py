"""The page's own endpoints (`/v1/...`, see docs/reference/v1-api.md)."""

from __future__ import annotations

import base64
import time
from dataclasses import asdict

from fastapi import APIRouter, Depends, Request, Response

from iib.api.http.concurrency import limit_search
from iib.api.params import MAX_ID, grid_query
from iib.api.permissions import READ, services_of
from iib.api.schemas import v1_responses
from iib.api.schemas.requests import GridQueryBody
from iib.api.schemas.responses import ErrorAnswer
from iib.api.serializers.common import fast_json
from iib.errors import NotFound
from iib.model.geninfo import Json

router = APIRouter(prefix="/v1", tags=["v1"])

GONE = 410

GONE_ANSWER: dict[int | str, dict[str, Json]] = {GONE: {"model": ErrorAnswer}}
BYTES: dict[str, Json] = {"content": {"application/octet-stream": {}}}


@router.post(
    "/results", dependencies=[Depends(READ)], response_model=v1_responses.Results, summary="Open a query for the grid"
)
@limit_search
def open_results(body: GridQueryBody, request: Request) -> Response:
    """A frozen order of ids; asked for again while nothing has changed it is the same one."""
    services = services_of(request)
    query = grid_query(services, body)
    started = time.perf_counter()
    found = services.results.open(query)
    return fast_json(
        {
            "token": found.token,
            "total": len(found.ids),
            "exact": found.exact,
            "revision": found.revision,
            "took_ms": round((time.perf_counter() - started) * 1000, 2),
            "buckets": [asdict(bucket) for bucket in found.buckets],
        }
    )


@router.get(
    "/results/{token}/columns",
    dependencies=[Depends(READ)],
    response_model=v1_responses.Columns,
    responses=GONE_ANSWER,
    summary="Facts of a range of results",
)
def result_columns(token: str, request: Request, start: int = 0, count: int = 500) -> Response:
    """410 when the results are gone."""
    try:
        found = services_of(request).results.columns(token, start, count)
    except NotFound as error:
        return fast_json({"detail": error.message}, GONE)
    return fast_json(
        {
            "start": found.start,
            "id": found.id,
            "w": found.width_px,
            "h": found.height_px,
            "time": found.time_ms,
            "kind": found.kind,
            "thumbhash": [base64.b64encode(item).decode() if item else None for item in found.thumbhash],
            "rating": found.rating,
            "flag": found.flag,
        }
    )


@router.get(
    "/results/{token}/layout",
    dependencies=[Depends(READ)],
    response_class=Response,
    responses={**GONE_ANSWER, 200: BYTES},
    summary="Aspect ratios of all results",
)
def result_layout(token: str, request: Request) -> Response:
    """Little-endian uint16 each: width / height x 1000."""
    try:
        data = services_of(request).results.layout(token)
    except NotFound as error:
        return fast_json({"detail": error.message}, GONE)
    return Response(data, media_type="application/octet-stream", headers={"Cache-Control": "no-store"})


@router.get(
    "/results/{token}/position",
    dependencies=[Depends(READ)],
    response_model=v1_responses.Position,
    responses=GONE_ANSWER,
    summary="Where a file stands in the results",
)
def result_position(token: str, request: Request, id: int) -> Response:  # noqa: A002  (the name in the address)
    """Null when it is not among them."""
    try:
        place = services_of(request).results.position(token, id) if 0 < id <= MAX_ID else None
        return fast_json({"position": place})
    except NotFound as error:
        return fast_json({"detail": error.message}, GONE)
