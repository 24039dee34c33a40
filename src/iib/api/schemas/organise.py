"""Bodies and answers of organising (contract section 3.9)."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from iib.api.schemas.requests import Body
from iib.api.schemas.semantic import ClusterBody

MAX_EDITS = 10_000


class OrganiseBody(ClusterBody):
    """What to sort, into which folder, and how. Words that are not known are refused by the router."""

    recursive: bool = False
    lang: str | None = "en"
    dest_folder: str = ""
    folder_naming: str = Field(default="title", json_schema_extra={"enum": ["title", "keywords", "id"]})
    max_folder_name_length: int = 50
    action: str = Field(default="move", json_schema_extra={"enum": ["move", "copy"]})
    handle_noise: str = Field(default="unsorted", json_schema_extra={"enum": ["unsorted", "leave", "skip"]})
    noise_folder_name: str = ""


class FolderEdit(Body):
    """Another name for the folder of a cluster of the preview."""

    cluster_id: str
    new_folder_name: str


class ConfirmBody(Body):
    """The answer to a preview. `wait`: it may come before the preview is ready and is then carried out by itself."""

    job_id: str
    folder_edits: list[FolderEdit] = Field(default_factory=list, max_length=MAX_EDITS)
    skip_cluster_ids: list[str] = Field(default_factory=list, max_length=MAX_EDITS)
    wait: bool = False


class Confirmed(BaseModel):
    """It is being carried out, or will be."""

    ok: bool
    job_id: str
    status: str


class SidecarMapping(BaseModel):
    """A sidecar that goes with its file."""

    src_path: str
    dest_path: str


class FileMapping(BaseModel):
    """One file. `renamed`: its name was taken. A file that stays has its own path as `dest_path`."""

    src_path: str
    dest_folder_name: str
    dest_path: str
    cluster_id: str
    is_noise: bool
    renamed: bool
    sidecars: list[SidecarMapping]


class OrganiseCluster(BaseModel):
    """Files for one folder. `cluster_ids`: the topics that have this name; `folder_exists`: it is there already."""

    cluster_id: str
    cluster_ids: list[str]
    suggested_folder_name: str
    folder_exists: bool
    title: str
    keywords: list[str]
    size: int
    file_mappings: list[FileMapping]


class PathReason(BaseModel):
    """A file and why it cannot be handled."""

    path: str
    error: str


class OrganisePreview(BaseModel):
    """What would be done. `all_mappings` are the files that would be moved or copied, `total_files` counts them;
    `settled_files` lie in their folder already, `untouched_files` have no prompt and stay."""

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
    """Counters; those of the clustering, then those of the move."""

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
    """What became of the files; `operation_id` is what undo takes."""

    moved_count: int
    created_folders: list[str]
    errors: list[MoveErrorItem]
    operation_id: int | None
    left_count: int
    finished_after_restart: bool
    message: str


class OrganiseJobStatus(BaseModel):
    """An organising."""

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
