"""Taking turns: a file operation and an index run never look at the same moment between disk and rows."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from iib._lib.process_lock import process_lock


class DiskTurns:
    """One for each library.

    A file operation takes a turn for each batch of its steps (the changes on the disk and the rows that follow them),
    an index run for each of its transactions. Whoever has the turn therefore sees disk and rows agree. `lock_path`
    names a file by which processes over the same database do one operation at a time.
    """

    def __init__(self, lock_path: str | None = None) -> None:
        self._lock_path = lock_path
        self._next = threading.Lock()
        self._turn = threading.Lock()
        self._owner: int | None = None
        self._operation = threading.Lock()

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the turn and keep it for the block; short. May be taken again inside.

        Who gives it away and wants it back at once comes after those who wait: the first of them holds `_next`.
        """
        if self._owner == threading.get_ident():
            yield
            return
        with self._next:
            self._turn.acquire()
        self._owner = threading.get_ident()
        try:
            yield
        finally:
            self._owner = None
            self._turn.release()

    @contextlib.contextmanager
    def operation(self) -> Iterator[None]:
        """A whole file operation: only one at a time, however long it takes."""
        with self._operation, process_lock(self._lock_path) if self._lock_path else contextlib.nullcontext():
            yield

    @property
    def is_operating(self) -> bool:
        """True while a file operation is under way."""
        return self._operation.locked()
