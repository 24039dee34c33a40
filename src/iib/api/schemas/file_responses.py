"""Responses of file operations and the trash, for the OpenAPI document."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Ok(BaseModel):
    """Success; the operation `operation_id` can be undone; null if nothing was to be done."""

    ok: bool
    operation_id: int | None = None


class NotDeleted(BaseModel):
    """Files that could not be deleted, and the `deleted` ones. The lists are absent if nothing was attempted."""

    detail: str
    deleted: list[str] | None = None
    errors: list[str] | None = None
    operation_id: int | None = None


class MovedPath(BaseModel):
    """Old and new path of a file or folder; `to` is empty for a permanently deleted one."""

    from_: str = Field(alias="from")
    to: str


class TransferAnswer(BaseModel):
    """Transferred, skipped and failed files."""

    errors: list[str]
    done: list[MovedPath]
    skipped: list[str]
    operation_id: int | None


class NotTransferred(BaseModel):
    """The first problem, and the part `done` before it. The lists are absent if nothing was attempted."""

    detail: str
    errors: list[str] | None = None
    done: list[MovedPath] | None = None
    skipped: list[str] | None = None
    operation_id: int | None = None


class RenameAnswer(BaseModel):
    """The new path of the file or folder."""

    detail: str
    new_path: str


class FlattenAnswer(BaseModel):
    """`total_files` counts the media files in subfolders; `conflicts` are names that occur more than once."""

    success: bool
    total_files: int
    conflicts: list[str]
    moved_files: int
    errors: list[str]


class NotFlattened(BaseModel):
    """The reason why nothing was moved; the numbers are absent if no folder was examined."""

    detail: str
    success: bool | None = None
    total_files: int | None = None
    conflicts: list[str] | None = None
    moved_files: int | None = None
    errors: list[str] | None = None


class ArchiveAnswer(BaseModel):
    """The path of the archive on the server."""

    path: str


class PathError(BaseModel):
    """A path that failed, with the reason; `code` is stable."""

    path: str
    code: str
    message: str


class OperationAnswer(BaseModel):
    """The outcome of an undo, a restore or a purge."""

    operation_id: int | None
    kind: str
    done: list[MovedPath]
    errors: list[PathError]
    skipped: list[str]


class OperationEntry(BaseModel):
    """An operation of the journal; times are milliseconds since the epoch."""

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
    """Operations, newest first; `next` leads to the next page, null at the end."""

    operations: list[OperationEntry]
    next: int | None


class TrashEntry(BaseModel):
    """A deleted file; times are milliseconds since the epoch. `expires` is null if it is never purged automatically."""

    id: int
    path: str
    name: str
    trash_path: str
    bytes: int
    deleted: int
    expires: int | None
    available: bool


class TrashList(BaseModel):
    """Deleted files, most recently deleted first; `total` and `bytes` count the whole trash."""

    items: list[TrashEntry]
    total: int
    bytes: int
    next: int | None
