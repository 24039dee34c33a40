"""Reads the values of `invokeai_metadata` from the node graphs of InvokeAI."""

from __future__ import annotations

from iib.metadata.dialects.json_values import as_list, as_object
from iib.model import Json

Values = dict[str, Json]
MAX_HOPS = 40
VALUE_FIELDS = ("value", "prompt", "seed", "width", "height", "model", "collection")


def metadata_of_graph(graph: Values) -> Values:
    """Return the inputs of the `core_metadata` node, otherwise those of the first denoising node, otherwise nothing."""
    inner = as_object(graph.get("graph")) or graph
    nodes = _nodes(inner.get("nodes"))
    incoming = _incoming(inner.get("edges"))
    for key, node in nodes.items():
        if str(node.get("type", "")) == "core_metadata" or key.startswith("core_metadata"):
            values = {name: value for name, value in node.items() if name not in ("id", "type", "is_intermediate")}
            for field in incoming.get(key, {}):
                if values.get(field) in (None, ""):
                    values[field] = _resolve(nodes, incoming, key, field)
            return {name: value for name, value in values.items() if value is not None}
    for key, node in nodes.items():
        if "denoise" in str(node.get("type", "")):
            return _from_denoising(nodes, incoming, key)
    return {}


def _nodes(value: Json) -> dict[str, Values]:
    """Return nodes by id. Executed graphs map ids to nodes; editor workflows list nodes with `{name, value}` inputs."""
    if isinstance(value, dict):
        return {str(key): node for key, node in value.items() if isinstance(node, dict)}
    nodes: dict[str, Values] = {}
    for node in as_list(value):
        fields = as_object(node)
        inner = as_object(fields.get("data")) or fields
        flat: Values = {"type": inner.get("type") or fields.get("type")}
        for name, item in as_object(inner.get("inputs")).items():
            flat[name] = item.get("value") if isinstance(item, dict) else item
        nodes[str(fields.get("id"))] = flat
    return nodes


def _incoming(value: Json) -> dict[str, dict[str, tuple[str, str]]]:
    incoming: dict[str, dict[str, tuple[str, str]]] = {}
    for edge in as_list(value):
        fields = as_object(edge)
        source, target = fields.get("source"), fields.get("destination") or fields.get("target")
        if isinstance(source, dict) and isinstance(target, dict):
            origin = (str(source.get("node_id")), str(source.get("field")))
            incoming.setdefault(str(target.get("node_id")), {})[str(target.get("field"))] = origin
        elif isinstance(source, str) and isinstance(target, str):
            origin = (source, str(fields.get("sourceHandle")))
            incoming.setdefault(target, {})[str(fields.get("targetHandle"))] = origin
    return incoming


def _resolve(
    nodes: dict[str, Values], incoming: dict[str, dict[str, tuple[str, str]]], key: str, field: str
) -> Json | None:
    """Return the literal value of an input, following the links of pass-through nodes."""
    for _ in range(MAX_HOPS):
        link = incoming.get(key, {}).get(field)
        if link is None:
            value = nodes.get(key, {}).get(field)
            return value if not isinstance(value, list) else None
        key, field = link
        node = nodes.get(key, {})
        links = incoming.get(key, {})
        if field in links:
            continue
        if node.get(field) is not None:
            return node[field]
        follow = next((name for name in VALUE_FIELDS if name in links), None)
        if follow is not None:
            field = follow
            continue
        return next((node[name] for name in VALUE_FIELDS if node.get(name) is not None), None)
    return None


def _find_upstream(
    nodes: dict[str, Values], incoming: dict[str, dict[str, tuple[str, str]]], key: str, field: str, name: str
) -> Json | None:
    """Return the nearest value of this name upstream of an input, by breadth-first search."""
    link = incoming.get(key, {}).get(field)
    queue = [link[0]] if link else []
    visited: set[str] = set()
    while queue and len(visited) < MAX_HOPS:
        current = queue.pop(0)
        if current in visited:
            continue
        visited.add(current)
        value = _resolve(nodes, incoming, current, name)
        if value is not None and value != "":
            return value
        queue.extend(origin for origin, _field in incoming.get(current, {}).values())
    return None


def _from_denoising(nodes: dict[str, Values], incoming: dict[str, dict[str, tuple[str, str]]], key: str) -> Values:
    node = nodes[key]
    values: Values = {name: node.get(name) for name in ("steps", "num_steps", "cfg_scale", "guidance", "scheduler")}
    values["steps"] = values.pop("num_steps") if values.get("steps") is None else values["steps"]
    for field, name in (
        ("positive_conditioning", "positive_prompt"),
        ("positive_text_conditioning", "positive_prompt"),
        ("negative_conditioning", "negative_prompt"),
    ):
        prompt = _find_upstream(nodes, incoming, key, field, "prompt")
        if prompt is not None:
            values.setdefault(name, prompt)
    for field in ("unet", "transformer"):
        model = _find_upstream(nodes, incoming, key, field, "model")
        if model is not None:
            values.setdefault("model", model)
    for name in ("seed", "width", "height"):
        value = node.get(name)
        values[name] = value if value not in (None, 0) else _find_upstream(nodes, incoming, key, "noise", name)
    return {name: value for name, value in values.items() if value is not None}
