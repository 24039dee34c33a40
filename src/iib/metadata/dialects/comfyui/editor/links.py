"""Parses the links of the editor form in both of their layouts and converts group nodes into subgraphs."""

from __future__ import annotations

from dataclasses import dataclass

from iib.model import Json

MAX_LINKS = 60_000
UE_LINKS = "ue:"  # start of the ids of links that "Use Everywhere" adds


@dataclass(frozen=True, slots=True)
class EditorLink:
    """One link of the editor form, with node ids as text and slots as numbers."""

    origin: str
    slot: int
    target: str
    target_slot: int


def links_of_use_everywhere(items: list[Json]) -> dict[str, EditorLink]:
    """Return the links that "Use Everywhere" 7 adds at run time, by target node and slot; empty if there are none.

    >>> item = {"downstream": 8, "downstream_slot": 1, "upstream": "4", "upstream_slot": 2}
    >>> links_of_use_everywhere([item])["ue:8.1"]
    EditorLink(origin='4', slot=2, target='8', target_slot=1)
    """
    result: dict[str, EditorLink] = {}
    for item in objects_in(items[:MAX_LINKS]):
        link = EditorLink(
            str(item.get("upstream")),
            _slot(item.get("upstream_slot")),
            str(item.get("downstream")),
            _slot(item.get("downstream_slot")),
        )
        result[f"{UE_LINKS}{link.target}.{link.target_slot}"] = link
    if result:
        result.setdefault(UE_LINKS, EditorLink("", 0, "", 0))  # a mark: the level has such links
    return result


def objects_in(value: Json) -> list[dict[str, Json]]:
    """Return the objects among the items of a list; an empty list if the value is not a list.

    >>> objects_in([{"id": 1}, None, "text"])
    [{'id': 1}]
    """
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def links_by_id(links: Json) -> dict[str, EditorLink]:
    """Return the links by id as text; at most `MAX_LINKS`. Items of unknown layout are skipped."""
    result: dict[str, EditorLink] = {}
    for item in (links if isinstance(links, list) else [])[:MAX_LINKS]:
        if isinstance(item, list) and len(item) >= 5:
            result[str(item[0])] = EditorLink(str(item[1]), _slot(item[2]), str(item[3]), _slot(item[4]))
        elif isinstance(item, dict) and "origin_id" in item:
            result[str(item.get("id"))] = EditorLink(
                str(item["origin_id"]),
                _slot(item.get("origin_slot")),
                str(item.get("target_id")),
                _slot(item.get("target_slot")),
            )
    return result


def _slot(value: Json) -> int:
    return value if type(value) is int else 0


def _lists_in(value: Json) -> list[list[Json]]:
    return [item for item in value if isinstance(item, list)] if isinstance(value, list) else []


def group_as_subgraph(group: dict[str, Json], raw: dict[str, Json]) -> dict[str, Json]:
    """Convert a group node into a subgraph.

    Nodes of a group are identified by index; the widget values of the group follow in the order of its nodes.
    """
    values = raw.get("widgets_values")
    remaining = list(values) if isinstance(values, list) else []
    nodes: list[dict[str, Json]] = []
    for index, item in enumerate(objects_in(group.get("nodes"))):
        node = dict(item)
        node["id"] = item.get("index", index)
        node_values = item.get("widgets_values")
        count = len(node_values) if isinstance(node_values, list) else 0
        if count and len(remaining) >= count:
            node["widgets_values"], remaining = remaining[:count], remaining[count:]
        nodes.append(node)
    links = [
        [f"g{number}", link[0], link[1], link[2], link[3], None]
        for number, link in enumerate(_lists_in(group.get("links")))
        if len(link) >= 4 and link[0] is not None  # None: a link from outside the group
    ]
    return {"nodes": nodes, "links": _connect_inputs(nodes, links), **_add_boundary(group, nodes, links, raw)}


def _connect_inputs(nodes: list[dict[str, Json]], links: list[list[Json]]) -> list[list[Json]]:
    by_id = {node["id"]: node for node in nodes if isinstance(node["id"], int | str)}
    for node in nodes:
        node["inputs"] = [dict(item, link=None) for item in objects_in(node.get("inputs"))]
    for link in links:
        target = by_id.get(link[3]) if isinstance(link[3], int | str) else None
        slot = link[4]
        if target is not None and type(slot) is int and 0 <= slot < len(target["inputs"]):
            target["inputs"][slot]["link"] = link[0]
    return links


def _add_boundary(
    group: dict[str, Json], nodes: list[dict[str, Json]], links: list[list[Json]], raw: dict[str, Json]
) -> dict[str, Json]:
    """Add the inputs and outputs of a group: all inner slots without a link inside the group, in order."""
    inputs: list[dict[str, Json]] = []
    outer_inputs = objects_in(raw.get("inputs"))
    for node in nodes:
        for item in node["inputs"]:
            is_internal = item.get("link") is not None or isinstance(item.get("widget"), dict)
            if is_internal or len(inputs) >= len(outer_inputs):
                continue
            item["link"] = f"o{len(inputs)}"
            links.append([item["link"], -10, len(inputs), node["id"], 0, None])
            inputs.append({"name": outer_inputs[len(inputs)].get("name")})
    linked = {(link[1], link[2]) for link in links if isinstance(link[1], int | str)}
    count = 0
    for node in nodes:
        for slot, _item in enumerate(objects_in(node.get("outputs"))):
            if isinstance(node["id"], int | str) and (node["id"], slot) not in linked:
                links.append([f"e{count}", node["id"], slot, -20, count, None])
                count += 1
    for item in _lists_in(group.get("external")):  # outputs with links inside and outside the group
        is_slot = len(item) >= 2 and type(item[0]) is int and type(item[1]) is int
        if is_slot and (item[0], item[1]) in linked:
            links.append([f"e{count}", item[0], item[1], -20, count, None])
            count += 1
    return {"inputs": inputs}
