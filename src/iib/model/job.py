"""Background jobs as rows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NewType

JobId = NewType("JobId", str)


class JobStatus(str, Enum):
    """Life of a job; the last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """True once the job will not change any more."""
        return self in (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job. Times are seconds since the epoch; `params_json` is what it was started with."""

    id: JobId
    kind: str
    status: JobStatus
    stage: str = ""
    done: int = 0
    total: int = 0
    errors: int = 0
    message: str = ""
    created_at: float = 0.0
    updated_at: float = 0.0
    params_json: str = "{}"
