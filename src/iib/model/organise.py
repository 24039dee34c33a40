"""Words of organising."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class OrganiseStatus(str, Enum):
    """Life of a request to organise. PREVIEW_READY waits for a person; the last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    PREVIEW_READY = "preview_ready"
    MOVING = "moving"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """True once nothing will happen any more."""
        return self in (OrganiseStatus.COMPLETED, OrganiseStatus.FAILED, OrganiseStatus.CANCELLED)


class FolderNaming(str, Enum):
    """What a topic's folder is called after."""

    TITLE = "title"
    KEYWORDS = "keywords"
    ID = "id"


class NoisePolicy(str, Enum):
    """Files of no topic: UNSORTED go into a folder of their own, LEAVE are shown and stay, SKIP are not even shown."""

    UNSORTED = "unsorted"
    LEAVE = "leave"
    SKIP = "skip"


class OrganiseAction(str, Enum):
    """What is done to the files."""

    MOVE = "move"
    COPY = "copy"


@dataclass(frozen=True, slots=True)
class OrganiseRow:
    """One request. Times are seconds since the epoch; texts are JSON or "", `preview` packed JSON or None."""

    job_id: str
    status: OrganiseStatus
    created_at: float
    updated_at: float
    params: str
    confirmation: str = ""
    preview: bytes | None = None
    result: str = ""
    message: str = ""
