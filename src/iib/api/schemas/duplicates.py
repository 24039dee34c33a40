"""Bodies and answers about duplicates."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from iib.api.schemas.requests import MAX_PATHS, Body
from iib.search.duplicates.hamming import MAX_RADIUS
from iib.search.duplicates.looks import DEFAULT_THRESHOLD


class DuplicatesBody(Body):
    """Among which files to look: those of a query of the search language in these folders (none: everywhere).
    `near` false: only files that are equal byte for byte. `threshold`: how many of 64 bits may differ."""

    q: str = Field(default="", max_length=10_000)
    folder_paths: list[str] = Field(default_factory=list, max_length=MAX_PATHS)
    near: bool = True
    threshold: int = Field(default=DEFAULT_THRESHOLD, ge=0, le=MAX_RADIUS)


class DuplicatesStarted(BaseModel):
    """The job; `GET /v1/jobs` tells how far it is."""

    job_id: str


class DuplicateFileAnswer(BaseModel):
    """Files of one `content` are equal byte for byte. `distance`: bits that differ from the keeper's; null where the
    picture has no hash. `mtime` in milliseconds."""

    id: int
    path: str
    name: str
    kind: Literal["image", "video", "audio"]
    bytes: int
    width: int
    height: int
    mtime: int
    rating: int
    has_metadata: bool
    content: int
    distance: int | None


class DuplicateGroupAnswer(BaseModel):
    """`keeper` is the first of `files`, which stand in the order in which one would keep them; `reason` is the rule
    by which it comes before the second."""

    number: int
    kind: Literal["exact", "near"]
    keeper: int
    reason: Literal["resolution", "metadata", "rating", "older", "id"]
    files: list[DuplicateFileAnswer]


class DuplicatesAnswer(BaseModel):
    """Groups of a search, the most wasteful first. `total_groups`, `total_files` and `spare_bytes` (of all but the best
    file of each group) are those of the search; `next` is the `start` of the next page."""

    job_id: str
    created_at: float
    q: str
    folder_paths: list[str]
    near: bool
    threshold: int
    total_groups: int
    total_files: int
    spare_bytes: int
    groups: list[DuplicateGroupAnswer]
    next: int | None
