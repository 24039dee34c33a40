"""Widgets of inner nodes that a sub-graph's instance shows as its own."""

from __future__ import annotations

from iib.metadata.dialects.comfyui.editor.links import links_of, objects_in
from iib.metadata.dialects.comfyui.editor.widgets import assign, listed_widgets
from iib.model import Json

OWN = "-1"  # in the list of shown widgets: an input of the sub-graph itself

ByName = dict[str, Json]


def shown_values(raw: ByName, inner: ByName) -> tuple[ByName, dict[str, ByName]]:
    """Values an instance keeps: by the name of the sub-graph's input, and by inner node and widget.

    Values stand in the order of the list of shown widgets, or of the definition's inputs that lead to widgets: the
    instance itself often lists only a part of those.
    """
    named = raw.get("widgets_values_named")
    if isinstance(named, dict) and named:
        return dict(named), {}
    values = raw.get("widgets_values")
    if isinstance(values, dict):
        return dict(values), {}
    if not isinstance(values, list) or not values:
        return {}, {}
    shown = _shown(raw)
    if len(shown) == len(values):
        own: ByName = {}
        deeper: dict[str, ByName] = {}
        for (node_id, name), value in zip(shown, values, strict=True):
            (own if node_id == OWN else deeper.setdefault(node_id, {}))[name] = value
        return own, deeper
    names = _widget_inputs(inner)
    if len(names) != len(values):
        names = listed_widgets(raw) or [str(item.get("name")) for item in objects_in(inner.get("widgets"))] or names
    return assign(names, values), {}


def _shown(raw: ByName) -> list[tuple[str, str]]:
    properties = raw.get("properties")
    listed = properties.get("proxyWidgets") if isinstance(properties, dict) else None
    return [
        (str(item[0]), str(item[1]))
        for item in (listed if isinstance(listed, list) else [])
        if isinstance(item, list) and len(item) >= 2
    ]


def _widget_inputs(inner: ByName) -> list[str]:
    """Names of the definition's inputs that lead to a widget of an inner node."""
    targets = {str(node.get("id")): objects_in(node.get("inputs")) for node in objects_in(inner.get("nodes"))}
    wires = links_of(inner.get("links"))
    names = []
    for item in objects_in(inner.get("inputs")):
        links = item.get("linkIds")
        ends = [wires.get(str(link)) for link in (links if isinstance(links, list) else [])]
        if any(_is_widget(targets.get(wire.target, []), wire.target_slot) for wire in ends if wire is not None):
            names.append(str(item.get("name")))
    return names


def _is_widget(inputs: list[ByName], slot: int) -> bool:
    return slot < len(inputs) and isinstance(inputs[slot].get("widget"), dict)
