"""Requests and responses of embeddings, clusterings, semantic search and chat."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from iib.api.schemas.requests import MAX_PATHS, Body


class ScopeBody(Body):
    """Folders, which must exist and be trusted."""

    folder_paths: list[str] = Field(default_factory=list, max_length=MAX_PATHS)
    folder: str | None = None
    recursive: bool = True
    model: str | None = None
    max_chars: int = 4000


class EmbedBody(ScopeBody):
    """Folders whose prompts are to be embedded."""

    force: bool = False
    batch_size: int = 64


class ClusterBody(ScopeBody):
    """Folders to cluster, with parameters. Thresholds are similarities between 0 and 1."""

    threshold: float = Field(default=0.90, allow_inf_nan=False)
    min_cluster_size: int = 2
    lang: str | None = None
    title_model: str | None = None
    force_embed: bool = False
    batch_size: int = 64
    assign_noise_threshold: float | None = Field(default=None, allow_inf_nan=False)
    use_title_cache: bool = True
    force_title: bool = False


class PromptSearchBody(ScopeBody):
    """A semantic search; `hybrid` also takes the words of the query into account."""

    query: str = ""
    top_k: int = 50
    min_score: float = Field(default=0.0, allow_inf_nan=False)
    ensure_embed: bool = True
    hybrid: bool = False


class JobBody(Body):
    """A job, identified by its id."""

    job_id: str


class ChatBody(Body):
    """A conversation; the model is the configured one."""

    messages: list[dict[str, Any]]
    temperature: float = Field(default=0.7, allow_inf_nan=False)
    max_tokens: int | None = None
    stream: bool = False


class EmbedAnswer(BaseModel):
    """Number of embedded, skipped and failed files."""

    folder: str
    folders: list[str]
    count: int
    updated: int
    skipped: int
    skipped_failed: int
    failed: int
    engine: str
    model: str


class JobStarted(BaseModel):
    """The id of the started job."""

    job_id: str


class JobCancelled(BaseModel):
    """`cancelled` is true if the job was still running."""

    cancelled: bool


class ClusterItem(BaseModel):
    """A cluster; `paths` are in the order in which the files were indexed."""

    id: str
    title: str
    keywords: list[str]
    size: int
    paths: list[str]
    sample_prompt: str
    title_fallback: bool = False


class ClusterResult(BaseModel):
    """The result of a clustering."""

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
    clusters: list[ClusterItem]
    noise: list[str]


class ClusterJobStatus(BaseModel):
    """Status of a clustering job."""

    job_id: str
    status: str
    stage: str
    created_at: float
    updated_at: float
    folders: list[str]
    engine: str
    model: str
    progress: dict[str, int | str]
    percent: float
    cache_hit: bool
    cancelled: bool
    error: str | None
    result: ClusterResult | None


class StaleReason(BaseModel):
    """Reasons why a cached result is out of date."""

    folders_changed: bool
    embeddings_changed: bool
    embeddings_count: int
    embeddings_max_updated_at: str
    reason: str | None = None
    path: str | None = None
    stored: str | None = None
    current: str | None = None


class CachedClusters(BaseModel):
    """The latest result for these parameters, if there is one."""

    cache_key: str
    cache_hit: bool
    cached_at: str
    result: ClusterResult | None
    stale: bool
    stale_reason: StaleReason


class PromptHit(BaseModel):
    """A file and its similarity; the order follows `rank_score`."""

    id: int
    path: str
    score: float
    rank_score: float
    sample_prompt: str


class PromptHits(BaseModel):
    """Files whose prompts are similar to the query, best first."""

    query: str
    folder: str
    folders: list[str]
    engine: str
    model: str
    count: int
    top_k: int
    results: list[PromptHit]


class SimilarHits(BaseModel):
    """Files most similar to a file, best first."""

    id: int
    engine: str
    model: str
    count: int
    results: list[PromptHit]
