"""The journal of file operations, undo, and the trash."""

from __future__ import annotations

import os

from fastapi import APIRouter, Depends, Query, Request, Response

from iib.api.permissions import READ, WRITE, services_of
from iib.api.schemas.curation import Id, PathId
from iib.api.schemas.file_requests import PurgeBody, TrashBody
from iib.api.schemas.file_responses import OperationAnswer, OperationList, TrashList
from iib.api.schemas.v1_responses import Done
from iib.api.serializers.common import fast_json
from iib.errors import InvalidRequest
from iib.files.results import OperationResult
from iib.model.geninfo import Json
from iib.model.operation import OperationId, OperationKind, OperationRow, OperationStatus, TrashId, TrashRow

router = APIRouter(prefix="/v1", tags=["trash and undo"])

NS_OF_MS = 1_000_000
DAY_MS = 86_400_000
MAX_LISTED = 1000


@router.get(
    "/operations", dependencies=[Depends(READ)], response_model=OperationList, summary="The latest file operations"
)
def list_operations(
    request: Request, limit: int = Query(50, ge=1, le=MAX_LISTED), before: Id | None = None
) -> Response:
    """Newest first; `before` is the `next` of the page before."""
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
    """Asked again it undoes the one before. Nothing is overwritten: what cannot be taken back is in `errors`."""
    return fast_json(result_answer(services_of(request).files.undo()))


@router.post(
    "/operations/{operation_id}/undo",
    dependencies=[Depends(WRITE)],
    response_model=OperationAnswer,
    summary="Undo one operation",
)
def undo_operation(operation_id: PathId, request: Request) -> Response:
    """404 when it is unknown, 409 when it was undone already or changed nothing."""
    return fast_json(result_answer(services_of(request).files.undo(OperationId(operation_id))))


@router.post(
    "/operations/{operation_id}/stop",
    dependencies=[Depends(WRITE)],
    response_model=Done,
    summary="Ask a running operation to stop",
)
def stop_operation(operation_id: PathId, request: Request) -> dict[str, bool]:
    """What was done stays, and can be undone; the rest is in `errors` of the answer of its own request, as `stopped`.
    `ok` is false when it has ended already; an undo is not stopped."""
    return {"ok": services_of(request).files.stop(OperationId(operation_id))}


@router.get("/trash", dependencies=[Depends(READ)], response_model=TrashList, summary="Deleted files")
def list_trash(request: Request, limit: int = Query(200, ge=1, le=MAX_LISTED), before: Id | None = None) -> Response:
    """The latest deleted first; `before` is the `next` of the page before."""
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
    "/trash/restore", dependencies=[Depends(WRITE)], response_model=OperationAnswer, summary="Put deleted files back"
)
def restore(body: TrashBody, request: Request) -> Response:
    """Where they were, with sidecars, ids and tags."""
    ids = [TrashId(item) for item in body.ids]
    return fast_json(result_answer(services_of(request).files.restore(ids, policy=body.on_conflict)))


@router.post(
    "/trash/purge",
    dependencies=[Depends(WRITE)],
    response_model=OperationAnswer,
    summary="Remove deleted files for good",
)
def purge(body: PurgeBody, request: Request) -> Response:
    """By id, or by age. This cannot be undone."""
    files = services_of(request).files
    if body.older_than_days is None and not body.ids:
        raise InvalidRequest("give ids or older_than_days")
    result = files.purge([TrashId(item) for item in body.ids]) if body.ids else OperationResult(OperationKind.PURGE)
    answer = result_answer(result)
    if body.older_than_days is not None:
        older = files.purge_older(body.older_than_days)
        answer["done"] += [{"from": path, "to": ""} for path in older]
    return fast_json(answer)


def result_answer(result: OperationResult) -> dict[str, Json]:
    """What was done and what not, path by path."""
    return {
        "operation_id": result.operation_id,
        "kind": result.kind.value,
        "done": [{"from": path, "to": target} for path, target in result.done],
        "errors": [{"path": item.path, "code": item.code.value, "message": item.message} for item in result.problems],
        "skipped": list(result.skipped),
    }


def operation_entry(row: OperationRow) -> dict[str, Json]:
    """One line of the journal."""
    is_final = row.status in (OperationStatus.DONE, OperationStatus.PARTLY)
    return {
        "id": row.id,
        "kind": row.kind.value,
        "status": row.status.value,
        "subject": row.subject,
        "destination": row.destination,
        "total": row.total,
        "failed": row.failed,
        "created": row.created_ns // NS_OF_MS,
        "finished": row.finished_ns // NS_OF_MS if row.finished_ns is not None else None,
        "undo_of": row.undo_of,
        "undone_by": row.undone_by,
        "can_undo": is_final and row.undone_by is None and row.kind is not OperationKind.PURGE,
    }


def trash_entry(row: TrashRow, days: int) -> dict[str, Json]:
    """One deleted file."""
    deleted_ms = row.deleted_ns // NS_OF_MS
    return {
        "id": row.id,
        "path": row.original_path,
        "name": os.path.basename(row.original_path),  # noqa: PTH119
        "trash_path": row.trash_path,
        "bytes": row.size_bytes,
        "deleted": deleted_ms,
        "expires": deleted_ms + days * DAY_MS if days >= 1 else None,
        "available": os.path.lexists(row.trash_path),
    }
