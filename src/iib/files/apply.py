"""Carrying out a plan: journal first, then one step after the other, each on the disk and then in the rows.

A crash leaves an open operation. `recover` goes on exactly where it stopped: the first step that is still planned
either was done on the disk (then its rows follow) or was not (then it is done now).
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

import structlog

from iib.files.disk import NeedsExpansion, discard_unchanged, perform, settle, stage
from iib.files.plan import Plan, PlanItem, measure
from iib.files.plan_transfer import tree_steps
from iib.files.plan_undo import reverse_step
from iib.files.results import OperationResult, PathProblem, ProblemCode, StepFailed, explain
from iib.files.rows import follow
from iib.jobs.turns import DiskTurns
from iib.model.media_types import is_in_trash
from iib.model.operation import (
    JournalStep,
    OperationId,
    OperationRow,
    OperationStatus,
    Step,
    StepKind,
    StepState,
)
from iib.store import NewOperation, Store

log = structlog.get_logger(__name__)

Checkpoint = Callable[[str], None]
NO_UNICODE = ValueError  # names that no database takes


def no_checkpoint(_name: str) -> None:
    """Nothing happens between steps."""


class Applier:
    """Applies plans to one library.

    `is_allowed` is asked again for every path right before it is touched. `checkpoint` is told each moment at which
    the program might be cut off: "opened", "begun", "staged", "disk", "rows", "undone", "closing".
    """

    def __init__(
        self,
        store: Store,
        turns: DiskTurns,
        is_allowed: Callable[[str], bool],
        *,
        clock_ns: Callable[[], int] = time.time_ns,
        checkpoint: Checkpoint = no_checkpoint,
    ) -> None:
        self._store = store
        self._turns = turns
        self._is_allowed = is_allowed
        self._clock_ns = clock_ns
        self._checkpoint = checkpoint

    def apply(self, plan: Plan, *, token: str | None = None, keeps_going: bool = False) -> OperationResult:
        """Do it. Items that fail are taken back as a whole; without `keeps_going` the first one ends the operation."""
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
            created_ns=self._clock_ns(),
            undo_of=plan.undo_of,
        )
        with self._store.write(durable=True) as unit:
            operation_id = unit.operations.open(new)
        self._checkpoint("opened")
        row, steps = self._load(operation_id)
        _Run(self, row, steps).run()
        return self._result(operation_id, plan)

    def recover(self) -> list[OperationId]:
        """Finish what was left open, by an earlier process or by an error of the database. Returns which they were.

        The caller sees to it that no operation is under way.
        """
        with self._store.read() as unit:
            left = unit.operations.unfinished()
        for row in left:
            log.warning("a file operation was cut off and is finished now", operation=row.id, kind=row.kind.value)
            _Run(self, *self._load(row.id), is_recovering=True).run()
        return [row.id for row in left]

    def _load(self, operation_id: OperationId) -> tuple[OperationRow, list[JournalStep]]:
        with self._store.read() as unit:
            row = unit.operations.get(operation_id)
            steps = unit.operations.steps(operation_id)
        assert row is not None  # noqa: S101  (written or listed just before)
        return row, steps

    def _result(self, operation_id: OperationId, plan: Plan) -> OperationResult:
        _row, steps = self._load(operation_id)
        by_item = {item: list(group) for item, group in groupby(sorted(steps, key=lambda row: row.item), _item_of)}
        done: list[tuple[str, str]] = []
        problems = list(plan.problems)
        for number, item in enumerate(plan.items):
            outcome = _outcome(item, by_item[number])
            if isinstance(outcome, PathProblem):
                problems.append(outcome)
            elif outcome is not None:
                done.append(outcome)
        return OperationResult(plan.kind, operation_id, tuple(done), tuple(problems), plan.skipped)


class _Run:
    """One pass over the journal of one operation."""

    def __init__(
        self, applier: Applier, row: OperationRow, steps: Sequence[JournalStep], *, is_recovering: bool = False
    ) -> None:
        self._applier = applier
        self._row = row
        self._items: dict[int, dict[int, JournalStep]] = {}
        for step in steps:
            self._remember(step)
        self._is_recovering = is_recovering
        self._next_position = len(steps)
        self._failed = 0

    def run(self) -> None:
        for item in sorted(self._items):
            if self._failed and not self._row.keeps_going:
                break
            self._run_item(item)
        status = self._status()
        if status is OperationStatus.FAILED:
            self._roll_back_housekeeping()
        self._applier._checkpoint("closing")
        with self._applier._store.write() as unit:
            unit.operations.close(self._row.id, status, self._failed, self._applier._clock_ns())

    def _run_item(self, item: int) -> None:
        if not any(row.state is StepState.FAILED for row in self._of(item)):
            for row in self._pending(item):
                try:
                    self._run_step(row)
                except NeedsExpansion:
                    self._expand(row)
                except (OSError, StepFailed, NO_UNICODE) as error:
                    _code, message = explain(error)
                    self._set(replace(row, state=StepState.FAILED, error=_tagged(error, message)))
                    break
        if any(row.state is StepState.FAILED for row in self._of(item)):
            self._failed += 1
            self._roll_back(item)

    def _pending(self, item: int) -> Iterator[JournalStep]:
        """Planned steps in order; those that an expansion adds come too."""
        while True:
            row = next((row for row in self._of(item) if row.state is StepState.PLANNED), None)
            if row is None:
                return
            yield row

    def _run_step(self, row: JournalStep) -> None:
        applier = self._applier
        applier._checkpoint("begun")
        self._check_trust(row.step)
        row = self._measured(row)
        step = row.step
        at_ns = self._row.created_ns
        partial = self._partial(row, step)
        if self._is_recovering and settle(step, partial):
            self._follow(row, step, StepState.DONE)
            return
        staged = stage(step, partial, at_ns)
        applier._checkpoint("staged")
        with applier._turns.turn():
            state = perform(step, staged, partial, at_ns)
            applier._checkpoint("disk")
            self._follow(row, step, state)
        applier._checkpoint("rows")

    def _measured(self, row: JournalStep) -> JournalStep:
        """Note size and time anew when the file was written to since it was planned: recovery compares them."""
        step = row.step
        if step.is_folder or step.kind not in (StepKind.MOVE, StepKind.COPY) or not os.path.lexists(step.source):
            return row
        now = measure(step.kind, step.source, step.target, step.role)
        if self._is_recovering or now == step:
            return row
        fresh = replace(row, step=now)
        self._set(fresh)
        return fresh

    def _follow(self, row: JournalStep, step: Step, state: StepState, *, stored: StepState | None = None) -> None:
        """Rows and journal in one transaction."""
        done = replace(row, state=stored or state)
        with self._applier._turns.turn(), self._applier._store.write() as unit:
            if state is StepState.DONE:
                follow(unit, self._row.id, row.item, step, self._row.created_ns)
            unit.operations.set_state(self._row.id, done)
        self._remember(done)

    def _expand(self, row: JournalStep) -> None:
        """A folder on another disk than its path suggests: its entries are moved one by one instead."""
        steps = tree_steps(StepKind.MOVE, row.step.source, row.step.target)
        superseded = replace(row, state=StepState.SKIPPED)
        with self._applier._store.write(durable=True) as unit:
            unit.operations.set_state(self._row.id, superseded)
            added = unit.operations.add_steps(self._row.id, self._next_position, [(row.item, step) for step in steps])
        for step in (superseded, *added):
            self._remember(step)
        self._next_position += len(added)

    def _roll_back(self, item: int) -> None:
        """Take back what the failed item did, last step first. What cannot be taken back stays done and is told."""
        for row in reversed(self._of(item)):
            back = reverse_step(row.step) if row.state is StepState.DONE else None
            if back is None:
                continue
            try:
                self._take_back(row, back)
            except (OSError, StepFailed, NeedsExpansion) as error:
                log.warning("a step could not be taken back", path=back.source, reason=explain(error)[1])
                self._set(replace(row, error=f"it could not be taken back: {explain(error)[1]}"))
            self._applier._checkpoint("undone")

    def _take_back(self, row: JournalStep, back: Step) -> None:
        at_ns = self._row.created_ns
        partial = self._partial(row, back)
        if self._is_recovering and settle(back, partial):
            self._follow(row, back, StepState.DONE, stored=StepState.UNDONE)
            return
        staged = stage(back, partial, at_ns)
        with self._applier._turns.turn():
            if back.kind is StepKind.REMOVE:
                discard_unchanged(back)
                state = StepState.DONE
            else:
                state = perform(back, staged, partial, at_ns)
            self._applier._checkpoint("disk")
            self._follow(row, back, state, stored=StepState.UNDONE)

    def _roll_back_housekeeping(self) -> None:
        for item in sorted(self._items, reverse=True):
            if all(row.step.kind is StepKind.MAKE_FOLDER for row in self._of(item)):
                self._roll_back(item)

    def _status(self) -> OperationStatus:
        if not self._failed:
            return OperationStatus.DONE
        rows = (row for item in self._items for row in self._of(item))
        has_done = any(row.state is StepState.DONE and row.step.kind is not StepKind.MAKE_FOLDER for row in rows)
        return OperationStatus.PARTLY if has_done else OperationStatus.FAILED

    def _check_trust(self, step: Step) -> None:
        """Links may have been put in the way since the request was checked. Our own trash may lie elsewhere."""
        paths = [step.source, os.path.dirname(step.target)] if step.target else [step.source]
        if not all(is_in_trash(path) or self._applier._is_allowed(path) for path in paths):
            raise StepFailed(ProblemCode.NOT_TRUSTED, "this path is outside the folders that may be accessed")

    def _partial(self, row: JournalStep, step: Step) -> str:
        """The temporary name of a copy; the same after a restart, so that it is found and removed."""
        folder = os.path.dirname(step.target or step.source)
        return os.path.join(folder, f".iib-{self._row.token[:16]}-{row.position}.part")

    def _of(self, item: int) -> list[JournalStep]:
        return list(self._items[item].values())

    def _set(self, row: JournalStep) -> None:
        with self._applier._store.write() as unit:
            unit.operations.set_state(self._row.id, row)
        self._remember(row)

    def _remember(self, row: JournalStep) -> None:
        self._items.setdefault(row.item, {})[row.position] = row


def _item_of(row: JournalStep) -> int:
    return row.item


def _tagged(error: Exception, message: str) -> str:
    """The code travels in front of the text."""
    return f"{explain(error)[0].value}: {message}"


def _outcome(item: PlanItem, steps: Sequence[JournalStep]) -> tuple[str, str] | PathProblem | None:
    failed = next((row for row in steps if row.state is StepState.FAILED), None)
    if failed is not None:
        code, _, message = failed.error.partition(": ")
        stuck = "".join(f"; {row.error}: {row.step.target}" for row in steps if row.state is StepState.DONE and row.error)
        return PathProblem(item.path, ProblemCode(code), message + stuck)
    if item.is_housekeeping or all(row.state is StepState.PLANNED for row in steps):
        return None
    return item.path, item.target
