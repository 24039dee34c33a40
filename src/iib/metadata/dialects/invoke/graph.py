"""InvokeAI's node graphs, read only for what `invokeai_metadata` would say."""

from __future__ import annotations

from iib.metadata.dialects.json_values import as_list, as_object
from iib.model import Json

Values = dict[str, Json]
MAX_HOPS = 40
VALUE_FIELDS = ("value", "prompt", "seed", "width", "height", "model", "collection")


def metadata_of_graph(graph: Values) -> Values:
    """What the `core_metadata` node was given; else what leads to the first denoising node. Empty if neither."""
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
    """Executed graphs map ids to nodes; editor workflows list nodes whose inputs hold `{name, value}`."""
    if isinstance(value, dict):
        return {str(key): node for key, node in value.items() if isinstance(node, dict)}
    found: dict[str, Values] = {}
    for node in as_list(value):
        fields = as_object(node)
        inner = as_object(fields.get("data")) or fields
        flat: Values = {"type": inner.get("type") or fields.get("type")}
        for name, item in as_object(inner.get("inputs")).items():
            flat[name] = item.get("value") if isinstance(item, dict) else item
        found[str(fields.get("id"))] = flat
    return found


def _incoming(value: Json) -> dict[str, dict[str, tuple[str, str]]]:
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for edge in as_list(value):
        fields = as_object(edge)
        source, target = fields.get("source"), fields.get("destination") or fields.get("target")
        if isinstance(source, dict) and isinstance(target, dict):
            origin = (str(source.get("node_id")), str(source.get("field")))
            found.setdefault(str(target.get("node_id")), {})[str(target.get("field"))] = origin
        elif isinstance(source, str) and isinstance(target, str):
            origin = (source, str(fields.get("sourceHandle")))
            found.setdefault(target, {})[str(fields.get("targetHandle"))] = origin
    return found


def _resolve(
    nodes: dict[str, Values], incoming: dict[str, dict[str, tuple[str, str]]], key: str, field: str
) -> Json | None:
    """The literal that reaches an input, following links of pass-through nodes."""
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
    nodes: dict[str, Values], incoming: dict[str, dict[str, tuple[str, str]]], key: str, field: str, wanted: str
) -> Json | None:
    """The nearest value of this name on the way upstream of an input."""
    link = incoming.get(key, {}).get(field)
    queue = [link[0]] if link else []
    visited: set[str] = set()
    while queue and len(visited) < MAX_HOPS:
        current = queue.pop(0)
        if current in visited:
            continue
        visited.add(current)
        value = _resolve(nodes, incoming, current, wanted)
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
        found = _find_upstream(nodes, incoming, key, field, "prompt")
        if found is not None:
            values.setdefault(name, found)
    for field in ("unet", "transformer"):
        model = _find_upstream(nodes, incoming, key, field, "model")
        if model is not None:
            values.setdefault("model", model)
    for name in ("seed", "width", "height"):
        value = node.get(name)
        values[name] = value if value not in (None, 0) else _find_upstream(nodes, incoming, key, "noise", name)
    return {name: value for name, value in values.items() if value is not None}
