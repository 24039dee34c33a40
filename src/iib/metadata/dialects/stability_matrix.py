"""Interprets Stability Matrix: the chunk `parameters-json`, an infotext, its project and a ComfyUI graph."""

from __future__ import annotations

from iib.metadata.dialects.json_values import json_object, other_parameters, real_text
from iib.metadata.dialects.webui.infotext import parse_infotext
from iib.metadata.protocol import Context, DialectResult
from iib.metadata.values import clean_model_name, find_loras, parse_size, split_schedule, to_float, to_int
from iib.model import GenerationInfo, Json, ModelRef

TOOL = "Stability Matrix"
USED_KEYS = (
    "PositivePrompt", "NegativePrompt", "ModelName", "ModelHash", "Sampler", "CfgScale", "Steps", "Seed", "Width",
    "Height",
)  # fmt: skip


class StabilityMatrixDialect:
    """Dialect of Stability Matrix. Files are recognised by its chunk names."""

    name = "stability_matrix"
    keys = frozenset(("parameters-json", "smproj"))

    def read(self, context: Context) -> DialectResult | None:
        """Read the JSON, otherwise the infotext. The ComfyUI dialect fills the gaps of both."""
        if context.find("parameters-json", "smproj") is None:
            return None
        parameters = context.find("parameters-json")
        values = json_object(parameters.text) if parameters is not None else None
        if values:
            return DialectResult(97, parse_parameters(values))
        text = context.find("parameters")
        if text is not None and text.text.lstrip()[:1] != "{":
            return DialectResult(97, _from_text(text.text))
        return DialectResult(30, GenerationInfo(tool=TOOL, is_generated=True))


def parse_parameters(values: dict[str, Json]) -> GenerationInfo:
    """Return the generation info of the JSON. Its sampler includes the schedule: "Euler Ancestral Karras"."""
    sampler, scheduler = real_text(values.get("Sampler")), None
    if sampler:
        sampler, scheduler = split_schedule(sampler)
    model = real_text(values.get("ModelName"))
    prompt = real_text(values.get("PositivePrompt"))
    return GenerationInfo(
        tool=TOOL,
        prompt=prompt,
        negative_prompt=real_text(values.get("NegativePrompt")),
        models=(ModelRef(clean_model_name(model), real_text(values.get("ModelHash"))),) if model else (),
        loras=tuple(find_loras(prompt or "")),
        sampler=sampler,
        scheduler=scheduler,
        steps=to_int(values.get("Steps")) or None,
        cfg=to_float(values.get("CfgScale")),
        seed=to_int(values.get("Seed")),
        width=to_int(values.get("Width")) or None,
        height=to_int(values.get("Height")) or None,
        parameters=other_parameters(values, *USED_KEYS),
        is_generated=True,
    )


def _from_text(text: str) -> GenerationInfo:
    info = parse_infotext(text)
    sampler, scheduler = info.get("Sampler"), info.get("Schedule type")
    if sampler and scheduler is None:
        sampler, scheduler = split_schedule(sampler)
    size, model = parse_size(info.get("Size")), info.get("Model")
    return GenerationInfo(
        tool=TOOL,
        prompt=info.prompt or None,
        negative_prompt=info.negative or None,
        models=(ModelRef(clean_model_name(model), info.get("Model hash")),) if model else (),
        loras=tuple(find_loras(info.prompt)),
        sampler=sampler,
        scheduler=scheduler,
        steps=to_int(info.get("Steps")),
        cfg=to_float(info.get("CFG scale")),
        seed=to_int(info.get("Seed")),
        width=size[0] if size else None,
        height=size[1] if size else None,
        parameters=dict(info.settings),
        is_generated=True,
    )
