"""The editor's form of a graph ("workflow") turned into the form that runs ("prompt")."""

from __future__ import annotations

import re
from dataclasses import dataclass

from iib.metadata.dialects.comfyui.graph import Graph, Node
from iib.metadata.dialects.comfyui.nodes import DISPLAY_ONLY, SEED_CONTROLS, WIDGETS
from iib.model.geninfo import Json

MAX_DEPTH = 8
MAX_NODES = 20_000
ABSENT, BYPASS = 2, 4
INPUT_SIDE, OUTPUT_SIDE = -10, -20


@dataclass(frozen=True, slots=True)
class _Wire:
    origin: str
    slot: int
    target: str
    target_slot: int


class _Flattener:
    """Expands sub-graphs and group nodes, takes out what does not run, names the widgets."""

    def __init__(self, workflow: dict[str, Json]) -> None:
        definitions = workflow.get("definitions")
        listed = definitions.get("subgraphs") if isinstance(definitions, dict) else None
        self._subgraphs = {str(item.get("id")): item for item in listed or [] if isinstance(item, dict)}
        extra = workflow.get("extra")
        groups = extra.get("groupNodes") if isinstance(extra, dict) else None
        self._groups = groups if isinstance(groups, dict) else {}
        self.nodes: dict[str, Node] = {}
        self._through: dict[tuple[str, int], tuple[str, int] | None] = {}

    def add(
        self, scope: dict[str, Json], prefix: str, outer: dict[int, Json], depth: int
    ) -> dict[int, tuple[str, int]]:
        """Add one level. `outer` gives what is connected to the inputs of a sub-graph. Returns its outputs."""
        wires = dict(_wires(scope.get("links")))
        outputs: dict[int, tuple[str, int]] = {}
        for raw in scope.get("nodes") or []:
            if isinstance(raw, dict) and len(self.nodes) < MAX_NODES:
                self._add_node(raw, prefix, wires, outer, depth)
        for wire in wires.values():
            if wire.target == str(OUTPUT_SIDE):
                outputs[wire.target_slot] = (prefix + wire.origin, wire.slot)
        return outputs

    def _add_node(
        self, raw: dict[str, Json], prefix: str, wires: dict[str, _Wire], outer: dict[int, Json], depth: int
    ) -> None:
        node_id, node_type = prefix + str(raw.get("id")), str(raw.get("type") or "")
        mode = raw.get("mode")
        if mode in (ABSENT, "never") or node_type in DISPLAY_ONLY:
            return
        connected = self._connected(raw, prefix, wires, outer)
        if mode == BYPASS:
            self._bypass(raw, node_id, connected)
            return
        inner = self._subgraphs.get(node_type)
        if inner is None and re.match(r"workflow[/>]", node_type):
            inner = self._groups.get(node_type[9:])
            if isinstance(inner, dict):
                inner = _group_scope(inner, raw)
        if isinstance(inner, dict) and depth < MAX_DEPTH:
            self._expand(raw, inner, node_id, connected, depth)
            return
        inputs = _widgets(raw, node_type)
        inputs.update({name: value for name, value in connected.items() if value is not None})
        title = raw.get("title")
        self.nodes[node_id] = Node(node_id, node_type, inputs, title if isinstance(title, str) else "")

    def _connected(
        self, raw: dict[str, Json], prefix: str, wires: dict[str, _Wire], outer: dict[int, Json]
    ) -> dict[str, Json]:
        found: dict[str, Json] = {}
        for item in raw.get("inputs") or []:
            if not isinstance(item, dict) or item.get("link") is None:
                continue
            wire = wires.get(str(item["link"]))
            if wire is None:
                continue
            if wire.origin == str(INPUT_SIDE):
                found[str(item.get("name"))] = outer.get(wire.slot)
            else:
                found[str(item.get("name"))] = [prefix + wire.origin, wire.slot]
        return found

    def _bypass(self, raw: dict[str, Json], node_id: str, connected: dict[str, Json]) -> None:
        """Each output passes on the first connected input of its type."""
        inputs = [item for item in raw.get("inputs") or [] if isinstance(item, dict)]
        for slot, output in enumerate(raw.get("outputs") or []):
            wanted = output.get("type") if isinstance(output, dict) else None
            same = [item for item in inputs if item.get("type") == wanted and item.get("name") in connected]
            if slot < len(inputs) and inputs[slot] in same:
                same.insert(0, inputs[slot])
            target = connected.get(str(same[0].get("name"))) if same else None
            if isinstance(target, list):
                self._through[node_id, slot] = (target[0], target[1])
            else:
                self._through[node_id, slot] = None

    def _expand(
        self, raw: dict[str, Json], inner: dict[str, Json], node_id: str, connected: dict[str, Json], depth: int
    ) -> None:
        values = _instance_values(raw, inner)
        outer: dict[int, Json] = {}
        for slot, item in enumerate(inner.get("inputs") or []):
            name = str(item.get("name")) if isinstance(item, dict) else ""
            outer[slot] = connected.get(name, values.get(name))
        outputs = self.add(inner, f"{node_id}:", outer, depth + 1)
        for slot, target in outputs.items():
            self._through[node_id, slot] = target

    def finish(self) -> Graph:
        """Links that led through expanded or bypassed nodes are set to what stands behind."""
        for node in self.nodes.values():
            for name, value in list(node.inputs.items()):
                if isinstance(value, list) and len(value) == 2 and isinstance(value[0], str):
                    target: tuple[str, int] | None = (value[0], value[1])
                    for _ in range(64):
                        if target is None or target not in self._through:
                            break
                        target = self._through[target]
                    if target is None:
                        del node.inputs[name]
                    elif isinstance(target[1], int):
                        node.inputs[name] = [target[0], target[1]]
        return Graph(self.nodes)


def from_workflow(value: Json) -> Graph | None:
    """A graph out of parsed JSON in the editor's form; None if it is something else."""
    if not isinstance(value, dict) or not isinstance(value.get("nodes"), list):
        return None
    flattener = _Flattener(value)
    flattener.add(value, "", {}, 0)
    graph = flattener.finish()
    return graph if graph.nodes else None


def _wires(links: Json) -> list[tuple[str, _Wire]]:
    found = []
    for item in links or []:
        if isinstance(item, list) and len(item) >= 5:
            found.append((str(item[0]), _Wire(str(item[1]), int(item[2] or 0), str(item[3]), int(item[4] or 0))))
        elif isinstance(item, dict) and "origin_id" in item:
            wire = _Wire(
                str(item["origin_id"]),
                int(item.get("origin_slot") or 0),
                str(item.get("target_id")),
                int(item.get("target_slot") or 0),
            )
            found.append((str(item.get("id")), wire))
    return found


def _widgets(raw: dict[str, Json], node_type: str) -> dict[str, Json]:
    """Widget values by input name."""
    values = raw.get("widgets_values")
    if isinstance(values, dict):
        return dict(values)
    if not isinstance(values, list):
        return {}
    listed = [
        str(item["widget"].get("name") or item.get("name"))
        for item in raw.get("inputs") or []
        if isinstance(item, dict) and isinstance(item.get("widget"), dict)
    ]
    table = WIDGETS.get(node_type)
    is_whole = len(listed) >= len([value for value in values if value not in SEED_CONTROLS])
    names = listed if listed and (is_whole or table is None) else list(table or ())
    if not names:
        return _guessed(values)
    return _assign(names, values)


def _assign(names: list[str], values: list[Json]) -> dict[str, Json]:
    """Pair names with values; the control behind a seed is no input."""
    found: dict[str, Json] = {}
    position = 0
    for name in names:
        if position >= len(values):
            break
        found[name] = values[position]
        position += 1
        is_seed = name in ("seed", "noise_seed") or name.endswith("_seed")
        if is_seed and position < len(values) and values[position] in SEED_CONTROLS:
            position += 1
    return found


def _guessed(values: list[Json]) -> dict[str, Json]:
    """Widgets of an unknown class: its texts, and rgthree-like objects, under names that say nothing."""
    found: dict[str, Json] = {}
    for index, value in enumerate(values):
        if isinstance(value, str) and value.strip():
            found.setdefault("text" if "text" not in found else f"text_{index}", value)
        elif isinstance(value, dict):
            found[f"lora_{index}" if "lora" in value else f"widget_{index}"] = value
        elif isinstance(value, int | float):
            found.setdefault("value", value)
    return found


def _instance_values(raw: dict[str, Json], inner: dict[str, Json]) -> dict[str, Json]:
    values = raw.get("widgets_values")
    if isinstance(values, dict):
        return dict(values)
    names = [
        str(item.get("name"))
        for item in raw.get("inputs") or []
        if isinstance(item, dict) and isinstance(item.get("widget"), dict)
    ]
    if not names:
        widgets = inner.get("widgets")
        names = [str(item.get("name")) for item in widgets or [] if isinstance(item, dict)]
    return _assign(names, values) if isinstance(values, list) else {}


def _group_scope(group: dict[str, Json], raw: dict[str, Json]) -> dict[str, Json]:
    """An old group node as a sub-graph: nodes are known by index, values follow in the order of the nodes."""
    values = raw.get("widgets_values")
    rest = list(values) if isinstance(values, list) else []
    nodes = []
    for index, item in enumerate(group.get("nodes") or []):
        if not isinstance(item, dict):
            continue
        own = dict(item)
        own["id"] = item.get("index", index)
        count = len(item.get("widgets_values") or []) if isinstance(item.get("widgets_values"), list) else 0
        if count and len(rest) >= count:
            own["widgets_values"], rest = rest[:count], rest[count:]
        nodes.append(own)
    links = []
    for number, link in enumerate(group.get("links") or []):
        if isinstance(link, list) and len(link) >= 4:
            links.append([f"g{number}", link[0], link[1], link[2], link[3], None])
    for node in nodes:
        inputs = [dict(item) for item in node.get("inputs") or [] if isinstance(item, dict)]
        for number, link in enumerate(links):
            if link[3] == node["id"] and isinstance(link[4], int) and link[4] < len(inputs):
                inputs[link[4]]["link"] = f"g{number}"
        node["inputs"] = inputs
    return {"nodes": nodes, "links": links, "inputs": []}
