"""The journal of file operations, undo, and the trash."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Query, Request, Response

from iib.api.permissions import READ, WRITE, services_of
from iib.api.schemas.curation import Id, PathId
from iib.api.schemas.file_requests import PurgeBody, TrashBody
from iib.api.schemas.file_responses import OperationAnswer, OperationList, TrashList
from iib.api.schemas.v1_responses import Done
from iib.api.serializers.common import fast_json
from iib.api.serializers.operations import operation_entry, operation_result, trash_entry
from iib.errors import InvalidRequest
from iib.files import OperationResult
from iib.model import OperationId, OperationKind, TrashId

router = APIRouter(prefix="/v1", tags=["trash and undo"])

MAX_LISTED = 1000


@router.get("/operations", dependencies=[Depends(READ)], response_model=OperationList, summary="Latest file operations")
def list_operations(
    request: Request, limit: int = Query(50, ge=1, le=MAX_LISTED), before: Id | None = None
) -> Response:
    """Operations of the journal, newest first; `before` is the `next` of the previous page."""
    rows = services_of(request).files.operations(limit + 1, before)
    listed = [operation_entry(row) for row in rows[:limit]]
    return fast_json({"operations": listed, "next": rows[limit - 1].id if len(rows) > limit else None})


@router.post(
    "/operations/undo",
    dependencies=[Depends(WRITE)],
    response_model=OperationAnswer,
    summary="Undo the latest operation",
)
def undo_latest(request: Request) -> Response:
    """Undo the latest operation that is not undone; a further call undoes the one before it.

    Existing files are not overwritten: changes that cannot be undone are in `errors`.
    """
    return fast_json(operation_result(services_of(request).files.undo()))


@router.post(
    "/operations/{operation_id}/undo",
    dependencies=[Depends(WRITE)],
    response_model=OperationAnswer,
    summary="Undo an operation",
)
def undo_operation(operation_id: PathId, request: Request) -> Response:
    """Undo an operation by id. 404 for an unknown operation, 409 if it is already undone or has changed nothing."""
    return fast_json(operation_result(services_of(request).files.undo(OperationId(operation_id))))


@router.post(
    "/operations/{operation_id}/stop",
    dependencies=[Depends(WRITE)],
    response_model=Done,
    summary="Stop a running operation",
)
def stop_operation(operation_id: PathId, request: Request) -> dict[str, bool]:
    """Ask an operation to stop. Its completed part can be undone; the rest has the error `stopped` in its own response.

    `ok` is false if the operation has already ended or is an undo.
    """
    return {"ok": services_of(request).files.stop(OperationId(operation_id))}


@router.get("/trash", dependencies=[Depends(READ)], response_model=TrashList, summary="Deleted files")
def list_trash(request: Request, limit: int = Query(200, ge=1, le=MAX_LISTED), before: Id | None = None) -> Response:
    """Deleted files, most recently deleted first; `before` is the `next` of the previous page."""
    services = services_of(request)
    page = services.files.trash(limit, before)
    days = services.settings.files.trash_days
    return fast_json(
        {
            "items": [trash_entry(row, days) for row in page.rows],
            "total": page.total,
            "bytes": page.size_bytes,
            "next": page.next,
        }
    )


@router.post(
    "/trash/restore", dependencies=[Depends(WRITE)], response_model=OperationAnswer, summary="Restore deleted files"
)
def restore(body: TrashBody, request: Request) -> Response:
    """Restore files to their original paths, with sidecars, ids and tags."""
    ids = [TrashId(item) for item in body.ids]
    return fast_json(operation_result(services_of(request).files.restore(ids, policy=body.on_conflict)))


@router.post(
    "/trash/purge",
    dependencies=[Depends(WRITE)],
    response_model=OperationAnswer,
    summary="Delete files of the trash permanently",
)
def purge(body: PurgeBody, request: Request) -> Response:
    """Delete files of the trash by id or by age. This cannot be undone."""
    files = services_of(request).files
    if body.older_than_days is None and not body.ids:
        raise InvalidRequest("ids or older_than_days is required")
    result = files.purge([TrashId(item) for item in body.ids]) if body.ids else OperationResult(OperationKind.PURGE)
    entry = operation_result(result)
    if body.older_than_days is not None:
        older = files.purge_older(body.older_than_days)
        entry["done"] += [{"from": path, "to": ""} for path in older]
    return fast_json(entry)
