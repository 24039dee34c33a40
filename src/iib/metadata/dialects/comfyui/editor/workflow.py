"""Converts the editor form of a graph ("workflow") into the API form ("prompt")."""

from __future__ import annotations

import re

from iib.metadata.dialects.comfyui.editor.links import (
    UE_LINKS,
    EditorLink,
    group_as_subgraph,
    links_by_id,
    links_of_use_everywhere,
    objects_in,
)
from iib.metadata.dialects.comfyui.editor.subgraph_widgets import subgraph_widget_values
from iib.metadata.dialects.comfyui.editor.virtual_links import (
    UnconnectedInputs,
    connect_use_everywhere,
    get_set_links,
    input_names,
)
from iib.metadata.dialects.comfyui.editor.widgets import widget_inputs, without_comments
from iib.metadata.dialects.comfyui.graph import MAX_NODES, Graph, Hints, Link, Node, Outputs
from iib.metadata.dialects.comfyui.nodes import Role, spec_of
from iib.model import Json

MAX_DEPTH = 8
MAX_HOPS = 64
MAX_WORK = 120_000  # nodes and links of all levels together, counted for each use of a definition
MUTED, BYPASSED = 2, 4
SUBGRAPH_INPUT, SUBGRAPH_OUTPUT = "-10", "-20"
GROUP_NODE = re.compile(r"workflow[/>](.+)", re.DOTALL)
Connections = dict[str, Json]


class Flattener:
    """Expands subgraphs and group nodes, removes muted and bypassed nodes, and names the widgets."""

    def __init__(self, workflow: dict[str, Json]) -> None:
        definitions = workflow.get("definitions")
        subgraphs = definitions.get("subgraphs") if isinstance(definitions, dict) else None
        self._subgraphs = {str(item.get("id")): item for item in objects_in(subgraphs)}
        extra = workflow.get("extra")
        groups = extra.get("groupNodes") if isinstance(extra, dict) else None
        self._groups = groups if isinstance(groups, dict) else {}
        self._unconnected = UnconnectedInputs()
        self._active_definitions: list[str] = []  # expanded at present; a definition is not expanded inside itself
        self.work = 0  # nodes and links processed so far, of all levels
        self.nodes: dict[str, Node] = {}
        self._replacements: dict[Link, Link | None] = {}
        self._widget_overrides: dict[str, dict[str, Json]] = {}  # by inner node id, from subgraph widgets

    def add(self, scope: dict[str, Json], prefix: str, outer_inputs: dict[int, Json], depth: int) -> dict[int, Json]:
        """Add the nodes of one level and return its outputs by slot.

        `scope` is the workflow or the definition of a subgraph; `outer_inputs` contains the links or values of a
        subgraph's inputs by slot.
        """
        links = links_by_id(scope.get("links"))
        extra = scope.get("extra")
        if isinstance(extra, dict) and isinstance(extra.get("ue_links"), list):
            self._unconnected.is_resolved = True
            links.update(links_of_use_everywhere(extra["ue_links"]))
        self.work += len(links)
        for raw in objects_in(scope.get("nodes")):
            self.work += 1
            if len(self.nodes) < MAX_NODES and self.work < MAX_WORK:
                self._add_node(raw, prefix, links, outer_inputs, depth)
        outputs: dict[int, Json] = {}
        for link in links.values():
            if link.target == SUBGRAPH_OUTPUT:
                is_passed = link.origin == SUBGRAPH_INPUT
                source = outer_inputs.get(link.slot) if is_passed else [prefix + link.origin, link.slot]
                outputs[link.target_slot] = source
        return outputs

    def _add_node(
        self, raw: dict[str, Json], prefix: str, links: dict[str, EditorLink], outer_inputs: dict[int, Json], depth: int
    ) -> None:
        node_id, node_type = prefix + str(raw.get("id")), str(raw.get("type") or "")
        mode = raw.get("mode")
        if mode in (MUTED, "never") or spec_of(node_type).role is Role.DISPLAY:
            return
        connected = _connected(raw, prefix, links, outer_inputs)
        if mode == BYPASSED:
            self._bypass(raw, node_id, connected)
            return
        definition = self._definition_of(raw, node_type)
        if definition is not None and depth < MAX_DEPTH and node_type not in self._active_definitions:
            self._active_definitions.append(node_type)
            self._expand(raw, definition, node_id, connected, depth)
            self._active_definitions.pop()
            return
        inputs = widget_inputs(raw, node_type)
        inputs.update(self._widget_overrides.get(node_id, {}))
        inputs = without_comments(inputs, node_type)
        _connect(inputs, connected)
        title = raw.get("title")
        node = Node(node_id, node_type, inputs, title if isinstance(title, str) else "", _outputs(raw))
        self.nodes[node_id] = node
        self._unconnected.add(node, raw)

    def _definition_of(self, raw: dict[str, Json], node_type: str) -> dict[str, Json] | None:
        """Return the definition of a subgraph node or group node; None for all other nodes."""
        definition = self._subgraphs.get(node_type)
        match = GROUP_NODE.match(node_type)
        if definition is None and match is not None:
            group = self._groups.get(match[1])
            return group_as_subgraph(group, raw) if isinstance(group, dict) else None
        return definition

    def _bypass(self, raw: dict[str, Json], node_id: str, connected: Connections) -> None:
        """Replace each output of a bypassed node by the first connected input of its type."""
        inputs = objects_in(raw.get("inputs"))
        outputs = raw.get("outputs")
        for slot, output in enumerate(outputs if isinstance(outputs, list) else []):
            output_type = output.get("type") if isinstance(output, dict) else None
            candidates = [
                item for item in inputs if item.get("type") == output_type and str(item.get("name")) in connected
            ]
            if slot < len(inputs) and inputs[slot] in candidates:
                candidates.insert(0, inputs[slot])
            target = connected.get(str(candidates[0].get("name"))) if candidates else None
            self._replacements[node_id, slot] = (target[0], target[1]) if isinstance(target, list) else None

    def _expand(
        self, raw: dict[str, Json], definition: dict[str, Json], node_id: str, connected: Connections, depth: int
    ) -> None:
        values, by_node = subgraph_widget_values(raw, definition)
        values.update(self._widget_overrides.get(node_id, {}))
        self._widget_overrides.update({f"{node_id}:{inner_id}": overrides for inner_id, overrides in by_node.items()})
        inner_inputs: dict[int, Json] = {}
        inputs = definition.get("inputs")
        for slot, item in enumerate(inputs if isinstance(inputs, list) else []):
            name = str(item.get("name")) if isinstance(item, dict) else ""
            inner_inputs[slot] = connected.get(name, values.get(name))
        for slot, target in self.add(definition, f"{node_id}:", inner_inputs, depth + 1).items():
            is_link = isinstance(target, list) and len(target) == 2
            self._replacements[node_id, slot] = (target[0], target[1]) if is_link else None

    def finish(self) -> Graph:
        """Replace links to expanded, bypassed or virtual nodes by links to their sources; return the graph."""
        self._replacements.update(get_set_links(self.nodes))
        if not self._unconnected.is_resolved:
            connect_use_everywhere(self.nodes, self._unconnected)
        for node in self.nodes.values():
            for name, value in list(node.inputs.items()):
                if isinstance(value, list) and len(value) == 2 and isinstance(value[0], str):
                    target = self._resolve(value)
                    if target is None:
                        del node.inputs[name]
                    elif isinstance(target[1], int):
                        node.inputs[name] = [target[0], target[1]]
        return Graph({node_id: node.type for node_id, node in self.nodes.items()}, self.nodes)

    def _resolve(self, value: list[Json]) -> Link | None:
        if not isinstance(value[1], int):
            return value[0], value[1]
        target: Link | None = (value[0], value[1])
        for _ in range(MAX_HOPS):
            if target is None or target not in self._replacements:
                return target
            target = self._replacements[target]
        return None


def from_workflow(value: Json) -> Graph | None:
    """Return the graph of parsed JSON in editor form; None if the JSON is not such a graph or has no nodes."""
    if not isinstance(value, dict) or not isinstance(value.get("nodes"), list):
        return None
    flattener = Flattener(value)
    flattener.add(value, "", {}, 0)
    graph = flattener.finish()
    return graph if graph.class_types else None


def _connect(inputs: dict[str, Json], connected: Connections) -> None:
    """Override widget values by links; a text that a display node shows is kept as `..._shown`."""
    for name, value in connected.items():
        if value is None:
            continue
        shown = inputs.get(name)
        if isinstance(shown, list) and shown and isinstance(shown[0], str):
            shown = shown[0]
        if isinstance(shown, str) and shown.strip() and "text" in name:
            inputs[f"{name}_shown"] = shown
        inputs[name] = value


def output_hints(workflow: Json) -> Hints:
    """Return the output slots of all nodes in editor form, with those of subgraphs, without expanding any."""
    if not isinstance(workflow, dict):
        return {}
    definitions = workflow.get("definitions")
    subgraphs = definitions.get("subgraphs") if isinstance(definitions, dict) else None
    result: dict[tuple[str, str], Outputs] = {}
    for scope in (workflow, *objects_in(subgraphs)):
        for raw in objects_in(scope.get("nodes"))[:MAX_NODES]:
            result.setdefault((str(raw.get("id")), str(raw.get("type"))), _outputs(raw))
    return result


def _connected(
    raw: dict[str, Json], prefix: str, links: dict[str, EditorLink], outer_inputs: dict[int, Json]
) -> Connections:
    result: Connections = {}
    items = objects_in(raw.get("inputs"))
    has_virtual_links = UE_LINKS in links
    names = input_names(items, str(raw.get("type")))
    for slot, (name, item) in enumerate(zip(names, items, strict=True)):
        link_id = item.get("link")
        link = links.get(str(link_id)) if link_id is not None else None
        if link is None and has_virtual_links:  # the id of a link that exists at run time only may be left there
            link = links.get(f"{UE_LINKS}{raw.get('id')}.{slot}")
        if link is None:
            continue
        if link.origin == SUBGRAPH_INPUT:
            result[name] = outer_inputs.get(link.slot)
        else:
            result[name] = [prefix + link.origin, link.slot]
    return result


def _outputs(raw: dict[str, Json]) -> Outputs:
    outputs = raw.get("outputs")
    return tuple(
        (str(item.get("name") or ""), str(item.get("type") or "")) if isinstance(item, dict) else ("", "")
        for item in (outputs if isinstance(outputs, list) else [])[:64]
    )
