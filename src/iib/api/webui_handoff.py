"""Pictures on their way to the Stable Diffusion WebUI this program runs in: one slot for each browser."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

MAX_SLOTS = 1000
KEPT_S = 60.0


class PendingPictures:
    """The page puts a path, the WebUI's own callback takes it. Safe from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._slots: OrderedDict[str, tuple[str, float]] = OrderedDict()

    def put(self, session: str, path: str) -> None:
        """The latest picture of a session counts."""
        with self._lock:
            self._slots.pop(session, None)
            self._slots[session] = (path, self._clock())
            while len(self._slots) > MAX_SLOTS:
                self._slots.popitem(last=False)

    def peek(self, session: str) -> str | None:
        """The path that waits, if it is not too old."""
        with self._lock:
            found = self._slots.get(session)
            if found is None or self._clock() - found[1] > KEPT_S:
                self._slots.pop(session, None)
                return None
            return found[0]

    def done(self, session: str) -> None:
        """The picture has arrived."""
        with self._lock:
            self._slots.pop(session, None)
