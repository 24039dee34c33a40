"""Resolves virtual links: Get/Set nodes and "Use Everywhere" nodes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from iib.metadata.dialects.comfyui.editor.links import objects_in
from iib.metadata.dialects.comfyui.graph import Link, Node
from iib.model import Json

SETTERS = frozenset(("SetNode", "easy setNode"))
GETTERS = frozenset(("GetNode", "easy getNode"))
POSITIVE_NAME = re.compile(r"(_|\b)pos(itive|_|\b)|^prompt|[+]", re.IGNORECASE)
NEGATIVE_NAME = re.compile(r"(_|\b)neg(ative|_|\b)|[-]", re.IGNORECASE)
SEED_NAME = re.compile(r"seed", re.IGNORECASE)
POSITIVE_SLOT, NEGATIVE_SLOT = "sent positive", "sent negative"  # the first and the second input of Prompts Everywhere
MAX_PATTERN = 100  # characters
USE_EVERYWHERE = re.compile(r"^(Anything Everywhere\??3?|Prompts Everywhere|Seed Everywhere)$")


@dataclass(slots=True)
class UnconnectedInputs:
    """Unconnected inputs of the nodes: node id -> [(name, type)], and the nodes that send to them."""

    by_node: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    # "Use Everywhere" nodes with the type of each input.
    senders: list[tuple[Node, dict[str, str]]] = field(default_factory=list)
    is_resolved: bool = False  # the file itself lists what the senders connect

    def add(self, node: Node, raw: dict[str, Json]) -> None:
        """Add the unconnected inputs of a node, or the node itself if it is a sender."""
        items = objects_in(raw.get("inputs"))
        if USE_EVERYWHERE.match(node.type):
            slots = zip(input_names(items, node.type), items, strict=True)
            types = {name: str(item.get("type") or item.get("label") or "*") for name, item in slots}
            self.senders.append((node, types))
            return
        names = [
            (str(item.get("name")), str(item.get("type")))
            for item in items
            if item.get("link") is None and (not isinstance(item.get("widget"), dict) or _is_connectable(raw, item))
        ]
        if names:
            self.by_node[node.id] = names


def input_names(items: list[dict[str, Json]], node_type: str) -> list[str]:
    """Return the names of the inputs of a node, each once: several inputs of some nodes have the same name."""
    if node_type == "Prompts Everywhere":
        slots = (POSITIVE_SLOT, NEGATIVE_SLOT)
        return [slots[slot] if slot < len(slots) else f"{slot}" for slot in range(len(items))]
    names: list[str] = []
    for slot, item in enumerate(items):
        name = str(item.get("name"))
        names.append(name if name not in names else f"{name} {slot}")
    return names


def _is_connectable(raw: dict[str, Json], item: dict[str, Json]) -> bool:
    """True for a widget that accepts values of "Use Everywhere" nodes."""
    properties = raw.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    ue = properties.get("ue_properties")
    names = ue.get("widget_ue_connectable") if isinstance(ue, dict) else properties.get("widget_ue_connectable")
    return isinstance(names, dict) and names.get(str(item.get("name"))) is True


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
    broadcasts = [item for node, types in unconnected.senders for item in _broadcasts(nodes, node, types)]
    if not broadcasts:
        return
    for node_id, names in unconnected.by_node.items():
        node = nodes.get(node_id)
        if node is None:
            continue
        for name, input_type in names:
            value = next((item.value for item in broadcasts if item.reaches(node, name, input_type)), None)
            if value is not None and name not in node.inputs and value[0] != node_id:
                node.inputs[name] = value


@dataclass(frozen=True, slots=True)
class _Broadcast:
    """A value that a node sends to all unconnected inputs of a type, restricted by name of the input or the node."""

    value: list[Json]
    type: str
    input_pattern: re.Pattern[str] | None = None
    title_pattern: re.Pattern[str] | None = None

    def reaches(self, node: Node, name: str, input_type: str) -> bool:
        """True if the value is sent to this input."""
        is_unknown = self.type == "*" or (input_type == "*" and self.input_pattern is not None)
        if self.type != input_type and not is_unknown:
            return False
        if self.input_pattern is not None and self.input_pattern.search(name) is None:
            return False
        return self.title_pattern is None or self.title_pattern.search(node.title or node.type) is not None


def _broadcasts(nodes: dict[str, Node], node: Node, types: dict[str, str]) -> list[_Broadcast]:
    if node.type == "Seed Everywhere":
        return [_Broadcast([node.id, 0], "INT", SEED_NAME)]
    result: list[_Broadcast] = []
    pattern, title = _safe_pattern(node.inputs.get("input_regex")), _safe_pattern(node.inputs.get("title_regex"))
    for slot, (name, value) in enumerate(node.inputs.items()):
        if not isinstance(value, list) or len(value) != 2:
            continue
        source_type = _source_type(nodes, value, types.get(name, "*"))
        if node.type == "Prompts Everywhere":
            pattern = POSITIVE_NAME if name == POSITIVE_SLOT or (name != NEGATIVE_SLOT and slot == 0) else NEGATIVE_NAME
        result.append(_Broadcast(value, source_type, pattern, title))
    result.sort(key=lambda item: item.input_pattern is None and item.title_pattern is None)  # the restricted ones first
    return result


def _safe_pattern(text: Json) -> re.Pattern[str] | None:
    """Return the pattern of a restriction; None without one or if matching it could take long."""
    if not isinstance(text, str) or not text.strip() or len(text) > MAX_PATTERN or text.strip() == ".*":
        return None
    plain = text.replace(".*", "")
    if re.search(r"[*+?{(\\\[]", plain):
        return None
    return re.compile(plain)


def _source_type(nodes: dict[str, Node], value: list[Json], declared_type: str) -> str:
    source = nodes.get(str(value[0]))
    if source is not None and type(value[1]) is int and value[1] < len(source.outputs):
        return source.outputs[value[1]][1]
    return declared_type
