"""Interprets Easy Diffusion: one chunk per setting, a JSON comment, or sidecars; with field names or labels."""

from __future__ import annotations

import ast

from iib.metadata.dialects.json_values import as_list, json_object, real_text
from iib.metadata.protocol import GRAPH_KEYS, Context, DialectResult
from iib.metadata.values import clean_model_name, split_schedule, to_float, to_int
from iib.model import GenerationInfo, Json, LoraRef, ModelRef

TOOL = "Easy Diffusion"
LABELS = {
    "prompt": "prompt",
    "negative prompt": "negative_prompt",
    "seed": "seed",
    "stable diffusion model": "use_stable_diffusion_model",
    "clip skip": "clip_skip",
    "vae model": "use_vae_model",
    "sampler": "sampler_name",
    "scheduler": "scheduler_name",
    "steps": "num_inference_steps",
    "guidance scale": "guidance_scale",
    "distilled guidance": "distilled_guidance_scale",
    "width": "width",
    "height": "height",
    "lora model": "use_lora_model",
    "lora strength": "lora_alpha",
    "prompt strength": "prompt_strength",
    "hypernetwork model": "use_hypernetwork_model",
    "hypernetwork strength": "hypernetwork_strength",
    "use face correction": "use_face_correction",
    "use upscaling": "use_upscale",
    "upscale by": "upscale_amount",
    "tiling": "tiling",
}
FIELD_NAMES = frozenset(LABELS.values())
MODEL_KEY, STEPS_KEY, CFG_KEY = "use_stable_diffusion_model", "num_inference_steps", "guidance_scale"
MIN_LABELS = 4


class EasyDiffusionDialect:
    """Dialect of Easy Diffusion. Its chunk `prompt` is plain text and not a graph."""

    name = "easydiffusion"

    def read(self, context: Context) -> DialectResult | None:
        """Read the chunks, otherwise JSON in a comment or sidecar, otherwise the labelled lines of a text sidecar."""
        values: dict[str, Json] = {}
        for entry in context.entries:
            key = _field_name(entry.key)
            if key is not None:
                values.setdefault(key, entry.text)
        if MODEL_KEY not in values:
            values = self._values_in_texts(context)
        if MODEL_KEY not in values or not (STEPS_KEY in values or CFG_KEY in values):
            return None
        return DialectResult(100, parse_easy_diffusion(values))

    def _values_in_texts(self, context: Context) -> dict[str, Json]:
        for entry in context.entries:
            if entry.key in GRAPH_KEYS:
                continue
            if entry.text[:1] == "{" and MODEL_KEY in entry.text:
                values = json_object(entry.text) or {}
                if MODEL_KEY in values:
                    return values
                inner = values.get("reqBody")
                if isinstance(inner, dict) and MODEL_KEY in inner:
                    return inner
            elif entry.place == "sidecar:txt" and "Stable Diffusion model:" in entry.text:
                lines = _parse_labelled_lines(entry.text)
                if len(lines) >= MIN_LABELS:
                    return lines
        return {}


def _field_name(key: str) -> str | None:
    return key if key in FIELD_NAMES else LABELS.get(key.lower())


def _parse_labelled_lines(text: str) -> dict[str, Json]:
    values: dict[str, Json] = {}
    last: str | None = None
    for line in text.splitlines():
        label, colon, value = line.partition(":")
        key = LABELS.get(label.strip().lower()) if colon else None
        if key is not None:
            values.setdefault(key, value.strip())
            last = key
        elif last in ("prompt", "negative_prompt") and line.strip():
            values[last] = f"{values[last]}\n{line}"
    return values


def parse_easy_diffusion(values: dict[str, Json]) -> GenerationInfo:
    """Return the generation info of the settings. Models are paths; LoRAs are a text, a list or a printed list."""
    model = real_text(values.get(MODEL_KEY))
    vae = real_text(values.get("use_vae_model"))
    sampler, scheduler = real_text(values.get("sampler_name")), real_text(values.get("scheduler_name"))
    if sampler and scheduler is None:
        sampler, scheduler = split_schedule(sampler)
    names = [str(item) for item in _split_items(values.get("use_lora_model")) if real_text(str(item))]
    weights = [to_float(item) for item in _split_items(values.get("lora_alpha"))]
    loras = tuple(
        LoraRef(clean_model_name(name), weights[index] if index < len(weights) else None)
        for index, name in enumerate(names)
    )
    parameters = {
        key: str(value)
        for key, value in values.items()
        if key in ("clip_skip", "tiling", "use_upscale", "upscale_amount", "use_face_correction", "prompt_strength")
        and real_text(str(value))
    }
    return GenerationInfo(
        tool=TOOL,
        prompt=real_text(values.get("prompt")),
        negative_prompt=real_text(values.get("negative_prompt")),
        models=(ModelRef(clean_model_name(model)),) if model else (),
        loras=loras,
        vae=clean_model_name(vae) if vae else None,
        sampler=sampler,
        scheduler=scheduler,
        steps=to_int(values.get(STEPS_KEY)),
        cfg=to_float(values.get(CFG_KEY)),
        guidance=to_float(values.get("distilled_guidance_scale")),
        seed=to_int(values.get("seed")),
        width=to_int(values.get("width")),
        height=to_int(values.get("height")),
        parameters=parameters,
        is_generated=True,
    )


def _split_items(value: Json) -> list[Json]:
    if isinstance(value, str):
        text = value.strip()
        if text[:1] in "[(" and len(text) < 20_000:
            try:
                value = ast.literal_eval(text)
            except (ValueError, SyntaxError, RecursionError, MemoryError):
                value = text.strip("[]()").split(",")
        else:
            value = text.split(",")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return [value]
    return [item.strip() if isinstance(item, str) else item for item in as_list(list(value or []))]
