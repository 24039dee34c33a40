"""Fair reentrant lock between file operations and index runs, so that disk and rows stay consistent."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from iib._lib.process_lock import process_lock


class DiskLock:
    """Fair reentrant lock; each library has one.

    A file operation holds it for each batch of its steps (the changes of the disk and the rows that follow), and an
    index run for each of its transactions. The holder therefore sees a disk and rows that agree. `lock_path` names a
    file with which several processes on the same database run one file operation at a time.
    """

    def __init__(self, lock_path: str | None = None) -> None:
        self._lock_path = lock_path
        self._entrance = threading.Lock()
        self._held = threading.Lock()
        self._owner: int | None = None
        self._operation = threading.Lock()

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """Hold the lock for the block, which should be short. Reentrant within a thread.

        Fair: a thread that releases the lock and requests it again comes after the waiting threads, because the first
        of those holds `_entrance` while it waits for `_held`.
        """
        if self._owner == threading.get_ident():
            yield
            return
        with self._entrance:
            self._held.acquire()
        self._owner = threading.get_ident()
        try:
            yield
        finally:
            self._owner = None
            self._held.release()

    @contextlib.contextmanager
    def operation(self) -> Iterator[None]:
        """Run the block as the only file operation on the library, however long it takes."""
        with self._operation, process_lock(self._lock_path) if self._lock_path else contextlib.nullcontext():
            yield

    @property
    def is_operating(self) -> bool:
        """True while a file operation runs."""
        return self._operation.locked()
