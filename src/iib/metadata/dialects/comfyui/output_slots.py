"""What leaves a node at a slot, and the doors that lead back."""

from __future__ import annotations

from iib.metadata.dialects.comfyui.graph import Graph, Link, Node
from iib.metadata.dialects.comfyui.input_names import names_like
from iib.metadata.dialects.comfyui.nodes import spec_of

PIPE_INPUTS = (
    "pipe", "basic_pipe", "detailer_pipe", "base_ctx", "context", "ctx", "ctx_01", "sdxl_tuple", "pipeline", "bus",
    "pipe_in", "SDXL_TUPLE", "refiner_basic_pipe_opt", "settings", "loader_settings", "bundle",
    "base_sampler",
)  # fmt: skip
is_pipe_name = names_like("pipe")


def meaning(graph: Graph, node: Node, slot: int) -> str:
    """Meaning of an output slot: "positive", "negative", "model", "pipe"...; empty if the file does not tell."""
    spec = spec_of(node.type)
    if slot < len(spec.outputs):
        return spec.outputs[slot]
    outputs = graph.outputs(node)
    if slot >= len(outputs):
        return ""
    name, kind = outputs[slot][0].lower(), outputs[slot][1].upper()
    if kind == "CONDITIONING" or "cond" in name:
        if "neg" in name or name.endswith("-"):
            return "negative"
        return "positive" if "pos" in name or name.endswith("+") else "conditioning"
    if kind in ("MODEL", "CLIP", "VAE", "LATENT", "IMAGE"):
        return kind.lower()
    return "pipe" if "PIPE" in kind else name


def pipe_of(graph: Graph, node: Node) -> Link | None:
    """Where a node's bundle of many things comes from."""
    if not node.inputs.keys().isdisjoint(PIPE_INPUTS):
        for name in PIPE_INPUTS:
            link = graph.link(node.inputs.get(name))
            if link is not None:
                return link
    return next((link for name, link in graph.links(node) if is_pipe_name(name)), None)
