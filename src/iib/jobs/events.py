"""The event bus: what happens in the library, told to whoever listens (Server-Sent Events, the watcher, tests)."""

from __future__ import annotations

import queue
import threading
from types import TracebackType

from iib.model.geninfo import Json

QUEUE_SIZE = 256  # events kept for one slow listener; the oldest are dropped, since later ones carry the newer state


class Subscription:
    """One listener's queue; a context manager that unsubscribes at its end."""

    def __init__(self, bus: EventBus) -> None:
        self._bus = bus
        self._queue: queue.Queue[tuple[str, dict[str, Json]]] = queue.Queue(QUEUE_SIZE)

    def get(self, timeout_s: float) -> tuple[str, dict[str, Json]] | None:
        """The next (name, payload), or None when nothing happened in time."""
        try:
            return self._queue.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def put(self, name: str, payload: dict[str, Json]) -> None:
        """Add an event, dropping the oldest one when the listener is too slow."""
        while True:
            try:
                self._queue.put_nowait((name, payload))
            except queue.Full:
                self.get(0)
            else:
                return

    def close(self) -> None:
        """Stop listening."""
        self._bus.remove(self)

    def __enter__(self) -> Subscription:  # noqa: PYI034  (Self needs Python 3.11)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class EventBus:
    """Publish from any thread, listen from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: set[Subscription] = set()

    def publish(self, name: str, payload: dict[str, Json]) -> None:
        """Tell every listener; never blocks."""
        with self._lock:
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener.put(name, payload)

    def subscribe(self) -> Subscription:
        """Begin to listen."""
        subscription = Subscription(self)
        with self._lock:
            self._listeners.add(subscription)
        return subscription

    def remove(self, subscription: Subscription) -> None:
        """Stop telling this listener."""
        with self._lock:
            self._listeners.discard(subscription)
