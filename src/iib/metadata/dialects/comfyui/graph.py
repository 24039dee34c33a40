"""A ComfyUI graph in API form: node id to class and inputs, links as (node id, output slot)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice

from iib.model import Json

MAX_NODES = 20_000
MAX_VISITS = 20_000  # nodes entered by all walks through one graph; honest graphs need some hundreds

Link = tuple[str, int]
Outputs = tuple[tuple[str, str], ...]  # (name, type) of each output slot
Hints = Mapping[tuple[str, str], Outputs]  # by the id inside its own sub-graph, and the class


@dataclass(slots=True)
class Node:
    """One node; `title` is what its author called it, `outputs` is known in the editor's form only."""

    id: str
    type: str
    inputs: dict[str, Json] = field(default_factory=dict)
    title: str = ""
    outputs: Outputs = ()
    links: tuple[tuple[str, Link], ...] | None = None  # connected inputs, once they were asked for


class Nodes(dict[str, Node]):
    """The nodes that were asked for. Of a hundred nodes a walk meets a dozen; the others are never made."""

    def __init__(self, items: Mapping[str, dict[str, Json]]) -> None:
        super().__init__()
        self._items = items

    def __missing__(self, key: str) -> Node:
        item = self._items[key]
        inputs = item.get("inputs")
        node = self[key] = Node(key, item["class_type"], inputs if type(inputs) is dict else {})
        return node


class Graph:
    """All nodes of one graph. Dangling links are kept as they are and lead nowhere.

    `kinds` gives the class of every node by its id in the order of the file; `nodes` the node itself.
    `hints` gives the output slots of nodes by (id, class), out of the editor's form saved beside the API form; it is
    asked for nodes of unknown class only, so most files never pay for it.
    """

    def __init__(self, kinds: dict[str, str], nodes: dict[str, Node], hints: Callable[[], Hints] | None = None) -> None:
        self.kinds = kinds
        self.nodes = nodes
        self.site_json: Json = None  # the whole object, where it holds more than nodes
        self._hints = hints
        self._known_outputs: Hints | None = None
        self._upstream: dict[str, dict[str, None]] = {}
        self.visits = 0  # steps that all walks have taken

    @property
    def is_exhausted(self) -> bool:
        """True once walks have used up what one file may cost."""
        return self.visits >= MAX_VISITS

    def visit(self) -> bool:
        """Count one step of a walk; False when the graph has cost enough."""
        self.visits += 1
        return self.visits < MAX_VISITS

    def all_nodes(self) -> list[Node]:
        """Every node, in the order of the file."""
        return [self.nodes[node_id] for node_id in self.kinds]

    def link(self, value: Json) -> Link | None:
        """The value as a link, if it is one: two items, the first an existing node."""
        if isinstance(value, list) and len(value) == 2:
            key, slot = value
            if type(slot) is int and slot >= 0:
                if isinstance(key, int):
                    key = str(key)
                if type(key) is str and key in self.kinds:
                    return key, slot
        return None

    def links(self, node: Node) -> tuple[tuple[str, Link], ...]:
        """(input name, link) of all connected inputs in order."""
        found = node.links
        if found is None:
            found = node.links = tuple(
                [
                    (name, link)
                    for name, value in node.inputs.items()
                    if type(value) is list and (link := self.link(value)) is not None
                ]
            )
        return found

    def source(self, node: Node, *names: str) -> tuple[Node, int] | None:
        """The node behind the first connected one of these inputs, and its output slot."""
        inputs = node.inputs
        for name in names:
            value = inputs.get(name)
            if type(value) is list:
                link = self.link(value)
                if link is not None:
                    return self.nodes[link[0]], link[1]
        return None

    def upstream(self, start: str) -> dict[str, None]:
        """Ids of everything that leads into a node, nearest first, itself included."""
        seen = self._upstream.get(start)
        if seen is not None:
            return seen
        seen = self._upstream[start] = {start: None}
        pending = [start]
        while pending:
            following = []
            for node_id in pending:
                if not self.visit():
                    return seen
                for _name, (source, _slot) in self.links(self.nodes[node_id]):
                    if source not in seen:
                        seen[source] = None
                        following.append(source)
            pending = following
        return seen

    def outputs(self, node: Node) -> Outputs:
        """Names and types of a node's output slots as the file tells them; empty if it does not."""
        if node.outputs or self._hints is None:
            return node.outputs
        if self._known_outputs is None:
            self._known_outputs = self._hints()
        return self._known_outputs.get((node.id.rsplit(":", 1)[-1], node.type), ())


def from_api(value: Json, hints: Callable[[], Hints] | None = None) -> Graph | None:
    """A graph out of parsed JSON in API form; None if it is something else."""
    if not isinstance(value, dict):
        return None
    kinds: dict[str, str] = {
        key: kind for key, item in value.items() if type(item) is dict and type(kind := item.get("class_type")) is str
    }
    if len(kinds) > MAX_NODES:
        kinds = dict(islice(kinds.items(), MAX_NODES))
    if not kinds:
        return None
    graph = Graph(kinds, Nodes(value), hints)
    graph.site_json = value if "extraMetadata" in value else None
    return graph
