"""Requests and responses of the graph of clusters and tags."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from iib.api.schemas.requests import MAX_PATHS, Body


class TagGraphBody(Body):
    """The folders of a clustering, in any order."""

    folder_paths: list[str] = Field(default_factory=list, max_length=MAX_PATHS)
    lang: str | None = "en"


class ClusterPathsBody(Body):
    """A cluster of a graph."""

    topic_cluster_cache_key: str = ""
    cluster_id: str = ""


class GraphNode(BaseModel):
    """A node; `size` counts pictures. `metadata` depends on its `type`: cluster, tag or abstract."""

    id: str
    label: str
    size: float
    metadata: dict[str, Any]


class GraphLayer(BaseModel):
    """A layer, with the largest nodes first. Level 0 has clusters, 1 keywords, 2 and 3 groups of keywords."""

    level: int
    name: str
    nodes: list[GraphNode]


class GraphLink(BaseModel):
    """A link from a node to one of the next layer; `weight` counts pictures."""

    source: str
    target: str
    weight: float


class GraphStats(BaseModel):
    """Counts of a graph. `llm_error` is present if the chat model returned no groups."""

    total_clusters: int
    selected_clusters: int
    total_tags: int
    selected_tags: int
    abstraction_layers: int
    total_links: int
    topic_cluster_cache_key: str
    llm_error: str | None = None


class TagGraphAnswer(BaseModel):
    """Layers of a graph and the links between them."""

    layers: list[GraphLayer]
    links: list[GraphLink]
    stats: GraphStats


class ClusterPaths(BaseModel):
    """Paths of the files of a cluster."""

    paths: list[str]
