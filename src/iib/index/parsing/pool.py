"""Bounded pool of parse workers.

A worker that crashes or hangs on a file is replaced, and the record of the file contains the problem.
"""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, cast

import structlog

from iib.index.parsing.ipc import NOT_A_FRAME, ParseTask, pack_tasks, read_frame, unpack_records, write_frame
from iib.index.parsing.worker import READY, parse_all
from iib.metadata import Recipe, Registry
from iib.model import GenerationInfo, Json, MediaKind, MediaRecord, ParsedMedia, kind_of, to_record

log = structlog.get_logger(__name__)

CHUNK_TIMEOUT_S = 120.0  # per chunk; a worker that takes longer hangs on a file and is replaced
START_TIMEOUT_S = 60.0  # until a new worker reports that it is ready
FILE_TIMEOUT_S = 15.0  # per file of such a chunk, whose files are then read one by one
MAX_WORKERS = 8
SOURCE_DIR = str(Path(__file__).resolve().parents[2])


class _NoWorker(Exception):
    """Raised if worker processes cannot be started on this system."""


class _WorkerProcess:
    """A worker process and its pipes."""

    def __init__(self, recipe: Recipe, program: str) -> None:
        code = (
            f"import sys; sys.path.insert(0, {SOURCE_DIR!r}); from iib.index.parsing.worker import main; "
            f"from iib.metadata.registry import Recipe; main({recipe!r})"
        )
        # Requests have priority. These flags work on Windows; elsewhere the worker lowers its own priority.
        flags = getattr(subprocess, "CREATE_NO_WINDOW", 0) | getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)
        self._process = subprocess.Popen(  # noqa: S603  (our own interpreter and code)
            [program, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, creationflags=flags
        )

    def is_ready(self) -> bool:
        """Wait for the first frame. False if the program is not an interpreter or lacks the modules of this package."""
        try:
            with self._killed_after(START_TIMEOUT_S):
                return bool(self._read() == READY)
        except NOT_A_FRAME:
            return False

    def parse(self, tasks: Sequence[ParseTask], timeout_s: float) -> list[MediaRecord]:
        """Send tasks and wait for their records. Raises one of `NOT_A_FRAME` if the process died or was killed."""
        assert self._process.stdin is not None  # noqa: S101  (opened as a pipe above)
        with self._killed_after(timeout_s):
            write_frame(cast("BinaryIO", self._process.stdin), pack_tasks(tasks))
            return unpack_records(self._read(), tasks)

    def _read(self) -> Json:
        assert self._process.stdout is not None  # noqa: S101  (opened as a pipe above)
        return read_frame(cast("BinaryIO", self._process.stdout))

    @contextlib.contextmanager
    def _killed_after(self, timeout_s: float) -> Iterator[None]:
        """Kill the process if the block takes longer."""
        watchdog = threading.Timer(timeout_s, self._process.kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            yield
        finally:
            watchdog.cancel()

    def close(self) -> None:
        """Close the pipes and wait for the end of the process; kill it after 5 seconds."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class ParserPool:
    """Parses chunks of files in worker processes. Close it at the end of the run."""

    def __init__(
        self,
        recipe: Recipe,
        workers: int = 0,
        *,
        program: str = sys.executable,
        chunk_timeout_s: float = CHUNK_TIMEOUT_S,
        file_timeout_s: float = FILE_TIMEOUT_S,
    ) -> None:
        self._recipe = recipe
        self._program = program
        self._registry: Registry | None = None
        self._lock = threading.Lock()
        self._chunk_timeout_s = chunk_timeout_s
        self._file_timeout_s = file_timeout_s
        self.size = workers or max(1, min(MAX_WORKERS, os.cpu_count() or 2))
        self._idle: queue.SimpleQueue[_WorkerProcess] = queue.SimpleQueue()
        self._executor = ThreadPoolExecutor(self.size, thread_name_prefix="iib-parse")

    def warm(self) -> None:
        """Start all workers in the background, before the first chunk is submitted."""
        for _ in range(self.size):
            self._executor.submit(self._start_idle)

    def submit(self, tasks: Sequence[ParseTask]) -> Future[list[MediaRecord]]:
        """Parse a chunk in the background; the records have the order of the tasks."""
        return self._executor.submit(self._parse, tasks)

    def close(self) -> None:
        """Cancel waiting chunks, wait for running ones and end all workers."""
        self._executor.shutdown(wait=True, cancel_futures=True)
        while True:
            try:
                self._idle.get_nowait().close()
            except queue.Empty:
                return

    def _parse(self, tasks: Sequence[ParseTask]) -> list[MediaRecord]:
        try:
            parsed = self._try_parse(tasks, self._chunk_timeout_s)
            return parsed if parsed is not None else [self._parse_one(task) for task in tasks]
        except _NoWorker:
            return parse_all(tasks, self._local_registry())

    def _local_registry(self) -> Registry:
        """Registry for parsing in this process, when an embedding program provides no interpreter to start."""
        with self._lock:
            if self._registry is None:
                log.warning("parse workers cannot be started; files are read in this process", program=self._program)
                self._registry = self._recipe.build()
            return self._registry

    def _parse_one(self, task: ParseTask) -> MediaRecord:
        """Parse one file of a chunk that crashed its worker; only the file at fault gets a record with the problem."""
        parsed = self._try_parse([task], self._file_timeout_s)
        if parsed is not None:
            return parsed[0]
        log.warning("a file crashed its parse worker", path=ascii(task.path))
        return unreadable_record(task, "reading this file ended the parser")

    def _try_parse(self, tasks: Sequence[ParseTask], timeout_s: float) -> list[MediaRecord] | None:
        """Parse with an idle or a new worker; None if the worker crashed. Raises `_NoWorker` if none can be started."""
        try:
            worker = self._idle.get_nowait()
        except queue.Empty:
            worker = self._start()
        try:
            parsed = worker.parse(tasks, timeout_s)
        except NOT_A_FRAME:
            worker.close()
            return None
        self._idle.put(worker)
        return parsed

    def _start_idle(self) -> None:
        with contextlib.suppress(_NoWorker):  # the first chunk reports it
            self._idle.put(self._start())

    def _start(self) -> _WorkerProcess:
        if self._registry is not None:
            raise _NoWorker
        try:
            worker = _WorkerProcess(self._recipe, self._program)
        except OSError as error:
            raise _NoWorker from error
        if not worker.is_ready():
            worker.close()
            raise _NoWorker
        return worker


def unreadable_record(task: ParseTask, problem: str) -> MediaRecord:
    """Record of a file that could not be read, with the problem."""
    parsed = ParsedMedia(
        name=task.name,
        kind=kind_of(task.name) or MediaKind.IMAGE,
        stamp=task.stamp,
        content_hash=b"",
        width_px=None,
        height_px=None,
        duration_ms=None,
        geninfo=GenerationInfo(),
        text="",
        tags=(),
        problem=problem,
    )
    return to_record(task.path, parsed)
