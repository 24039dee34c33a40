"""Steps that were done on the disk, and one transaction that records many of them.

The plan is in the journal, durably, before the first step. A step that was done and not recorded is told from the disk
at the next start (`disk.settle`), so a batch may be cut off anywhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType

from iib.files.journal.row_sync import Done, follow
from iib.jobs.disk_lock import DiskTurns
from iib.model.operation import JournalStep, OperationRow, Step
from iib.store import Store

BATCH_STEPS = 128  # 20 to 40 ms of writing, which others may wait for
BATCH_S = 0.1  # how long index runs wait, at most one step longer


class Batch:
    """Has the turn from the first step until all are recorded: whoever has it next sees disk and rows agree.

    As a context it records what is left at the end, after an error too.
    """

    def __init__(self, store: Store, turns: DiskTurns, row: OperationRow, written: Callable[[], None]) -> None:
        self._store = store
        self._turns = turns
        self._row = row
        self._written = written
        self._turn = ExitStack()
        self._is_open = False
        self._ends_s = 0.0
        self._done: list[Done] = []
        self._states: list[JournalStep] = []

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.flush()

    def begin(self) -> None:
        """Take the turn, if this batch does not have it already. The disk may change now."""
        if not self._is_open:
            self._turn.enter_context(self._turns.turn())
            self._is_open = True
            self._ends_s = time.monotonic() + BATCH_S

    def add(self, state: JournalStep, done: Step | None) -> None:
        """A step with its state in the journal; `done` is what happened to the disk, None if nothing did."""
        self._states.append(state)
        if done is not None:
            self._done.append((state.item, done))

    @property
    def is_full(self) -> bool:
        """True if it is time for the others."""
        return len(self._states) >= BATCH_STEPS or (self._is_open and time.monotonic() >= self._ends_s)

    def flush(self) -> None:
        """Record everything in one transaction and give the turn away."""
        states, done = self._states, self._done
        self._states, self._done = [], []
        try:
            if states:
                with self._store.write() as unit:
                    follow(unit, self._row.id, done, self._row.created_ns)
                    unit.operations.set_states(self._row.id, states)
        finally:
            self._is_open = False
            self._turn.close()
        if states:
            self._written()
