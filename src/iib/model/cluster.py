"""Clusters as the program passes them on."""

from __future__ import annotations

from dataclasses import dataclass

from iib.model.media import MediaId


@dataclass(frozen=True, slots=True)
class Cluster:
    """Files about the same thing. `id` is unique inside its clustering; members by id.

    `is_fallback`: the title is a local one because the chat model failed.
    """

    id: str
    title: str
    keywords: tuple[str, ...]
    members: tuple[MediaId, ...]
    sample_prompt: str
    is_fallback: bool = False


@dataclass(frozen=True, slots=True)
class Clustering:
    """All files with an embedding: each is in exactly one cluster or in the noise. Largest cluster first.

    Thresholds are public ones (0 to 1). `state` names the embeddings it was made from.
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
        """Files considered."""
        return len(self.noise) + sum(len(cluster.members) for cluster in self.clusters)
