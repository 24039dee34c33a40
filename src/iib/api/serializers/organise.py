"""Organising as the contract spells it."""

from __future__ import annotations

import os
from dataclasses import asdict

from iib.access.paths import Trust
from iib.model.geninfo import Json
from iib.model.organise import OrganiseStatus
from iib.semantic.organise.preview import Group, Mapping, Preview
from iib.semantic.organise.state import OrganiseState

STAGES = {"completed": "done", "failed": "error"}
LEGACY = {"completed": "done", "failed": "error"}


def organise_answer(state: OrganiseState, trust: Trust, *, legacy: bool) -> dict[str, Json]:
    """An organising; paths that may not be shown are left out. `legacy`: with the words of older front ends."""
    is_cancelled = state.status is OrganiseStatus.CANCELLED
    status = "failed" if is_cancelled else state.status.value  # the contract knows no other end
    has_failed = status == "failed"
    preview = state.preview
    return {
        "job_id": state.row.job_id,
        "status": LEGACY.get(status, status) if legacy else status,
        "stage": STAGES.get(status, state.stage),
        "ready_to_confirm": state.status is OrganiseStatus.PREVIEW_READY,
        "confirmed": bool(state.row.confirmation),
        "cancelled": is_cancelled,
        "created_at": state.row.created_at,
        "updated_at": state.row.updated_at,
        "engine": state.params.clustering.engine,
        "model": state.params.clustering.model,
        "req": _request(state),
        "progress": _progress(state, STAGES.get(status, state.stage), trust),
        "percent": round(state.percent, 4),
        "message": state.message,
        "preview": _preview(state, preview, trust) if preview is not None else None,
        "result": _result(state, trust),
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


def _progress(state: OrganiseState, stage: str, trust: Trust) -> dict[str, Json]:
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
        **{name: state.counters.get(name, 0) for name in ("embedded_done", "to_embed")},
        **{name: state.counters.get(name, 0) for name in ("clusters_done", "clusters_total")},
        "moved_done": done,
        "moved_total": total,
        "current_file": current if current and trust.may_read(current) else "",
        "created_folders": [path for path in list(folders) if trust.may_read(path)],
        "errors": [asdict(item) for item in list(errors) if trust.may_read(item.src)],
    }


def _result(state: OrganiseState, trust: Trust) -> dict[str, Json] | None:
    result = state.result
    if result is None:
        return None
    return {
        "moved_count": result.moved_count,
        "created_folders": [path for path in result.created_folders if trust.may_read(path)],
        "errors": [asdict(item) for item in result.errors if trust.may_read(item.src)],
        "operation_id": result.operation_id,
        "left_count": result.left_count,
        "finished_after_restart": result.finished_after_restart,
        "message": state.message,
    }


def _preview(state: OrganiseState, preview: Preview, trust: Trust) -> dict[str, Json]:
    groups = [(group, _group(group, trust)) for group in preview.groups]
    shown = [(group, answer) for group, answer in groups if answer["size"]]
    clusters = [answer for group, answer in shown if not group.is_noise]
    noise = next((answer for group, answer in shown if group.is_noise), None)
    moved = [
        mapping
        for group, answer in shown
        for mapping in answer["file_mappings"]
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
        "settled_files": preview.settled,
        "untouched_files": preview.untouched,
        "message": describe(preview, len(moved)),
        "clusters": sorted(clusters, key=lambda item: -item["size"]),
        "noise": noise,
        "all_mappings": moved,
        "problems": [{"path": path, "error": reason} for path, reason in preview.problems if trust.may_read(path)],
    }


def describe(preview: Preview, total: int) -> str:
    """What the preview comes to, and why it is empty if it is."""
    staying = sum(not item.target for group in preview.groups for item in group.files)
    reasons = [
        (preview.settled, "lie in their folder already"),
        (preview.untouched, "have no prompt"),
        (staying, "belong to no topic and stay"),
        (len(preview.problems), "cannot be handled"),
    ]
    rest = ", ".join(f"{count} {reason}" for count, reason in reasons if count)
    if total:
        return f"{total} files" + (f"; {rest}" if rest else "")
    return f"nothing to organise: {rest or 'there are no files'}"


def _group(group: Group, trust: Trust) -> dict[str, Json]:
    files = [_mapping(item, group) for item in group.files if trust.may_read(item.source)]
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


def _mapping(item: Mapping, group: Group) -> dict[str, Json]:
    return {
        "src_path": item.source,
        "dest_folder_name": os.path.basename(os.path.dirname(item.target)),  # noqa: PTH119, PTH120
        "dest_path": item.target or item.source,
        "cluster_id": group.id,
        "is_noise": group.is_noise,
        "renamed": item.is_renamed,
        "sidecars": [{"src_path": source, "dest_path": target} for source, target in item.sidecars],
    }
