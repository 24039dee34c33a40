"""One pass over the journal of an operation: steps on the disk, and then, many at once, in the rows."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import structlog

from iib.files.journal.batch import Batch
from iib.files.journal.disk import NeedsExpansion, discard_unchanged, needs_copy, perform, settle, stage
from iib.files.planning.plan import measure
from iib.files.planning.results import ProblemCode, StepFailed, explain
from iib.files.planning.transfer import tree_steps
from iib.files.planning.undo import reverse_step
from iib.jobs.disk_lock import DiskTurns
from iib.model.media_types import is_in_trash
from iib.model.operation import JournalStep, OperationRow, OperationStatus, Step, StepKind, StepState
from iib.store import Store

log = structlog.get_logger(__name__)

TOKEN_LENGTH = 16  # of the operation's token, in names of temporary files


@dataclass(frozen=True, slots=True)
class RunContext:
    """What a run works with.

    `rule` gives the decision as the roots stand now; it is asked again for every path right before that is touched.
    `checkpoint` is told each moment at which the program might be cut off: "opened", "begun", "staged", "disk", "rows",
    "undone", "closing".
    """

    store: Store
    turns: DiskTurns
    rule: Callable[[], Callable[[str], bool]]
    clock_ns: Callable[[], int]
    checkpoint: Callable[[str], None]


# Told before each item: its number and how many failed so far. False ends the operation there; what was done stays.
Watch = Callable[[int, int], bool]


def unwatched(_item: int, _failed: int) -> bool:
    """Nobody looks, nobody stops it."""
    return True


class Run:
    """One pass over the journal of one operation."""

    def __init__(
        self,
        context: RunContext,
        row: OperationRow,
        steps: Sequence[JournalStep],
        *,
        is_recovering: bool = False,
        watch: Watch = unwatched,
    ) -> None:
        self._context = context
        self._row = row
        self._items: dict[int, dict[int, JournalStep]] = {}
        for step in steps:
            self._remember(step)
        self._is_recovering = is_recovering
        self._next_position = len(steps)
        self._failed = 0
        self._watch = watch
        self.is_stopped = False
        self._is_allowed = context.rule()
        self._batch = Batch(context.store, context.turns, row, self._recorded)

    def run(self) -> None:
        """Go through all items and close the operation."""
        with self._batch:
            for item in sorted(self._items):
                if self._failed and not self._row.keeps_going:
                    break
                if not self._watch(item, self._failed):
                    self.is_stopped = True
                    break
                self._run_item(item)
        status = self._status()
        if status is OperationStatus.FAILED:
            self._roll_back_housekeeping()
        self._context.checkpoint("closing")
        with self._context.store.write() as unit:
            unit.operations.close(self._row.id, status, self._failed, self._context.clock_ns())

    def _run_item(self, item: int) -> None:
        if not any(row.state is StepState.FAILED for row in self._of(item)):
            for row in self._pending(item):
                try:
                    self._run_step(row)
                except NeedsExpansion:
                    self._batch.flush()
                    self._expand(row)
                except (OSError, StepFailed, ValueError) as error:
                    self._batch.flush()  # what was done before comes first, in the journal too
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
        context = self._context
        context.checkpoint("begun")
        self._check_trust(row.step)
        row = self._measured(row)
        step = row.step
        at_ns = self._row.created_ns
        partial = self._partial(row, step)
        if self._is_recovering:
            self._batch.begin()
            if settle(step, partial):
                self._note(row, step, StepState.DONE)
                return
        is_copied = needs_copy(step)
        if is_copied or not _is_of_file(step):
            self._batch.flush()  # nobody waits while files are copied; folders are told apart one by one
        staged = stage(step, partial, at_ns) if is_copied else None
        context.checkpoint("staged")
        self._batch.begin()
        state = perform(step, staged, partial, at_ns)
        context.checkpoint("disk")
        self._note(row, step, state)

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

    def _note(self, row: JournalStep, step: Step, state: StepState, *, stored: StepState | None = None) -> None:
        """This step is behind us; its rows follow with those of others."""
        done = replace(row, state=stored or state)
        self._batch.add(done, step if state is StepState.DONE else None)
        self._remember(done)
        if self._batch.is_full or not _is_of_file(step) or step.kind is StepKind.COPY:
            self._batch.flush()

    def _recorded(self) -> None:
        self._is_allowed = self._context.rule()
        self._context.checkpoint("rows")

    def _expand(self, row: JournalStep) -> None:
        """A folder on another disk than its path suggests: its entries are moved one by one instead."""
        steps = tree_steps(StepKind.MOVE, row.step.source, row.step.target)
        superseded = replace(row, state=StepState.SKIPPED)
        with self._context.store.write(durable=True) as unit:
            unit.operations.set_states(self._row.id, [superseded])
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
            self._context.checkpoint("undone")

    def _take_back(self, row: JournalStep, back: Step) -> None:
        at_ns = self._row.created_ns
        partial = self._partial(row, back)
        with self._batch:
            if self._is_recovering and settle(back, partial):
                self._note(row, back, StepState.DONE, stored=StepState.UNDONE)
                return
            staged = stage(back, partial, at_ns) if needs_copy(back) else None
            self._batch.begin()
            if back.kind is StepKind.REMOVE:
                discard_unchanged(back)
                state = StepState.DONE
            else:
                state = perform(back, staged, partial, at_ns)
            self._context.checkpoint("disk")
            self._note(row, back, state, stored=StepState.UNDONE)

    def _roll_back_housekeeping(self) -> None:
        for item in sorted(self._items, reverse=True):
            if all(row.step.kind is StepKind.MAKE_FOLDER for row in self._of(item)):
                self._roll_back(item)

    def _status(self) -> OperationStatus:
        if not self._failed and not self.is_stopped:
            return OperationStatus.DONE
        rows = (row for item in self._items for row in self._of(item))
        has_done = any(row.state is StepState.DONE and row.step.kind is not StepKind.MAKE_FOLDER for row in rows)
        return OperationStatus.PARTLY if has_done else OperationStatus.FAILED

    def _check_trust(self, step: Step) -> None:
        """Links may have been put in the way since the request was checked. Our own trash may lie elsewhere."""
        paths = [step.source, os.path.dirname(step.target)] if step.target else [step.source]
        if not all(is_in_trash(path) or self._is_allowed(path) for path in paths):
            raise StepFailed(ProblemCode.NOT_TRUSTED, "this path is outside the folders that may be accessed")

    def _partial(self, row: JournalStep, step: Step) -> str:
        """The temporary name of a copy; the same after a restart, so that it is found and removed."""
        folder = os.path.dirname(step.target or step.source)
        return os.path.join(folder, f".iib-{self._row.token[:TOKEN_LENGTH]}-{row.position}.part")

    def _of(self, item: int) -> list[JournalStep]:
        return list(self._items[item].values())

    def _set(self, row: JournalStep) -> None:
        with self._context.store.write() as unit:
            unit.operations.set_states(self._row.id, [row])
        self._remember(row)

    def _remember(self, row: JournalStep) -> None:
        self._items.setdefault(row.item, {})[row.position] = row


def _is_of_file(step: Step) -> bool:
    return step.kind is StepKind.REMOVE or (step.kind in (StepKind.MOVE, StepKind.COPY) and not step.is_folder)


def _tagged(error: Exception, message: str) -> str:
    """The code travels in front of the text."""
    return f"{explain(error)[0].value}: {message}"
