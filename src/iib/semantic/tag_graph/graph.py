"""Builds the tag graph: layers of nodes with the clusters lowest, and links from each layer to the next. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from iib._lib.text_folding import fold
from iib.model import Cluster, Clustering, Json

CLUSTER_LEVEL, TAG_LEVEL, GROUP_LEVEL, SUPER_GROUP_LEVEL = 0, 1, 2, 3
LEVEL_NAMES = {CLUSTER_LEVEL: "Clusters", TAG_LEVEL: "Tags", GROUP_LEVEL: "Abstract-1", SUPER_GROUP_LEVEL: "Abstract-2"}


@dataclass(frozen=True, slots=True)
class Keyword:
    """A keyword of clusters: `key` is its folded form, `label` the spelling of the clusters with the most pictures."""

    key: str
    label: str
    clusters: tuple[int, ...]  # their positions in the clustering
    count: int  # pictures of these clusters


@dataclass(frozen=True, slots=True)
class KeywordGroup:
    """A group of keywords, which are named by their keys."""

    label: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SuperGroup:
    """A group of keyword groups, which are named by their positions."""

    label: str
    groups: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Grouping:
    """Groups of keywords. Each keyword is in at most one group, and each group in at most one super-group."""

    groups: tuple[KeywordGroup, ...] = ()
    super_groups: tuple[SuperGroup, ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the graph; `size` is a number of pictures."""

    id: str
    label: str
    size: int
    metadata: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Layer:
    """All nodes of one level, largest first."""

    level: int
    name: str
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A link from a node to a node of the layer above; `weight` is a number of pictures."""

    source: str
    target: str
    weight: int


@dataclass(frozen=True, slots=True)
class TagGraph:
    """A graph in which node ids are unique and both ends of each link are nodes."""

    layers: tuple[Layer, ...]
    links: tuple[Link, ...]

    @property
    def abstraction_layers(self) -> int:
        """The number of layers above the keywords."""
        return sum(layer.level > TAG_LEVEL for layer in self.layers)


def keywords_of(clusters: Sequence[Cluster], sizes: Sequence[int]) -> list[Keyword]:
    """The distinct keywords of clusters, case-insensitive, most pictures first. `sizes` are pictures per cluster."""
    positions: dict[str, list[int]] = defaultdict(list)
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for position, (cluster, size) in enumerate(zip(clusters, sizes, strict=True)):
        for word in cluster.keywords:
            key = fold(word.strip())
            if not key:
                continue
            spellings[key][word.strip()] += size
            if positions[key][-1:] != [position]:
                positions[key].append(position)
    keywords = [
        Keyword(
            key=key,
            label=min(spellings[key], key=lambda word: (-spellings[key][word], word)),
            clusters=tuple(dict.fromkeys(clusters_of_key)),
            count=sum(sizes[position] for position in dict.fromkeys(clusters_of_key)),
        )
        for key, clusters_of_key in positions.items()
    ]
    return sorted(keywords, key=lambda keyword: (-keyword.count, keyword.key))


def build(clustering: Clustering, sizes: Sequence[int], grouping: Grouping) -> TagGraph:
    """The graph of a clustering; `sizes` are the visible pictures of each cluster.

    Clusters without visible pictures and groups without keywords of the graph are omitted.
    """
    visible = [(cluster, size) for cluster, size in zip(clustering.clusters, sizes, strict=True) if size]
    visible.sort(key=lambda item: (-item[1], item[0].id))
    clusters, counts = [item[0] for item in visible], [item[1] for item in visible]
    keywords = keywords_of(clusters, counts)
    layers = [_cluster_layer(clusters, counts), _keyword_layer(keywords)]
    links = [
        Link(f"cluster_{clusters[position].id}", _keyword_id(keyword.key), counts[position])
        for keyword in keywords
        for position in keyword.clusters
    ]
    by_key = {keyword.key: (_keyword_id(keyword.key), keyword.count) for keyword in keywords}
    groups = _group_layer(
        GROUP_LEVEL, [(group.label, [by_key[key] for key in group.keys if key in by_key]) for group in grouping.groups]
    )
    super_groups = _group_layer(
        SUPER_GROUP_LEVEL,
        [
            (item.label, [groups.ends[position] for position in item.groups if position in groups.ends])
            for item in grouping.super_groups
        ],
    )
    for group_layer in (groups, super_groups):
        if group_layer.ends:
            layers.append(group_layer.layer)
            links += group_layer.links
    return TagGraph(tuple(layers), tuple(links))


def _cluster_layer(clusters: Sequence[Cluster], sizes: Sequence[int]) -> Layer:
    nodes = tuple(
        Node(
            f"cluster_{cluster.id}",
            cluster.title,
            size,
            {"type": "cluster", "image_count": size, "cluster_id": cluster.id},
        )
        for cluster, size in zip(clusters, sizes, strict=True)
    )
    return Layer(CLUSTER_LEVEL, LEVEL_NAMES[CLUSTER_LEVEL], nodes)


def _keyword_layer(keywords: Sequence[Keyword]) -> Layer:
    nodes = tuple(
        Node(
            _keyword_id(keyword.key),
            keyword.label,
            keyword.count,
            {"type": "tag", "cluster_count": len(keyword.clusters), "image_count": keyword.count},
        )
        for keyword in keywords
    )
    return Layer(TAG_LEVEL, LEVEL_NAMES[TAG_LEVEL], nodes)


@dataclass(frozen=True, slots=True)
class _GroupLayer:
    """A layer of groups, the links to it, and (node id, size) of each group with members, by its position."""

    layer: Layer
    links: list[Link]
    ends: dict[int, tuple[str, int]]


def _group_layer(level: int, groups: Sequence[tuple[str, list[tuple[str, int]]]]) -> _GroupLayer:
    """The layer of groups, which are (label, (node id, size) of each member)."""
    number = level - TAG_LEVEL
    taken: set[str] = set()
    nodes: list[Node] = []
    links: list[Link] = []
    ends: dict[int, tuple[str, int]] = {}
    for position, (label, members) in enumerate(groups):
        if members:
            size = sum(count for _id, count in members)
            name = _unique(f"abstract_l{number}_{_slug(label)}", taken)
            nodes.append(Node(name, label, size, {"type": "abstract", "level": number}))
            links += [Link(source, name, count) for source, count in members]
            ends[position] = (name, size)
    nodes.sort(key=lambda node: (-node.size, node.id))
    return _GroupLayer(Layer(level, LEVEL_NAMES[level], tuple(nodes)), links, ends)


def _keyword_id(key: str) -> str:
    return f"tag_{key}"


def _slug(label: str) -> str:
    """Letters and digits of a label, with underscores in place of other characters."""
    return "_".join("".join(char if char.isalnum() else " " for char in fold(label)).split()) or "group"


def _unique(name: str, taken: set[str]) -> str:
    number, candidate = 2, name
    while candidate in taken:
        candidate, number = f"{name}_{number}", number + 1
    taken.add(candidate)
    return candidate
