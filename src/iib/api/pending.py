"""Pictures on their way to the Stable Diffusion WebUI this program runs in: one slot for each browser."""

from __future__ import annotations

import time
from collections.abc import Callable

from iib._lib.cache import LruCache

MAX_SLOTS = 1000
KEPT_S = 60.0


class PendingPictures:
    """The page puts a path, the WebUI's own callback takes it. Safe from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._slots: LruCache[str, str] = LruCache(MAX_SLOTS, max_age_s=KEPT_S, clock=clock)

    def put(self, session: str, path: str) -> None:
        """The latest picture of a session counts."""
        self._slots.put(session, path)

    def peek(self, session: str) -> str | None:
        """The path that waits, if it is not too old."""
        return self._slots.get(session)

    def done(self, session: str) -> None:
        """The picture has arrived."""
        self._slots.discard(session)
