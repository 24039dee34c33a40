"""Interprets Draw Things: XMP with a JSON comment, and an infotext with other names."""

from __future__ import annotations

from iib.metadata.dialects.json_values import as_list, as_object, json_object, other_parameters, real_text
from iib.metadata.dialects.webui.infotext import Infotext, parse_infotext
from iib.metadata.protocol import Context, DialectResult
from iib.metadata.values import clean_model_name, parse_size, to_float, to_int
from iib.model import GenerationInfo, Json, LoraRef, ModelRef

TOOL = "Draw Things"
MAX_LORAS = 32


class DrawThingsDialect:
    """Dialect of Draw Things. Prefers the JSON comment; some re-saved files have only the description."""

    name = "drawthings"

    def read(self, context: Context) -> DialectResult | None:
        """Read files that name the creator tool, or whose comment has the keys of Draw Things."""
        creator = context.find("xmp:CreatorTool", "CreatorTool", "Software")
        is_draw_things = creator is not None and creator.text.strip() == TOOL
        for entry in context.entries:
            if not entry.key.endswith("UserComment") or '"c"' not in entry.text:
                continue
            values = json_object(entry.text)
            if values is not None and "c" in values and (is_draw_things or "v2" in values or "seedMode" in values):
                return DialectResult(100, parse_draw_things(values))
        description = context.find("dc:description", "ImageDescription", "Description") if is_draw_things else None
        if description is not None:
            return DialectResult(95, _from_line(description.text))
        return DialectResult(40, GenerationInfo(tool=TOOL, is_generated=True)) if is_draw_things else None


def parse_draw_things(values: dict[str, Json]) -> GenerationInfo:
    """Return the generation info of the JSON comment. The sampler is a name outside `v2` and a number inside it."""
    inner = as_object(values.get("v2"))
    size = parse_size(values.get("size")) or (to_int(inner.get("width")), to_int(inner.get("height")))
    model = real_text(values.get("model")) or real_text(inner.get("model"))
    refiner = real_text(values.get("refiner") or values.get("refiner_model")) or real_text(inner.get("refinerModel"))
    models = [ModelRef(clean_model_name(model))] if model else []
    if refiner:
        models.append(ModelRef(clean_model_name(refiner), kind="refiner"))
    loras = []
    for item in as_list(values.get("lora")) or as_list(inner.get("loras")):
        fields = as_object(item)
        name = real_text(fields.get("model")) or real_text(fields.get("file"))
        if name:
            loras.append(LoraRef(clean_model_name(name), _rounded(fields.get("weight"))))
    parameters = other_parameters(values, "c", "uc", "model", "sampler", "scale", "steps", "seed", "size", "strength")
    return GenerationInfo(
        tool=TOOL,
        prompt=real_text(values.get("c")),
        negative_prompt=real_text(values.get("uc")),
        models=tuple(models),
        loras=tuple(loras),
        sampler=real_text(values.get("sampler")),
        steps=to_int(values.get("steps")) or to_int(inner.get("steps")),
        cfg=_rounded(values.get("scale", inner.get("guidanceScale"))),
        seed=to_int(values.get("seed", inner.get("seed"))),
        width=size[0],
        height=size[1],
        denoise=_rounded(values.get("strength")),
        parameters=parameters,
        is_generated=True,
    )


def _rounded(value: Json) -> float | None:
    number = to_float(value)  # stored in 32 bits: 0.80000001192092896
    return None if number is None else round(number, 6)


def _from_line(text: str) -> GenerationInfo:
    info = parse_infotext(text)
    prompt, negative = _split_negative(info.prompt, info.negative)
    size = parse_size(info.get("Size"))
    model, refiner = info.get("Model"), info.get("Refiner")
    models = [ModelRef(clean_model_name(model))] if model else []
    if refiner:
        models.append(ModelRef(clean_model_name(refiner), kind="refiner"))
    return GenerationInfo(
        tool=TOOL,
        prompt=prompt or None,
        negative_prompt=negative or None,
        models=tuple(models),
        loras=_text_loras(info),
        sampler=info.get("Sampler"),
        steps=to_int(info.get("Steps")),
        cfg=to_float(info.get("Guidance Scale", "CFG scale")),
        seed=to_int(info.get("Seed")),
        width=size[0] if size else None,
        height=size[1] if size else None,
        denoise=to_float(info.get("Strength")),
        parameters=dict(info.settings),
        is_generated=True,
    )


def _text_loras(info: Infotext) -> tuple[LoraRef, ...]:
    """Return the LoRAs of the line: a single one has no number, several count from 1."""
    loras = []
    for prefix in ("LoRA", *(f"LoRA {number}" for number in range(1, MAX_LORAS))):
        name = info.get(f"{prefix} Model")
        if name:
            loras.append(LoraRef(clean_model_name(name), _rounded(info.get(f"{prefix} Weight"))))
    return tuple(loras)


def _split_negative(prompt: str, negative: str) -> tuple[str, str]:
    """Split off the negative prompt: the last part that begins with a minus at the start of a line."""
    if negative:
        return prompt, negative
    start = f"\n{prompt}".rfind("\n-")
    return (prompt, "") if start < 0 else (prompt[: max(0, start - 1)].rstrip(), prompt[start + 1 :].strip())
