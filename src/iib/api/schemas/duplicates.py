"""Requests and responses of the search for duplicates."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from iib.api.schemas.requests import MAX_PATHS, Body
from iib.duplicates import DEFAULT_NEAR_THRESHOLD, MAX_HAMMING_RADIUS


class DuplicatesBody(Body):
    """Files to compare: those of a query of the search language in these folders; without folders the whole library.

    If `near` is false, only identical files are found. `threshold` is the number of hash bits, of 64, that may differ.
    """

    q: str = Field(default="", max_length=10_000)
    folder_paths: list[str] = Field(default_factory=list, max_length=MAX_PATHS)
    near: bool = True
    threshold: int = Field(default=DEFAULT_NEAR_THRESHOLD, ge=0, le=MAX_HAMMING_RADIUS)


class DuplicatesStarted(BaseModel):
    """The started job; `GET /v1/jobs` shows its progress."""

    job_id: str


class DuplicateFileAnswer(BaseModel):
    """A file of a group. Files with the same `content` are identical; `mtime` is in milliseconds.

    `distance` is the number of hash bits that differ from the keeper; null for a picture without a hash.
    """

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
    """A group of duplicates. `files` are ordered by preference, and `keeper` is the first of them.

    `reason` is the rule that puts the first file before the second.
    """

    number: int
    kind: Literal["exact", "near"]
    keeper: int
    reason: Literal["resolution", "metadata", "rating", "older", "id"]
    files: list[DuplicateFileAnswer]


class DuplicatesAnswer(BaseModel):
    """Groups of a search, ordered by wasted space. `next` is the `start` of the next page.

    `total_groups`, `total_files` and `spare_bytes` (all files but the best one of each group) count the whole search.
    """

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
