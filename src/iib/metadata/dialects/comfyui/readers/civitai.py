"""Civitai's back end: a ComfyUI graph with the site's own fields beside its nodes."""

from __future__ import annotations

from dataclasses import replace

from iib.metadata.dialects.json_values import as_list, as_object, other_parameters, real_text
from iib.metadata.values import split_schedule, to_float, to_int
from iib.model import GenerationInfo, Json, LoraRef, SamplerStage

TOOL = "Civitai"
USED = ("prompt", "negativePrompt", "steps", "cfgScale", "sampler", "seed", "resources")


def site_fields(graph_json: Json) -> dict[str, Json]:
    """The site's fields of a graph in API form; empty if it is not Civitai's."""
    return as_object(graph_json.get("extraMetadata")) if isinstance(graph_json, dict) else {}


def is_from_text(fields: dict[str, Json]) -> bool:
    """True if the site says that the picture began with text: then a hires pass does not change its size."""
    return str(fields.get("workflowId", "")).startswith("txt2img")


def with_site_fields(geninfo: GenerationInfo, fields: dict[str, Json]) -> GenerationInfo:
    """The graph tells what ran; the site's fields fill the gaps (an upscale alone has no sampler)."""
    if not fields:
        return geninfo
    sampler, scheduler = split_schedule(real_text(fields.get("sampler")) or "")
    seed = to_int(fields.get("seed"))
    told = SamplerStage(
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
        loras=geninfo.loras or (() if geninfo.models else _resources(fields)),
        sampler=told.sampler,
        scheduler=told.scheduler,
        steps=told.steps,
        cfg=told.cfg,
        seed=told.seed,
        stages=(told, *geninfo.stages[1:]) if told != SamplerStage() else geninfo.stages,
        parameters={**geninfo.parameters, **other_parameters(fields, *USED)},
    )


def _resources(fields: dict[str, Json]) -> tuple[LoraRef, ...]:
    """Named LoRAs of the site's list; most entries have a number only and are no name."""
    return tuple(
        LoraRef(str(item["modelName"]), to_float(item.get("strength", item.get("weight"))))
        for item in as_list(fields.get("resources"))
        if isinstance(item, dict) and real_text(item.get("modelName")) and str(item.get("type", "")).lower() == "lora"
    )
