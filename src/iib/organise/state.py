"""State, progress and result of a request to organise."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from iib.files import OperationSummary, Plan
from iib.model import OrganiseRow, OrganiseStatus
from iib.organise.params import OrganiseParams
from iib.organise.preview import OrganisePreview

PREVIEW_SHARE = 0.5  # share of the preview in the progress; the rest is moving


@dataclass(frozen=True, slots=True)
class MoveError:
    """A file that was not moved, with its intended target and the reason."""

    src: str
    dest: str
    error: str


@dataclass(frozen=True, slots=True)
class MoveResult:
    """The outcome of moving. `operation_id` identifies the operation for undo; None if it did not begin.

    `left_count` are the files not begun because of a cancellation. `finished_after_restart` is True if the program was
    interrupted and the journal finished the operation at the next start.
    """

    moved_count: int = 0
    created_folders: tuple[str, ...] = ()
    errors: tuple[MoveError, ...] = ()
    operation_id: int | None = None
    left_count: int = 0
    finished_after_restart: bool = False

    def describe(self, verb: str) -> str:
        """The outcome as a message; `verb` is "moved" or "copied".

        >>> MoveResult(moved_count=12, left_count=3).describe("moved")
        'cancelled: 12 files moved, 3 left where they were'
        """
        text = f"{self.moved_count} files {verb}"
        if self.errors:
            text += f", {len(self.errors)} not"
        if self.left_count:
            text = f"cancelled: {text}, {self.left_count} left where they were"
        if self.finished_after_restart:
            text += "; the program was cut off, and the journal finished it at the next start"
        return text

    def dump(self) -> str:
        """The result as JSON text, for the store."""
        return json.dumps(asdict(self))

    @staticmethod
    def load(text: str) -> MoveResult:
        """The result from the text of `dump`; "" returns an empty one."""
        values = json.loads(text) if text else {}
        if values:
            values["created_folders"] = tuple(values["created_folders"])
            values["errors"] = tuple(MoveError(**item) for item in values["errors"])
        return MoveResult(**values)


def result_of(record: OperationSummary | None, problems: Sequence[MoveError], *, was_interrupted: bool) -> MoveResult:
    """The result from the summary of the operation, and the files that could not be planned."""
    if record is None:
        return MoveResult(errors=tuple(problems))
    return MoveResult(
        moved_count=len(record.done),
        created_folders=record.created_folders,
        errors=(
            *problems,
            *(MoveError(problem.path, target, problem.message) for problem, target in record.failed),
        ),
        operation_id=record.row.id,
        left_count=record.not_started,
        finished_after_restart=was_interrupted,
    )


@dataclass(slots=True)
class MoveProgress:
    """Progress of a running move. Written by the thread of the job and read by any thread."""

    done: int = 0
    total: int = 0
    current: str = ""
    folders: list[str] = field(default_factory=list)
    errors: list[MoveError] = field(default_factory=list)
    _plan: Plan | None = None
    _failed: int = 0

    def begin(self, plan: Plan) -> None:
        """Set the plan that is about to be executed."""
        self._plan = plan
        self.total = sum(not item.is_housekeeping for item in plan.items)
        self.errors = [MoveError(problem.path, "", problem.message) for problem in plan.problems]

    def advance_to(self, number: int, failed: int) -> None:
        """Record that all items before this one have been processed; `failed` of them have failed."""
        assert self._plan is not None  # noqa: S101  (`begin` is called first)
        if number:
            item = self._plan.items[number - 1]
            if failed > self._failed:
                self.errors.append(MoveError(item.path, item.target, "the file could not be moved"))
            elif item.is_housekeeping:
                self.folders += [step.source for step in item.steps]
            self.done += not item.is_housekeeping
        self._failed = failed
        self.current = self._plan.items[number].path


@dataclass(frozen=True, slots=True)
class OrganiseState:
    """State of a request for clients. `counters` are those of the clustering; `percent` is a share from 0 to 1."""

    row: OrganiseRow
    status: OrganiseStatus
    params: OrganiseParams
    stage: str
    counters: dict[str, int | str]
    percent: float
    message: str
    preview: OrganisePreview | None
    moving: MoveProgress | None
    result: MoveResult | None
