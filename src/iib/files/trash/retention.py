"""Removal of expired files from the trash, as a background job."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from iib.jobs import JobManager, Progress
from iib.model import Json

JOB_KIND = "purge_trash"
CHECK_INTERVAL_S = 6 * 3600.0


class ExpiringTrash(Protocol):
    """The part of `FileService` that the retention uses."""

    def add_listener(self, listener: Callable[[bool], None]) -> None: ...

    def has_expired(self) -> bool: ...

    def purge_expired(self) -> Sequence[str]: ...


class TrashRetention:
    """Checks for expired files at the start and, every six hours at most, after file operations."""

    def __init__(self, files: ExpiringTrash, jobs: JobManager, clock: Callable[[], float] = time.monotonic) -> None:
        self._files = files
        self._jobs = jobs
        self._clock = clock
        self._lock = threading.Lock()
        self._checked_at: float | None = None
        jobs.register(JOB_KIND, self._job)
        files.add_listener(lambda _has_moved_folders: self.check())

    def check(self) -> None:
        """Start the job if the interval has passed and the trash has expired files."""
        with self._lock:
            now = self._clock()
            if self._checked_at is not None and now - self._checked_at < CHECK_INTERVAL_S:
                return
            self._checked_at = now
        if self._files.has_expired():
            self._jobs.start(JOB_KIND, {})

    def _job(self, _params: dict[str, Json], progress: Progress) -> str:
        progress.update(stage="purging")
        return f"{len(self._files.purge_expired())} removed"
