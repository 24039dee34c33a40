"""File operations as the journal knows them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NewType

OperationId = NewType("OperationId", int)
TrashId = NewType("TrashId", int)


class OperationKind(str, Enum):
    """What a person asked for."""

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
    """OPEN: under way, or cut off by a crash. The others are final."""

    OPEN = "open"
    DONE = "done"
    PARTLY = "partly"
    FAILED = "failed"


class StepKind(str, Enum):
    """What one step does to the disk. MOVE takes files, links and whole folders."""

    MOVE = "move"
    COPY = "copy"
    REMOVE = "remove"
    MAKE_FOLDER = "make_folder"
    REMOVE_FOLDER = "remove_folder"


class StepRole(str, Enum):
    """MAIN must succeed. SIDECAR follows its media file, and stays when another one still needs it.
    TIDY may be left out: a folder that is not empty stays."""

    MAIN = "main"
    SIDECAR = "sidecar"
    TIDY = "tidy"


class StepState(str, Enum):
    """PLANNED: not begun or cut off. UNDONE: was done, and taken back because its item failed."""

    PLANNED = "planned"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    UNDONE = "undone"


class ConflictPolicy(str, Enum):
    """What becomes of an entry whose target exists already. RENAME gives `name (2).png`."""

    FAIL = "fail"
    SKIP = "skip"
    RENAME = "rename"


@dataclass(frozen=True, slots=True)
class Step:
    """One change of the disk. `target` is "" for removals, and for folders that are made or removed without a
    counterpart. Size and time are those of the source when it was planned; folders and links have zeros."""

    kind: StepKind
    source: str
    target: str = ""
    role: StepRole = StepRole.MAIN
    is_folder: bool = False
    size_bytes: int = 0
    mtime_ns: int = 0


@dataclass(frozen=True, slots=True)
class JournalStep:
    """A step with its place in the journal. Steps of one `item` are done all together or not at all."""

    position: int
    item: int
    step: Step
    state: StepState = StepState.PLANNED
    error: str = ""


@dataclass(frozen=True, slots=True)
class OperationRow:
    """One operation. `subject` is the first path it is about, `total` the number of entries a person named."""

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
    """One file in the trash. A sidecar shares `operation_id` and `item` with its media file."""

    id: TrashId
    operation_id: OperationId
    item: int
    is_sidecar: bool
    original_path: str
    trash_path: str
    size_bytes: int
    deleted_ns: int
