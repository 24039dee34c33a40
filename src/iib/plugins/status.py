"""What became of each plug-in, and the guard that keeps its faults from everybody else."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

T = TypeVar("T")

MAX_FAILURES = 10  # in a row; then the plug-in is left alone until the next start


class PluginState(str, Enum):
    """Where a plug-in stands."""

    ENABLED = "enabled"
    FAILED = "failed"
    SLOW = "slow"


@dataclass(slots=True)
class PluginStatus:
    """One plug-in as `iib doctor` shows it. Changes while the plug-in works."""

    name: str
    origin: str  # "entry point" | "folder" with its path
    state: PluginState = PluginState.ENABLED
    detail: str = ""
    failures: int = 0
    in_a_row: int = 0

    @property
    def is_good(self) -> bool:
        """True while it may be asked."""
        return self.state is PluginState.ENABLED

    def failed(self, error: BaseException) -> None:
        """Count an error; too many in a row end it."""
        self.failures += 1
        self.in_a_row += 1
        self.detail = f"{type(error).__name__}: {error}"[:300]
        if self.in_a_row >= MAX_FAILURES:
            self.state = PluginState.FAILED

    def worked(self) -> None:
        """A call went well."""
        self.in_a_row = 0


class PluginTimeout(Exception):
    """A call did not come back in time."""


@dataclass(slots=True)
class _Call(Generic[T]):
    function: Callable[[], T]
    done: threading.Event
    result: T | None = None
    error: BaseException | None = None

    def run(self) -> None:
        try:
            self.result = self.function()
        except BaseException as error:  # noqa: BLE001  (whatever a plug-in does is its own status)
            self.error = error
        self.done.set()


class TimeLimit:
    """Calls functions on a thread of its own and stops waiting after some time; the thread is then given up."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._calls: queue.SimpleQueue[_Call[object] | None] | None = None
        self._lock = threading.Lock()

    def call(self, function: Callable[[], T]) -> T:
        """The function's result or exception. Raises `PluginTimeout`."""
        call: _Call[T] = _Call(function, threading.Event())
        with self._lock:
            if self._calls is None:
                self._calls = queue.SimpleQueue()
                threading.Thread(target=_serve, args=(self._calls,), name="iib-plugin", daemon=True).start()
            self._calls.put(call)  # type: ignore[arg-type]
            if not call.done.wait(self._seconds):
                self._calls.put(None)
                self._calls = None
                raise PluginTimeout(f"no answer within {self._seconds:g} s")
        if call.error is not None:
            raise call.error
        return call.result  # type: ignore[return-value]


def _serve(calls: queue.SimpleQueue[_Call[object] | None]) -> None:
    while (call := calls.get()) is not None:
        call.run()
