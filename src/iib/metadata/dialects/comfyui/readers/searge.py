"""Reads SeargeSDXL 4: the settings travel through all nodes in one data stream and are used by a "magic box"."""

from __future__ import annotations

from collections.abc import Callable

from iib.metadata.dialects.comfyui.evaluate import Evaluator
from iib.metadata.dialects.comfyui.graph import Graph, Node
from iib.metadata.dialects.comfyui.readers import GraphFields
from iib.metadata.dialects.comfyui.readers.lora import LoraReader
from iib.metadata.dialects.comfyui.readers.size import SIZE_TEXT
from iib.metadata.values import clean_model_name, to_float, to_int
from iib.model import Json, ModelRef, SamplerStage

SETTINGS, PROMPTS = "SeargeGenerationParameters", "SeargePromptAdapterV2"
PRESETS = {  # by the number at the start of the preset
    "1": ("dpmpp_2m", "karras"),
    "2": ("euler_ancestral", "normal"),
    "3": ("dpmpp_2m_sde", "karras"),
    "4": ("dpmpp_3m_sde", "exponential"),
    "5": ("ddim", "ddim_uniform"),
}
# Prompting mode -> secondary and style prompts that it uses. All modes use the main prompts.
UNUSED_PROMPTS = {
    "main and neg. only": ("secondary", "style"),
    "main, sec., and neg.": ("style",),
    "all except sec.": ("secondary",),
}
FURTHER_PROMPTS = {
    "secondary_prompt": "Secondary prompt",
    "style_prompt": "Style prompt",
    "negative_secondary_prompt": "Negative secondary prompt",
    "negative_style_prompt": "Negative style prompt",
}


def read_searge(graph: Graph, evaluator: Evaluator, saver: Node, fields: GraphFields) -> bool:
    """Fill in the settings of the data stream that reaches the saver; False if it is not such a stream."""
    nodes: dict[str, Node] = {}
    for node_id in graph.upstream(saver.id):  # the nearest node of a class overrides those before it
        nodes.setdefault(graph.nodes[node_id].type, graph.nodes[node_id])
    settings = nodes.get(SETTINGS)
    if settings is None:
        return False

    def value(class_type: str, name: str) -> Json:
        node = nodes.get(class_type)
        return evaluator.input(node, name) if node is not None else None

    _read_stage(value, fields)
    _read_size(value, fields)
    _read_prompts(value, fields)
    _read_models(value, fields)
    loras = nodes.get("SeargeLoras")
    if loras is not None:
        fields.loras = list(LoraReader(evaluator).read(loras))
    return True


def _read_stage(value: Callable[[str, str], Json], fields: GraphFields) -> None:
    preset = str(value(SETTINGS, "sampler_preset") or "").strip()
    names = PRESETS.get(preset[:1]) if " - " in preset else None
    sampler, scheduler = names or (value(SETTINGS, "sampler_name"), value(SETTINGS, "scheduler"))
    is_from_text = value("SeargeOperatingMode", "workflow_mode") == "text-to-image"
    fields.stages = [
        SamplerStage(
            sampler=sampler if isinstance(sampler, str) else None,
            scheduler=scheduler if isinstance(scheduler, str) else None,
            steps=to_int(value(SETTINGS, "steps")) or None,
            cfg=to_float(value(SETTINGS, "cfg")),
            seed=to_int(value(SETTINGS, "seed")),
            denoise=1.0 if is_from_text else to_float(value("SeargeImage2ImageAndInpainting", "denoise")),
        )
    ]


def _read_size(value: Callable[[str, str], Json], fields: GraphFields) -> None:
    preset = str(value(SETTINGS, "image_size_preset") or "")
    match = SIZE_TEXT.match(preset)
    width, height = to_int(value(SETTINGS, "image_width")), to_int(value(SETTINGS, "image_height"))
    if match is not None:
        fields.size = int(match[1]), int(match[2])
    elif width and height and "image" not in preset.lower():  # "from image": known at run time only
        fields.size = width, height


def _read_prompts(value: Callable[[str, str], Json], fields: GraphFields) -> None:
    mode = str(value("SeargeOperatingMode", "prompting_mode") or "")
    if mode == "ignore all":
        return
    main, negative = value(PROMPTS, "main_prompt"), value(PROMPTS, "negative_main_prompt")
    fields.positive = [main] if isinstance(main, str) and main.strip() else []
    fields.negative = [negative] if isinstance(negative, str) and negative.strip() else []
    unused = UNUSED_PROMPTS.get(mode, ())
    for name, label in FURTHER_PROMPTS.items():
        text = value(PROMPTS, name)
        if isinstance(text, str) and text.strip() and not any(part in name for part in unused):
            fields.parameters[label] = text


def _read_models(value: Callable[[str, str], Json], fields: GraphFields) -> None:
    for name, kind in (("base_checkpoint", ""), ("refiner_checkpoint", "refiner")):
        text = value("SeargeModelSelector", name)
        if isinstance(text, str) and text.strip().lower() not in ("", "none"):
            model = clean_model_name(text)
            fields.models.append(ModelRef(model, kind=kind) if kind else ModelRef(model))
    vae = value("SeargeModelSelector", "vae_checkpoint")
    fields.vae = clean_model_name(vae) if isinstance(vae, str) and "embedded" not in vae.lower() else None
