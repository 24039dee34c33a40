"""File operations and the trash. Times are milliseconds since the epoch."""

from __future__ import annotations

import os
from typing import TypedDict

from iib.files import OperationResult
from iib.model import NS_PER_MS, OperationKind, OperationRow, OperationStatus, TrashRow

DAY_MS = 86_400_000

PathPair = TypedDict("PathPair", {"from": str, "to": str})


class PathErrorEntry(TypedDict):
    """A path that failed, with a stable code; see `PathError`."""

    path: str
    code: str
    message: str


class OperationResultEntry(TypedDict):
    """The outcome of an operation; see `OperationAnswer`."""

    operation_id: int | None
    kind: str
    done: list[PathPair]
    errors: list[PathErrorEntry]
    skipped: list[str]


class JournalEntry(TypedDict):
    """An operation of the journal; see `OperationEntry`."""

    id: int
    kind: str
    status: str
    subject: str
    destination: str
    total: int
    failed: int
    created: int
    finished: int | None
    undo_of: int | None
    undone_by: int | None
    can_undo: bool


class DeletedFileEntry(TypedDict):
    """A deleted file; see `TrashEntry`."""

    id: int
    path: str
    name: str
    trash_path: str
    bytes: int
    deleted: int
    expires: int | None
    available: bool


def operation_result(result: OperationResult) -> OperationResultEntry:
    """The outcome of an operation path by path: done, failed, skipped."""
    return {
        "operation_id": result.operation_id,
        "kind": result.kind.value,
        "done": path_pairs(result),
        "errors": [{"path": item.path, "code": item.code.value, "message": item.message} for item in result.problems],
        "skipped": list(result.skipped),
    }


def path_pairs(result: OperationResult) -> list[PathPair]:
    """Old and new path of every file or folder that was processed."""
    return [{"from": path, "to": target} for path, target in result.done]


def operation_entry(row: OperationRow) -> JournalEntry:
    """Entry of an operation of the journal."""
    is_final = row.status in (OperationStatus.DONE, OperationStatus.PARTLY)
    return {
        "id": row.id,
        "kind": row.kind.value,
        "status": row.status.value,
        "subject": row.subject,
        "destination": row.destination,
        "total": row.total,
        "failed": row.failed,
        "created": row.created_ns // NS_PER_MS,
        "finished": row.finished_ns // NS_PER_MS if row.finished_ns is not None else None,
        "undo_of": row.undo_of,
        "undone_by": row.undone_by,
        "can_undo": is_final and row.undone_by is None and row.kind is not OperationKind.PURGE,
    }


def trash_entry(row: TrashRow, days: int) -> DeletedFileEntry:
    """Entry of a deleted file, which is kept for `days` days; below 1 it never expires."""
    deleted_ms = row.deleted_ns // NS_PER_MS
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
