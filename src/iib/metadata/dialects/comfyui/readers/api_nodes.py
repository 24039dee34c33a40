"""Reads API nodes: nodes that request a picture or video from a remote service."""

from __future__ import annotations

from iib.metadata.dialects.comfyui.evaluate import Evaluator
from iib.metadata.dialects.comfyui.graph import Graph, Node
from iib.metadata.dialects.comfyui.readers import GraphFields
from iib.metadata.dialects.comfyui.readers.size import SizeReader
from iib.metadata.values import clean_model_name, to_float, to_int
from iib.model import ModelRef, SamplerStage

PROMPT_INPUTS = ("prompt", "model.prompt", "prompt_text", "positive_prompt", "text")
NEGATIVE_INPUTS = ("negative_prompt", "model.negative_prompt")
MODEL_INPUTS = ("model", "model_name", "model_version")
PARAMETER_INPUTS = (
    "aspect_ratio", "quality", "style_preset", "style", "background", "resolution", "duration", "duration_seconds",
    "mode", "cfg_scale", "rendering_speed", "magic_prompt_option", "prompt_upsampling", "raw",
)  # fmt: skip


def read_api_node(graph: Graph, evaluator: Evaluator, node: Node, fields: GraphFields) -> None:
    """Fill in the request of an API node; without a model name, the class is the model (confidence 0.5)."""
    prompt = evaluator.input(node, *PROMPT_INPUTS)
    negative = evaluator.input(node, *NEGATIVE_INPUTS)
    fields.positive = [prompt] if isinstance(prompt, str) and prompt.strip() else []
    fields.negative = [negative] if isinstance(negative, str) and negative.strip() else []
    model = evaluator.input(node, *MODEL_INPUTS)
    has_model = isinstance(model, str) and model.strip()
    fields.models = [ModelRef(clean_model_name(model if has_model else node.type))]
    if not has_model:
        fields.confidence["models"] = 0.5
    seed = to_int(evaluator.input(node, "seed", "model.seed"))
    steps = to_int(evaluator.input(node, "steps", "model.steps"))
    cfg = to_float(evaluator.input(node, "cfg_scale", "model.cfg_scale", "cfg"))
    fields.stages = [SamplerStage(seed=seed if seed is None or seed >= 0 else None, steps=steps or None, cfg=cfg)]
    fields.guidance = to_float(evaluator.input(node, "guidance", "guidance_scale", "model.guidance"))
    fields.size = SizeReader(graph, evaluator).node_size(node)
    fields.parameters["Provider node"] = node.type
    for name in PARAMETER_INPUTS:
        value = evaluator.literal(node.inputs.get(name, node.inputs.get(f"model.{name}")), name)
        if isinstance(value, str | int | float) and value != "":
            fields.parameters[name] = str(value)
