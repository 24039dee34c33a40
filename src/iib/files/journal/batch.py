"""Batches of completed steps: many changes of the disk are recorded in one transaction.

The whole plan is in the journal, durably, before the first step. Recovery recognises from the disk which steps were
done and not recorded (`disk.check_already_applied`), so a batch may be interrupted at any moment.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType

from iib.files.journal.row_sync import AppliedStep, apply_to_rows
from iib.jobs import DiskLock
from iib.model import JournalStep, OperationRow, Step
from iib.store import Store

BATCH_STEPS = 128  # 20 to 40 ms of writing, during which other writers wait
BATCH_S = 0.1  # longest time that index runs wait, plus one step


class Batch:
    """Holds the disk lock from the first step until all steps are recorded, so that the next holder sees a disk and
    rows that agree.

    As a context manager it records the remaining steps at the end, also after an error.
    """

    def __init__(
        self, store: Store, disk_lock: DiskLock, operation: OperationRow, on_written: Callable[[], None]
    ) -> None:
        self._store = store
        self._disk_lock = disk_lock
        self._operation = operation
        self._on_written = on_written
        self._held_lock = ExitStack()
        self._is_open = False
        self._ends_s = 0.0
        self._applied: list[AppliedStep] = []
        self._entries: list[JournalStep] = []

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.flush()

    def begin(self) -> None:
        """Take the disk lock unless this batch holds it already. The disk may be changed from now on."""
        if not self._is_open:
            self._held_lock.enter_context(self._disk_lock.hold())
            self._is_open = True
            self._ends_s = time.monotonic() + BATCH_S

    def add(self, entry: JournalStep, applied: Step | None) -> None:
        """Add an entry with its new state; `applied` is the change of the disk, None if there was none."""
        self._entries.append(entry)
        if applied is not None:
            self._applied.append((entry.item, applied))

    @property
    def is_full(self) -> bool:
        """True when the batch has its maximum size, or has held the lock for its maximum time."""
        return len(self._entries) >= BATCH_STEPS or (self._is_open and time.monotonic() >= self._ends_s)

    def flush(self) -> None:
        """Record all steps in one transaction and release the disk lock."""
        entries, applied = self._entries, self._applied
        self._entries, self._applied = [], []
        try:
            if entries:
                with self._store.write() as unit:
                    apply_to_rows(unit, self._operation.id, applied, self._operation.created_ns)
                    unit.operations.set_states(self._operation.id, entries)
        finally:
            self._is_open = False
            self._held_lock.close()
        if entries:
            self._on_written()
