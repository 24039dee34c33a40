"""Clusters of files with prompts of similar meaning."""

from __future__ import annotations

from dataclasses import dataclass

from iib.model.media import MediaId


@dataclass(frozen=True, slots=True)
class Cluster:
    """Files with prompts of similar meaning. `id` is unique inside its clustering; `members` are in order of ids.

    `is_fallback`: the title was made locally because the chat model failed.
    """

    id: str
    title: str
    keywords: tuple[str, ...]
    members: tuple[MediaId, ...]
    sample_prompt: str
    is_fallback: bool = False


@dataclass(frozen=True, slots=True)
class Clustering:
    """Partition of all files with an embedding into clusters, largest first, and noise.

    Thresholds use the public scale from 0 to 1. `state` identifies the embeddings that were clustered.
    """

    engine: str
    model: str
    folders: tuple[str, ...]
    recursive: bool
    lang: str
    threshold: float
    min_cluster_size: int
    assign_noise_threshold: float
    clusters: tuple[Cluster, ...]
    noise: tuple[MediaId, ...]
    state: str = ""

    @property
    def count(self) -> int:
        """Number of clustered files, noise included."""
        return len(self.noise) + sum(len(cluster.members) for cluster in self.clusters)
