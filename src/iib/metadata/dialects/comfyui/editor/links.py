"""Links of the editor's form, in both its spellings, and old group nodes as sub-graphs."""

from __future__ import annotations

from dataclasses import dataclass

from iib.model import Json

MAX_LINKS = 60_000


@dataclass(frozen=True, slots=True)
class EditorLink:
    """One link: ids as text, slots as numbers."""

    origin: str
    slot: int
    target: str
    target_slot: int


def objects_in(value: Json) -> list[dict[str, Json]]:
    """The objects of a list; empty if it is none."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def links_of(links: Json) -> dict[str, EditorLink]:
    """Links by id."""
    found: dict[str, EditorLink] = {}
    for item in (links if isinstance(links, list) else [])[:MAX_LINKS]:
        if isinstance(item, list) and len(item) >= 5:
            found[str(item[0])] = EditorLink(str(item[1]), _slot(item[2]), str(item[3]), _slot(item[4]))
        elif isinstance(item, dict) and "origin_id" in item:
            found[str(item.get("id"))] = EditorLink(
                str(item["origin_id"]),
                _slot(item.get("origin_slot")),
                str(item.get("target_id")),
                _slot(item.get("target_slot")),
            )
    return found


def _slot(value: Json) -> int:
    return value if type(value) is int else 0


def _lists_in(value: Json) -> list[list[Json]]:
    return [item for item in value if isinstance(item, list)] if isinstance(value, list) else []


def group_scope(group: dict[str, Json], raw: dict[str, Json]) -> dict[str, Json]:
    """An old group node as a sub-graph: nodes are known by index, values follow in the order of the nodes."""
    values = raw.get("widgets_values")
    rest = list(values) if isinstance(values, list) else []
    nodes: list[dict[str, Json]] = []
    for index, item in enumerate(objects_in(group.get("nodes"))):
        own = dict(item)
        own["id"] = item.get("index", index)
        listed = item.get("widgets_values")
        count = len(listed) if isinstance(listed, list) else 0
        if count and len(rest) >= count:
            own["widgets_values"], rest = rest[:count], rest[count:]
        nodes.append(own)
    links = [
        [f"g{number}", link[0], link[1], link[2], link[3], None]
        for number, link in enumerate(_lists_in(group.get("links")))
        if len(link) >= 4 and link[0] is not None  # None: from outside the group
    ]
    return {"nodes": nodes, "links": _connected(nodes, links), **_outside(group, nodes, links, raw)}


def _connected(nodes: list[dict[str, Json]], links: list[list[Json]]) -> list[list[Json]]:
    by_id = {node["id"]: node for node in nodes if isinstance(node["id"], int | str)}
    for node in nodes:
        node["inputs"] = [dict(item, link=None) for item in objects_in(node.get("inputs"))]
    for link in links:
        target = by_id.get(link[3]) if isinstance(link[3], int | str) else None
        slot = link[4]
        if target is not None and type(slot) is int and 0 <= slot < len(target["inputs"]):
            target["inputs"][slot]["link"] = link[0]
    return links


def _outside(
    group: dict[str, Json], nodes: list[dict[str, Json]], links: list[list[Json]], raw: dict[str, Json]
) -> dict[str, Json]:
    """Inputs and outputs of a group: all inner ones that are not connected inside, in order."""
    inputs: list[dict[str, Json]] = []
    outer = objects_in(raw.get("inputs"))
    for node in nodes:
        for item in node["inputs"]:
            if item.get("link") is not None or len(inputs) >= len(outer) or isinstance(item.get("widget"), dict):
                continue
            item["link"] = f"o{len(inputs)}"
            links.append([item["link"], -10, len(inputs), node["id"], 0, None])
            inputs.append({"name": outer[len(inputs)].get("name")})
    read = {(link[1], link[2]) for link in links if isinstance(link[1], int | str)}
    count = 0
    for node in nodes:
        for slot, _item in enumerate(objects_in(node.get("outputs"))):
            if isinstance(node["id"], int | str) and (node["id"], slot) not in read:
                links.append([f"e{count}", node["id"], slot, -20, count, None])
                count += 1
    for item in _lists_in(group.get("external")):  # inner outputs that are read inside and outside
        is_slot = len(item) >= 2 and type(item[0]) is int and type(item[1]) is int
        if is_slot and (item[0], item[1]) in read:
            links.append([f"e{count}", item[0], item[1], -20, count, None])
            count += 1
    return {"inputs": inputs}
