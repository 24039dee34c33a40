"""The trash forgets: what lay in it for long enough is removed for good, in a job of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from iib.files.service import FileService
from iib.jobs.manager import JobManager
from iib.jobs.progress import Progress
from iib.model.geninfo import Json

JOB_KIND = "purge_trash"
EVERY_S = 6 * 3600.0


class TrashKeeper:
    """Looks at the start and then, after file operations, at most every few hours."""

    def __init__(self, files: FileService, jobs: JobManager, clock: Callable[[], float] = time.monotonic) -> None:
        self._files = files
        self._jobs = jobs
        self._clock = clock
        self._lock = threading.Lock()
        self._looked_at: float | None = None
        jobs.register(JOB_KIND, self._job)
        files.listen(lambda _has_moved_folders: self.look())

    def look(self) -> None:
        """Start the job if it is time and there is something to remove."""
        with self._lock:
            now = self._clock()
            if self._looked_at is not None and now - self._looked_at < EVERY_S:
                return
            self._looked_at = now
        if self._files.has_expired():
            self._jobs.start(JOB_KIND, {})

    def _job(self, _params: dict[str, Json], progress: Progress) -> str:
        progress.update(stage="purging")
        return f"{len(self._files.purge_expired())} removed"
