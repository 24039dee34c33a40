"""How an organising stands, as the outside sees it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from iib.files import OperationSummary, Plan
from iib.model import OrganiseRow, OrganiseStatus
from iib.organise.params import OrganiseParams
from iib.organise.preview import Preview

PREVIEW_SHARE = 0.5  # of the way to 100 %; the rest is moving


@dataclass(frozen=True, slots=True)
class MoveError:
    """A file that was not moved."""

    src: str
    dest: str
    error: str


@dataclass(frozen=True, slots=True)
class MoveResult:
    """What became of the files. `operation_id` is what undo takes; None when nothing was begun.

    `left_count`: files not begun because it was cancelled. `finished_after_restart`: the program was cut off in the
    middle, and the journal finished the operation at the next start.
    """

    moved_count: int = 0
    created_folders: tuple[str, ...] = ()
    errors: tuple[MoveError, ...] = ()
    operation_id: int | None = None
    left_count: int = 0
    finished_after_restart: bool = False

    def describe(self, verb: str) -> str:
        """In one sentence."""
        text = f"{self.moved_count} files {verb}"
        if self.errors:
            text += f", {len(self.errors)} not"
        if self.left_count:
            text = f"cancelled: {text}, {self.left_count} left where they were"
        if self.finished_after_restart:
            text += "; the program was cut off meanwhile, and the journal finished it"
        return text

    def dump(self) -> str:
        """As JSON text."""
        return json.dumps(asdict(self))

    @staticmethod
    def load(text: str) -> MoveResult:
        """The reverse of `dump`; "" gives an empty one."""
        values = json.loads(text) if text else {}
        if values:
            values["created_folders"] = tuple(values["created_folders"])
            values["errors"] = tuple(MoveError(**item) for item in values["errors"])
        return MoveResult(**values)


def result_of(record: OperationSummary | None, problems: Sequence[MoveError], *, was_cut_off: bool) -> MoveResult:
    """From the journal, and what could not even be planned."""
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
        finished_after_restart=was_cut_off,
    )


@dataclass(slots=True)
class MoveProgress:
    """A move under way. Written by the job's thread, read by anyone."""

    done: int = 0
    total: int = 0
    current: str = ""
    folders: list[str] = field(default_factory=list)
    errors: list[MoveError] = field(default_factory=list)
    _plan: Plan | None = None
    _failed: int = 0

    def begin(self, plan: Plan) -> None:
        """This is going to be done."""
        self._plan = plan
        self.total = sum(not item.is_housekeeping for item in plan.items)
        self.errors = [MoveError(problem.path, "", problem.message) for problem in plan.problems]

    def reach(self, number: int, failed: int) -> None:
        """All items before this one have been tried."""
        assert self._plan is not None  # noqa: S101  (begun before)
        if number:
            item = self._plan.items[number - 1]
            if failed > self._failed:
                self.errors.append(MoveError(item.path, item.target, "it could not be moved"))
            elif item.is_housekeeping:
                self.folders += [step.source for step in item.steps]
            self.done += not item.is_housekeeping
        self._failed = failed
        self.current = self._plan.items[number].path


@dataclass(frozen=True, slots=True)
class OrganiseState:
    """Everything a client may ask for. `counters` are those of the clustering; `percent` is a share of 1."""

    row: OrganiseRow
    status: OrganiseStatus
    params: OrganiseParams
    stage: str
    counters: dict[str, int | str]
    percent: float
    message: str
    preview: Preview | None
    moving: MoveProgress | None
    result: MoveResult | None
