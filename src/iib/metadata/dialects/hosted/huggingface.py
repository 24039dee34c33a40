"""Interprets Hugging Face Spaces based on diffusers: `parameters` as JSON."""

from __future__ import annotations

from iib.metadata.dialects.json_values import as_list, as_object, json_object, other_parameters, real_text
from iib.metadata.protocol import Context, DialectResult
from iib.metadata.values import clean_model_name, find_loras, parse_size, split_schedule, to_float, to_int
from iib.model import GenerationInfo, Json, LoraRef, ModelRef

TOOL = "Hugging Face Space"
MARKS = ("num_inference_steps", "guidance_scale")
USED_KEYS = (
    "prompt",
    "negative_prompt",
    "resolution",
    "guidance_scale",
    "num_inference_steps",
    "seed",
    "sampler",
    "Model",
)


class HuggingFaceDialect:
    """Dialect of Hugging Face Spaces: the settings have the names of diffusers, the model those of WebUI."""

    name = "huggingface"
    keys = frozenset(("parameters", "usercomment", "metadata"))

    def read(self, context: Context) -> DialectResult | None:
        """Read files that have both keys of `MARKS`."""
        if not context.has_object:
            return None
        entry = context.find("parameters", "UserComment", "metadata")
        if entry is None or not all(mark in entry.text for mark in MARKS):
            return None
        values = json_object(entry.text)
        if values is None or not all(mark in values for mark in MARKS) or "use_stable_diffusion_model" in values:
            return None
        return DialectResult(100, parse_space(values))


def parse_space(values: dict[str, Json]) -> GenerationInfo:
    """Return the generation info. `resolution` is the size before an optional upscale."""
    size = parse_size(values.get("resolution")) or (to_int(values.get("width")), to_int(values.get("height")))
    sampler, scheduler = real_text(values.get("sampler")) or real_text(values.get("scheduler")), None
    if sampler:
        sampler, scheduler = split_schedule(sampler)
    name = real_text(values.get("Model")) or real_text(values.get("model"))
    prompt = real_text(values.get("prompt"))
    loras = find_loras(prompt or "")
    for item in as_list(values.get("loras")):
        lora = real_text(as_object(item).get("name")) if isinstance(item, dict) else real_text(item)
        if lora:
            loras.append(LoraRef(clean_model_name(lora), to_float(as_object(item).get("weight"))))
    digest = real_text(values.get("Model hash")) or real_text(values.get("model_hash"))
    parameters = other_parameters(values, *USED_KEYS)
    for key, value in as_object(values.get("use_upscaler")).items():
        if isinstance(value, str | int | float):
            parameters[f"upscaler {key}"] = str(value)
    return GenerationInfo(
        tool=TOOL,
        prompt=prompt,
        negative_prompt=real_text(values.get("negative_prompt")),
        models=(ModelRef(_model_name(name), digest),) if name else (),
        loras=tuple(loras),
        sampler=sampler,
        scheduler=scheduler,
        steps=to_int(values.get("num_inference_steps")),
        cfg=to_float(values.get("guidance_scale")),
        seed=to_int(values.get("seed")),
        width=size[0],
        height=size[1],
        parameters=parameters,
        is_generated=True,
    )


def _model_name(name: str) -> str:
    return name if name.count("/") == 1 and " " not in name and "." not in name else clean_model_name(name)
