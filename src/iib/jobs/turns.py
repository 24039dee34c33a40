"""Taking turns: a file operation and an index run never look at the same moment between disk and rows."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from iib._lib.process_lock import process_lock


class DiskTurns:
    """One for each library.

    A file operation takes a turn for each of its steps (the change on the disk and the rows that follow it), an index
    run for each of its transactions. Whoever has the turn therefore sees disk and rows agree. `lock_path` names a file
    by which processes over the same database do one operation at a time.
    """

    def __init__(self, lock_path: str | None = None) -> None:
        self._lock_path = lock_path
        self._turn = threading.RLock()
        self._operation = threading.Lock()

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the turn and keep it for the block; short."""
        with self._turn:
            yield

    @contextlib.contextmanager
    def operation(self) -> Iterator[None]:
        """A whole file operation: only one at a time, however long it takes."""
        with self._operation, process_lock(self._lock_path) if self._lock_path else contextlib.nullcontext():
            yield

    @property
    def is_operating(self) -> bool:
        """True while a file operation is under way."""
        return self._operation.locked()
