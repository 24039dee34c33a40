"""Bodies and answers of the graph of tags (contract 3.7)."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from iib.api.schemas.requests import MAX_PATHS, Body


class TagGraphBody(Body):
    """The folders of a clustering; their order means nothing."""

    folder_paths: list[str] = Field(default_factory=list, max_length=MAX_PATHS)
    lang: str | None = "en"


class ClusterPathsBody(Body):
    """A cluster of a graph."""

    topic_cluster_cache_key: str = ""
    cluster_id: str = ""


class GraphNode(BaseModel):
    """`size` in pictures; `metadata` by `type`: cluster, tag or abstract."""

    id: str
    label: str
    size: float
    metadata: dict[str, Any]


class GraphLayer(BaseModel):
    """Level 0 are clusters, 1 keywords, 2 and 3 groups of them; the largest nodes first."""

    level: int
    name: str
    nodes: list[GraphNode]


class GraphLink(BaseModel):
    """From a node to one of the next layer; `weight` in pictures."""

    source: str
    target: str
    weight: float


class GraphStats(BaseModel):
    """Counts. `llm_error` is there when the chat model gave no groups."""

    total_clusters: int
    selected_clusters: int
    total_tags: int
    selected_tags: int
    abstraction_layers: int
    total_links: int
    topic_cluster_cache_key: str
    llm_error: str | None = None


class TagGraphAnswer(BaseModel):
    """Layers and the links between them."""

    layers: list[GraphLayer]
    links: list[GraphLink]
    stats: GraphStats


class ClusterPaths(BaseModel):
    """Files of a cluster."""

    paths: list[str]
