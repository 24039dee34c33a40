"""Stable Diffusion WebUI (A1111) and its family: Forge, reForge, SD.Next, Civitai, ComfyUI savers, sites."""

from __future__ import annotations

import re
from dataclasses import replace

from iib.errors import MetadataError
from iib.metadata.dialects.infotext import Infotext, parse_infotext
from iib.metadata.json_text import loads_lenient
from iib.metadata.protocol import Context, Entry, Reading
from iib.metadata.values import loras_in, model_name, size_of, split_schedule, to_float, to_int
from iib.model.geninfo import GenerationInfo, Json, LoraRef, ModelRef

KEYS = frozenset(
    (
        "parameters", "usercomment", "extras", "postprocessing", "comment", "txt", "imagedescription", "description",
        "stealth",
    )
)  # fmt: skip
CAPTION_KEYS = frozenset(("parameters", "txt", "stealth"))
LORA_HASH = re.compile(r"\s*([^,]+?):\s*([0-9a-fA-F]{6,64})(?:,|$)")
FULL, CAPTION = 70, 12
UNKNOWN = frozenset(("", "unknown", "undefined", "none", "null", "n/a"))


class A1111Dialect:
    """Reads infotext from every place it is kept in."""

    name = "a1111"

    def read(self, context: Context) -> Reading | None:
        """The entry with a settings line; else a caption out of `parameters` or a sidecar."""
        caption: Entry | None = None
        for entry in context.entries:
            key = entry.key.lower()
            if key not in KEYS and "Steps: " not in entry.text:
                continue
            text = entry.text.lstrip()
            if not text or text[0] in "{[<":
                continue
            info = parse_infotext(text)
            if info.has_settings:
                return _reading(info, entry)
            if key in CAPTION_KEYS and caption is None:
                caption = entry
        if caption is None:
            return None
        text = caption.text.strip("\0 \r\n")
        source = {"text": text, "prompt": caption.place}
        return Reading(CAPTION, GenerationInfo(prompt=text or None, source=source))


def _reading(info: Infotext, entry: Entry) -> Reading:
    source = {"text": entry.text.replace("\r\n", "\n").strip("\0 \n"), "prompt": entry.place}
    return Reading(FULL, to_geninfo(info, source))


def to_geninfo(info: Infotext, source: dict[str, str] | None = None) -> GenerationInfo:
    """The fields of a parsed text."""
    sampler, scheduler = _sampler(info)
    size = size_of(info.get("Size"))
    steps = to_int(info.get("Steps"))
    cfg = to_float(info.get("CFG scale", "Guidance scale", "cfg"))
    seed = to_int(info.get("Seed"))
    tool = _tool(info)
    resources = _civitai_resources(info)
    if steps == 0:  # a placeholder, and then CFG 0 is one as well
        steps, cfg = None, cfg or None
    return GenerationInfo(
        tool=tool,
        tool_version=info.get("Version"),
        prompt=info.prompt or None,
        negative_prompt=info.negative or None,
        models=_models(info, resources),
        loras=_loras(info, resources),
        embeddings=_embeddings(info),
        vae=_vae(info),
        sampler=sampler,
        scheduler=scheduler,
        steps=steps,
        cfg=cfg,
        guidance=to_float(info.get("Distilled CFG Scale")),
        seed=seed if seed is not None and seed >= 0 else None,
        width=size[0] if size else None,
        height=size[1] if size else None,
        denoise=to_float(info.get("Denoising strength")),
        hires={key: value for key, value in info.settings.items() if key.lower().startswith("hires")},
        parameters=dict(info.settings),
        source=source or {},
    )


def _sampler(info: Infotext) -> tuple[str | None, str | None]:
    sampler = info.get("Sampler", "Sampler name")
    schedule = info.get("Schedule type", "Sampler sigma", "Scheduler")
    if sampler is None or sampler.lower() in UNKNOWN:
        return None, schedule
    if schedule is None:
        sampler, schedule = split_schedule(sampler)
    return sampler, schedule


def _models(info: Infotext, resources: list[dict[str, Json]]) -> tuple[ModelRef, ...]:
    found = []
    name, digest = info.get("Model"), info.get("Model hash")
    if name is None or name.lower() in UNKNOWN:
        name = None
        for item in resources:
            if item.get("type") == "checkpoint":
                name = str(item.get("modelName") or item.get("modelVersionId") or "") or None
                break
    if name is not None:
        found.append(ModelRef(model_name(name), digest))
    refiner = info.get("Refiner")
    if refiner and refiner.lower() not in UNKNOWN:
        plain = re.sub(r"\s*\[[0-9a-f]+\]$", "", refiner)
        found.append(ModelRef(model_name(plain), kind="refiner"))
    return tuple(found)


def _vae(info: Infotext) -> str | None:
    name = info.get("VAE")
    return model_name(name) if name and name.lower() not in (*UNKNOWN, "automatic") else None


def _loras(info: Infotext, resources: list[dict[str, Json]]) -> tuple[LoraRef, ...]:
    """In the prompt with weights; hashes beside them; else numbered fields, AddNet, or Civitai's resources."""
    found = {lora.name: lora for lora in loras_in(info.prompt)}
    for name, digest in LORA_HASH.findall(info.get("Lora hashes") or ""):
        plain = model_name(name)
        known = found.get(plain)
        found[plain] = replace(known, hash=digest) if known else LoraRef(plain, hash=digest)
    for number in range(20) if info.get("Lora_0 Model name", "Lora_1 Model name") else ():
        name = info.get(f"Lora_{number} Model name")
        if name and model_name(name) not in found:
            plain = model_name(name)
            weight = to_float(info.get(f"Lora_{number} Strength model"))
            clip = to_float(info.get(f"Lora_{number} Strength clip"))
            found[plain] = LoraRef(plain, weight, clip, info.get(f"Lora_{number} Model hash"))
    for number in range(1, 6) if info.get("AddNet Model 1") else ():
        addnet = info.get(f"AddNet Model {number}")
        if addnet and (info.get(f"AddNet Module {number}") or "LoRA").lower() == "lora":
            plain = model_name(re.sub(r"\([0-9a-f]+\)$", "", addnet))
            found.setdefault(plain, LoraRef(plain, to_float(info.get(f"AddNet Weight A {number}"))))
    for item in resources:
        if str(item.get("type", "")).lower() in ("lora", "locon", "lycoris", "dora"):
            plain = str(item.get("modelName") or item.get("modelVersionId") or "")
            if plain:
                found.setdefault(plain, LoraRef(plain, to_float(item.get("weight"))))
    if not found:
        for key, digest in _json_object(info.get("Hashes")).items():
            kind, _, name = key.partition(":")
            if kind.lower() == "lora" and name:
                found[model_name(name)] = LoraRef(model_name(name), hash=str(digest))
    return tuple(found.values())


def _embeddings(info: Infotext) -> tuple[str, ...]:
    return tuple(name.strip() for name, _digest in LORA_HASH.findall(info.get("TI hashes") or ""))


def _civitai_resources(info: Infotext) -> list[dict[str, Json]]:
    text = info.get("Civitai resources")
    if not text:
        return []
    try:
        value = loads_lenient(text)
    except MetadataError:
        return []
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _json_object(text: str | None) -> dict[str, Json]:
    if not text:
        return {}
    try:
        value = loads_lenient(text)
    except MetadataError:
        return {}
    return value if isinstance(value, dict) else {}


def _tool(info: Infotext) -> str:
    version = info.get("Version") or ""
    if info.get("App") == "SD.Next" or (info.get("Backend") and info.get("Pipeline")):
        return "SD.Next"
    if version.startswith("ComfyUI"):
        return "ComfyUI"
    if version.lower().startswith("fooocus"):
        return "Fooocus"
    if any(info.get(key) is not None for key in ("Civitai resources", "Civitai metadata", "Created Date")):
        return "Civitai"
    if re.match(r"f1\.", version):
        return "reForge"
    if re.match(r"f\d|classic|neo", version) or info.get("Diffusion in Low Bits") or info.get("Module 1"):
        return "Forge"
    return "A1111"
