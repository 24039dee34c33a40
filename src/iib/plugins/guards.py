"""Carriers and dialects of plug-ins, wrapped so that an error or a hang is a status and nothing more."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO, TypeVar

import structlog

from iib.errors import MetadataError
from iib.metadata import Carrier, ContainerMetadata, Context, Dialect, DialectResult
from iib.plugins.status import PluginState, PluginStatus, PluginTimeout, TimeLimit

log = structlog.get_logger(__name__)

CALL_LIMIT_S = 5.0  # for one file

T = TypeVar("T")


def guarded_call(status: PluginStatus, limit: TimeLimit, function: Callable[[], T]) -> T | None:
    """The result; None when the plug-in is out of order or fails now. Raises `MetadataError` only."""
    if not status.is_good:
        return None
    try:
        result = limit.call(function)
    except MetadataError:
        raise
    except PluginTimeout as error:
        status.state = PluginState.SLOW
        status.detail = str(error)
        log.warning("a plug-in is too slow and is left out from now on", plugin=status.name)
        return None
    except Exception as error:  # noqa: BLE001  (one of the four places: a plug-in call)
        status.failed(error)
        log.warning("a plug-in failed", plugin=status.name, error=status.detail, failures=status.failures)
        return None
    status.worked()
    return result


class GuardedCarrier:
    """A carrier that gives nothing when it fails; the file then has a problem and the next one is not asked."""

    def __init__(self, inner: Carrier, status: PluginStatus, limit: TimeLimit) -> None:
        self.name = str(getattr(inner, "name", status.name))
        self._inner = inner
        self._status = status
        self._limit = limit

    def accepts(self, head: bytes) -> bool:
        """False when out of order."""
        return bool(guarded_call(self._status, self._limit, lambda: self._inner.accepts(head)))

    def read(self, stream: BinaryIO, size_bytes: int) -> ContainerMetadata:
        """Raises `MetadataError` when the plug-in gave nothing usable."""
        found = guarded_call(self._status, self._limit, lambda: self._inner.read(stream, size_bytes))
        if not isinstance(found, ContainerMetadata):
            raise MetadataError(f"the plug-in {self._status.name} could not read this file")
        return found


class GuardedDialect:
    """A dialect that gives nothing when it fails."""

    def __init__(self, inner: Dialect, status: PluginStatus, limit: TimeLimit) -> None:
        self.name = str(getattr(inner, "name", status.name))
        self._inner = inner
        self._status = status
        self._limit = limit

    def read(self, context: Context) -> DialectResult | None:
        """None when out of order."""
        found = guarded_call(self._status, self._limit, lambda: self._inner.read(context))
        return found if isinstance(found, DialectResult) else None
