"""The lifetime of the services of one application: started on first use, closed once."""

from __future__ import annotations

import signal
import threading
import weakref
from collections.abc import Callable

from iib.api import Services
from iib.bootstrap.services import build_services
from iib.settings import Settings


class Runtime:
    """Builds and starts services on first use and closes them once, also when the interpreter exits. Thread-safe."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._services: Services | None = None
        self._finalizer: weakref.finalize[[], Runtime] | None = None
        self.stop_server: Callable[[], None] = interrupt

    @property
    def running(self) -> Services | None:
        """The services if they are running."""
        return self._services

    def services(self) -> Services:
        """Return the running services. The first call starts them, which may take seconds."""
        running = self._services
        if running is not None:
            return running
        with self._lock:
            if self._services is None:
                services = build_services(self.settings)
                services.start()
                self._finalizer = weakref.finalize(self, services.close)  # also when the interpreter exits
                self._services = services
            return self._services

    def stop(self) -> None:
        """Stop the server of this application: the server of this program, or the host's as Ctrl+C does."""
        self.stop_server()

    def close(self) -> None:
        """Close the services; a later request starts them again."""
        with self._lock:
            if self._finalizer is not None:
                self._finalizer()
                self._finalizer = None
            self._services = None


def interrupt() -> None:
    """Raise SIGINT in this process, as Ctrl+C does."""
    signal.raise_signal(signal.SIGINT)
