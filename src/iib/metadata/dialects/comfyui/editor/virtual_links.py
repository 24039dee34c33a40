"""Connections without a line: Get/Set nodes and nodes that send to everything of a type."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from iib.metadata.dialects.comfyui.editor.links import objects_in
from iib.metadata.dialects.comfyui.graph import Link, Node
from iib.model import Json

SETTERS = frozenset(("SetNode", "easy setNode"))
GETTERS = frozenset(("GetNode", "easy getNode"))
EVERYWHERE = re.compile(r"^(Anything Everywhere\??3?|Prompts Everywhere|Seed Everywhere)$")


@dataclass(slots=True)
class OpenInputs:
    """Inputs of the editor's nodes to which nothing is connected: node id -> [(name, type)]."""

    by_node: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    sent: list[tuple[Node, dict[str, str]]] = field(default_factory=list)  # senders and the types they send

    def note(self, node: Node, raw: dict[str, Json]) -> None:
        """Keep what is open of one node, and what it sends if it is a sender."""
        items = objects_in(raw.get("inputs"))
        if EVERYWHERE.match(node.type):
            kinds = {str(item.get("name")): str(item.get("type") or item.get("label") or "*") for item in items}
            self.sent.append((node, kinds))
            return
        names = [
            (str(item.get("name")), str(item.get("type")))
            for item in items
            if item.get("link") is None and not isinstance(item.get("widget"), dict)
        ]
        if names:
            self.by_node[node.id] = names


def connect_named(nodes: dict[str, Node]) -> dict[Link, Link]:
    """Where the outputs of Get nodes come from: the input of the Set node of the same name."""
    targets: dict[str, list[Json]] = {}
    for node in nodes.values():
        if node.type in SETTERS:
            source = next((value for value in node.inputs.values() if isinstance(value, list)), None)
            if source is not None:
                targets.setdefault(_name_of(node), source)
    found: dict[Link, Link] = {}
    for node in nodes.values():
        if node.type in GETTERS:
            target = targets.get(_name_of(node))
            if target is not None and len(target) == 2:
                found[node.id, 0] = (str(target[0]), int(target[1]))
    return found


def _name_of(node: Node) -> str:
    for name in ("name", "text", "value", "Constant"):
        if isinstance(node.inputs.get(name), str):
            return str(node.inputs[name])
    return node.title


def connect_everywhere(nodes: dict[str, Node], open_inputs: OpenInputs) -> None:
    """Fill open inputs from the nodes that send to all inputs of a type."""
    by_type: dict[str, list[Json]] = {}
    by_name: dict[str, list[Json]] = {}
    for node, kinds in open_inputs.sent:
        for name, value in node.inputs.items():
            if not isinstance(value, list):
                continue
            if node.type == "Prompts Everywhere":
                by_name["positive" if "pos" in name.lower() or name.endswith("+ve") else "negative"] = value
            elif node.type == "Seed Everywhere":
                by_name["seed"] = value
            else:
                kind = kinds.get(name, "*")
                by_type.setdefault(_type_behind(nodes, value, kind), value)
    if not by_type and not by_name:
        return
    for node_id, names in open_inputs.by_node.items():
        inputs = nodes[node_id].inputs if node_id in nodes else {}
        for name, kind in names:
            value = by_name.get(name.lower()) or by_type.get(kind)
            if value is not None and name not in inputs and value[0] != node_id:
                inputs[name] = value


def _type_behind(nodes: dict[str, Node], value: list[Json], written: str) -> str:
    source = nodes.get(str(value[0]))
    if source is not None and type(value[1]) is int and value[1] < len(source.outputs):
        return source.outputs[value[1]][1]
    return written
