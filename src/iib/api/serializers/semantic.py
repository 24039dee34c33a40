"""Clusterings, clustering jobs and hits of the semantic search."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone
from typing import TypedDict

from iib.access import AllowedPaths
from iib.api.serializers.common import local_time
from iib.api.services import Services
from iib.model import QUEUED_STAGE, Clustering, JobStatus, Json, MediaId
from iib.semantic import CachedClustering, ClusterStatus, FolderChange, SemanticHit

STAGES = {JobStatus.COMPLETED: "done", JobStatus.FAILED: "error", JobStatus.CANCELLED: "error"}
STATUSES = {JobStatus.CANCELLED: "failed"}  # the contract has only four statuses
LEGACY_STATUSES = {"completed": "done", "failed": "error"}


class ClusterEntry(TypedDict):
    """Return the entry of a cluster, see `ClusterItem`."""

    id: str
    title: str
    keywords: list[str]
    size: int
    paths: list[str]
    sample_prompt: str
    title_fallback: bool


class ClusteringEntry(TypedDict):
    """A finished clustering; see `ClusterResult`."""

    folder: str
    folders: list[str]
    count: int
    threshold: float
    min_cluster_size: int
    engine: str
    model: str
    assign_noise_threshold: float
    recursive: bool
    lang: str
    clusters: list[ClusterEntry]
    noise: list[str]


class ClusterStatusEntry(TypedDict):
    """A clustering job; see `ClusterJobStatus`."""

    job_id: str
    status: str
    stage: str
    created_at: float
    updated_at: float
    folders: list[str]
    engine: str
    model: str
    progress: dict[str, Json]
    percent: float
    cache_hit: bool
    cancelled: bool
    error: str | None
    result: ClusteringEntry | None


class FolderChangeEntry(TypedDict, total=False):
    """A change of the folders since a clustering."""

    reason: str
    path: str
    stored: str
    current: str


class StaleReasonEntry(FolderChangeEntry):
    """The reasons why a cached clustering is out of date; see `StaleReason`."""

    folders_changed: bool
    embeddings_changed: bool
    embeddings_count: int
    embeddings_max_updated_at: str


class CachedClusteringEntry(TypedDict):
    """A cached clustering; see `CachedClusters`."""

    cache_key: str
    cache_hit: bool
    cached_at: str
    result: ClusteringEntry | None
    stale: bool
    stale_reason: StaleReasonEntry


class HitEntry(TypedDict):
    """A file with its similarity; see `PromptHit`."""

    id: int
    path: str
    score: float
    rank_score: float
    sample_prompt: str


def clustering_entry(services: Services, clustering: Clustering, allowed: AllowedPaths) -> ClusteringEntry:
    """Entry of a clustering with the present paths of its files, without missing and inaccessible files."""
    members = [media_id for cluster in clustering.clusters for media_id in cluster.members]
    all_ids = members + list(clustering.noise)
    paths = {media_id: path for media_id, path in services.semantic.paths(all_ids).items() if allowed.may_read(path)}

    def visible_paths(members: Iterable[MediaId]) -> list[str]:
        return [paths[media_id] for media_id in members if media_id in paths]

    clusters: list[ClusterEntry] = []
    for cluster in clustering.clusters:
        cluster_paths = visible_paths(cluster.members)
        if cluster_paths:
            clusters.append(
                {
                    "id": cluster.id,
                    "title": cluster.title,
                    "keywords": list(cluster.keywords),
                    "size": len(cluster_paths),
                    "paths": cluster_paths,
                    "sample_prompt": cluster.sample_prompt,
                    "title_fallback": cluster.is_fallback,
                }
            )
    return {
        "folder": clustering.folders[0],
        "folders": list(clustering.folders),
        "count": len(paths),
        "threshold": clustering.threshold,
        "min_cluster_size": clustering.min_cluster_size,
        "engine": clustering.engine,
        "model": clustering.model,
        "assign_noise_threshold": clustering.assign_noise_threshold,
        "recursive": clustering.recursive,
        "lang": clustering.lang,
        "clusters": sorted(clusters, key=lambda item: -item["size"]),
        "noise": visible_paths(clustering.noise),
    }


def cluster_status_entry(
    services: Services, state: ClusterStatus, allowed: AllowedPaths, *, legacy: bool
) -> ClusterStatusEntry:
    """Entry of a clustering job; `legacy` uses the status names of older front ends."""
    row, progress = state.row, state.progress
    status = STATUSES.get(row.status, row.status.value)
    has_failed = row.status in (JobStatus.FAILED, JobStatus.CANCELLED)
    is_queued = row.status is JobStatus.QUEUED
    result = clustering_entry(services, state.result, allowed) if state.result is not None else None
    return {
        "job_id": row.id,
        "status": LEGACY_STATUSES.get(status, status) if legacy else status,
        "stage": STAGES.get(row.status, QUEUED_STAGE if is_queued else progress.stage),
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "folders": list(state.params.folders),
        "engine": state.params.engine,
        "model": state.params.model,
        "progress": dict(progress.counters),
        "percent": 1.0 if row.status is JobStatus.COMPLETED else round(progress.percent, 4),
        "cache_hit": progress.cache_hit,
        "cancelled": row.status is JobStatus.CANCELLED,
        "error": row.message if has_failed else None,
        "result": result,
    }


def cached_clustering_entry(
    services: Services, cached: CachedClustering, allowed: AllowedPaths
) -> CachedClusteringEntry:
    """Entry of a cached clustering with the reasons why it is out of date."""
    is_hit = cached.result is not None
    change = folder_change_entry(cached.folder_change) if cached.folder_change is not None else FolderChangeEntry()
    reason: StaleReasonEntry = {
        "folders_changed": cached.folder_change is not None,
        "embeddings_changed": cached.embeddings_changed,
        "embeddings_count": cached.embeddings_count,
        "embeddings_max_updated_at": iso_time(cached.embeddings_latest),
        **change,
    }
    return {
        "cache_key": cached.key,
        "cache_hit": is_hit,
        "cached_at": iso_time(cached.cached_at),
        "result": clustering_entry(services, cached.result, allowed) if cached.result is not None else None,
        "stale": not is_hit or cached.folder_change is not None or cached.embeddings_changed,
        "stale_reason": reason,
    }


def folder_change_entry(change: FolderChange) -> FolderChangeEntry:
    """Entry of a changed folder; the times are known only if the folder exists."""
    entry: FolderChangeEntry = {"reason": change.reason, "path": change.path}
    if change.current_ns is not None and change.stored_ns is not None:
        entry["stored"] = local_time(change.stored_ns)
        entry["current"] = local_time(change.current_ns)
    return entry


def hit_entries(hits: Iterable[SemanticHit], allowed: AllowedPaths) -> list[HitEntry]:
    """Entries of the hits that may be read, in the same order."""
    return [
        {
            "id": hit.id,
            "path": hit.path,
            "score": hit.score,
            "rank_score": hit.rank_score,
            "sample_prompt": hit.sample_prompt,
        }
        for hit in hits
        if allowed.may_read(hit.path)
    ]


def iso_time(seconds: float) -> str:
    """Local time as `YYYY-MM-DDTHH:MM:SS`; "" for 0, which means never."""
    if not seconds:
        return ""
    return datetime.fromtimestamp(seconds, timezone.utc).astimezone().replace(tzinfo=None).isoformat("T", "seconds")
