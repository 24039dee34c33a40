"""Event bus: changes of the library, published to subscribers such as Server-Sent Events and the watcher."""

from __future__ import annotations

import queue
import threading
from types import TracebackType

from iib.model import Json

QUEUE_SIZE = 256  # events queued for a slow subscriber; the oldest are dropped, because later events carry newer state


class Subscription:
    """Event queue of one subscriber; as a context manager it unsubscribes at the end of the block."""

    def __init__(self, bus: EventBus) -> None:
        self._bus = bus
        self._queue: queue.Queue[tuple[str, dict[str, Json]]] = queue.Queue(QUEUE_SIZE)

    def get(self, timeout_s: float) -> tuple[str, dict[str, Json]] | None:
        """Wait for the next (name, payload); None after the timeout."""
        try:
            return self._queue.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def put(self, name: str, payload: dict[str, Json]) -> None:
        """Add an event. A full queue drops its oldest event."""
        while True:
            try:
                self._queue.put_nowait((name, payload))
            except queue.Full:
                self.get(0)
            else:
                return

    def close(self) -> None:
        """Unsubscribe from the bus; `get` returns only events that are queued already."""
        self._bus.remove(self)

    def __enter__(self) -> Subscription:  # noqa: PYI034  (Self needs Python 3.11)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class EventBus:
    """Delivers events from any thread to subscribers in any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscriptions: set[Subscription] = set()

    def publish(self, name: str, payload: dict[str, Json]) -> None:
        """Send an event to all subscribers. Never blocks."""
        with self._lock:
            subscriptions = tuple(self._subscriptions)
        for subscription in subscriptions:
            subscription.put(name, payload)

    def subscribe(self) -> Subscription:
        """Return a new subscription for all later events."""
        subscription = Subscription(self)
        with self._lock:
            self._subscriptions.add(subscription)
        return subscription

    def remove(self, subscription: Subscription) -> None:
        """Remove a subscription; it receives no more events."""
        with self._lock:
            self._subscriptions.discard(subscription)
