"""Interprets NMKD Stable Diffusion GUI: one chunk with a JSON object; its versions on InvokeAI write that format."""

from __future__ import annotations

from iib.metadata.dialects.json_values import as_list, as_object, json_object, other_parameters, real_text
from iib.metadata.protocol import Context, DialectResult
from iib.metadata.values import clean_model_name, parse_size, split_schedule, to_float, to_int
from iib.model import GenerationInfo, Json, LoraRef, ModelRef

TOOL = "NMKD Stable Diffusion GUI"
KEYS = ("GenerationInfoJson", "GenerationInfo", "Nmkdiffusers")  # of the versions on ComfyUI, then those on diffusers
USED_KEYS = frozenset(
    (
        "prompt", "negativeprompt", "promptneg", "model", "modelrefiner", "vae", "loras", "sampler", "steps", "seed",
        "scale", "scaletxt", "guidance", "baseresolution", "w", "h", "initstrength",
    )
)  # fmt: skip


class NmkdDialect:
    """Dialect of NMKD Stable Diffusion GUI. Files are recognised by the name of the chunk."""

    name = "nmkd"
    keys = frozenset(key.lower() for key in KEYS)

    def read(self, context: Context) -> DialectResult | None:
        """Read the first chunk that is a JSON object with a prompt."""
        for key in KEYS:
            entry = context.find(key)
            values = json_object(entry.text.lstrip()) if entry is not None else None
            if values is not None:
                by_key = {name.lower().replace("_", ""): value for name, value in values.items()}
                if "prompt" in by_key:
                    return DialectResult(100, _parse(by_key, values))
        return None


def _parse(by_key: dict[str, Json], values: dict[str, Json]) -> GenerationInfo:
    """Return the generation info; numbers may be texts, and the spelling of the keys differs between versions."""
    model, refiner = real_text(by_key.get("model")), real_text(by_key.get("modelrefiner"))
    models = [ModelRef(clean_model_name(model))] if model else []
    if refiner:
        models.append(ModelRef(clean_model_name(refiner), kind="refiner"))
    sampler, scheduler = real_text(by_key.get("sampler")), None
    if sampler:
        sampler, scheduler = split_schedule(sampler)
    vae = real_text(by_key.get("vae"))
    size = parse_size(by_key.get("baseresolution")) or (to_int(by_key.get("w")), to_int(by_key.get("h")))
    seed = to_int(by_key.get("seed"))
    strength = to_float(by_key.get("initstrength")) if real_text(by_key.get("initimg")) else None
    return GenerationInfo(
        tool=TOOL,
        prompt=real_text(by_key.get("prompt")),
        negative_prompt=real_text(by_key.get("negativeprompt")) or real_text(by_key.get("promptneg")),
        models=tuple(models),
        loras=_loras(by_key.get("loras")),
        vae=clean_model_name(vae) if vae else None,
        sampler=sampler,
        scheduler=scheduler,
        steps=to_int(by_key.get("steps")) or None,
        cfg=to_float(by_key.get("scaletxt", by_key.get("scale"))),
        guidance=to_float(by_key.get("guidance")),
        seed=seed if seed is not None and seed >= 0 else None,
        width=size[0] or None,
        height=size[1] or None,
        denoise=None if strength is None else round(1 - strength, 6),
        parameters=other_parameters(values, *(key for key in values if key.lower().replace("_", "") in USED_KEYS)),
        is_generated=True,
    )


def _loras(value: Json) -> tuple[LoraRef, ...]:
    """Return the LoRAs of a list of pairs `{"Key": name, "Value": weight}` or of an object of weights by name."""
    pairs: list[tuple[Json, Json]] = list(value.items()) if isinstance(value, dict) else []
    for item in as_list(value)[:100]:
        fields = {key.lower(): part for key, part in as_object(item).items()}
        pairs.append((fields.get("key"), fields.get("value")))
    return tuple(LoraRef(clean_model_name(name), to_float(weight)) for key, weight in pairs if (name := real_text(key)))
