"""Reads the fields that Civitai adds to a ComfyUI graph."""

from __future__ import annotations

from dataclasses import replace

from iib.metadata.dialects.json_values import as_list, as_object, other_parameters, real_text
from iib.metadata.values import split_schedule, to_float, to_int
from iib.model import GenerationInfo, Json, LoraRef, SamplerStage

TOOL = "Civitai"
MAPPED_FIELDS = ("prompt", "negativePrompt", "steps", "cfgScale", "sampler", "seed", "resources")


def civitai_fields(graph_json: Json) -> dict[str, Json]:
    """Return Civitai's fields of a graph in API form; empty if it has none."""
    return as_object(graph_json.get("extraMetadata")) if isinstance(graph_json, dict) else {}


def is_text_to_image(fields: dict[str, Json]) -> bool:
    """True if the workflow starts from text: then a hires pass does not change the recorded size."""
    return str(fields.get("workflowId", "")).startswith("txt2img")


def with_civitai_fields(geninfo: GenerationInfo, fields: dict[str, Json]) -> GenerationInfo:
    """Fill the gaps of the graph with Civitai's fields: the graph of an upscale alone has no sampler."""
    if not fields:
        return geninfo
    sampler, scheduler = split_schedule(real_text(fields.get("sampler")) or "")
    seed = to_int(fields.get("seed"))
    stage = SamplerStage(
        sampler=geninfo.sampler or sampler or None,
        scheduler=geninfo.scheduler or scheduler,
        steps=geninfo.steps or to_int(fields.get("steps")) or None,
        cfg=geninfo.cfg if geninfo.cfg is not None else to_float(fields.get("cfgScale")),
        seed=geninfo.seed if geninfo.seed is not None else (seed if seed is not None and seed >= 0 else None),
        denoise=geninfo.denoise,
    )
    return replace(
        geninfo,
        tool=TOOL,
        prompt=geninfo.prompt or real_text(fields.get("prompt")),
        negative_prompt=geninfo.negative_prompt or real_text(fields.get("negativePrompt")),
        loras=geninfo.loras or (() if geninfo.models else _named_loras(fields)),
        sampler=stage.sampler,
        scheduler=stage.scheduler,
        steps=stage.steps,
        cfg=stage.cfg,
        seed=stage.seed,
        stages=(stage, *geninfo.stages[1:]) if stage != SamplerStage() else geninfo.stages,
        parameters={**geninfo.parameters, **other_parameters(fields, *MAPPED_FIELDS)},
    )


def _named_loras(fields: dict[str, Json]) -> tuple[LoraRef, ...]:
    """Return the LoRAs of the resource list that have a name; most entries have a numeric id only."""
    return tuple(
        LoraRef(str(item["modelName"]), to_float(item.get("strength", item.get("weight"))))
        for item in as_list(fields.get("resources"))
        if isinstance(item, dict) and real_text(item.get("modelName")) and str(item.get("type", "")).lower() == "lora"
    )
