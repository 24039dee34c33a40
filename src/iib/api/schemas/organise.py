"""Requests and responses of organising jobs."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from iib.api.schemas.requests import Body
from iib.api.schemas.semantic import ClusterBody

MAX_EDITS = 10_000


class OrganiseBody(ClusterBody):
    """Files to organise, with destination and parameters. The router refuses unknown enumeration values."""

    recursive: bool = False
    lang: str | None = "en"
    dest_folder: str = ""
    folder_naming: str = Field(default="title", json_schema_extra={"enum": ["title", "keywords", "id"]})
    max_folder_name_length: int = 50
    action: str = Field(default="move", json_schema_extra={"enum": ["move", "copy"]})
    handle_noise: str = Field(default="unsorted", json_schema_extra={"enum": ["unsorted", "leave", "skip"]})
    noise_folder_name: str = ""


class FolderEdit(Body):
    """A new folder name for a cluster of the preview."""

    cluster_id: str
    new_folder_name: str


class ConfirmBody(Body):
    """Confirmation of a preview. With `wait` it may precede the preview, and is applied when the preview is ready."""

    job_id: str
    folder_edits: list[FolderEdit] = Field(default_factory=list, max_length=MAX_EDITS)
    skip_cluster_ids: list[str] = Field(default_factory=list, max_length=MAX_EDITS)
    wait: bool = False


class Confirmed(BaseModel):
    """The confirmation is accepted; it is applied now or when the preview is ready."""

    ok: bool
    job_id: str
    status: str


class SidecarMapping(BaseModel):
    """A sidecar that is moved with its file."""

    src_path: str
    dest_path: str


class FileMapping(BaseModel):
    """A file of a preview. `renamed` is true if its name was taken; a file that stays has its own path as target."""

    src_path: str
    dest_folder_name: str
    dest_path: str
    cluster_id: str
    is_noise: bool
    renamed: bool
    sidecars: list[SidecarMapping]


class OrganiseCluster(BaseModel):
    """Files for one folder. `cluster_ids` are the topics with this name; `folder_exists` is true if it exists."""

    cluster_id: str
    cluster_ids: list[str]
    suggested_folder_name: str
    folder_exists: bool
    title: str
    keywords: list[str]
    size: int
    file_mappings: list[FileMapping]


class PathReason(BaseModel):
    """A file that cannot be organised, with the reason."""

    path: str
    error: str


class OrganisePreview(BaseModel):
    """Preview of an organising job. `all_mappings` are the `total_files` files to move or copy.

    `settled_files` are already in their folder; `untouched_files` have no prompt and stay in place.
    """

    job_id: str
    dest_folder: str
    action: str
    engine: str
    model: str
    total_files: int
    renamed_files: int
    settled_files: int
    untouched_files: int
    message: str
    clusters: list[OrganiseCluster]
    noise: OrganiseCluster | None
    all_mappings: list[FileMapping]
    problems: list[PathReason]


class MoveErrorItem(BaseModel):
    """A file that was not moved."""

    src: str
    dest: str
    error: str


class OrganiseProgress(BaseModel):
    """Counters of the clustering and of the move."""

    stage: str
    embedded_done: int
    to_embed: int
    clusters_done: int
    clusters_total: int
    moved_done: int
    moved_total: int
    current_file: str
    created_folders: list[str]
    errors: list[MoveErrorItem]


class OrganiseResult(BaseModel):
    """Outcome of an organising job; undo takes its `operation_id`."""

    moved_count: int
    created_folders: list[str]
    errors: list[MoveErrorItem]
    operation_id: int | None
    left_count: int
    finished_after_restart: bool
    message: str


class OrganiseJobStatus(BaseModel):
    """Status of an organising job."""

    job_id: str
    status: str
    stage: str
    ready_to_confirm: bool
    confirmed: bool
    cancelled: bool
    created_at: float
    updated_at: float
    engine: str
    model: str
    req: dict[str, Any]
    progress: OrganiseProgress
    percent: float
    message: str
    preview: OrganisePreview | None
    result: OrganiseResult | None
    error: str | None
