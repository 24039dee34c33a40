"""Two threads for one search: most of its time passes inside the database, which lets other threads run meanwhile."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


class TwoWorkers:
    """Hands the second half of a piece of work to another thread; takes it back if that has not begun in time, so that
    searches beside each other never wait for it."""

    def __init__(self, cores: int | None = None) -> None:
        """`cores` None: as many as the machine has. With one nothing is handed over."""
        others = min(3, (cores or os.cpu_count() or 1) - 1)
        self._pool = ThreadPoolExecutor(others, thread_name_prefix="iib-half") if others else None

    def run(self, work: Callable[[T], R], first: T, second: T) -> tuple[R, R]:
        """Both results. Raises what the work raises."""
        if self._pool is None:
            return work(first), work(second)
        other = self._pool.submit(work, second)
        try:
            result = work(first)
        except BaseException:
            other.cancel()
            raise
        return result, work(second) if other.cancel() else other.result()

    def close(self) -> None:
        """End the threads."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
