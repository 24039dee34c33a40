"""The editor's form of a graph ("workflow") turned into the form that runs ("prompt")."""

from __future__ import annotations

import re

from iib.metadata.dialects.comfyui.editor.links import EditorLink, group_scope, links_of, objects_in
from iib.metadata.dialects.comfyui.editor.subgraph_widgets import shown_values
from iib.metadata.dialects.comfyui.editor.virtual_links import OpenInputs, connect_everywhere, connect_named
from iib.metadata.dialects.comfyui.editor.widgets import widget_inputs, without_comments
from iib.metadata.dialects.comfyui.graph import MAX_NODES, Graph, Hints, Link, Node, Outputs
from iib.metadata.dialects.comfyui.nodes import Role, spec_of
from iib.model import Json

MAX_DEPTH = 8
MAX_HOPS = 64
MAX_WORK = 120_000  # nodes and links of all levels together, however often a definition is used
ABSENT, BYPASS = 2, 4
INPUT_SIDE, OUTPUT_SIDE = "-10", "-20"
GROUP = re.compile(r"workflow[/>](.+)", re.DOTALL)
Connections = dict[str, Json]


class Flattener:
    """Expands sub-graphs and group nodes, takes out what does not run, names the widgets."""

    def __init__(self, workflow: dict[str, Json]) -> None:
        definitions = workflow.get("definitions")
        listed = definitions.get("subgraphs") if isinstance(definitions, dict) else None
        self._subgraphs = {str(item.get("id")): item for item in objects_in(listed)}
        extra = workflow.get("extra")
        groups = extra.get("groupNodes") if isinstance(extra, dict) else None
        self._groups = groups if isinstance(groups, dict) else {}
        self._open = OpenInputs()
        self._open_scopes: list[str] = []  # a definition is not expanded inside itself
        self.work = 0  # nodes and wires met so far, of all levels
        self.nodes: dict[str, Node] = {}
        self._through: dict[Link, Link | None] = {}
        self._shown: dict[str, dict[str, Json]] = {}  # values of inner widgets that their sub-graph's instance keeps

    def add(self, scope: dict[str, Json], prefix: str, outer: dict[int, Json], depth: int) -> dict[int, Json]:
        """Add one level. `outer` gives what is connected to the inputs of a sub-graph. Returns its outputs."""
        wires = links_of(scope.get("links"))
        self.work += len(wires)
        for raw in objects_in(scope.get("nodes")):
            self.work += 1
            if len(self.nodes) < MAX_NODES and self.work < MAX_WORK:
                self._add_node(raw, prefix, wires, outer, depth)
        outputs: dict[int, Json] = {}
        for wire in wires.values():
            if wire.target == OUTPUT_SIDE:
                is_passed = wire.origin == INPUT_SIDE
                outputs[wire.target_slot] = outer.get(wire.slot) if is_passed else [prefix + wire.origin, wire.slot]
        return outputs

    def _add_node(
        self, raw: dict[str, Json], prefix: str, wires: dict[str, EditorLink], outer: dict[int, Json], depth: int
    ) -> None:
        node_id, node_type = prefix + str(raw.get("id")), str(raw.get("type") or "")
        mode = raw.get("mode")
        if mode in (ABSENT, "never") or spec_of(node_type).role is Role.DISPLAY:
            return
        connected = _connected(raw, prefix, wires, outer)
        if mode == BYPASS:
            self._bypass(raw, node_id, connected)
            return
        inner = self._inner(raw, node_type)
        if inner is not None and depth < MAX_DEPTH and node_type not in self._open_scopes:
            self._open_scopes.append(node_type)
            self._expand(raw, inner, node_id, connected, depth)
            self._open_scopes.pop()
            return
        inputs = widget_inputs(raw, node_type)
        inputs.update(self._shown.get(node_id, {}))
        inputs = without_comments(inputs, node_type)
        _connect(inputs, connected)
        title = raw.get("title")
        node = Node(node_id, node_type, inputs, title if isinstance(title, str) else "", _outputs(raw))
        self.nodes[node_id] = node
        self._open.note(node, raw)

    def _inner(self, raw: dict[str, Json], node_type: str) -> dict[str, Json] | None:
        """The definition behind an instance of a sub-graph or group."""
        inner = self._subgraphs.get(node_type)
        match = GROUP.match(node_type)
        if inner is None and match is not None:
            group = self._groups.get(match[1])
            return group_scope(group, raw) if isinstance(group, dict) else None
        return inner

    def _bypass(self, raw: dict[str, Json], node_id: str, connected: Connections) -> None:
        """Each output passes on the first connected input of its type."""
        inputs = objects_in(raw.get("inputs"))
        outputs = raw.get("outputs")
        for slot, output in enumerate(outputs if isinstance(outputs, list) else []):
            wanted = output.get("type") if isinstance(output, dict) else None
            same = [item for item in inputs if item.get("type") == wanted and str(item.get("name")) in connected]
            if slot < len(inputs) and inputs[slot] in same:
                same.insert(0, inputs[slot])
            target = connected.get(str(same[0].get("name"))) if same else None
            self._through[node_id, slot] = (target[0], target[1]) if isinstance(target, list) else None

    def _expand(
        self, raw: dict[str, Json], inner: dict[str, Json], node_id: str, connected: Connections, depth: int
    ) -> None:
        values, deeper = shown_values(raw, inner)
        values.update(self._shown.get(node_id, {}))
        self._shown.update({f"{node_id}:{inner_id}": shown for inner_id, shown in deeper.items()})
        outer: dict[int, Json] = {}
        listed = inner.get("inputs")
        for slot, item in enumerate(listed if isinstance(listed, list) else []):
            name = str(item.get("name")) if isinstance(item, dict) else ""
            outer[slot] = connected.get(name, values.get(name))
        for slot, target in self.add(inner, f"{node_id}:", outer, depth + 1).items():
            is_link = isinstance(target, list) and len(target) == 2
            self._through[node_id, slot] = (target[0], target[1]) if is_link else None

    def finish(self) -> Graph:
        """Links that led through expanded or bypassed nodes are set to what stands behind."""
        self._through.update(connect_named(self.nodes))
        connect_everywhere(self.nodes, self._open)
        for node in self.nodes.values():
            for name, value in list(node.inputs.items()):
                if isinstance(value, list) and len(value) == 2 and isinstance(value[0], str):
                    target = self._resolved(value)
                    if target is None:
                        del node.inputs[name]
                    elif isinstance(target[1], int):
                        node.inputs[name] = [target[0], target[1]]
        return Graph({node_id: node.type for node_id, node in self.nodes.items()}, self.nodes)

    def _resolved(self, value: list[Json]) -> Link | None:
        if not isinstance(value[1], int):
            return value[0], value[1]
        target: Link | None = (value[0], value[1])
        for _ in range(MAX_HOPS):
            if target is None or target not in self._through:
                return target
            target = self._through[target]
        return None


def from_workflow(value: Json) -> Graph | None:
    """A graph out of parsed JSON in the editor's form; None if it is something else."""
    if not isinstance(value, dict) or not isinstance(value.get("nodes"), list):
        return None
    flattener = Flattener(value)
    flattener.add(value, "", {}, 0)
    graph = flattener.finish()
    return graph if graph.kinds else None


def _connect(inputs: dict[str, Json], connected: Connections) -> None:
    """A link wins over the widget's value; what a display node showed stays under another name."""
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
    """Output slots of all nodes of the editor's form, sub-graphs included, without expanding anything."""
    if not isinstance(workflow, dict):
        return {}
    definitions = workflow.get("definitions")
    listed = definitions.get("subgraphs") if isinstance(definitions, dict) else None
    found: dict[tuple[str, str], Outputs] = {}
    for scope in (workflow, *objects_in(listed)):
        for raw in objects_in(scope.get("nodes"))[:MAX_NODES]:
            found.setdefault((str(raw.get("id")), str(raw.get("type"))), _outputs(raw))
    return found


def _connected(raw: dict[str, Json], prefix: str, wires: dict[str, EditorLink], outer: dict[int, Json]) -> Connections:
    found: Connections = {}
    for item in objects_in(raw.get("inputs")):
        if item.get("link") is None:
            continue
        wire = wires.get(str(item["link"]))
        if wire is None:
            continue
        name = str(item.get("name"))
        if wire.origin == INPUT_SIDE:
            found[name] = outer.get(wire.slot)
        else:
            found[name] = [prefix + wire.origin, wire.slot]
    return found


def _outputs(raw: dict[str, Json]) -> Outputs:
    outputs = raw.get("outputs")
    return tuple(
        (str(item.get("name") or ""), str(item.get("type") or "")) if isinstance(item, dict) else ("", "")
        for item in (outputs if isinstance(outputs, list) else [])[:64]
    )
