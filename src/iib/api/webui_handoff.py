"""Pictures handed over to the Stable Diffusion WebUI that hosts this program: one slot per browser."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

MAX_SLOTS = 1000
KEPT_S = 60.0


class PendingPictures:
    """The page puts a path, and the callback of the WebUI takes it. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._slots: OrderedDict[str, tuple[str, float]] = OrderedDict()

    def put(self, session: str, path: str) -> None:
        """Set the picture of a session; it replaces an earlier one."""
        with self._lock:
            self._slots.pop(session, None)
            self._slots[session] = (path, self._clock())
            while len(self._slots) > MAX_SLOTS:
                self._slots.popitem(last=False)

    def peek(self, session: str) -> str | None:
        """The waiting path of a session; None after 60 seconds or if there is none."""
        with self._lock:
            found = self._slots.get(session)
            if found is None or self._clock() - found[1] > KEPT_S:
                self._slots.pop(session, None)
                return None
            return found[0]

    def done(self, session: str) -> None:
        """Empty the slot of a session: the WebUI has taken the picture."""
        with self._lock:
            self._slots.pop(session, None)
