"""The graph of clusters and tags."""

from __future__ import annotations

from iib.model.geninfo import Json
from iib.semantic.tag_graph.graph import CLUSTERS, TAGS
from iib.semantic.tag_graph.service import FoundGraph


def tag_graph_answer(found: FoundGraph, key: str) -> dict[str, Json]:
    graph = found.graph
    layers: list[Json] = [
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
    stats: dict[str, Json] = {
        "total_clusters": found.total_clusters,
        "selected_clusters": counts[CLUSTERS],
        "total_tags": found.total_tags,
        "selected_tags": counts[TAGS],
        "abstraction_layers": graph.abstraction_layers,
        "total_links": len(graph.links),
        "topic_cluster_cache_key": key,
    }
    if found.problem:
        stats["llm_error"] = found.problem
    links = [{"source": link.source, "target": link.target, "weight": float(link.weight)} for link in graph.links]
    return {"layers": layers, "links": links, "stats": stats}
