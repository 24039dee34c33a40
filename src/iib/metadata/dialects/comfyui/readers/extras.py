"""Reads additional parameters: frames, frame rate, shift, ControlNet, upscaler."""

from __future__ import annotations

from iib.metadata.dialects.comfyui.evaluate import Evaluator
from iib.metadata.dialects.comfyui.graph import Graph, Node
from iib.metadata.dialects.comfyui.readers import GraphFields
from iib.metadata.values import clean_model_name
from iib.model import Json

# Input name -> label of the parameter; the node nearest to the saver wins.
NUMBERS = {
    "stop_at_clip_layer": "Clip skip",
    "clip_skip": "Clip skip",
    "shift": "Shift",
    "max_shift": "Max shift",
    "num_frames": "Frames",
    "video_frames": "Frames",
    "length": "Frames",
    "frame_rate": "FPS",
    "fps": "FPS",
    "seconds": "Duration",
}
FILES = {
    "control_net_name": "ControlNet",
    "style_model_name": "Style model",
    "ipadapter_file": "IP-Adapter",
    "gligen_name": "GLIGEN",
    "hypernetwork_name": "Hypernet",
    "motion_model": "Motion model",
}
ALL_INPUTS = frozenset((*NUMBERS, *FILES, "text"))
MAX_VALUE = 300  # characters


def read_extras(graph: Graph, evaluator: Evaluator, saver: Node, fields: GraphFields) -> None:
    """Fill `parameters` and `hires` from all nodes upstream of the saver."""
    values_by_label: dict[str, list[str]] = {}
    for node_id in graph.upstream(saver.id):
        node = graph.nodes[node_id]
        for name, value in node.inputs.items():
            if name not in ALL_INPUTS:
                continue
            if name in NUMBERS:
                number = evaluator.literal(value, name)
                if type(number) in (int, float) and NUMBERS[name] not in fields.parameters:
                    fields.parameters[NUMBERS[name]] = f"{abs(number) if 'clip' in name else number:g}"
            elif name in FILES:
                _add_value(values_by_label, FILES[name], evaluator.text(value, name))
            elif name == "text" and "gligen" in node.type.lower():
                _add_value(values_by_label, "GLIGEN phrases", evaluator.text(value, name))
        if "upscale_model" in node.inputs:
            _add_upscaler(graph, evaluator, node, fields)
    fields.parameters.update({name: ", ".join(values) for name, values in values_by_label.items()})


def _add_upscaler(graph: Graph, evaluator: Evaluator, node: Node, fields: GraphFields) -> None:
    model = graph.source(node, "upscale_model")
    name: Json = evaluator.input(model[0], "model_name") if model is not None else None
    if isinstance(name, str) and name and "Upscaler" not in fields.parameters:
        fields.parameters["Upscaler"] = name
        if len(fields.stages) > 1:
            fields.hires.setdefault("upscaler", clean_model_name(name))


def _add_value(values_by_label: dict[str, list[str]], key: str, text: str | None) -> None:
    if text and text != "None" and len(text) <= MAX_VALUE and text not in values_by_label.setdefault(key, []):
        values_by_label[key].append(clean_model_name(text) if "." in text else text)
