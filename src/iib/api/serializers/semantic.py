"""Clusterings and hits as the contract spells them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone

from iib.access.paths import Trust
from iib.api.serializers.common import local_time
from iib.api.services import Services
from iib.model.cluster import Clustering
from iib.model.geninfo import Json
from iib.model.job import JobStatus
from iib.model.media import MediaId
from iib.semantic.finder import Hit
from iib.semantic.scope import FolderChange
from iib.semantic.service import CachedClustering, ClusterStatus

STAGES = {JobStatus.COMPLETED: "done", JobStatus.FAILED: "error", JobStatus.CANCELLED: "error"}
STATUSES = {JobStatus.CANCELLED: "failed"}  # the contract knows four words
LEGACY = {"completed": "done", "failed": "error"}


def clustering_answer(services: Services, found: Clustering, trust: Trust) -> dict[str, Json]:
    """A result with the present paths of its files; files that are gone, or may not be shown, are left out."""
    every = [media_id for cluster in found.clusters for media_id in cluster.members] + list(found.noise)
    paths = {media_id: path for media_id, path in services.semantic.paths(every).items() if trust.may_read(path)}

    def shown(members: Iterable[MediaId]) -> list[str]:
        return [paths[media_id] for media_id in members if media_id in paths]

    clusters: list[dict[str, Json]] = []
    for cluster in found.clusters:
        own = shown(cluster.members)
        if own:
            clusters.append(
                {
                    "id": cluster.id,
                    "title": cluster.title,
                    "keywords": list(cluster.keywords),
                    "size": len(own),
                    "paths": own,
                    "sample_prompt": cluster.sample_prompt,
                    "title_fallback": cluster.is_fallback,
                }
            )
    return {
        "folder": found.folders[0],
        "folders": list(found.folders),
        "count": len(paths),
        "threshold": found.threshold,
        "min_cluster_size": found.min_cluster_size,
        "engine": found.engine,
        "model": found.model,
        "assign_noise_threshold": found.assign_noise_threshold,
        "recursive": found.recursive,
        "lang": found.lang,
        "clusters": sorted(clusters, key=lambda item: -item["size"]),
        "noise": shown(found.noise),
    }


def status_answer(services: Services, found: ClusterStatus, trust: Trust, *, legacy: bool) -> dict[str, Json]:
    """A job; `legacy`: with the words of older front ends."""
    row, progress = found.row, found.progress
    status = STATUSES.get(row.status, row.status.value)
    has_failed = row.status in (JobStatus.FAILED, JobStatus.CANCELLED)
    is_queued = row.status is JobStatus.QUEUED
    result = clustering_answer(services, found.result, trust) if found.result is not None else None
    return {
        "job_id": row.id,
        "status": LEGACY.get(status, status) if legacy else status,
        "stage": STAGES.get(row.status, "queued" if is_queued else progress.stage),
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "folders": list(found.params.folders),
        "engine": found.params.engine,
        "model": found.params.model,
        "progress": dict(progress.counters),
        "percent": 1.0 if row.status is JobStatus.COMPLETED else round(progress.percent, 4),
        "cache_hit": progress.cache_hit,
        "cancelled": row.status is JobStatus.CANCELLED,
        "error": row.message if has_failed else None,
        "result": result,
    }


def cached_answer(services: Services, found: CachedClustering, trust: Trust) -> dict[str, Json]:
    """A cached result and in what it is out of date."""
    is_hit = found.result is not None
    reason: dict[str, Json] = {
        "folders_changed": found.folder_change is not None,
        "embeddings_changed": found.embeddings_changed,
        "embeddings_count": found.embeddings_count,
        "embeddings_max_updated_at": iso_time(found.embeddings_latest),
    }
    if found.folder_change is not None:
        reason |= change_answer(found.folder_change)
    return {
        "cache_key": found.key,
        "cache_hit": is_hit,
        "cached_at": iso_time(found.cached_at),
        "result": clustering_answer(services, found.result, trust) if found.result is not None else None,
        "stale": not is_hit or found.folder_change is not None or found.embeddings_changed,
        "stale_reason": reason,
    }


def change_answer(change: FolderChange) -> dict[str, Json]:
    """Why a scope is not as it was."""
    answer: dict[str, Json] = {"reason": change.reason, "path": change.path}
    if change.current_ns is not None and change.stored_ns is not None:
        answer |= {"stored": local_time(change.stored_ns), "current": local_time(change.current_ns)}
    return answer


def hit_answers(hits: Iterable[Hit], trust: Trust) -> list[dict[str, Json]]:
    """Hits that may be shown."""
    return [
        {
            "id": hit.id,
            "path": hit.path,
            "score": hit.score,
            "rank_score": hit.rank_score,
            "sample_prompt": hit.sample_prompt,
        }
        for hit in hits
        if trust.may_read(hit.path)
    ]


def iso_time(seconds: float) -> str:
    """Local `YYYY-MM-DDTHH:MM:SS`; "" for never."""
    if not seconds:
        return ""
    return datetime.fromtimestamp(seconds, timezone.utc).astimezone().replace(tzinfo=None).isoformat("T", "seconds")
