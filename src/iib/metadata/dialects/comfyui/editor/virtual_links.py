"""Resolves virtual links: Get/Set nodes and "Use Everywhere" nodes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from iib.metadata.dialects.comfyui.editor.links import objects_in
from iib.metadata.dialects.comfyui.graph import Link, Node
from iib.model import Json

SETTERS = frozenset(("SetNode", "easy setNode"))
GETTERS = frozenset(("GetNode", "easy getNode"))
USE_EVERYWHERE = re.compile(r"^(Anything Everywhere\??3?|Prompts Everywhere|Seed Everywhere)$")


@dataclass(slots=True)
class UnconnectedInputs:
    """Unconnected inputs of the nodes: node id -> [(name, type)], and the nodes that send to them."""

    by_node: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    # "Use Everywhere" nodes with the type of each input.
    senders: list[tuple[Node, dict[str, str]]] = field(default_factory=list)

    def add(self, node: Node, raw: dict[str, Json]) -> None:
        """Add the unconnected inputs of a node, or the node itself if it is a sender."""
        items = objects_in(raw.get("inputs"))
        if USE_EVERYWHERE.match(node.type):
            types = {str(item.get("name")): str(item.get("type") or item.get("label") or "*") for item in items}
            self.senders.append((node, types))
            return
        names = [
            (str(item.get("name")), str(item.get("type")))
            for item in items
            if item.get("link") is None and not isinstance(item.get("widget"), dict)
        ]
        if names:
            self.by_node[node.id] = names


def get_set_links(nodes: dict[str, Node]) -> dict[Link, Link]:
    """Return the links that replace the outputs of Get nodes: the input of the Set node of the same name."""
    targets: dict[str, list[Json]] = {}
    for node in nodes.values():
        if node.type in SETTERS:
            source = next((value for value in node.inputs.values() if isinstance(value, list)), None)
            if source is not None:
                targets.setdefault(_variable_name(node), source)
    result: dict[Link, Link] = {}
    for node in nodes.values():
        if node.type in GETTERS:
            target = targets.get(_variable_name(node))
            if target is not None and len(target) == 2:
                result[node.id, 0] = (str(target[0]), int(target[1]))
    return result


def _variable_name(node: Node) -> str:
    for name in ("name", "text", "value", "Constant"):
        if isinstance(node.inputs.get(name), str):
            return str(node.inputs[name])
    return node.title


def connect_use_everywhere(nodes: dict[str, Node], unconnected: UnconnectedInputs) -> None:
    """Connect unconnected inputs to the "Use Everywhere" nodes that send to their name or type."""
    by_type: dict[str, list[Json]] = {}
    by_name: dict[str, list[Json]] = {}
    for node, types in unconnected.senders:
        for name, value in node.inputs.items():
            if not isinstance(value, list):
                continue
            if node.type == "Prompts Everywhere":
                by_name["positive" if "pos" in name.lower() or name.endswith("+ve") else "negative"] = value
            elif node.type == "Seed Everywhere":
                by_name["seed"] = value
            else:
                input_type = types.get(name, "*")
                by_type.setdefault(_source_type(nodes, value, input_type), value)
    if not by_type and not by_name:
        return
    for node_id, names in unconnected.by_node.items():
        inputs = nodes[node_id].inputs if node_id in nodes else {}
        for name, input_type in names:
            value = by_name.get(name.lower()) or by_type.get(input_type)
            if value is not None and name not in inputs and value[0] != node_id:
                inputs[name] = value


def _source_type(nodes: dict[str, Node], value: list[Json], declared_type: str) -> str:
    source = nodes.get(str(value[0]))
    if source is not None and type(value[1]) is int and value[1] < len(source.outputs):
        return source.outputs[value[1]][1]
    return declared_type
