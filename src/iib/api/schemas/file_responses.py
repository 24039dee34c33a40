"""Answers of file operations, for the OpenAPI document."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Ok(BaseModel):
    """It worked; `operation_id` can be undone, null when nothing was to be done."""

    ok: bool
    operation_id: int | None = None


class NotDeleted(BaseModel):
    """What could not be deleted and why; what was `deleted` stays so. The lists are absent when nothing was tried."""

    detail: str
    deleted: list[str] | None = None
    errors: list[str] | None = None
    operation_id: int | None = None


class MovedPath(BaseModel):
    """Where one entry went; `to` is empty for what was deleted for good."""

    from_: str = Field(alias="from")
    to: str


class TransferAnswer(BaseModel):
    """What was done, and what not and why."""

    errors: list[str]
    done: list[MovedPath]
    skipped: list[str]
    operation_id: int | None


class NotTransferred(BaseModel):
    """The first problem; what was `done` before it stays so. The lists are absent when nothing was tried."""

    detail: str
    errors: list[str] | None = None
    done: list[MovedPath] | None = None
    skipped: list[str] | None = None
    operation_id: int | None = None


class RenameAnswer(BaseModel):
    """The new path."""

    detail: str
    new_path: str


class FlattenAnswer(BaseModel):
    """`total_files` media files in sub-folders; `conflicts` names that occur more than once."""

    success: bool
    total_files: int
    conflicts: list[str]
    moved_files: int
    errors: list[str]


class NotFlattened(BaseModel):
    """Why nothing was moved; the numbers are absent when nothing was looked at."""

    detail: str
    success: bool | None = None
    total_files: int | None = None
    conflicts: list[str] | None = None
    moved_files: int | None = None
    errors: list[str] | None = None


class ArchiveAnswer(BaseModel):
    """Where the archive lies on the server."""

    path: str


class PathError(BaseModel):
    """Why nothing was done to one path; `code` is a stable word."""

    path: str
    code: str
    message: str


class OperationAnswer(BaseModel):
    """What an undo, a restore or a purge did."""

    operation_id: int | None
    kind: str
    done: list[MovedPath]
    errors: list[PathError]
    skipped: list[str]


class OperationEntry(BaseModel):
    """One operation of the journal; times in milliseconds since the epoch."""

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


class OperationList(BaseModel):
    """The latest operations, newest first; `next` goes on, null at the end."""

    operations: list[OperationEntry]
    next: int | None


class TrashEntry(BaseModel):
    """One deleted file; times in milliseconds since the epoch. `expires` null: kept until purged by hand."""

    id: int
    path: str
    name: str
    trash_path: str
    bytes: int
    deleted: int
    expires: int | None
    available: bool


class TrashList(BaseModel):
    """Deleted files, the latest first; `total` and `bytes` count the whole trash."""

    items: list[TrashEntry]
    total: int
    bytes: int
    next: int | None
