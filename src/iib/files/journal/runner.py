"""Carrying out a plan: journal first, then one step after the other on the disk, and batch by batch in the rows.

A crash leaves an open operation. `recover` goes on where it stopped: each step that is still planned either was done on
the disk (then its rows follow) or was not (then it is done now).
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from itertools import groupby

import structlog

from iib.files.journal.execution import Run, RunContext, Watch, unwatched
from iib.files.planning.plan import Plan, PlanItem
from iib.files.planning.results import OperationResult, PathProblem, ProblemCode
from iib.jobs.disk_lock import DiskTurns
from iib.model.operation import JournalStep, OperationId, OperationRow, StepState
from iib.store import NewOperation, Store

log = structlog.get_logger(__name__)

Checkpoint = Callable[[str], None]


def no_checkpoint(_name: str) -> None:
    """Nothing happens between steps."""


class Applier:
    """Applies plans to one library; see `RunContext` for what it is given."""

    def __init__(
        self,
        store: Store,
        turns: DiskTurns,
        rule: Callable[[], Callable[[str], bool]],
        *,
        clock_ns: Callable[[], int] = time.time_ns,
        checkpoint: Checkpoint = no_checkpoint,
    ) -> None:
        self._context = RunContext(store, turns, rule, clock_ns, checkpoint)

    def apply(
        self,
        plan: Plan,
        *,
        token: str | None = None,
        keeps_going: bool = False,
        watch: Watch = unwatched,
        opened: Callable[[OperationId], None] = lambda _id: None,
    ) -> OperationResult:
        """Do it. Items that fail are taken back as a whole; without `keeps_going` the first one ends the operation.

        `opened` is told its number before anything is touched.
        """
        if not plan.items:
            return OperationResult(plan.kind, None, (), plan.problems, plan.skipped)
        named = [item for item in plan.items if not item.is_housekeeping]
        new = NewOperation(
            token=token or uuid.uuid4().hex,
            kind=plan.kind,
            items=[item.steps for item in plan.items],
            keeps_going=keeps_going,
            subject=(named or plan.items)[0].path,
            destination=plan.destination,
            total=len(named),
            created_ns=self._context.clock_ns(),
            undo_of=plan.undo_of,
        )
        with self._context.store.write(durable=True) as unit:
            operation_id = unit.operations.open(new)
        self._context.checkpoint("opened")
        opened(operation_id)
        run = Run(self._context, *self._load(operation_id), watch=watch)
        run.run()
        return self._result(operation_id, plan, is_stopped=run.is_stopped)

    def recover(self) -> list[OperationId]:
        """Finish what was left open, by an earlier process or by an error of the database. Returns which they were.

        The caller sees to it that no operation is under way.
        """
        with self._context.store.read() as unit:
            left = unit.operations.unfinished()
        for row in left:
            log.warning("a file operation was cut off and is finished now", operation=row.id, kind=row.kind.value)
            Run(self._context, *self._load(row.id), is_recovering=True).run()
        return [row.id for row in left]

    def _load(self, operation_id: OperationId) -> tuple[OperationRow, list[JournalStep]]:
        with self._context.store.read() as unit:
            row = unit.operations.get(operation_id)
            steps = unit.operations.steps(operation_id)
        assert row is not None  # noqa: S101  (written or listed just before)
        return row, steps

    def _result(self, operation_id: OperationId, plan: Plan, *, is_stopped: bool) -> OperationResult:
        _row, steps = self._load(operation_id)
        by_item = {item: list(group) for item, group in groupby(sorted(steps, key=lambda row: row.item), item_of)}
        done: list[tuple[str, str]] = []
        problems = list(plan.problems)
        for number, item in enumerate(plan.items):
            outcome = outcome_of(item, by_item[number])
            if isinstance(outcome, PathProblem):
                problems.append(outcome)
            elif outcome is not None:
                done.append(outcome)
            elif is_stopped and not item.is_housekeeping:
                problems.append(PathProblem(item.path, ProblemCode.STOPPED, "the operation was stopped before it"))
        return OperationResult(plan.kind, operation_id, tuple(done), tuple(problems), plan.skipped)


def item_of(row: JournalStep) -> int:
    """The item of a step."""
    return row.item


def outcome_of(item: PlanItem, steps: Sequence[JournalStep]) -> tuple[str, str] | PathProblem | None:
    """(from, to), or why it failed; None for folders made on the way and for what was not begun."""
    failed = next((row for row in steps if row.state is StepState.FAILED), None)
    if failed is not None:
        code, _, message = failed.error.partition(": ")
        stuck = "".join(
            f"; {row.error}: {row.step.target}" for row in steps if row.state is StepState.DONE and row.error
        )
        return PathProblem(item.path, ProblemCode(code), message + stuck)
    if item.is_housekeeping or all(row.state is StepState.PLANNED for row in steps):
        return None
    return item.path, item.target
