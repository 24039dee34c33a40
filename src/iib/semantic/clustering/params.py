"""Parameters of a clustering, and the key of its result."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from iib.model import Json
from iib.semantic.scope import Scope


@dataclass(frozen=True, slots=True)
class ClusterParams:
    """Resolved and clamped parameters of a clustering; `engine` and `model` as `ModelRegistry.name_of` returns them."""

    folders: tuple[str, ...]
    recursive: bool
    engine: str
    model: str
    threshold: float
    min_cluster_size: int
    assign_noise_threshold: float
    lang: str
    title_model: str  # "" without a chat model
    force_embed: bool = False
    batch_size: int = 64
    max_chars: int = 4000
    use_title_cache: bool = True
    force_title: bool = False

    @property
    def scope(self) -> Scope:
        """The folders, with or without subfolders."""
        return Scope.of(self.folders, recursive=self.recursive)

    @property
    def may_reuse(self) -> bool:
        """True if an earlier result may be reused."""
        return self.use_title_cache and not self.force_title and not self.force_embed

    def cache_key(self, fingerprint: str) -> str:
        """SHA-1 of all inputs of the result except the embeddings, as 40 hexadecimal digits."""
        parts = [
            sorted(self.folders),
            self.recursive,
            self.engine,
            self.model,
            round(self.threshold, 6),
            self.min_cluster_size,
            round(self.assign_noise_threshold, 6),
            self.title_model,
            self.lang,
            self.max_chars,
            fingerprint,
        ]
        return hashlib.sha1(json.dumps(parts).encode()).hexdigest()  # noqa: S324  (an identifier, not a secret)

    @staticmethod
    def load(values: dict[str, Json]) -> ClusterParams:
        """Parameters from the parameters of a job row."""
        return ClusterParams(**{**values, "folders": tuple(values["folders"])})


def default_noise_threshold(threshold: float) -> float:
    """Default closeness at which noise joins a cluster: slightly above the threshold of the cluster.

    >>> default_noise_threshold(0.9)
    0.92
    """
    return max(0.88, min(threshold + 0.02, 0.97))
