"""Represents a ComfyUI graph in API form: nodes with class and inputs; links are (node id, output slot)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice

from iib.model import Json

MAX_NODES = 20_000
MAX_VISITS = 20_000  # nodes entered by all walks through one graph; real graphs need some hundreds

Link = tuple[str, int]
Outputs = tuple[tuple[str, str], ...]  # (name, type) of each output slot
Hints = Mapping[tuple[str, str], Outputs]  # by the id inside its subgraph, and the class


@dataclass(slots=True)
class Node:
    """One node. `title` is the name that its author gave it; `outputs` is known in the editor form only."""

    id: str
    type: str
    inputs: dict[str, Json] = field(default_factory=dict)
    title: str = ""
    outputs: Outputs = ()
    links: tuple[tuple[str, Link], ...] | None = None  # connected inputs; None until first used


class LazyNodes(dict[str, Node]):
    """Nodes by id, created on first access: of a hundred nodes in a file, a walk enters about a dozen."""

    def __init__(self, items: Mapping[str, dict[str, Json]]) -> None:
        super().__init__()
        self._items = items

    def __missing__(self, key: str) -> Node:
        item = self._items[key]
        inputs = item.get("inputs")
        node = self[key] = Node(key, item["class_type"], inputs if type(inputs) is dict else {})
        return node

    def title(self, key: str) -> str:
        """Return the title that the author gave a node; empty without one."""
        meta = self._items[key].get("_meta")
        title = meta.get("title") if type(meta) is dict else ""
        return title if type(title) is str else ""


class Graph:
    """All nodes of one graph. Dangling links are kept unchanged and lead nowhere.

    `class_types` maps the id of every node to its class, in file order; `nodes` maps it to the node itself.
    `hints` returns the output slots of nodes by (id, class), read from an editor form in the same file. It is
    called for nodes of unknown class only, so most files do not pay for it.
    """

    def __init__(
        self, class_types: dict[str, str], nodes: dict[str, Node], hints: Callable[[], Hints] | None = None
    ) -> None:
        self.class_types = class_types
        self.nodes = nodes
        self.civitai_json: Json = None  # the JSON object of the graph if it contains Civitai's fields
        self._hints = hints
        self._cached_hints: Hints | None = None
        self._upstream: dict[str, dict[str, None]] = {}
        self.visits = 0  # nodes that all walks have entered

    @property
    def is_exhausted(self) -> bool:
        """True once all walks together have reached `MAX_VISITS`."""
        return self.visits >= MAX_VISITS

    def visit(self) -> bool:
        """Count one step of a walk; return False when the walks must end."""
        self.visits += 1
        return self.visits < MAX_VISITS

    def title(self, node: Node) -> str:
        """Return the title that the author gave a node; empty without one."""
        return node.title or (self.nodes.title(node.id) if isinstance(self.nodes, LazyNodes) else "")

    def all_nodes(self) -> list[Node]:
        """Return all nodes in file order. Creates all of them."""
        return [self.nodes[node_id] for node_id in self.class_types]

    def link(self, value: Json) -> Link | None:
        """Return the value as a link if it is one (two items, the first an existing node), else None."""
        if isinstance(value, list) and len(value) == 2:
            key, slot = value
            if type(slot) is int and slot >= 0:
                if isinstance(key, int):
                    key = str(key)
                if type(key) is str and key in self.class_types:
                    return key, slot
        return None

    def links(self, node: Node) -> tuple[tuple[str, Link], ...]:
        """Return (input name, link) of all connected inputs in order. Cached per node."""
        links = node.links
        if links is None:
            links = node.links = tuple(
                [
                    (name, link)
                    for name, value in node.inputs.items()
                    if type(value) is list and (link := self.link(value)) is not None
                ]
            )
        return links

    def source(self, node: Node, *names: str) -> tuple[Node, int] | None:
        """Return the upstream node and its output slot of the first connected input of `names`; None without one."""
        inputs = node.inputs
        for name in names:
            value = inputs.get(name)
            if type(value) is list:
                link = self.link(value)
                if link is not None:
                    return self.nodes[link[0]], link[1]
        return None

    def upstream(self, start: str) -> dict[str, None]:
        """Return the ids of all nodes upstream of a node, nearest first, with the node itself. Cached."""
        visited = self._upstream.get(start)
        if visited is not None:
            return visited
        visited = self._upstream[start] = {start: None}
        pending = [start]
        while pending:
            next_ids = []
            for node_id in pending:
                if not self.visit():
                    return visited
                for _name, (source, _slot) in self.links(self.nodes[node_id]):
                    if source not in visited:
                        visited[source] = None
                        next_ids.append(source)
            pending = next_ids
        return visited

    def outputs(self, node: Node) -> Outputs:
        """Return (name, type) of the output slots of a node; empty if the file does not contain them."""
        if node.outputs or self._hints is None:
            return node.outputs
        if self._cached_hints is None:
            self._cached_hints = self._hints()
        return self._cached_hints.get((node.id.rsplit(":", 1)[-1], node.type), ())


def from_api(value: Json, hints: Callable[[], Hints] | None = None) -> Graph | None:
    """Return the graph of parsed JSON in API form; None if the JSON is not a graph.

    >>> graph = from_api({"1": {"class_type": "SaveImage", "inputs": {"images": ["2", 0]}}, "2": {"class_type": "X"}})
    >>> graph.links(graph.nodes["1"])
    (('images', ('2', 0)),)
    """
    if not isinstance(value, dict):
        return None
    class_types: dict[str, str] = {
        key: class_type
        for key, item in value.items()
        if type(item) is dict and type(class_type := item.get("class_type")) is str
    }
    if len(class_types) > MAX_NODES:
        class_types = dict(islice(class_types.items(), MAX_NODES))
    if not class_types:
        return None
    graph = Graph(class_types, LazyNodes(value), hints)
    graph.civitai_json = value if "extraMetadata" in value else None
    return graph
