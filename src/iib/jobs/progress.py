"""Progress of a running job: counters, rate, publication at intervals, and cancellation."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from iib.errors import Cancelled

REPORT_EVERY_S = 0.2  # a job is published at most five times a second
RATE_WINDOW_S = 3.0  # the rate covers the last seconds only, so that it follows a change of speed


class Progress:
    """Counters of one job. Written by the thread of the job, read by any thread."""

    def __init__(self, report: Callable[[Progress], None], job_id: str = "") -> None:
        self.job_id = job_id
        self.stage = ""
        self.done = 0
        self.total = 0
        self.errors = 0
        self.message = ""
        self.is_closing = False
        self._report = report
        self._cancelled = threading.Event()
        self._reported_at = 0.0
        self._samples: list[tuple[float, int]] = []

    def update(
        self,
        *,
        stage: str | None = None,
        done: int | None = None,
        total: int | None = None,
        errors: int | None = None,
        message: str | None = None,
    ) -> None:
        """Update counters and publish them at a limited rate. Raises `Cancelled` if a stop was requested."""
        self.check()
        now = time.monotonic()
        if stage is not None and stage != self.stage:
            self.stage = stage
            self._reported_at = 0.0
        self.done = self.done if done is None else done
        self.total = self.total if total is None else total
        self.errors = self.errors if errors is None else errors
        self.message = self.message if message is None else message
        if not self._samples or now - self._samples[-1][0] >= REPORT_EVERY_S:
            self._samples.append((now, self.done))
            while len(self._samples) > 2 and now - self._samples[0][0] > RATE_WINDOW_S:  # noqa: PLR2004  (first and last sample)
                self._samples.pop(0)
        if now - self._reported_at >= REPORT_EVERY_S:
            self._reported_at = now
            self._report(self)

    def check(self) -> None:
        """Raise `Cancelled` if a stop was requested."""
        if self._cancelled.is_set():
            raise Cancelled("the job was cancelled")

    def cancel(self, *, is_closing: bool = False) -> None:
        """Ask the job to stop at its next update. `is_closing`: the program ends, and the next start resumes it."""
        self.is_closing = self.is_closing or is_closing
        self._cancelled.set()

    @property
    def rate(self) -> float:
        """Items per second over the last few seconds; 0.0 if unknown."""
        samples = list(self._samples)
        if not samples:
            return 0.0
        start, end = samples[0], (time.monotonic(), self.done)
        span = end[0] - start[0]
        return (end[1] - start[1]) / span if span > 0 else 0.0

    @property
    def eta_s(self) -> float | None:
        """Remaining seconds at the current rate; None if unknown."""
        rate = self.rate
        return max(0.0, (self.total - self.done) / rate) if rate > 0 and self.total else None
