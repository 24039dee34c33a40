"""The status of each plug-in: enabled, failed or slow."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

MAX_FAILURES = 10  # in a row; the plug-in is then disabled until the next start


class PluginState(str, Enum):
    """State of a plug-in: in use, or disabled after errors or a time-out."""

    ENABLED = "enabled"
    FAILED = "failed"
    SLOW = "slow"


@dataclass(slots=True)
class PluginStatus:
    """Status of one plug-in, as `iib doctor` shows it. It changes while the plug-in is in use."""

    name: str
    origin: str  # "entry point NAME" or "folder PATH"
    state: PluginState = PluginState.ENABLED
    detail: str = ""
    failures: int = 0
    consecutive_failures: int = 0

    @property
    def is_enabled(self) -> bool:
        """True while the plug-in is called."""
        return self.state is PluginState.ENABLED

    def record_failure(self, error: BaseException) -> None:
        """Count an error; `MAX_FAILURES` in a row disable the plug-in."""
        self.failures += 1
        self.consecutive_failures += 1
        self.detail = f"{type(error).__name__}: {error}"[:300]
        if self.consecutive_failures >= MAX_FAILURES:
            self.state = PluginState.FAILED

    def record_success(self) -> None:
        """Reset the count of errors in a row after a successful call."""
        self.consecutive_failures = 0
