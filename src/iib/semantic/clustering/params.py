"""Clusterings as rows: their key, their packed form, and how far one has come."""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import asdict, dataclass, field, replace

import numpy as np

from iib.model import QUEUED_STAGE, Cluster, Clustering, Json, MediaId
from iib.semantic.scope import Scope

# Where each stage begins on the way from 0 to 1.
STARTS = {
    QUEUED_STAGE: 0.0,
    "init": 0.0,
    "indexing": 0.01,
    "embedding": 0.1,
    "clustering": 0.6,
    "titling": 0.8,
    "done": 1.0,
}


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
        """The folders."""
        return Scope.of(self.folders, recursive=self.recursive)

    @property
    def may_reuse(self) -> bool:
        """Whether an earlier result will do."""
        return self.use_title_cache and not self.force_title and not self.force_embed

    def cache_key(self, fingerprint: str) -> str:
        """SHA-1 over everything the result depends on but the embeddings; 40 hex digits."""
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
        return hashlib.sha1(json.dumps(parts).encode()).hexdigest()  # noqa: S324  (a name, not a secret)

    @staticmethod
    def load(values: dict[str, Json]) -> ClusterParams:
        """From the parameters of a job row."""
        return ClusterParams(**{**values, "folders": tuple(values["folders"])})


def default_noise_threshold(threshold: float) -> float:
    """How near a straggler must be: a little nearer than the members themselves."""
    return max(0.88, min(threshold + 0.02, 0.97))


@dataclass(slots=True)
class RunProgress:
    """How far a clustering has come; `counters` is what clients see."""

    stage: str = "init"
    percent: float = 0.0
    cache_hit: bool = False
    counters: dict[str, int | str] = field(default_factory=dict)

    def enter(self, stage: str) -> None:
        """The next stage begins."""
        self.stage = stage
        self.percent = max(self.percent, STARTS[stage])

    def part(self, done: float, total: float) -> None:
        """So much of the present stage is done."""
        names = list(STARTS)
        start, end = STARTS[self.stage], STARTS[names[min(len(names) - 1, names.index(self.stage) + 1)]]
        if total > 0:
            self.percent = max(self.percent, start + (end - start) * min(1.0, done / total))

    def dump(self) -> str:
        """As JSON text."""
        return json.dumps(asdict(self))

    @staticmethod
    def load(text: str) -> RunProgress:
        """The reverse of `dump`; "" gives a fresh one."""
        return RunProgress(**json.loads(text)) if text else RunProgress()


def pack(clustering: Clustering) -> tuple[str, bytes]:
    """(summary as JSON text, ids of the members)."""
    summary = asdict(replace(clustering, clusters=(), noise=()))
    summary["clusters"] = [
        asdict(replace(cluster, members=())) | {"size": len(cluster.members)} for cluster in clustering.clusters
    ]
    groups = [*(cluster.members for cluster in clustering.clusters), clustering.noise]
    ids = np.asarray([media_id for members in groups for media_id in members], dtype="<i8")
    return json.dumps(summary, ensure_ascii=False), zlib.compress(ids.tobytes(), 1)


def unpack(summary: str, members: bytes) -> Clustering:
    """The reverse of `pack`."""
    values = json.loads(summary)
    ids = [MediaId(item) for item in np.frombuffer(zlib.decompress(members), dtype="<i8").tolist()]
    clusters: list[Cluster] = []
    start = 0
    for item in values.pop("clusters"):
        size = item.pop("size")
        item |= {"members": tuple(ids[start : start + size]), "keywords": tuple(item["keywords"])}
        clusters.append(Cluster(**item))
        start += size
    values |= {"clusters": tuple(clusters), "noise": tuple(ids[start:]), "folders": tuple(values["folders"])}
    return Clustering(**values)
