"""Wraps the carriers and dialects of plug-ins, so that an error or a hang only changes the status of the plug-in."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO, TypeVar

import structlog

from iib.errors import MetadataError
from iib.metadata import Carrier, ContainerMetadata, Context, Dialect, DialectResult
from iib.plugins.status import PluginState, PluginStatus
from iib.plugins.time_limit import PluginTimeout, TimeLimit

log = structlog.get_logger(__name__)

CALL_LIMIT_S = 5.0  # for one file

T = TypeVar("T")


def guarded_call(status: PluginStatus, limit: TimeLimit, function: Callable[[], T]) -> T | None:
    """Return the result of a call; None if the plug-in is disabled or the call fails. Raises `MetadataError` only."""
    if not status.is_enabled:
        return None
    try:
        result = limit.call(function)
    except MetadataError:
        raise
    except PluginTimeout as error:
        status.state = PluginState.SLOW
        status.detail = str(error)
        log.warning("plug-in is too slow and was disabled", plugin=status.name)
        return None
    except Exception as error:  # noqa: BLE001  (one of the four broad excepts: a plug-in call)
        status.record_failure(error)
        log.warning("plug-in failed", plugin=status.name, error=status.detail, failures=status.failures)
        return None
    status.record_success()
    return result


class GuardedCarrier:
    """Carrier of a plug-in. If it fails, the file has a problem; no other carrier reads the file."""

    def __init__(self, inner: Carrier, status: PluginStatus, limit: TimeLimit) -> None:
        self.name = str(getattr(inner, "name", status.name))
        self._inner = inner
        self._status = status
        self._limit = limit

    def accepts(self, head: bytes) -> bool:
        """Return the answer of the carrier; False if the plug-in is disabled or fails."""
        return bool(guarded_call(self._status, self._limit, lambda: self._inner.accepts(head)))

    def read(self, stream: BinaryIO, size_bytes: int) -> ContainerMetadata:
        """Return the result of the carrier. Raises `MetadataError` if it is not a `ContainerMetadata`."""
        result = guarded_call(self._status, self._limit, lambda: self._inner.read(stream, size_bytes))
        if not isinstance(result, ContainerMetadata):
            raise MetadataError(f"the plug-in {self._status.name} could not read this file")
        return result


class GuardedDialect:
    """Dialect of a plug-in. If it fails, it has no result; the other dialects still read the file."""

    def __init__(self, inner: Dialect, status: PluginStatus, limit: TimeLimit) -> None:
        self.name = str(getattr(inner, "name", status.name))
        self._inner = inner
        self._status = status
        self._limit = limit

    def read(self, context: Context) -> DialectResult | None:
        """Return the result of the dialect; None if the plug-in is disabled or fails."""
        result = guarded_call(self._status, self._limit, lambda: self._inner.read(context))
        return result if isinstance(result, DialectResult) else None
