"""How far a long operation is, told while it goes on, and the wish that it stops."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from types import TracebackType

from iib.files.planning.plan import Plan
from iib.model.operation import OperationId, OperationKind

QUIET_S = 0.4  # what is over before nobody needs to hear of
EVERY_S = 0.25
MANY = 500  # entries; planning them alone takes a moment
CANNOT_STOP = frozenset((OperationKind.UNDO,))  # half of it would be neither undone nor could it be undone again


@dataclass(frozen=True, slots=True)
class OperationReport:
    """`done` of `total` entries that a person named, `failed` among them. `id` is None while the operation is being
    prepared, `total` then what was asked for."""

    id: OperationId | None
    kind: OperationKind
    stage: str  # "preparing", "running", "ended"
    done: int
    total: int
    failed: int
    can_stop: bool


Tell = Callable[[OperationReport], None]


class Reports:
    """Of one library, where one operation goes on at a time."""

    def __init__(self, tell: Tell, clock: Callable[[], float] = time.monotonic) -> None:
        self._tell = tell
        self._clock = clock
        self._lock = threading.Lock()
        self._running: Report | None = None

    def begin(self, kind: OperationKind, total: int) -> Report:
        """An operation is about to be planned."""
        report = Report(kind, total, self._tell, self._clock)
        with self._lock:
            self._running = report
        return report

    def stop(self, operation_id: OperationId) -> bool:
        """Ask this operation to end before its next entry; False if it does not go on any more, or must not stop."""
        with self._lock:
            report = self._running
        return report is not None and report.stop(operation_id)


class Report:
    """Of one operation. Everything but `stop` is called by whoever carries it out."""

    def __init__(self, kind: OperationKind, total: int, tell: Tell, clock: Callable[[], float]) -> None:
        self._kind = kind
        self._tell = tell
        self._clock = clock
        self._id: OperationId | None = None
        self._total = total
        self._done = self._failed = 0
        self._has_spoken = False
        self._next_s = clock() + QUIET_S
        self._before: list[int] = [0]  # named entries in front of each item
        self._is_unwanted = False
        if total >= MANY:
            self._say("preparing")

    def __enter__(self) -> Report:  # noqa: PYI034  (Self needs Python 3.11)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.end()

    def run(self, plan: Plan, operation_id: OperationId) -> None:
        """It was planned and begins."""
        self._id = operation_id
        self._before = list(accumulate((not item.is_housekeeping for item in plan.items), initial=0))
        self._total = self._before[-1]

    def watch(self, item: int, failed: int) -> bool:
        """Told before each item of the plan; False if it is to stop there (see `run.Watch`)."""
        self._done, self._failed = self._before[item], failed
        if self._clock() >= self._next_s:
            self._say("running")
        return not self._is_unwanted

    def end(self) -> None:
        """Nothing more comes; said only if something was said before, with the figures that were said last."""
        if self._has_spoken:
            self._say("ended")
        self._id = None

    def stop(self, operation_id: OperationId) -> bool:
        """From any thread."""
        if operation_id != self._id or self._kind in CANNOT_STOP:
            return False
        self._is_unwanted = True
        return True

    def _say(self, stage: str) -> None:
        self._has_spoken = True
        self._next_s = self._clock() + EVERY_S
        can_stop = self._id is not None and stage != "ended" and self._kind not in CANNOT_STOP
        self._tell(OperationReport(self._id, self._kind, stage, self._done, self._total, self._failed, can_stop))
