"""Tensor.Art: `generation_data` JSON beside the graph that ran."""

from __future__ import annotations

from iib.metadata.dialects.json_values import as_list, as_object, further, json_object, real_text
from iib.metadata.protocol import Context, DialectResult
from iib.metadata.values import LORA_TYPES, clean_model_name, find_loras, split_schedule, to_float, to_int
from iib.model import GenerationInfo, Json, LoraRef, ModelRef

TOOL = "Tensor.Art"
USED = (
    "prompt", "negativePrompt", "ksamplerName", "samplerName", "schedule", "cfgScale", "steps", "seed", "width",
    "height", "guidance",
)  # fmt: skip


class TensorArtDialect:
    """The seed may be missing here ("-1"): the graph's dialect fills it."""

    name = "tensorart"
    keys = frozenset(("generation_data",))

    def read(self, context: Context) -> DialectResult | None:
        """Recognised by the key and its base model."""
        entry = context.find("generation_data")
        values = json_object(entry.text.rstrip("\0 ")) if entry is not None else None
        if values is None or not ("baseModel" in values or "ksamplerName" in values):
            return None
        return DialectResult(97, parse_tensor_art(values))


def parse_tensor_art(values: dict[str, Json]) -> GenerationInfo:
    """One object; LoRAs stand among the models."""
    base = as_object(values.get("baseModel"))
    name = real_text(base.get("modelFileName")) or real_text(base.get("label"))
    sampler = real_text(values.get("ksamplerName")) or real_text(values.get("samplerName"))
    scheduler = real_text(values.get("schedule"))
    if sampler and scheduler is None:
        sampler, scheduler = split_schedule(sampler)
    seed = to_int(values.get("seed"))
    vae = real_text(values.get("sdVae"))
    prompt = real_text(values.get("prompt"))
    return GenerationInfo(
        tool=TOOL,
        prompt=prompt,
        negative_prompt=real_text(values.get("negativePrompt")),
        models=(ModelRef(clean_model_name(name), real_text(base.get("hash"))),) if name else (),
        loras=_loras(values.get("models"), prompt or ""),
        vae=vae if vae and vae.lower() != "automatic" else None,
        sampler=sampler,
        scheduler=scheduler,
        steps=to_int(values.get("steps")),
        cfg=to_float(values.get("cfgScale")),
        guidance=to_float(values.get("guidance")),
        seed=seed if seed is not None and seed >= 0 else None,
        width=to_int(values.get("width")),
        height=to_int(values.get("height")),
        parameters=further(values, *USED),
        is_generated=True,
    )


def _loras(models: Json, prompt: str) -> tuple[LoraRef, ...]:
    found = {lora.name: lora for lora in find_loras(prompt)}
    for item in as_list(models):
        fields = as_object(item)
        name = real_text(fields.get("modelFileName")) or real_text(fields.get("label"))
        if name and str(fields.get("type", "")).lower() in LORA_TYPES:
            plain = clean_model_name(name)
            found.setdefault(plain, LoraRef(plain, to_float(fields.get("weight")), hash=real_text(fields.get("hash"))))
    return tuple(found.values())
