"""Runs the two halves of a search on two threads; the database releases the interpreter lock, so both make progress."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


class TwoWorkers:
    """Runs two halves of a task in parallel, the second one in a thread pool.

    If the pool has not started the second half when the first one ends, the caller runs it itself. Therefore
    concurrent searches never wait for a busy pool.
    """

    def __init__(self, cores: int | None = None) -> None:
        """`cores` None means the cores of the machine. With one core the caller runs both halves."""
        helpers = min(3, (cores or os.cpu_count() or 1) - 1)
        self._pool = ThreadPoolExecutor(helpers, thread_name_prefix="iib-search") if helpers else None

    def run(self, work: Callable[[T], R], first: T, second: T) -> tuple[R, R]:
        """Return `work(first)` and `work(second)`. Raises what `work` raises."""
        if self._pool is None:
            return work(first), work(second)
        future = self._pool.submit(work, second)
        try:
            result = work(first)
        except BaseException:
            future.cancel()
            raise
        return result, work(second) if future.cancel() else future.result()

    def close(self) -> None:
        """Waits for running tasks and ends the threads of the pool."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
