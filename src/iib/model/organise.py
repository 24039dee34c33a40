"""States, options and rows of requests to organise files."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class OrganiseStatus(str, Enum):
    """State of a request to organise. PREVIEW_READY waits for confirmation; the last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    PREVIEW_READY = "preview_ready"
    MOVING = "moving"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """True if the request has ended."""
        return self in (OrganiseStatus.COMPLETED, OrganiseStatus.FAILED, OrganiseStatus.CANCELLED)


class FolderNaming(str, Enum):
    """Source of the name of a topic folder."""

    TITLE = "title"
    KEYWORDS = "keywords"
    ID = "id"


class NoisePolicy(str, Enum):
    """Treatment of files without a topic.

    UNSORTED moves them to a separate folder, LEAVE shows them in the preview and does not move them, SKIP omits them
    from the preview too.
    """

    UNSORTED = "unsorted"
    LEAVE = "leave"
    SKIP = "skip"


class OrganiseAction(str, Enum):
    """Action on the files of a topic."""

    MOVE = "move"
    COPY = "copy"


@dataclass(frozen=True, slots=True)
class OrganiseRow:
    """A request to organise. Times are seconds since the epoch; texts are JSON or "", `preview` packed JSON or None."""

    job_id: str
    status: OrganiseStatus
    created_at: float
    updated_at: float
    params: str
    confirmation: str = ""
    preview: bytes | None = None
    result: str = ""
    message: str = ""
