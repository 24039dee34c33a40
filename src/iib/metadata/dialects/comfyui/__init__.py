"""ComfyUI: the graph that ran is in the file; the fields are read out of it by walking back from the saver."""

from __future__ import annotations

import re
from dataclasses import replace

from iib.errors import MetadataError
from iib.metadata.dialects.a1111 import to_geninfo
from iib.metadata.dialects.comfyui.graph import Graph, from_api
from iib.metadata.dialects.comfyui.trace import Trace, Tracer
from iib.metadata.dialects.comfyui.workflow import from_workflow
from iib.metadata.dialects.infotext import parse_infotext
from iib.metadata.json_text import loads_lenient
from iib.metadata.protocol import Context, Entry, Reading
from iib.model.geninfo import GenerationInfo, Json

PREFIX = re.compile(r"^\s*(prompt|workflow)\s*:\s*(?=\{)", re.IGNORECASE)
PROMPT_KEYS = ("prompt", "comfy:prompt")
WORKFLOW_KEYS = ("workflow", "comfy:workflow")
JSON_KEYS = ("usercomment", "comment", "parameters", "imagedescription", "description", "generation_data")
FULL, GRAPH_ONLY = 90, 40
TEXT_NODE = re.compile(r"textencode|prompt", re.IGNORECASE)


class ComfyUIDialect:
    """Reads both forms of the graph from every place savers put them."""

    name = "comfyui"

    def read(self, context: Context) -> Reading | None:
        """Fields of the saved file; the text a saver node wrote beside the graph wins where it is real."""
        best: Reading | None = None
        values = [(entry.place, value) for entry in context.entries for value in _graph_values(entry)]
        parsed, is_broken = _parse_all(values)
        for convert in (from_api, from_workflow):  # what ran comes before what was drawn
            for place, value in parsed:
                graph = convert(value)
                if graph is None:
                    continue
                reading = self._read_graph(graph, place, context)
                if best is None or reading.score > best.score:
                    best = reading
                if best.score >= FULL:
                    return best
        if best is None and is_broken:
            raise MetadataError("a ComfyUI graph is there but damaged")
        return best

    def _read_graph(self, graph: Graph, place: str, context: Context) -> Reading:
        is_video = context.container in ("mp4", "mkv") or context.file_name.lower().endswith((".webm", ".gif"))
        trace = Tracer(graph, context.file_name, is_video=is_video).trace()
        geninfo = _to_geninfo(trace, graph, place, context)
        geninfo = _with_saver_text(geninfo, context)
        has_fields = geninfo.prompt or geninfo.stages or geninfo.models
        return Reading(FULL if has_fields else GRAPH_ONLY, geninfo)


def _parse_all(values: list[tuple[str, Json]]) -> tuple[list[tuple[str, Json]], bool]:
    """Parsed JSON with its place, what looks like a graph that ran first; and whether a graph was broken."""
    parsed: list[tuple[str, Json]] = []
    is_broken = False
    for place, value in values:
        try:
            parsed.append((place, loads_lenient(value) if isinstance(value, str) else value))
        except MetadataError:
            is_broken = is_broken or '"class_type"' in value or '"widgets_values"' in value
    return parsed, is_broken


def _graph_values(entry: Entry) -> list[Json]:
    """Texts or objects of an entry that may be graphs."""
    key = entry.key.lower()
    match = PREFIX.match(entry.text)
    if match is not None:
        return [entry.text[match.end() :].strip("\0 ")]
    if key in PROMPT_KEYS or key in WORKFLOW_KEYS:
        return [entry.text]
    if key not in JSON_KEYS and not key.startswith("0x"):
        return []
    text = entry.text.lstrip("\0 ")
    if not text.startswith("{") or ("class_type" not in text and '"nodes"' not in text):
        return []
    try:
        value = loads_lenient(text)
    except MetadataError:
        return [text]
    if isinstance(value, dict) and ("prompt" in value or "workflow" in value) and from_api(value) is None:
        return [item for item in (value.get("prompt"), value.get("workflow")) if isinstance(item, str | dict)]
    return [value]


def _to_geninfo(trace: Trace, graph: Graph, place: str, context: Context) -> GenerationInfo:
    stage = trace.stages[0] if trace.stages else None
    positive, negative = list(trace.positive), list(trace.negative)
    if context.extract_all_prompts:
        texts = [
            node.inputs["text"]
            for node in graph.nodes.values()
            if TEXT_NODE.search(node.type) and isinstance(node.inputs.get("text"), str) and node.inputs["text"].strip()
        ]
        positive, negative = (["\nBREAK\n".join(dict.fromkeys(texts))], []) if texts else (positive, negative)
    size = trace.size
    if size is None and stage is not None and context.width_px and context.height_px:
        size = (context.width_px, context.height_px)
    return GenerationInfo(
        tool="ComfyUI",
        prompt="\n".join(positive) or None,
        negative_prompt="\n".join(negative) or None,
        prompt_parts=tuple(positive) if len(positive) > 1 else (),
        negative_parts=tuple(negative) if len(negative) > 1 else (),
        models=tuple(trace.models),
        loras=tuple(trace.loras),
        vae=trace.vae,
        sampler=stage.sampler if stage else None,
        scheduler=stage.scheduler if stage else None,
        steps=stage.steps if stage else None,
        cfg=stage.cfg if stage else None,
        guidance=trace.guidance,
        seed=stage.seed if stage else None,
        width=size[0] if size else None,
        height=size[1] if size else None,
        denoise=stage.denoise if stage else None,
        stages=tuple(trace.stages),
        parameters={"Provider node": trace.provider} if trace.provider else {},
        source={"prompt": place},
    )


def _with_saver_text(geninfo: GenerationInfo, context: Context) -> GenerationInfo:
    """What a saver node wrote as WebUI text was computed at run time and beats the graph, unless it is a default."""
    entry = context.find("parameters", "usercomment")
    if entry is None or entry.text.lstrip()[:1] == "{":
        return geninfo
    info = parse_infotext(entry.text)
    if not info.has_settings or not info.prompt or info.prompt.strip().lower() == "unknown":
        return geninfo
    written = to_geninfo(info)
    return replace(
        geninfo,
        prompt=written.prompt,
        negative_prompt=written.negative_prompt,
        prompt_parts=(),
        negative_parts=(),
        models=written.models or geninfo.models,
        loras=written.loras or geninfo.loras,
        sampler=written.sampler or geninfo.sampler,
        scheduler=written.scheduler or geninfo.scheduler,
        steps=written.steps if written.steps is not None else geninfo.steps,
        cfg=written.cfg if written.cfg is not None else geninfo.cfg,
        seed=written.seed if written.seed is not None else geninfo.seed,
        width=written.width or geninfo.width,
        height=written.height or geninfo.height,
        parameters={**geninfo.parameters, **written.parameters},
        source={**geninfo.source, "text": entry.text.strip("\0 \n"), "prompt": entry.place},
    )
