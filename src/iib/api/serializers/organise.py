"""Organising jobs and their previews."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TypedDict

from iib.access import AllowedPaths
from iib.model import Json, OrganiseStatus
from iib.organise import FolderGroup, MoveError, OrganisePreview, OrganiseState, PlannedMove

STAGES = {"completed": "done", "failed": "error"}
LEGACY_STATUSES = {"completed": "done", "failed": "error"}


class SidecarEntry(TypedDict):
    """A sidecar that is moved with its file; see `SidecarMapping`."""

    src_path: str
    dest_path: str


class FileEntry(TypedDict):
    """A file of a preview; see `FileMapping`."""

    src_path: str
    dest_folder_name: str
    dest_path: str
    cluster_id: str
    is_noise: bool
    renamed: bool
    sidecars: list[SidecarEntry]


class GroupEntry(TypedDict):
    """The files for one folder; see `OrganiseCluster`."""

    cluster_id: str
    cluster_ids: list[str]
    suggested_folder_name: str
    folder_exists: bool
    title: str
    keywords: list[str]
    size: int
    file_mappings: list[FileEntry]


class ProblemEntry(TypedDict):
    """A file that cannot be organised; see `PathReason`."""

    path: str
    error: str


class PreviewEntry(TypedDict):
    """Return the entry of a preview, see `OrganisePreview`."""

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
    clusters: list[GroupEntry]
    noise: GroupEntry | None
    all_mappings: list[FileEntry]
    problems: list[ProblemEntry]


class MoveErrorEntry(TypedDict):
    """A file that was not moved; see `MoveErrorItem`."""

    src: str
    dest: str
    error: str


class ProgressEntry(TypedDict):
    """Counters of an organising job; see `OrganiseProgress`."""

    stage: str
    embedded_done: Json
    to_embed: Json
    clusters_done: Json
    clusters_total: Json
    moved_done: int
    moved_total: int
    current_file: str
    created_folders: list[str]
    errors: list[MoveErrorEntry]


class ResultEntry(TypedDict):
    """The outcome of an organising job; see `OrganiseResult`."""

    moved_count: int
    created_folders: list[str]
    errors: list[MoveErrorEntry]
    operation_id: int | None
    left_count: int
    finished_after_restart: bool
    message: str


class OrganiseEntry(TypedDict):
    """An organising job; see `OrganiseJobStatus`."""

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
    req: dict[str, Json]
    progress: ProgressEntry
    percent: float
    message: str
    preview: PreviewEntry | None
    result: ResultEntry | None
    error: str | None


def organise_entry(state: OrganiseState, allowed: AllowedPaths, *, legacy: bool) -> OrganiseEntry:
    """Entry of an organising job without inaccessible paths; `legacy` uses the status names of older front ends."""
    is_cancelled = state.status is OrganiseStatus.CANCELLED
    status = "failed" if is_cancelled else state.status.value  # the contract has no other status for it
    has_failed = status == "failed"
    preview = state.preview
    return {
        "job_id": state.row.job_id,
        "status": LEGACY_STATUSES.get(status, status) if legacy else status,
        "stage": STAGES.get(status, state.stage),
        "ready_to_confirm": state.status is OrganiseStatus.PREVIEW_READY,
        "confirmed": bool(state.row.confirmation),
        "cancelled": is_cancelled,
        "created_at": state.row.created_at,
        "updated_at": state.row.updated_at,
        "engine": state.params.clustering.engine,
        "model": state.params.clustering.model,
        "req": _request(state),
        "progress": _progress(state, STAGES.get(status, state.stage), allowed),
        "percent": round(state.percent, 4),
        "message": state.message,
        "preview": _preview(state, preview, allowed) if preview is not None else None,
        "result": _result(state, allowed),
        "error": state.message if has_failed else None,
    }


def _request(state: OrganiseState) -> dict[str, Json]:
    params = state.params
    return {
        "folder_paths": list(params.folders),
        "dest_folder": params.destination,
        "threshold": params.clustering.threshold,
        "min_cluster_size": params.clustering.min_cluster_size,
        "lang": params.clustering.lang,
        "recursive": params.clustering.recursive,
        "folder_naming": params.naming.value,
        "max_folder_name_length": params.max_name,
        "action": params.action.value,
        "handle_noise": params.noise.value,
        "noise_folder_name": params.noise_name,
    }


def _progress(state: OrganiseState, stage: str, allowed: AllowedPaths) -> ProgressEntry:
    moving, result = state.moving, state.result
    errors = moving.errors if moving is not None else result.errors if result is not None else ()
    folders = moving.folders if moving is not None else result.created_folders if result is not None else ()
    done = moving.done if moving is not None else result.moved_count + len(result.errors) if result is not None else 0
    total = moving.total if moving is not None else done + (result.left_count if result is not None else 0)
    if state.preview is not None and moving is None and result is None:
        total = state.preview.total
    current = moving.current if moving is not None else ""
    return {
        "stage": stage,
        "embedded_done": state.counters.get("embedded_done", 0),
        "to_embed": state.counters.get("to_embed", 0),
        "clusters_done": state.counters.get("clusters_done", 0),
        "clusters_total": state.counters.get("clusters_total", 0),
        "moved_done": done,
        "moved_total": total,
        "current_file": current if current and allowed.may_read(current) else "",
        "created_folders": [path for path in list(folders) if allowed.may_read(path)],
        "errors": _errors(list(errors), allowed),
    }


def _errors(errors: Iterable[MoveError], allowed: AllowedPaths) -> list[MoveErrorEntry]:
    return [{"src": item.src, "dest": item.dest, "error": item.error} for item in errors if allowed.may_read(item.src)]


def _result(state: OrganiseState, allowed: AllowedPaths) -> ResultEntry | None:
    result = state.result
    if result is None:
        return None
    return {
        "moved_count": result.moved_count,
        "created_folders": [path for path in result.created_folders if allowed.may_read(path)],
        "errors": _errors(result.errors, allowed),
        "operation_id": result.operation_id,
        "left_count": result.left_count,
        "finished_after_restart": result.finished_after_restart,
        "message": state.message,
    }


def _preview(state: OrganiseState, preview: OrganisePreview, allowed: AllowedPaths) -> PreviewEntry:
    groups = [(group, _group(group, allowed)) for group in preview.groups]
    visible = [(group, entry) for group, entry in groups if entry["size"]]
    clusters = [entry for group, entry in visible if not group.is_noise]
    noise = next((entry for group, entry in visible if group.is_noise), None)
    moved = [
        mapping
        for group, entry in visible
        for mapping in entry["file_mappings"]
        if not group.is_noise or mapping["dest_folder_name"]
    ]
    return {
        "job_id": state.row.job_id,
        "dest_folder": state.params.destination,
        "action": state.params.action.value,
        "engine": preview.engine,
        "model": preview.model,
        "total_files": len(moved),
        "renamed_files": sum(mapping["renamed"] for mapping in moved),
        "settled_files": preview.already_sorted,
        "untouched_files": preview.unchanged,
        "message": describe(preview, len(moved)),
        "clusters": sorted(clusters, key=lambda item: -item["size"]),
        "noise": noise,
        "all_mappings": moved,
        "problems": [{"path": path, "error": reason} for path, reason in preview.problems if allowed.may_read(path)],
    }


def describe(preview: OrganisePreview, total: int) -> str:
    """Summary of a preview: the number of files to move, then the other files by reason."""
    staying = sum(not item.target for group in preview.groups for item in group.files)
    reasons = [
        (preview.already_sorted, "are already in their folder"),
        (preview.unchanged, "have no prompt"),
        (staying, "belong to no topic and stay in place"),
        (len(preview.problems), "cannot be moved or copied"),
    ]
    rest = ", ".join(f"{count} {reason}" for count, reason in reasons if count)
    if total:
        return f"{total} files" + (f"; {rest}" if rest else "")
    return f"nothing to organise: {rest or 'there are no files'}"


def _group(group: FolderGroup, allowed: AllowedPaths) -> GroupEntry:
    files = [_mapping(item, group) for item in group.files if allowed.may_read(item.source)]
    return {
        "cluster_id": group.id,
        "cluster_ids": list(group.cluster_ids),
        "suggested_folder_name": group.folder,
        "folder_exists": group.exists,
        "title": group.title,
        "keywords": list(group.keywords),
        "size": len(files),
        "file_mappings": files,
    }


def _mapping(item: PlannedMove, group: FolderGroup) -> FileEntry:
    return {
        "src_path": item.source,
        "dest_folder_name": os.path.basename(os.path.dirname(item.target)),  # noqa: PTH119, PTH120
        "dest_path": item.target or item.source,
        "cluster_id": group.id,
        "is_noise": group.is_noise,
        "renamed": item.is_renamed,
        "sidecars": [{"src_path": source, "dest_path": target} for source, target in item.sidecars],
    }
