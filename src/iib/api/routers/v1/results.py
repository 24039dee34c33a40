"""Opened queries for the grid: results, columns, layout, positions (see docs/reference/v1-api.md)."""

from __future__ import annotations

import base64
import time
from dataclasses import asdict

from fastapi import APIRouter, Depends, Request, Response

from iib.api.http.concurrency import limit_search
from iib.api.params import grid_query
from iib.api.permissions import READ, services_of
from iib.api.schemas import v1_responses
from iib.api.schemas.requests import GridQueryBody
from iib.api.schemas.responses import ErrorAnswer
from iib.api.serializers.common import fast_json
from iib.errors import NotFound
from iib.model import MAX_SQLITE_INTEGER, Json

router = APIRouter(prefix="/v1", tags=["v1"])

GONE = 410

GONE_RESPONSE: dict[int | str, dict[str, Json]] = {GONE: {"model": ErrorAnswer}}
BYTES: dict[str, Json] = {"content": {"application/octet-stream": {}}}


@router.post(
    "/results", dependencies=[Depends(READ)], response_model=v1_responses.Results, summary="Open a query for the grid"
)
@limit_search
def open_results(body: GridQueryBody, request: Request) -> Response:
    """Open a query: a fixed order of ids. The same query returns the same results until the library changes."""
    services = services_of(request)
    query = grid_query(services, body)
    started = time.perf_counter()
    result = services.results.open(query)
    return fast_json(
        {
            "token": result.token,
            "total": len(result.ids),
            "exact": result.exact,
            "revision": result.revision,
            "took_ms": round((time.perf_counter() - started) * 1000, 2),
            "buckets": [asdict(bucket) for bucket in result.buckets],
        }
    )


@router.get(
    "/results/{token}/columns",
    dependencies=[Depends(READ)],
    response_model=v1_responses.Columns,
    responses=GONE_RESPONSE,
    summary="Data of a range of results",
)
def result_columns(token: str, request: Request, start: int = 0, count: int = 500) -> Response:
    """Columns of a range of results. 410 if the results have expired."""
    try:
        columns = services_of(request).results.columns(token, start, count)
    except NotFound as error:
        return fast_json({"detail": error.message}, GONE)
    return fast_json(
        {
            "start": columns.start,
            "id": columns.id,
            "w": columns.width_px,
            "h": columns.height_px,
            "time": columns.time_ms,
            "kind": columns.kind,
            "thumbhash": [base64.b64encode(item).decode() if item else None for item in columns.thumbhash],
            "rating": columns.rating,
            "flag": columns.flag,
        }
    )


@router.get(
    "/results/{token}/layout",
    dependencies=[Depends(READ)],
    response_class=Response,
    responses={**GONE_RESPONSE, 200: BYTES},
    summary="Aspect ratios of all results",
)
def result_layout(token: str, request: Request) -> Response:
    """One little-endian uint16 per result: width / height x 1000."""
    try:
        data = services_of(request).results.layout(token)
    except NotFound as error:
        return fast_json({"detail": error.message}, GONE)
    return Response(data, media_type="application/octet-stream", headers={"Cache-Control": "no-store"})


@router.get(
    "/results/{token}/position",
    dependencies=[Depends(READ)],
    response_model=v1_responses.Position,
    responses=GONE_RESPONSE,
    summary="Position of a file in the results",
)
def result_position(token: str, request: Request, id: int) -> Response:  # noqa: A002  (the name in the URL)
    """Position of a file, counted from 0; null if the results do not contain it."""
    try:
        position = services_of(request).results.position(token, id) if 0 < id <= MAX_SQLITE_INTEGER else None
        return fast_json({"position": position})
    except NotFound as error:
        return fast_json({"detail": error.message}, GONE)
