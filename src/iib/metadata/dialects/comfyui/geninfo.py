"""Builds generation info from the fields of a graph and from the infotext of a saver node."""

from __future__ import annotations

import re
from dataclasses import replace

from iib.metadata.dialects.comfyui.evaluate import Evaluator
from iib.metadata.dialects.comfyui.graph import Graph
from iib.metadata.dialects.comfyui.nodes import Role, spec_of
from iib.metadata.dialects.comfyui.readers import GraphFields
from iib.metadata.dialects.comfyui.readers.civitai import civitai_fields, with_civitai_fields
from iib.metadata.dialects.webui.a1111 import to_geninfo as infotext_to_geninfo
from iib.metadata.dialects.webui.infotext import parse_infotext
from iib.metadata.protocol import Context, Entry
from iib.model import GenerationInfo, SamplerStage

EMBEDDING = re.compile(r"\bembedding:\s*([^\s,()\[\]]{1,120})", re.IGNORECASE)
EMBEDDING_SUFFIX = re.compile(r"(\.(safetensors|pt|bin))?(:[-\d.]+)?$", re.IGNORECASE)
PIXEL_SIZE_CONFIDENCE = 0.5
ENCODER = re.compile(r"text ?encode", re.IGNORECASE)


def to_geninfo(fields: GraphFields, graph: Graph, place: str, context: Context) -> GenerationInfo:
    """Return the generation info of the file.

    If the graph has samplers but no size, the pixel size of the file is used, with a confidence of 0.5.
    """
    stage = fields.stages[0] if fields.stages else SamplerStage()
    positive, negative = fields.positive, fields.negative
    if context.extract_all_prompts:
        joined = all_prompts(graph)
        positive, negative = ([joined], []) if joined else (positive, negative)
    size, confidence = fields.size, dict(fields.confidence)
    if size is None and fields.stages and context.width_px and context.height_px:
        size = (context.width_px, context.height_px)
        confidence["size"] = PIXEL_SIZE_CONFIDENCE
    geninfo = GenerationInfo(
        tool="ComfyUI",
        prompt="\n".join(positive) or None,
        negative_prompt="\n".join(negative) or None,
        prompt_parts=tuple(positive) if len(positive) > 1 else (),
        negative_parts=tuple(negative) if len(negative) > 1 else (),
        models=tuple(fields.models),
        loras=tuple(fields.loras),
        embeddings=_embeddings([*positive, *negative]),
        vae=fields.vae,
        sampler=stage.sampler,
        scheduler=stage.scheduler,
        steps=stage.steps,
        cfg=stage.cfg,
        guidance=fields.guidance,
        seed=stage.seed,
        width=size[0] if size else None,
        height=size[1] if size else None,
        denoise=stage.denoise,
        hires=fields.hires,
        stages=tuple(fields.stages),
        parameters=fields.parameters,
        source={"prompt": place},
        confidence=confidence,
        notes=tuple(fields.notes),
    )
    return with_civitai_fields(_with_infotext(geninfo, context), civitai_fields(graph.civitai_json))


def all_prompts(graph: Graph) -> str | None:
    """Return the texts of all text encoders, connected or not, joined by BREAK lines; None if there are none."""
    evaluator = Evaluator(graph)
    texts: dict[str, None] = {}
    for node in graph.all_nodes():
        spec = spec_of(node.type)
        if spec.role is not Role.ENCODER and not ENCODER.search(node.type):
            continue
        for name in spec.text or ("text", "prompt", "t5xxl", "text_g", "text_l", "clip_l"):
            text = evaluator.text(node.inputs.get(name), name)
            if text:
                texts[text] = None
    return "\nBREAK\n".join(texts) or None


def _embeddings(texts: list[str]) -> tuple[str, ...]:
    """Return the names of textual inversions: "name" for `embedding:folder\\name.pt`."""
    names: dict[str, None] = {}
    for text in texts:
        if "embedding:" in text.lower():
            for match in EMBEDDING.finditer(text):
                name = EMBEDDING_SUFFIX.sub("", re.split(r"[\\/]", match[1])[-1])
                if name:
                    names[name] = None
    return tuple(names)


def _infotext_entry(context: Context) -> Entry | None:
    for entry in context.entries:
        is_text = entry.key.lower() in ("parameters", "usercomment") and "Steps:" in entry.text
        if is_text and entry.text.lstrip("\0 \n")[:1] not in ("{", "["):
            return entry
    return None


def _with_infotext(geninfo: GenerationInfo, context: Context) -> GenerationInfo:
    """Merge the infotext of a saver node, which was computed at run time and overrides the graph.

    An infotext of default values ("unknown") is ignored.
    """
    entry = _infotext_entry(context)
    if entry is None:
        return geninfo
    infotext = parse_infotext(entry.text)
    if not infotext.has_settings or not infotext.prompt or infotext.prompt.strip().lower() == "unknown":
        return geninfo
    overrides = infotext_to_geninfo(infotext)
    stages = geninfo.stages
    if stages:
        first = replace(
            stages[0],
            sampler=overrides.sampler or stages[0].sampler,
            scheduler=overrides.scheduler or stages[0].scheduler,
            steps=overrides.steps if overrides.steps is not None else stages[0].steps,
            cfg=overrides.cfg if overrides.cfg is not None else stages[0].cfg,
            seed=overrides.seed if overrides.seed is not None else stages[0].seed,
        )
        stages = (first, *stages[1:])
    else:
        first = SamplerStage(overrides.sampler, overrides.scheduler, overrides.steps, overrides.cfg, overrides.seed)
    return replace(
        geninfo,
        prompt=overrides.prompt,
        negative_prompt=overrides.negative_prompt,
        prompt_parts=(),
        negative_parts=(),
        models=overrides.models or geninfo.models,
        loras=overrides.loras or geninfo.loras,
        vae=geninfo.vae or overrides.vae,
        sampler=first.sampler,
        scheduler=first.scheduler,
        steps=first.steps,
        cfg=first.cfg,
        seed=first.seed,
        width=overrides.width or geninfo.width,
        height=overrides.height or geninfo.height,
        stages=stages,
        parameters={**geninfo.parameters, **overrides.parameters},
        source={**geninfo.source, "text": entry.text.strip("\0 \n"), "prompt": entry.place},
        confidence={},
    )
