"""Execution of plans: the journal is written first, then each step changes the disk, and batches update the rows.

A crash leaves an open operation in the journal. `recover` continues it. If a step has already changed the disk,
only its rows are updated; otherwise the step is applied now.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from itertools import groupby

import structlog

from iib.files.journal.execution import ExecutionContext, ItemCallback, JournalExecution, continue_always
from iib.files.journal.summary import item_of, outcome_of
from iib.files.planning.plan import Plan
from iib.files.planning.results import OperationResult, PathProblem, ProblemCode
from iib.jobs import DiskLock
from iib.model import JournalStep, OperationId, OperationRow
from iib.store import NewOperation, Store

log = structlog.get_logger(__name__)

Checkpoint = Callable[[str], None]


def no_checkpoint(_name: str) -> None:
    """Do nothing; the default checkpoint."""


class OperationRunner:
    """Executes plans against one library; see `ExecutionContext` for the parameters."""

    def __init__(
        self,
        store: Store,
        disk_lock: DiskLock,
        make_access_check: Callable[[], Callable[[str], bool]],
        *,
        clock_ns: Callable[[], int] = time.time_ns,
        checkpoint: Checkpoint = no_checkpoint,
    ) -> None:
        self._context = ExecutionContext(store, disk_lock, make_access_check, clock_ns, checkpoint)

    def apply(
        self,
        plan: Plan,
        *,
        token: str | None = None,
        keeps_going: bool = False,
        on_item: ItemCallback = continue_always,
        on_opened: Callable[[OperationId], None] = lambda _id: None,
    ) -> OperationResult:
        """Execute a plan. A failed item is rolled back as a whole; without `keeps_going` it ends the operation.

        `on_opened` is called with the operation's id before anything is changed.
        """
        if not plan.items:
            return OperationResult(plan.kind, None, (), plan.problems, plan.skipped)
        requested = [item for item in plan.items if not item.is_housekeeping]
        new = NewOperation(
            token=token or uuid.uuid4().hex,
            kind=plan.kind,
            items=[item.steps for item in plan.items],
            keeps_going=keeps_going,
            subject=(requested or plan.items)[0].path,
            destination=plan.destination,
            total=len(requested),
            created_ns=self._context.clock_ns(),
            undo_of=plan.undo_of,
        )
        with self._context.store.write(durable=True) as unit:
            operation_id = unit.operations.open(new)
        self._context.checkpoint("opened")
        on_opened(operation_id)
        execution = JournalExecution(self._context, *self._load(operation_id), on_item=on_item)
        execution.run()
        return self._result(operation_id, plan, is_stopped=execution.is_stopped)

    def recover(self) -> list[OperationId]:
        """Finish operations that a crash or a database error left open, and return their ids.

        The caller ensures that no other operation runs at the same time.
        """
        with self._context.store.read() as unit:
            unfinished = unit.operations.list_unfinished()
        for operation in unfinished:
            log.warning(
                "a file operation was interrupted and is finished now",
                operation=operation.id,
                kind=operation.kind.value,
            )
            JournalExecution(self._context, *self._load(operation.id), is_recovering=True).run()
        return [operation.id for operation in unfinished]

    def _load(self, operation_id: OperationId) -> tuple[OperationRow, list[JournalStep]]:
        with self._context.store.read() as unit:
            operation = unit.operations.find(operation_id)
            entries = unit.operations.list_steps(operation_id)
        assert operation is not None  # noqa: S101  (written or listed just before)
        return operation, entries

    def _result(self, operation_id: OperationId, plan: Plan, *, is_stopped: bool) -> OperationResult:
        _operation, entries = self._load(operation_id)
        by_item = {item: list(group) for item, group in groupby(sorted(entries, key=item_of), item_of)}
        done: list[tuple[str, str]] = []
        problems = list(plan.problems)
        for number, item in enumerate(plan.items):
            outcome = outcome_of(item, by_item[number])
            if isinstance(outcome, PathProblem):
                problems.append(outcome)
            elif outcome is not None:
                done.append(outcome)
            elif is_stopped and not item.is_housekeeping:
                problems.append(
                    PathProblem(item.path, ProblemCode.STOPPED, "the operation was stopped before this entry")
                )
        return OperationResult(plan.kind, operation_id, tuple(done), tuple(problems), plan.skipped)
