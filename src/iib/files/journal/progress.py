"""Progress reports and cancellation for long file operations."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from types import TracebackType

from iib.files.planning.plan import Plan
from iib.model import OperationId, OperationKind

FIRST_REPORT_S = 0.4  # shorter operations are not reported
REPORT_INTERVAL_S = 0.25
LARGE_OPERATION = 500  # entries; planning this many takes long enough to be reported
UNSTOPPABLE_KINDS = frozenset((OperationKind.UNDO,))  # a partial undo could neither be completed nor undone


@dataclass(frozen=True, slots=True)
class OperationProgress:
    """Progress of one operation: `done` of `total` requested entries, of which `failed` could not be handled.

    While the operation is planned, `id` is None and `total` is the number of requested entries.
    """

    id: OperationId | None
    kind: OperationKind
    stage: str  # "preparing", "running", "ended"
    done: int
    total: int
    failed: int
    can_stop: bool


ProgressCallback = Callable[[OperationProgress], None]


class ProgressReporter:
    """Progress of the operations of one library, which run one at a time."""

    def __init__(self, callback: ProgressCallback, clock: Callable[[], float] = time.monotonic) -> None:
        self._callback = callback
        self._clock = clock
        self._lock = threading.Lock()
        self._current: ProgressTracker | None = None

    def begin(self, kind: OperationKind, total: int) -> ProgressTracker:
        """Return the tracker of an operation that is about to be planned."""
        tracker = ProgressTracker(kind, total, self._callback, self._clock)
        with self._lock:
            self._current = tracker
        return tracker

    def stop(self, operation_id: OperationId) -> bool:
        """Ask this operation to stop before its next entry; False if it has ended or cannot be stopped."""
        with self._lock:
            tracker = self._current
        return tracker is not None and tracker.stop(operation_id)


class ProgressTracker:
    """Progress of one operation. `stop` may be called from any thread, everything else by the executing thread."""

    def __init__(self, kind: OperationKind, total: int, callback: ProgressCallback, clock: Callable[[], float]) -> None:
        self._kind = kind
        self._callback = callback
        self._clock = clock
        self._id: OperationId | None = None
        self._total = total
        self._done = self._failed = 0
        self._has_reported = False
        self._next_s = clock() + FIRST_REPORT_S
        self._requested_before: list[int] = [0]  # number of requested entries before each item
        self._is_stop_requested = False
        if total >= LARGE_OPERATION:
            self._report("preparing")

    def __enter__(self) -> ProgressTracker:  # noqa: PYI034  (Self needs Python 3.11)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.end()

    def start(self, plan: Plan, operation_id: OperationId) -> None:
        """Set the id and the plan of the operation, which starts now."""
        self._id = operation_id
        self._requested_before = list(accumulate((not item.is_housekeeping for item in plan.items), initial=0))
        self._total = self._requested_before[-1]

    def on_item(self, item: int, failed: int) -> bool:
        """Count the items before this one as done; False if the operation shall stop here (`ItemCallback`)."""
        self._done, self._failed = self._requested_before[item], failed
        if self._clock() >= self._next_s:
            self._report("running")
        return not self._is_stop_requested

    def end(self) -> None:
        """End the reports. The last one repeats the previous figures; operations without a report stay unreported."""
        if self._has_reported:
            self._report("ended")
        self._id = None

    def stop(self, operation_id: OperationId) -> bool:
        """Request a stop before the next item; False if this is another operation or cannot be stopped."""
        if operation_id != self._id or self._kind in UNSTOPPABLE_KINDS:
            return False
        self._is_stop_requested = True
        return True

    def _report(self, stage: str) -> None:
        self._has_reported = True
        self._next_s = self._clock() + REPORT_INTERVAL_S
        can_stop = self._id is not None and stage != "ended" and self._kind not in UNSTOPPABLE_KINDS
        self._callback(OperationProgress(self._id, self._kind, stage, self._done, self._total, self._failed, can_stop))
