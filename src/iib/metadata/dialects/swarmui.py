"""Interprets SwarmUI: one JSON object with `sui_image_params`, in PNG `parameters` or an EXIF comment."""

from __future__ import annotations

from iib.metadata.dialects.json_values import as_list, as_object, json_object, other_parameters, real_text
from iib.metadata.protocol import GRAPH_KEYS, Context, DialectResult
from iib.metadata.values import clean_model_name, to_float, to_int
from iib.model import GenerationInfo, Json, LoraRef, ModelRef

TOOL = "SwarmUI"
MARK = "sui_image_params"
USED_KEYS = (
    "prompt", "negativeprompt", "model", "seed", "steps", "cfgscale", "width", "height", "sampler", "scheduler",
    "loras", "loraweights", "vae", "swarm_version", "fluxguidancescale",
)  # fmt: skip


class SwarmUIDialect:
    """Dialect of SwarmUI. The graph of its back end is left to the ComfyUI dialect."""

    name = "swarmui"

    def read(self, context: Context) -> DialectResult | None:
        """Read the first entry with the JSON object."""
        for entry in context.entries:
            if entry.key not in GRAPH_KEYS and MARK in (entry.text if entry.text[:1] == "{" else entry.text[:4096]):
                values = json_object(entry.text)
                if values is not None and isinstance(values.get(MARK), dict):
                    return DialectResult(100, parse_swarm(values))
        return None


def parse_swarm(values: dict[str, Json]) -> GenerationInfo:
    """Return the generation info. Keys are compared in lower case without separators; numbers may be texts."""
    params = {key.lower().replace(" ", "").replace("_", ""): value for key, value in values[MARK].items()}
    hashes = _model_hashes(values.get("sui_models"))
    model = real_text(params.get("model"))
    models = [ModelRef(clean_model_name(model), hashes.get(clean_model_name(model)))] if model else []
    refiner = real_text(params.get("refinermodel"))
    if refiner:
        models.append(ModelRef(clean_model_name(refiner), hashes.get(clean_model_name(refiner)), "refiner"))
    vae = real_text(params.get("vae"))
    extra = as_object(values.get("sui_extra_data"))
    return GenerationInfo(
        tool=TOOL,
        tool_version=real_text(params.get("swarmversion")),
        prompt=real_text(params.get("prompt")),
        negative_prompt=real_text(params.get("negativeprompt")),
        models=tuple(models),
        loras=_loras(params.get("loras"), params.get("loraweights"), hashes),
        vae=clean_model_name(vae) if vae and vae.lower() != "automatic" else None,
        sampler=real_text(params.get("sampler")),
        scheduler=real_text(params.get("scheduler")),
        steps=to_int(params.get("steps")),
        cfg=to_float(params.get("cfgscale")),
        guidance=to_float(params.get("fluxguidancescale")),
        seed=_seed(params.get("seed")),
        width=to_int(params.get("width")),
        height=to_int(params.get("height")),
        denoise=to_float(params.get("initimagecreativity")),
        parameters={**other_parameters(values[MARK], *USED_KEYS), **other_parameters(extra)},
    )


def _seed(value: Json) -> int | None:
    seed = to_int(value)
    return seed if seed is not None and seed >= 0 else None


def _names(value: Json) -> list[str]:
    items = value.split(",") if isinstance(value, str) else as_list(value)
    return [str(item).strip() for item in items if str(item).strip()]


def _loras(names: Json, weights: Json, hashes: dict[str, str]) -> tuple[LoraRef, ...]:
    numbers = [to_float(weight) for weight in _names(weights)]
    loras = []
    for index, name in enumerate(_names(names)):
        plain = clean_model_name(name)
        weight = numbers[index] if index < len(numbers) else 1.0
        loras.append(LoraRef(plain, weight, hash=hashes.get(plain)))
    return tuple(loras)


def _model_hashes(value: Json) -> dict[str, str]:
    hashes: dict[str, str] = {}
    for item in as_list(value):
        fields = as_object(item)
        name, digest = real_text(fields.get("name")), real_text(fields.get("hash"))
        if name and digest:
            hashes[clean_model_name(name)] = digest.removeprefix("0x")
    return hashes
