"""Execution of one journalled operation: each step changes the disk, then batches of steps are written to the rows."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import structlog

from iib.files.journal.batch import Batch
from iib.files.journal.disk import (
    NeedsExpansion,
    apply_step,
    check_already_applied,
    copy_to_partial,
    is_single_file,
    needs_copy,
)
from iib.files.planning.plan import step_from_disk
from iib.files.planning.results import ProblemCode, StepFailed, explain
from iib.files.planning.transfer import tree_steps
from iib.files.planning.undo import reverse_step
from iib.jobs import DiskLock
from iib.model import JournalStep, OperationRow, OperationStatus, Step, StepKind, StepState, is_in_trash
from iib.store import Store

log = structlog.get_logger(__name__)

TOKEN_LENGTH = 16  # characters of the operation's token in the names of temporary files

# Called before each item with its number and the number of failures so far. False stops the operation there; completed
# items stay completed.
ItemCallback = Callable[[int, int], bool]


def continue_always(_item: int, _failed: int) -> bool:
    """Default callback: never stop the operation."""
    return True


@dataclass(frozen=True, slots=True)
class ExecutionContext:
    """Services an execution depends on.

    `make_access_check` returns a predicate over paths for the roots at the time of the call. Every path is checked
    again immediately before it is changed. `checkpoint` is called with the name of each moment at which the program
    might be killed: "opened", "begun", "staged", "disk", "rows", "undone", "closing".
    """

    store: Store
    disk_lock: DiskLock
    make_access_check: Callable[[], Callable[[str], bool]]
    clock_ns: Callable[[], int]
    checkpoint: Callable[[str], None]


class JournalExecution:
    """One pass over the journal of an operation, for a new operation or for recovery after a crash."""

    def __init__(
        self,
        context: ExecutionContext,
        operation: OperationRow,
        entries: Sequence[JournalStep],
        *,
        is_recovering: bool = False,
        on_item: ItemCallback = continue_always,
    ) -> None:
        self._context = context
        self._operation = operation
        self._items: dict[int, dict[int, JournalStep]] = {}
        for entry in entries:
            self._remember(entry)
        self._is_recovering = is_recovering
        self._next_position = len(entries)
        self._failed = 0
        self._on_item = on_item
        self.is_stopped = False
        self._is_allowed = context.make_access_check()
        self._batch = Batch(context.store, context.disk_lock, operation, self._on_batch_written)

    def run(self) -> None:
        """Execute all items and close the operation."""
        with self._batch:
            for item in sorted(self._items):
                if self._failed and not self._operation.keeps_going:
                    break
                if not self._on_item(item, self._failed):
                    self.is_stopped = True
                    break
                self._execute_item(item)
        status = self._final_status()
        if status is OperationStatus.FAILED:
            self._roll_back_housekeeping()
        self._context.checkpoint("closing")
        with self._context.store.write() as unit:
            unit.operations.close(self._operation.id, status, self._failed, self._context.clock_ns())

    def _execute_item(self, item: int) -> None:
        """Execute the planned steps of an item; when one fails, reverse the steps of the item that are done."""
        if not self._has_failed_step(item):
            for entry in self._iter_planned(item):
                try:
                    self._context.checkpoint("begun")
                    self._check_access(entry.step)
                    current = self._with_current_size_and_time(entry)
                    self._execute_step(current, current.step)
                except NeedsExpansion:
                    self._batch.flush()
                    self._expand_folder(entry)
                except (OSError, StepFailed, ValueError) as error:
                    self._batch.flush()  # the journal must list the completed steps before the failed one
                    code, message = explain(error)
                    self._write_state(replace(entry, state=StepState.FAILED, error=f"{code.value}: {message}"))
                    break
        if self._has_failed_step(item):
            self._failed += 1
            self._roll_back_item(item)

    def _execute_step(self, entry: JournalStep, step: Step, *, is_rollback: bool = False) -> None:
        """Apply one step to the disk and hand it to the batch. For a rollback, `step` reverses the step of `entry`.

        1. Recovery first checks whether the step was applied before the crash.
        2. Copies are written under a temporary name without the disk lock, because they take long.
        3. The batch takes the disk lock, and the step changes the disk completely or not at all.
        4. The batch writes the journal state and the rows: at once for copies and folders, else with other steps.
        """
        batch, checkpoint, at_ns = self._batch, self._context.checkpoint, self._operation.created_ns
        partial = self._partial_path(entry, step)
        if self._is_recovering:
            batch.begin()
        if self._is_recovering and check_already_applied(step, partial):
            state = StepState.DONE
        else:
            is_copied = needs_copy(step)
            if is_copied or not is_single_file(step):
                batch.flush()
            verified = copy_to_partial(step, partial, at_ns) if is_copied else None
            checkpoint("staged")
            batch.begin()
            state = apply_step(step, verified, partial, at_ns, only_unchanged=is_rollback)
            checkpoint("disk")
        finished = replace(entry, state=StepState.UNDONE if is_rollback else state)
        batch.add(finished, step if state is StepState.DONE else None)
        self._remember(finished)
        if batch.is_full or not is_single_file(step) or step.kind is StepKind.COPY:
            batch.flush()

    def _check_access(self, step: Step) -> None:
        """Raise `StepFailed` for a path outside the roots: a link may have replaced a folder since the request was
        checked. The trash is exempt, since it may be outside the roots."""
        paths = [step.source, os.path.dirname(step.target)] if step.target else [step.source]
        if not all(is_in_trash(path) or self._is_allowed(path) for path in paths):
            raise StepFailed(ProblemCode.NOT_TRUSTED, "this path is outside the folders that may be accessed")

    def _with_current_size_and_time(self, entry: JournalStep) -> JournalStep:
        """Update the journal when the file was written to after planning: recovery compares size and time."""
        step = entry.step
        if step.is_folder or step.kind not in (StepKind.MOVE, StepKind.COPY) or not os.path.lexists(step.source):
            return entry
        measured = step_from_disk(step.kind, step.source, step.target, step.role)
        if self._is_recovering or measured == step:
            return entry
        updated = replace(entry, step=measured)
        self._write_state(updated)
        return updated

    def _expand_folder(self, entry: JournalStep) -> None:
        """Replace the move of a folder to another disk by one step per entry of the folder."""
        steps = tree_steps(StepKind.MOVE, entry.step.source, entry.step.target)
        superseded = replace(entry, state=StepState.SKIPPED)
        with self._context.store.write(durable=True) as unit:
            unit.operations.set_states(self._operation.id, [superseded])
            added = unit.operations.add_steps(
                self._operation.id, self._next_position, [(entry.item, step) for step in steps]
            )
        for changed in (superseded, *added):
            self._remember(changed)
        self._next_position += len(added)

    def _roll_back_item(self, item: int) -> None:
        """Reverse the completed steps of an item, last step first. A step that cannot be reversed stays done, and its
        journal entry gets the reason."""
        for entry in reversed(self._entries(item)):
            reverse = reverse_step(entry.step) if entry.state is StepState.DONE else None
            if reverse is None:
                continue
            try:
                with self._batch:
                    self._execute_step(entry, reverse, is_rollback=True)
            except (OSError, StepFailed, NeedsExpansion) as error:
                reason = explain(error)[1]
                log.warning("a step could not be rolled back", path=reverse.source, reason=reason)
                self._write_state(replace(entry, error=f"it could not be rolled back: {reason}"))
            self._context.checkpoint("undone")

    def _roll_back_housekeeping(self) -> None:
        """Remove the folders that were created for items that all failed."""
        for item in sorted(self._items, reverse=True):
            if all(entry.step.kind is StepKind.MAKE_FOLDER for entry in self._entries(item)):
                self._roll_back_item(item)

    def _final_status(self) -> OperationStatus:
        if not self._failed and not self.is_stopped:
            return OperationStatus.DONE
        entries = (entry for item in self._items for entry in self._entries(item))
        has_done = any(
            entry.state is StepState.DONE and entry.step.kind is not StepKind.MAKE_FOLDER for entry in entries
        )
        return OperationStatus.PARTLY if has_done else OperationStatus.FAILED

    def _on_batch_written(self) -> None:
        self._is_allowed = self._context.make_access_check()
        self._context.checkpoint("rows")

    def _iter_planned(self, item: int) -> Iterator[JournalStep]:
        """Yield the planned steps in order, including steps that an expansion adds during the iteration."""
        while True:
            entry = next((entry for entry in self._entries(item) if entry.state is StepState.PLANNED), None)
            if entry is None:
                return
            yield entry

    def _partial_path(self, entry: JournalStep, step: Step) -> str:
        """Temporary name of a copy. It is the same after a restart, so that recovery finds and removes the file."""
        folder = os.path.dirname(step.target or step.source)
        return os.path.join(folder, f".iib-{self._operation.token[:TOKEN_LENGTH]}-{entry.position}.part")

    def _entries(self, item: int) -> list[JournalStep]:
        return list(self._items[item].values())

    def _has_failed_step(self, item: int) -> bool:
        return any(entry.state is StepState.FAILED for entry in self._entries(item))

    def _write_state(self, entry: JournalStep) -> None:
        with self._context.store.write() as unit:
            unit.operations.set_states(self._operation.id, [entry])
        self._remember(entry)

    def _remember(self, entry: JournalStep) -> None:
        self._items.setdefault(entry.item, {})[entry.position] = entry
