"""File operations and the trash."""

from __future__ import annotations

import os

from iib.files.results import OperationResult
from iib.model.geninfo import Json
from iib.model.operation import OperationKind, OperationRow, OperationStatus, TrashRow

NS_OF_MS = 1_000_000
DAY_MS = 86_400_000


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
