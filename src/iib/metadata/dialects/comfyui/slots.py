"""Matches names of inputs and interprets output slots of nodes."""

from __future__ import annotations

import re
from collections.abc import Callable

from iib._lib.cache import TextMemo
from iib.metadata.dialects.comfyui.graph import Graph, Link, Node
from iib.metadata.dialects.comfyui.nodes import Role, spec_of

COMPONENT = "## "  # start of the class of a workflow that is used as a node; its inputs are named by their types
PIPE_INPUTS = (
    "pipe", "basic_pipe", "detailer_pipe", "base_ctx", "context", "ctx", "ctx_01", "sdxl_tuple", "pipeline", "bus",
    "pipe_in", "SDXL_TUPLE", "refiner_basic_pipe_opt", "settings", "loader_settings", "bundle",
    "base_sampler", "sdxl_pipe",
)  # fmt: skip
# Further names count only where the node table says so.
ALL_PIPE_INPUTS = frozenset((*PIPE_INPUTS, "inputs", "parameters", "model_names", "model_settings", "d2_pipe"))
MAX_CACHED_LENGTH = 40  # characters of the longest name that a matcher caches
MAX_CACHED_NAMES = 2048  # per matcher


def name_matcher(pattern: str) -> Callable[[str], bool]:
    """Return a function that says whether a name contains a pattern, whatever its case.

    The same names occur in every file, so up to `MAX_CACHED_NAMES` results are cached.

    >>> is_model_name = name_matcher(r"^model")
    >>> is_model_name("Model_2"), is_model_name("my_model")
    (True, False)
    """
    search = re.compile(pattern, re.IGNORECASE).search
    memo = TextMemo(lambda name: search(name) is not None, max_count=MAX_CACHED_NAMES, max_length=MAX_CACHED_LENGTH)
    return memo.__getitem__


is_pipe_name = name_matcher("pipe")


def output_meaning(graph: Graph, node: Node, slot: int) -> str:
    """Return the meaning of an output slot: "positive", "negative", "model", "pipe"...; empty if it is unknown."""
    spec = spec_of(node.type)
    if slot < len(spec.outputs):
        return spec.outputs[slot]
    outputs = graph.outputs(node)
    if slot >= len(outputs):
        return ""
    name, slot_type = outputs[slot][0].lower(), outputs[slot][1].upper()
    if slot_type == "CONDITIONING" or "cond" in name:
        if "neg" in name or name.endswith("-"):
            return "negative"
        return "positive" if "pos" in name or name.endswith("+") else "conditioning"
    if slot_type in ("MODEL", "CLIP", "VAE", "LATENT", "IMAGE"):
        return slot_type.lower()
    return "pipe" if "PIPE" in slot_type else name


def pipe_link(graph: Graph, node: Node) -> Link | None:
    """Return the link of the input that carries a pipe: one link for many values. None if no such input exists."""
    if not node.inputs.keys().isdisjoint(ALL_PIPE_INPUTS):
        spec = spec_of(node.type)
        names = spec.follow if spec.role is Role.PIPE and spec.follow else PIPE_INPUTS
        for name in names:
            link = graph.link(node.inputs.get(name))
            if link is not None:
                return link
    return next((link for name, link in graph.links(node) if is_pipe_name(name)), None)
