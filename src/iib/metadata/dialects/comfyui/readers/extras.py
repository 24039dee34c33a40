"""Further parameters worth showing: frames, rate, shift, ControlNet, upscaler."""

from __future__ import annotations

from iib.metadata.dialects.comfyui.evaluate import Evaluator
from iib.metadata.dialects.comfyui.graph import Graph, Node
from iib.metadata.dialects.comfyui.trace import Trace
from iib.metadata.values import clean_model_name
from iib.model import Json

# Input name -> what it is called; the one nearest to the saved file counts.
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
TOLD = frozenset((*NUMBERS, *FILES, "text"))
MAX_VALUE = 300  # characters


def read_extras(graph: Graph, evaluator: Evaluator, saver: Node, found: Trace) -> None:
    """Fill `parameters` and `hires` from everything that leads into the saver."""
    listed: dict[str, list[str]] = {}
    for node_id in graph.upstream(saver.id):
        node = graph.nodes[node_id]
        for name, value in node.inputs.items():
            if name not in TOLD:
                continue
            if name in NUMBERS:
                number = evaluator.literal(value, name)
                if type(number) in (int, float) and NUMBERS[name] not in found.parameters:
                    found.parameters[NUMBERS[name]] = f"{abs(number) if 'clip' in name else number:g}"
            elif name in FILES:
                _add(listed, FILES[name], evaluator.text(value, name))
            elif name == "text" and "gligen" in node.type.lower():
                _add(listed, "GLIGEN phrases", evaluator.text(value, name))
        if "upscale_model" in node.inputs:
            _upscaler(graph, evaluator, node, found)
    found.parameters.update({name: ", ".join(values) for name, values in listed.items()})


def _upscaler(graph: Graph, evaluator: Evaluator, node: Node, found: Trace) -> None:
    model = graph.source(node, "upscale_model")
    name: Json = evaluator.input(model[0], "model_name") if model is not None else None
    if isinstance(name, str) and name and "Upscaler" not in found.parameters:
        found.parameters["Upscaler"] = name
        if len(found.stages) > 1:
            found.hires.setdefault("upscaler", clean_model_name(name))


def _add(listed: dict[str, list[str]], key: str, text: str | None) -> None:
    if text and text != "None" and len(text) <= MAX_VALUE and text not in listed.setdefault(key, []):
        listed[key].append(clean_model_name(text) if "." in text else text)
