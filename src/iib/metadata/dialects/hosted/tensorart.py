"""Interprets Tensor.Art: `generation_data` as JSON, next to the graph of the run."""

from __future__ import annotations

from iib.metadata.dialects.json_values import as_list, as_object, json_object, other_parameters, real_text
from iib.metadata.protocol import Context, DialectResult
from iib.metadata.values import LORA_TYPES, clean_model_name, find_loras, split_schedule, to_float, to_int
from iib.model import GenerationInfo, Json, LoraRef, ModelRef

TOOL = "Tensor.Art"
USED_KEYS = (
    "prompt", "negativePrompt", "ksamplerName", "samplerName", "schedule", "cfgScale", "steps", "seed", "width",
    "height", "guidance",
)  # fmt: skip


class TensorArtDialect:
    """Dialect of Tensor.Art. A missing seed ("-1") is filled by the ComfyUI dialect."""

    name = "tensorart"
    keys = frozenset(("generation_data",))

    def read(self, context: Context) -> DialectResult | None:
        """Read files with `generation_data` that names a base model or sampler."""
        entry = context.find("generation_data")
        values = json_object(entry.text.rstrip("\0 ")) if entry is not None else None
        if values is None or not ("baseModel" in values or "ksamplerName" in values):
            return None
        return DialectResult(97, parse_tensor_art(values))


def parse_tensor_art(values: dict[str, Json]) -> GenerationInfo:
    """Return the generation info of the JSON object. Its list of models contains the LoRAs."""
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
        parameters=other_parameters(values, *USED_KEYS),
        is_generated=True,
    )


def _loras(models: Json, prompt: str) -> tuple[LoraRef, ...]:
    loras = {lora.name: lora for lora in find_loras(prompt)}
    for item in as_list(models):
        fields = as_object(item)
        name = real_text(fields.get("modelFileName")) or real_text(fields.get("label"))
        if name and str(fields.get("type", "")).lower() in LORA_TYPES:
            plain = clean_model_name(name)
            loras.setdefault(plain, LoraRef(plain, to_float(fields.get("weight")), hash=real_text(fields.get("hash"))))
    return tuple(loras.values())
