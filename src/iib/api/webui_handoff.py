"""Pictures handed over to the Stable Diffusion WebUI that hosts this program: one slot per browser."""

from __future__ import annotations

import time
from collections.abc import Callable

from iib._lib.cache import LruCache

MAX_SLOTS = 1000
KEPT_S = 60.0


class PendingPictures:
    """The page puts a path, and the callback of the WebUI takes it. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._slots: LruCache[str, str] = LruCache(MAX_SLOTS, max_age_s=KEPT_S, clock=clock)

    def put(self, session: str, path: str) -> None:
        """Set the picture of a session; it replaces an earlier one."""
        self._slots.put(session, path)

    def peek(self, session: str) -> str | None:
        """The waiting path of a session; None after 60 seconds or if there is none."""
        return self._slots.get(session)

    def done(self, session: str) -> None:
        """Empty the slot of a session: the WebUI has taken the picture."""
        self._slots.discard(session)
