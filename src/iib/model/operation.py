"""File operations, their steps and the rows of the journal and of the trash."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NewType

OperationId = NewType("OperationId", int)
TrashId = NewType("TrashId", int)


class OperationKind(str, Enum):
    """Kind of a file operation that a person requests."""

    DELETE = "delete"
    MOVE = "move"
    COPY = "copy"
    RENAME = "rename"
    FLATTEN = "flatten"
    ORGANISE = "organise"
    RESTORE = "restore"
    PURGE = "purge"
    UNDO = "undo"


class OperationStatus(str, Enum):
    """State of an operation. OPEN: it runs, or a crash interrupted it. The others are final."""

    OPEN = "open"
    DONE = "done"
    PARTLY = "partly"
    FAILED = "failed"


class StepKind(str, Enum):
    """Action of one step on the disk. MOVE applies to files, links and whole folders."""

    MOVE = "move"
    COPY = "copy"
    REMOVE = "remove"
    MAKE_FOLDER = "make_folder"
    REMOVE_FOLDER = "remove_folder"


class StepRole(str, Enum):
    """Role of a step in its operation.

    MAIN must succeed. SIDECAR follows its media file, and stays if another media file still needs it. TIDY is optional:
    it removes a folder only if the folder is empty.
    """

    MAIN = "main"
    SIDECAR = "sidecar"
    TIDY = "tidy"


class StepState(str, Enum):
    """State of a step. PLANNED: not started or interrupted. UNDONE: done, then reverted because its item failed."""

    PLANNED = "planned"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    UNDONE = "undone"


class ConflictPolicy(str, Enum):
    """Behaviour for an entry whose target already exists. RENAME makes `name (2).png`."""

    FAIL = "fail"
    SKIP = "skip"
    RENAME = "rename"


@dataclass(frozen=True, slots=True)
class Step:
    """An atomic change of the disk.

    `target` is "" for removals, and for folders that are made or removed without a counterpart. Size and time are
    those of the source at the time of planning; they are 0 for folders and links.
    """

    kind: StepKind
    source: str
    target: str = ""
    role: StepRole = StepRole.MAIN
    is_folder: bool = False
    size_bytes: int = 0
    mtime_ns: int = 0


@dataclass(frozen=True, slots=True)
class JournalStep:
    """A step and its position in the journal. Either all steps of an `item` are done or none."""

    position: int
    item: int
    step: Step
    state: StepState = StepState.PLANNED
    error: str = ""


@dataclass(frozen=True, slots=True)
class OperationRow:
    """An operation in the journal. `subject` is its first path, `total` the number of requested entries."""

    id: OperationId
    token: str
    kind: OperationKind
    status: OperationStatus
    keeps_going: bool
    subject: str
    destination: str
    total: int
    failed: int
    created_ns: int
    finished_ns: int | None = None
    undo_of: OperationId | None = None
    undone_by: OperationId | None = None


@dataclass(frozen=True, slots=True)
class TrashRow:
    """A file in the trash. A sidecar shares `operation_id` and `item` with its media file."""

    id: TrashId
    operation_id: OperationId
    item: int
    is_sidecar: bool
    original_path: str
    trash_path: str
    size_bytes: int
    deleted_ns: int
