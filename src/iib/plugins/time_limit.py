"""Calls functions with a time limit, on a thread of their own."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


class PluginTimeout(Exception):
    """Raised if a call does not return within its time limit."""


@dataclass(slots=True)
class _Call(Generic[T]):
    function: Callable[[], T]
    done: threading.Event
    result: T | None = None
    error: BaseException | None = None

    def run(self) -> None:
        try:
            self.result = self.function()
        except BaseException as error:  # noqa: BLE001  (any error of a plug-in becomes its status)
            self.error = error
        self.done.set()


class TimeLimit:
    """Calls functions one after the other on its own thread and waits a limited time.

    After a time-out the thread is abandoned and the next call starts a new one. Thread-safe.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._calls: queue.SimpleQueue[_Call[object] | None] | None = None
        self._lock = threading.Lock()

    def call(self, function: Callable[[], T]) -> T:
        """Return the result of the function or raise its exception. Raises `PluginTimeout`."""
        call: _Call[T] = _Call(function, threading.Event())
        with self._lock:
            if self._calls is None:
                self._calls = queue.SimpleQueue()
                threading.Thread(target=_run_calls, args=(self._calls,), name="iib-plugin", daemon=True).start()
            self._calls.put(call)  # type: ignore[arg-type]
            if not call.done.wait(self._seconds):
                self._calls.put(None)
                self._calls = None
                raise PluginTimeout(f"no answer within {self._seconds:g} s")
        if call.error is not None:
            raise call.error
        return call.result  # type: ignore[return-value]


def _run_calls(calls: queue.SimpleQueue[_Call[object] | None]) -> None:
    while (call := calls.get()) is not None:
        call.run()
