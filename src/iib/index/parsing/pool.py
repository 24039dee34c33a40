"""A bounded pool of parse workers that survives the worst file."""

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

CHUNK_TIMEOUT_S = 120.0  # for one chunk; a worker that takes longer hangs on a file and is replaced
START_TIMEOUT_S = 60.0  # for a worker to say that it is ready
FILE_TIMEOUT_S = 15.0  # for each file of such a chunk, which are then read one by one
MAX_WORKERS = 8
SOURCE_DIR = str(Path(__file__).resolve().parents[2])


class _NoWorker(Exception):
    """A worker process cannot be started here."""


class _Child:
    """One worker process and its pipes."""

    def __init__(self, recipe: Recipe, program: str) -> None:
        code = (
            f"import sys; sys.path.insert(0, {SOURCE_DIR!r}); from iib.index.parsing.worker import main; "
            f"from iib.metadata.registry import Recipe; main({recipe!r})"
        )
        # On Windows; elsewhere the worker lowers its own priority: requests come first.
        flags = getattr(subprocess, "CREATE_NO_WINDOW", 0) | getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)
        self._process = subprocess.Popen(  # noqa: S603  (our own interpreter and code)
            [program, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, creationflags=flags
        )

    def is_ready(self) -> bool:
        """False when this process cannot work at all: no interpreter, or one that lacks our modules."""
        try:
            with self._limited(START_TIMEOUT_S):
                return bool(self._read() == READY)
        except NOT_A_FRAME:
            return False

    def parse(self, tasks: Sequence[ParseTask], timeout_s: float) -> list[MediaRecord]:
        """Send, wait, receive. Raises one of `NOT_A_FRAME` when the process died or had to be ended."""
        assert self._process.stdin is not None  # noqa: S101  (opened as a pipe above)
        with self._limited(timeout_s):
            write_frame(cast("BinaryIO", self._process.stdin), pack_tasks(tasks))
            return unpack_records(self._read(), tasks)

    def _read(self) -> Json:
        assert self._process.stdout is not None  # noqa: S101  (opened as a pipe above)
        return read_frame(cast("BinaryIO", self._process.stdout))

    @contextlib.contextmanager
    def _limited(self, timeout_s: float) -> Iterator[None]:
        watchdog = threading.Timer(timeout_s, self._process.kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            yield
        finally:
            watchdog.cancel()

    def close(self) -> None:
        """End the process."""
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
    """Parses chunks of files in child processes; close it when the run ends."""

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
        self._idle: queue.SimpleQueue[_Child] = queue.SimpleQueue()
        self._threads = ThreadPoolExecutor(self.size, thread_name_prefix="iib-parse")

    def warm(self) -> None:
        """Start all workers now, beside whatever else is done until the first chunk is ready."""
        for _ in range(self.size):
            self._threads.submit(self._prepare)

    def submit(self, tasks: Sequence[ParseTask]) -> Future[list[MediaRecord]]:
        """Parse a chunk; the answers come in the order of the tasks."""
        return self._threads.submit(self._parse, tasks)

    def close(self) -> None:
        """End all workers."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        while True:
            try:
                self._idle.get_nowait().close()
            except queue.Empty:
                return

    def _parse(self, tasks: Sequence[ParseTask]) -> list[MediaRecord]:
        try:
            parsed = self._try(tasks, self._chunk_timeout_s)
            return parsed if parsed is not None else [self._parse_one(task) for task in tasks]
        except _NoWorker:
            return parse_all(tasks, self._own_registry())

    def _own_registry(self) -> Registry:
        """What this process itself reads with: a program that embeds this one may have no interpreter to start."""
        with self._lock:
            if self._registry is None:
                log.warning("parse workers cannot be started; reading goes on in this process", program=self._program)
                self._registry = self._recipe.build()
            return self._registry

    def _parse_one(self, task: ParseTask) -> MediaRecord:
        """A file of a chunk that ended its worker: the culprit alone gets a row with the reason."""
        parsed = self._try([task], self._file_timeout_s)
        if parsed is not None:
            return parsed[0]
        log.warning("a file ended its parse worker", path=ascii(task.path))
        return unreadable(task, "reading this file ended the parser")

    def _try(self, tasks: Sequence[ParseTask], timeout_s: float) -> list[MediaRecord] | None:
        """None when the worker did not survive it. Raises `_NoWorker` when there can be none."""
        try:
            child = self._idle.get_nowait()
        except queue.Empty:
            child = self._start()
        try:
            parsed = child.parse(tasks, timeout_s)
        except NOT_A_FRAME:
            child.close()
            return None
        self._idle.put(child)
        return parsed

    def _prepare(self) -> None:
        with contextlib.suppress(_NoWorker):  # the first chunk will say so
            self._idle.put(self._start())

    def _start(self) -> _Child:
        if self._registry is not None:
            raise _NoWorker
        try:
            child = _Child(self._recipe, self._program)
        except OSError as error:
            raise _NoWorker from error
        if not child.is_ready():
            child.close()
            raise _NoWorker
        return child


def parse_here(tasks: Sequence[ParseTask], registry: Registry) -> list[MediaRecord]:
    """Parse a handful of files without starting a process."""
    return parse_all(tasks, registry)


def unreadable(task: ParseTask, problem: str) -> MediaRecord:
    """The row of a file of which nothing could be read."""
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
