"""Reads the values of subgraph widgets: widgets of inner nodes that a subgraph node shows."""

from __future__ import annotations

from iib.metadata.dialects.comfyui.editor.links import links_by_id, objects_in
from iib.metadata.dialects.comfyui.editor.widgets import assign_widgets, widget_names
from iib.model import Json

SUBGRAPH_INPUT = "-1"  # node id in `proxyWidgets` that denotes an input of the subgraph itself

ValuesByName = dict[str, Json]


def subgraph_widget_values(raw: ValuesByName, definition: ValuesByName) -> tuple[ValuesByName, dict[str, ValuesByName]]:
    """Return the values of a subgraph node by name of the subgraph's input, and by inner node id and widget name.

    Values are stored in the order of `proxyWidgets`, or of the definition's inputs that lead to widgets; the node
    itself often lists only a part of those.
    """
    named = raw.get("widgets_values_named")
    if isinstance(named, dict) and named:
        return dict(named), {}
    values = raw.get("widgets_values")
    if isinstance(values, dict):
        return dict(values), {}
    if not isinstance(values, list) or not values:
        return {}, {}
    proxy_widgets = _proxy_widgets(raw)
    if len(proxy_widgets) == len(values):
        by_input: ValuesByName = {}
        by_node: dict[str, ValuesByName] = {}
        for (node_id, name), value in zip(proxy_widgets, values, strict=True):
            (by_input if node_id == SUBGRAPH_INPUT else by_node.setdefault(node_id, {}))[name] = value
        return by_input, by_node
    names = _widget_inputs(definition)
    if len(names) != len(values):
        names = widget_names(raw) or [str(item.get("name")) for item in objects_in(definition.get("widgets"))] or names
    return assign_widgets(names, values), {}


def _proxy_widgets(raw: ValuesByName) -> list[tuple[str, str]]:
    properties = raw.get("properties")
    items = properties.get("proxyWidgets") if isinstance(properties, dict) else None
    return [
        (str(item[0]), str(item[1]))
        for item in (items if isinstance(items, list) else [])
        if isinstance(item, list) and len(item) >= 2
    ]


def _widget_inputs(definition: ValuesByName) -> list[str]:
    """Return the names of the definition's inputs that lead to a widget of an inner node."""
    targets = {str(node.get("id")): objects_in(node.get("inputs")) for node in objects_in(definition.get("nodes"))}
    links = links_by_id(definition.get("links"))
    names = []
    for item in objects_in(definition.get("inputs")):
        ids = item.get("linkIds")
        item_links = [links.get(str(link_id)) for link_id in (ids if isinstance(ids, list) else [])]
        if any(_is_widget(targets.get(link.target, []), link.target_slot) for link in item_links if link is not None):
            names.append(str(item.get("name")))
    return names


def _is_widget(inputs: list[ValuesByName], slot: int) -> bool:
    return slot < len(inputs) and isinstance(inputs[slot].get("widget"), dict)
