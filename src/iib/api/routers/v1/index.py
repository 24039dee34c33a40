"""Index runs and the files they could not read."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Query, Request, Response

from iib.api.params import indexed_folder
from iib.api.permissions import READ, WRITE, services_of
from iib.api.schemas import v1_responses
from iib.api.schemas.requests import IndexBody
from iib.api.serializers.common import fast_json

router = APIRouter(prefix="/v1", tags=["v1"])

MAX_ERRORS = 1000
NO_LIMIT = 2**31


@router.post(
    "/index", dependencies=[Depends(WRITE)], response_model=v1_responses.RunStarted, summary="Start an index run"
)
def start_index(body: IndexBody, request: Request) -> dict[str, str]:
    """Start an index run. Only one runs at a time; a running one for the same folder is returned."""
    services = services_of(request)
    path = indexed_folder(services, body.path) if body.path else None
    start = services.index.start_rebuild if body.rebuild else services.index.start_update
    return {"job_id": start(path)}


@router.get(
    "/index/errors",
    dependencies=[Depends(READ)],
    response_model=v1_responses.IndexErrors,
    summary="Files with read errors",
)
def index_errors(request: Request, limit: int = Query(200, ge=1, le=MAX_ERRORS)) -> Response:
    """Files that could not be read completely, with the reasons."""
    services = services_of(request)
    total, rows = services.catalog.list_problems(NO_LIMIT if services.authorizer.is_enabled else limit)
    if services.authorizer.is_enabled:
        allowed = services.authorizer.allowed_paths()
        rows = [row for row in rows if allowed.may_read(row[1])]
        total = len(rows)
    errors = [{"id": media_id, "path": path, "problem": problem} for media_id, path, problem in rows[:limit]]
    return fast_json({"total": total, "errors": errors})
