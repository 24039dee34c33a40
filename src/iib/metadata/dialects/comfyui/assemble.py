"""From a trace to the one result type, with what a saver node wrote as text beside the graph."""

from __future__ import annotations

import re
from dataclasses import replace

from iib.metadata.dialects.comfyui.evaluate import Evaluator
from iib.metadata.dialects.comfyui.graph import Graph
from iib.metadata.dialects.comfyui.nodes import Role, spec_of
from iib.metadata.dialects.comfyui.readers.civitai import site_fields, with_site_fields
from iib.metadata.dialects.comfyui.trace import Trace
from iib.metadata.dialects.webui.a1111 import to_geninfo as infotext_to_geninfo
from iib.metadata.dialects.webui.infotext import parse_infotext
from iib.metadata.protocol import Context, Entry
from iib.model import GenerationInfo, SamplerStage

EMBEDDING = re.compile(r"\bembedding:\s*([^\s,()\[\]]{1,120})", re.IGNORECASE)
EMBEDDING_SUFFIX = re.compile(r"(\.(safetensors|pt|bin))?(:[-\d.]+)?$", re.IGNORECASE)
BY_PIXELS = 0.5
ENCODER = re.compile(r"text ?encode", re.IGNORECASE)


def to_geninfo(trace: Trace, graph: Graph, place: str, context: Context) -> GenerationInfo:
    """All fields of the file."""
    stage = trace.stages[0] if trace.stages else SamplerStage()
    positive, negative = trace.positive, trace.negative
    if context.extract_all_prompts:
        every = all_prompts(graph)
        positive, negative = ([every], []) if every else (positive, negative)
    size, confidence = trace.size, dict(trace.confidence)
    if size is None and trace.stages and context.width_px and context.height_px:
        size = (context.width_px, context.height_px)
        confidence["size"] = BY_PIXELS
    geninfo = GenerationInfo(
        tool="ComfyUI",
        prompt="\n".join(positive) or None,
        negative_prompt="\n".join(negative) or None,
        prompt_parts=tuple(positive) if len(positive) > 1 else (),
        negative_parts=tuple(negative) if len(negative) > 1 else (),
        models=tuple(trace.models),
        loras=tuple(trace.loras),
        embeddings=_embeddings([*positive, *negative]),
        vae=trace.vae,
        sampler=stage.sampler,
        scheduler=stage.scheduler,
        steps=stage.steps,
        cfg=stage.cfg,
        guidance=trace.guidance,
        seed=stage.seed,
        width=size[0] if size else None,
        height=size[1] if size else None,
        denoise=stage.denoise,
        hires=trace.hires,
        stages=tuple(trace.stages),
        parameters=trace.parameters,
        source={"prompt": place},
        confidence=confidence,
        notes=tuple(trace.notes),
    )
    return with_site_fields(_with_saver_text(geninfo, context), site_fields(graph.site_json))


def all_prompts(graph: Graph) -> str | None:
    """Texts of every text-encode node, joined by a line BREAK."""
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
    """Names of textual inversions: `embedding:folder\\name.pt` gives "name"."""
    found: dict[str, None] = {}
    for text in texts:
        if "embedding:" in text.lower():
            for match in EMBEDDING.finditer(text):
                name = EMBEDDING_SUFFIX.sub("", re.split(r"[\\/]", match[1])[-1])
                if name:
                    found[name] = None
    return tuple(found)


def _infotext_of(context: Context) -> Entry | None:
    for entry in context.entries:
        is_text = entry.key.lower() in ("parameters", "usercomment") and "Steps:" in entry.text
        if is_text and entry.text.lstrip("\0 \n")[:1] not in ("{", "["):
            return entry
    return None


def _with_saver_text(geninfo: GenerationInfo, context: Context) -> GenerationInfo:
    """What a saver node wrote as WebUI text was computed at run time and beats the graph, unless it is a default."""
    entry = _infotext_of(context)
    if entry is None:
        return geninfo
    infotext = parse_infotext(entry.text)
    if not infotext.has_settings or not infotext.prompt or infotext.prompt.strip().lower() == "unknown":
        return geninfo
    written = infotext_to_geninfo(infotext)
    stages = geninfo.stages
    if stages:
        first = replace(
            stages[0],
            sampler=written.sampler or stages[0].sampler,
            scheduler=written.scheduler or stages[0].scheduler,
            steps=written.steps if written.steps is not None else stages[0].steps,
            cfg=written.cfg if written.cfg is not None else stages[0].cfg,
            seed=written.seed if written.seed is not None else stages[0].seed,
        )
        stages = (first, *stages[1:])
    else:
        first = SamplerStage(written.sampler, written.scheduler, written.steps, written.cfg, written.seed)
    return replace(
        geninfo,
        prompt=written.prompt,
        negative_prompt=written.negative_prompt,
        prompt_parts=(),
        negative_parts=(),
        models=written.models or geninfo.models,
        loras=written.loras or geninfo.loras,
        vae=geninfo.vae or written.vae,
        sampler=first.sampler,
        scheduler=first.scheduler,
        steps=first.steps,
        cfg=first.cfg,
        seed=first.seed,
        width=written.width or geninfo.width,
        height=written.height or geninfo.height,
        stages=stages,
        parameters={**geninfo.parameters, **written.parameters},
        source={**geninfo.source, "text": entry.text.strip("\0 \n"), "prompt": entry.place},
        confidence={},
    )
