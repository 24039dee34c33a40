"""Graph of clusters and tags."""

from __future__ import annotations

from typing import TypedDict

from iib.model import Json
from iib.semantic import CLUSTER_LEVEL, TAG_LEVEL, TagGraphResult


class NodeEntry(TypedDict):
    """Return the entry of a node, see `GraphNode`."""

    id: str
    label: str
    size: float
    metadata: dict[str, Json]


class LayerEntry(TypedDict):
    """A layer of nodes; see `GraphLayer`."""

    level: int
    name: str
    nodes: list[NodeEntry]


class LinkEntry(TypedDict):
    """A link between nodes of neighbouring layers; see `GraphLink`."""

    source: str
    target: str
    weight: float


class GraphCounts(TypedDict):
    """Counts of every graph, without the optional error."""

    total_clusters: int
    selected_clusters: int
    total_tags: int
    selected_tags: int
    abstraction_layers: int
    total_links: int
    topic_cluster_cache_key: str


class GraphStatsEntry(GraphCounts, total=False):
    """Counts of a graph, and the error of the chat model if there was one; see `GraphStats`."""

    llm_error: str


class TagGraphEntry(TypedDict):
    """Return the entry of a graph, see `TagGraphAnswer`."""

    layers: list[LayerEntry]
    links: list[LinkEntry]
    stats: GraphStatsEntry


def tag_graph_entry(result: TagGraphResult, key: str) -> TagGraphEntry:
    """Entry of a graph; `key` is the cache key of its clustering."""
    graph = result.graph
    layers: list[LayerEntry] = [
        {
            "level": layer.level,
            "name": layer.name,
            "nodes": [
                {"id": node.id, "label": node.label, "size": float(node.size), "metadata": dict(node.metadata)}
                for node in layer.nodes
            ],
        }
        for layer in graph.layers
    ]
    counts = {layer.level: len(layer.nodes) for layer in graph.layers}
    stats: GraphStatsEntry = {
        "total_clusters": result.total_clusters,
        "selected_clusters": counts[CLUSTER_LEVEL],
        "total_tags": result.total_tags,
        "selected_tags": counts[TAG_LEVEL],
        "abstraction_layers": graph.abstraction_layers,
        "total_links": len(graph.links),
        "topic_cluster_cache_key": key,
    }
    if result.problem:
        stats["llm_error"] = result.problem
    links: list[LinkEntry] = [
        {"source": link.source, "target": link.target, "weight": float(link.weight)} for link in graph.links
    ]
    return {"layers": layers, "links": links, "stats": stats}
