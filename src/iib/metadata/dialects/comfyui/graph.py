"""A ComfyUI graph in API form: node id to class and inputs, links as (node id, output slot)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from iib.model.geninfo import Json

Link = tuple[str, int]


@dataclass(slots=True)
class Node:
    """One node; `title` is what its author called it."""

    id: str
    type: str
    inputs: dict[str, Json] = field(default_factory=dict)
    title: str = ""


class Graph:
    """All nodes of one graph. Dangling links are kept as they are and lead nowhere."""

    def __init__(self, nodes: dict[str, Node]) -> None:
        self.nodes = nodes

    def link(self, value: Json) -> Link | None:
        """The value as a link, if it is one: two items, the first an existing node."""
        if isinstance(value, list | tuple) and len(value) == 2:
            node_id, slot = value
            if isinstance(slot, int) and not isinstance(slot, bool) and isinstance(node_id, str | int):
                key = str(node_id)
                if key in self.nodes:
                    return key, slot
        return None

    def links(self, node: Node) -> Iterator[tuple[str, Link]]:
        """(input name, link) of all connected inputs in order."""
        for name, value in node.inputs.items():
            link = self.link(value)
            if link is not None:
                yield name, link

    def source(self, node: Node, *names: str) -> tuple[Node, int] | None:
        """The node behind the first connected one of these inputs, and its output slot."""
        for name in names:
            link = self.link(node.inputs.get(name))
            if link is not None:
                return self.nodes[link[0]], link[1]
        return None

    def upstream(self, start: str) -> set[str]:
        """Ids of everything that leads into a node, itself included."""
        seen = {start}
        pending = [start]
        while pending:
            for _name, (node_id, _slot) in self.links(self.nodes[pending.pop()]):
                if node_id not in seen:
                    seen.add(node_id)
                    pending.append(node_id)
        return seen


def from_api(value: Json) -> Graph | None:
    """A graph out of parsed JSON in API form; None if it is something else."""
    if not isinstance(value, dict):
        return None
    nodes: dict[str, Node] = {}
    for key, item in value.items():
        if isinstance(item, dict) and isinstance(item.get("class_type"), str):
            inputs = item.get("inputs")
            meta = item.get("_meta")
            title = meta.get("title") if isinstance(meta, dict) else None
            nodes[str(key)] = Node(
                str(key),
                item["class_type"],
                inputs if isinstance(inputs, dict) else {},
                title if isinstance(title, str) else "",
            )
    return Graph(nodes) if nodes else None
