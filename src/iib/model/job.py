"""Rows and states of background jobs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NewType

JobId = NewType("JobId", str)


class JobStatus(str, Enum):
    """State of a job; the last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """True if the job has ended."""
        return self in (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED)


QUEUED_STAGE = JobStatus.QUEUED.value  # stage of a job that has not started


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job. Times are seconds since the epoch; `params_json` contains the parameters of its start."""

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
