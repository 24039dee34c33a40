"""Pictures a service made: the node that asked it."""

from __future__ import annotations

import re

from iib.metadata.dialects.comfyui.evaluate import Evaluator
from iib.metadata.dialects.comfyui.graph import Graph, Node
from iib.metadata.dialects.comfyui.readers.size import SizeReader
from iib.metadata.dialects.comfyui.trace import Trace
from iib.metadata.values import clean_model_name, to_float, to_int
from iib.model import ModelRef, SamplerStage

PROMPTS = ("prompt", "model.prompt", "prompt_text", "positive_prompt", "text")
NEGATIVES = ("negative_prompt", "model.negative_prompt")
MODELS = ("model", "model_name", "model_version")
EXTRAS = (
    "aspect_ratio", "quality", "style_preset", "style", "background", "resolution", "duration", "duration_seconds",
    "mode", "cfg_scale", "rendering_speed", "magic_prompt_option", "prompt_upsampling", "raw",
)  # fmt: skip
PREFIX = re.compile(r"^model\.")


def read_api_node(graph: Graph, evaluator: Evaluator, node: Node, found: Trace) -> None:
    """What was asked of the service."""
    prompt = evaluator.input(node, *PROMPTS)
    negative = evaluator.input(node, *NEGATIVES)
    found.positive = [prompt] if isinstance(prompt, str) and prompt.strip() else []
    found.negative = [negative] if isinstance(negative, str) and negative.strip() else []
    model = evaluator.input(node, *MODELS)
    named = isinstance(model, str) and model.strip()
    found.models = [ModelRef(clean_model_name(model if named else node.type))]
    if not named:
        found.confidence["models"] = 0.5
    seed = to_int(evaluator.input(node, "seed", "model.seed"))
    steps = to_int(evaluator.input(node, "steps", "model.steps"))
    found.stages = [SamplerStage(seed=seed if seed is None or seed >= 0 else None, steps=steps or None)]
    found.guidance = to_float(evaluator.input(node, "guidance", "guidance_scale", "model.guidance"))
    found.size = SizeReader(graph, evaluator).own(node)
    found.parameters["Provider node"] = node.type
    for name in EXTRAS:
        value = evaluator.literal(node.inputs.get(name, node.inputs.get(f"model.{name}")), name)
        if isinstance(value, str | int | float) and value != "":
            found.parameters[name] = str(value)
