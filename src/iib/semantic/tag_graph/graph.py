"""The graph itself: layers of nodes, the clusters lowest, and the links between one layer and the next. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from iib._lib.text_folding import fold
from iib.model import Cluster, Clustering, Json

CLUSTER_LEVEL, TAG_LEVEL, GROUP_LEVEL, SUPERGROUP_LEVEL = 0, 1, 2, 3
NAMES = {CLUSTER_LEVEL: "Clusters", TAG_LEVEL: "Tags", GROUP_LEVEL: "Abstract-1", SUPERGROUP_LEVEL: "Abstract-2"}


@dataclass(frozen=True, slots=True)
class Tag:
    """A keyword as clusters have it: `key` is its folded form, `label` the way most pictures' clusters write it."""

    key: str
    label: str
    clusters: tuple[int, ...]  # their places in the clustering
    count: int  # pictures of these clusters


@dataclass(frozen=True, slots=True)
class KeywordGroup:
    """Keywords by their keys."""

    label: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SuperGroup:
    """Groups by their places."""

    label: str
    groups: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Grouping:
    """Each keyword is in one group at most, each group in one super-group at most."""

    groups: tuple[KeywordGroup, ...] = ()
    supers: tuple[SuperGroup, ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """`size` in pictures."""

    id: str
    label: str
    size: int
    metadata: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Layer:
    """Nodes of one level, the largest first."""

    level: int
    name: str
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """From a node to one of the layer above; `weight` in pictures."""

    source: str
    target: str
    weight: int


@dataclass(frozen=True, slots=True)
class TagGraph:
    """Every end of a link is a node, and no two nodes have one id."""

    layers: tuple[Layer, ...]
    links: tuple[Link, ...]

    @property
    def abstraction_layers(self) -> int:
        """Layers above the keywords."""
        return sum(layer.level > TAG_LEVEL for layer in self.layers)


def tags_of(clusters: Sequence[Cluster], sizes: Sequence[int]) -> list[Tag]:
    """The distinct keywords, those of most pictures first; capitals make no difference."""
    places: dict[str, list[int]] = defaultdict(list)
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for place, (cluster, size) in enumerate(zip(clusters, sizes, strict=True)):
        for word in cluster.keywords:
            key = fold(word.strip())
            if not key:
                continue
            spellings[key][word.strip()] += size
            if places[key][-1:] != [place]:
                places[key].append(place)
    tags = [
        Tag(
            key=key,
            label=min(spellings[key], key=lambda word: (-spellings[key][word], word)),
            clusters=tuple(dict.fromkeys(own)),
            count=sum(sizes[place] for place in dict.fromkeys(own)),
        )
        for key, own in places.items()
    ]
    return sorted(tags, key=lambda tag: (-tag.count, tag.key))


def build(clustering: Clustering, sizes: Sequence[int], grouping: Grouping) -> TagGraph:
    """The graph of a clustering; `sizes` are the numbers of pictures shown of each cluster, those of none are left
    out. Groups of keywords that are not there are left out too."""
    shown = [(cluster, size) for cluster, size in zip(clustering.clusters, sizes, strict=True) if size]
    shown.sort(key=lambda item: (-item[1], item[0].id))
    clusters, counts = [item[0] for item in shown], [item[1] for item in shown]
    tags = tags_of(clusters, counts)
    layers = [_clusters(clusters, counts), _tags(tags)]
    links = [
        Link(f"cluster_{clusters[place].id}", _tag_id(tag.key), counts[place]) for tag in tags for place in tag.clusters
    ]
    by_key = {tag.key: (_tag_id(tag.key), tag.count) for tag in tags}
    groups = _above(
        GROUP_LEVEL, [(group.label, [by_key[key] for key in group.keys if key in by_key]) for group in grouping.groups]
    )
    supers = _above(
        SUPERGROUP_LEVEL,
        [(one.label, [groups.ends[place] for place in one.groups if place in groups.ends]) for one in grouping.supers],
    )
    for above in (groups, supers):
        if above.ends:
            layers.append(above.layer)
            links += above.links
    return TagGraph(tuple(layers), tuple(links))


def _clusters(clusters: Sequence[Cluster], sizes: Sequence[int]) -> Layer:
    nodes = tuple(
        Node(
            f"cluster_{cluster.id}",
            cluster.title,
            size,
            {"type": "cluster", "image_count": size, "cluster_id": cluster.id},
        )
        for cluster, size in zip(clusters, sizes, strict=True)
    )
    return Layer(CLUSTER_LEVEL, NAMES[CLUSTER_LEVEL], nodes)


def _tags(tags: Sequence[Tag]) -> Layer:
    nodes = tuple(
        Node(
            _tag_id(tag.key),
            tag.label,
            tag.count,
            {"type": "tag", "cluster_count": len(tag.clusters), "image_count": tag.count},
        )
        for tag in tags
    )
    return Layer(TAG_LEVEL, NAMES[TAG_LEVEL], nodes)


@dataclass(frozen=True, slots=True)
class _Above:
    """A layer of groups, the links to it, and (id, size) of each group that has any members, by its place."""

    layer: Layer
    links: list[Link]
    ends: dict[int, tuple[str, int]]


def _above(level: int, groups: Sequence[tuple[str, list[tuple[str, int]]]]) -> _Above:
    """Of (label, (id, size) of each member)."""
    number = level - TAG_LEVEL
    taken: set[str] = set()
    nodes: list[Node] = []
    links: list[Link] = []
    ends: dict[int, tuple[str, int]] = {}
    for place, (label, members) in enumerate(groups):
        if members:
            size = sum(count for _id, count in members)
            name = _unique(f"abstract_l{number}_{_slug(label)}", taken)
            nodes.append(Node(name, label, size, {"type": "abstract", "level": number}))
            links += [Link(source, name, count) for source, count in members]
            ends[place] = (name, size)
    nodes.sort(key=lambda node: (-node.size, node.id))
    return _Above(Layer(level, NAMES[level], tuple(nodes)), links, ends)


def _tag_id(key: str) -> str:
    return f"tag_{key}"


def _slug(label: str) -> str:
    """Letters and figures of a label, the rest as underlines."""
    return "_".join("".join(char if char.isalnum() else " " for char in fold(label)).split()) or "group"


def _unique(name: str, taken: set[str]) -> str:
    number, found = 2, name
    while found in taken:
        found, number = f"{name}_{number}", number + 1
    taken.add(found)
    return found
