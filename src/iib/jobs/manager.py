"""Job manager: jobs are functions in worker threads, and their state is a row in the store."""

from __future__ import annotations

import builtins
import json
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace

import structlog

from iib.errors import Cancelled, IIBError, InvalidRequest, NotFound
from iib.jobs.events import EventBus
from iib.jobs.progress import Progress
from iib.model import QUEUED_STAGE, JobId, JobRow, JobStatus, Json
from iib.store import Store

log = structlog.get_logger(__name__)

MAX_THREADS = 4  # jobs that run at the same time; most kinds are single-flight
SAVE_EVERY_S = 2.0  # heartbeat: how often a running job's row is written
LISTED_JOBS = 20

JobFunction = Callable[[dict[str, Json], Progress], str]


@dataclass(frozen=True, slots=True)
class JobView:
    """State of a job for clients; `rate` is in items per second, times are Unix seconds."""

    id: str
    kind: str
    status: str
    stage: str
    done: int
    total: int
    rate: float
    eta_s: float | None
    errors: int
    message: str
    created_at: float
    updated_at: float


@dataclass(slots=True)
class _Running:
    row: JobRow
    progress: Progress
    ended: threading.Event = field(default_factory=threading.Event)
    is_cancelled_by_user: bool = False
    saved_at: float = 0.0


class JobManager:
    """Starts, tracks, cancels and lists jobs. A job function returns its final message."""

    def __init__(self, store: Store, bus: EventBus, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock
        self._functions: dict[str, JobFunction] = {}
        self._running: dict[JobId, _Running] = {}
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="iib-job")
        self._is_closed = False

    @property
    def is_closed(self) -> bool:
        """True after `close`: no more jobs are started."""
        return self._is_closed

    def register(self, kind: str, function: JobFunction) -> None:
        """Register the function of a kind of job. Raises `InvalidRequest` if the kind is already registered."""
        if kind in self._functions:
            raise InvalidRequest(f"job kind {kind!r} is already registered")
        self._functions[kind] = function

    def claim_interrupted(self) -> builtins.list[JobRow]:
        """Mark jobs that an earlier process left running as failed, and return them so that they can be restarted."""
        interrupted = [row for row in self._list_rows() if not row.status.is_final and row.id not in self._running]
        with self._store.write() as unit:
            for row in interrupted:
                unit.jobs.save(
                    replace(row, status=JobStatus.FAILED, message="interrupted by a restart", updated_at=self._clock())
                )
        return interrupted

    def start(self, kind: str, params: Mapping[str, Json], *, single_flight: bool = True) -> JobId:
        """Start a job and return its id. With `single_flight`, an equal running job is returned instead."""
        function = self._functions.get(kind)
        if function is None:
            raise InvalidRequest(f"unknown job kind {kind!r}")
        text = json.dumps(dict(params), sort_keys=True)
        with self._lock:
            if self._is_closed:
                raise InvalidRequest("the server is shutting down")
            for running in self._running.values():
                if single_flight and (running.row.kind, running.row.params_json) == (kind, text):
                    return running.row.id
            now = self._clock()
            row = JobRow(
                id=JobId(uuid.uuid4().hex),
                kind=kind,
                status=JobStatus.QUEUED,
                stage=QUEUED_STAGE,
                created_at=now,
                updated_at=now,
                params_json=text,
            )
            running = self._add_running(row)
        self._submit(running, function, dict(params))
        return row.id

    def resume_interrupted(self, kind: str) -> builtins.list[JobId]:
        """Resume the jobs of this kind that an earlier process left running, under their ids."""
        function = self._functions[kind]
        interrupted = [row for row in self._list_rows() if row.kind == kind and not row.status.is_final]
        for row in interrupted:
            with self._lock:
                if self._is_closed or row.id in self._running:
                    continue
                running = self._add_running(
                    replace(row, status=JobStatus.QUEUED, stage=QUEUED_STAGE, updated_at=self._clock())
                )
            self._submit(running, function, json.loads(row.params_json))
        return [row.id for row in interrupted]

    def run_again(self, job_id: JobId, kind: str, params: Mapping[str, Json]) -> None:
        """Run the function of an ended job again under the same id, for jobs in two parts with a decision in between.

        Waits for a part that still runs. Raises `InvalidRequest` while the program shuts down.
        """
        while (running := self._running_of(job_id)) is not None:
            running.ended.wait()
        with self._store.read() as unit:
            previous = unit.jobs.find(job_id)
        now = self._clock()
        with self._lock:
            if self._is_closed:
                raise InvalidRequest("the server is shutting down")
            if job_id in self._running:
                return  # another thread has started it in between
            running = self._add_running(
                JobRow(
                    id=job_id,
                    kind=kind,
                    status=JobStatus.QUEUED,
                    stage=QUEUED_STAGE,
                    created_at=previous.created_at if previous is not None else now,
                    updated_at=now,
                    params_json=json.dumps(dict(params), sort_keys=True),
                )
            )
        self._submit(running, self._functions[kind], dict(params))

    def _running_of(self, job_id: JobId) -> _Running | None:
        with self._lock:
            return self._running.get(job_id)

    def _add_running(self, row: JobRow) -> _Running:
        running = _Running(row, Progress(lambda _progress: self._on_progress(row.id), row.id))
        self._running[row.id] = running
        return running

    def _submit(self, running: _Running, function: JobFunction, params: dict[str, Json]) -> None:
        try:
            self._save(running.row)
            self._threads.submit(self._run, running, function, params)
        except BaseException:
            self._remove_running(running)
            raise

    def wait(self, job_id: JobId, timeout_s: float | None = None) -> JobRow:
        """Block until the job has ended or the timeout has passed, and return its row."""
        with self._lock:
            running = self._running.get(job_id)
        if running is not None:
            running.ended.wait(timeout_s)
            return running.row
        return self.get(job_id)

    def get(self, job_id: JobId) -> JobRow:
        """Return the current row of a job. Raises `NotFound`."""
        with self._lock:
            running = self._running.get(job_id)
        if running is not None:
            return running.row
        with self._store.read() as unit:
            row = unit.jobs.find(job_id)
        if row is None:
            raise NotFound(f"no job {job_id}")
        return row

    def cancel(self, job_id: JobId) -> bool:
        """Ask a running job to stop; False if it does not run."""
        with self._lock:
            running = self._running.get(job_id)
        if running is None:
            return False
        running.is_cancelled_by_user = True
        running.progress.cancel()
        return True

    def list(self) -> list[JobView]:
        """Return the running jobs and the latest ended jobs, newest first."""
        return [self._view(row) for row in self._list_rows()]

    def close(self) -> None:
        """Stop the running jobs and wait for them. `claim_interrupted` of the next start returns them."""
        with self._lock:
            self._is_closed = True
            running = list(self._running.values())
        for item in running:
            item.progress.cancel(is_closing=not item.is_cancelled_by_user)
        self._threads.shutdown(wait=True)

    def _list_rows(self) -> builtins.list[JobRow]:
        with self._store.read() as unit:
            rows = unit.jobs.list_latest(LISTED_JOBS)
        with self._lock:
            live = {job_id: item.row for job_id, item in self._running.items()}
        return [live.get(row.id, row) for row in rows]

    def _run(self, running: _Running, function: JobFunction, params: dict[str, Json]) -> None:
        try:
            running.row = replace(running.row, status=JobStatus.RUNNING, stage="starting")
            self._save(running.row)
            status, message = self._outcome(running, function, params)
            if status is JobStatus.CANCELLED and self._is_closed and not running.is_cancelled_by_user:
                return  # the row stays unchanged, so that the next process resumes the job
            running.row = replace(self._current(running), status=status, stage=status.value, message=message)
            self._save(running.row)
        except IIBError as error:
            log.exception("a job could not be recorded", kind=running.row.kind, job=running.row.id)
            running.row = replace(running.row, status=JobStatus.FAILED, stage="failed", message=error.message)
        finally:
            self._remove_running(running)
        self._publish(running.row, running.progress)

    def _outcome(self, running: _Running, function: JobFunction, params: dict[str, Json]) -> tuple[JobStatus, str]:
        """Call the job function, and return the final status and message."""
        try:
            running.progress.check()
            return JobStatus.COMPLETED, function(params, running.progress)
        except Cancelled:
            return JobStatus.CANCELLED, "cancelled"
        except IIBError as error:
            return JobStatus.FAILED, error.message
        except Exception as error:  # the worker loop: a bug in one job must not stop the others
            log.exception("job failed", kind=running.row.kind, job=running.row.id)
            return JobStatus.FAILED, f"{type(error).__name__}: {error}"

    def _remove_running(self, running: _Running) -> None:
        with self._lock:
            self._running.pop(running.row.id, None)
        running.ended.set()

    def _current(self, running: _Running) -> JobRow:
        progress = running.progress
        return replace(
            running.row,
            stage=progress.stage or running.row.stage,
            done=progress.done,
            total=progress.total,
            errors=progress.errors,
            message=progress.message,
            updated_at=self._clock(),
        )

    def _on_progress(self, job_id: JobId) -> None:
        with self._lock:
            running = self._running.get(job_id)
        if running is None:
            return
        running.row = self._current(running)
        now = time.monotonic()
        if now - running.saved_at >= SAVE_EVERY_S:
            running.saved_at = now
            self._save(running.row)
        self._publish(running.row, running.progress)

    def _save(self, row: JobRow) -> None:
        with self._store.write() as unit:
            unit.jobs.save(row)

    def _publish(self, row: JobRow, progress: Progress) -> None:
        self._bus.publish("job", asdict(self._view(row, progress)))

    def _view(self, row: JobRow, progress: Progress | None = None) -> JobView:
        if progress is None:
            with self._lock:
                running = self._running.get(row.id)
            progress = running.progress if running else None
        is_live = progress is not None and not row.status.is_final
        return JobView(
            id=row.id,
            kind=row.kind,
            status=row.status.value,
            stage=row.stage,
            done=row.done,
            total=row.total,
            rate=progress.rate if progress is not None and is_live else 0.0,
            eta_s=progress.eta_s if progress is not None and is_live else None,
            errors=row.errors,
            message=row.message,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )
