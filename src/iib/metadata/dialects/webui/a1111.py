"""Interprets Stable Diffusion WebUI (A1111) and its family: Forge, reForge, SD.Next, Civitai, ComfyUI savers, sites."""

from __future__ import annotations

import re

from iib.errors import MetadataError
from iib.metadata.dialects.webui.infotext import Infotext, parse_infotext
from iib.metadata.json_text import loads_lenient
from iib.metadata.protocol import Context, DialectResult, Entry
from iib.metadata.values import LORA_TYPES, clean_model_name, find_loras, parse_size, split_schedule, to_float, to_int
from iib.model import GenerationInfo, Json, LoraRef, ModelRef

KEYS = frozenset(
    (
        "parameters", "usercomment", "extras", "postprocessing", "comment", "txt", "imagedescription", "description",
        "stealth",
    )
)  # fmt: skip
CAPTION_KEYS = frozenset(("parameters", "txt", "stealth"))
HEXADECIMAL = re.compile(r"[0-9a-fA-F]{6,64}")
HASH_SUFFIX = re.compile(r"\s*\[[0-9a-f]+\]$")
ADDNET_HASH = re.compile(r"\([0-9a-f]+\)$")
FORGE = re.compile(r"f\d|classic|neo")
SD_NEXT_KEYS = frozenset(("backend", "operations", "parser"))  # beside `Pipeline`, before it wrote `App`
CIVITAI_KEYS = frozenset(("civitai resources", "civitai metadata", "created date"))
XML = re.compile(r"<[?!]|<(?!lora:|lyco:|hypernet:)[A-Za-z][\w.:-]*(?:\s[^<>]*)?/?>")
JSON = re.compile(r"""\{\s*(?:"|'|\})|\[[\s\[]*(?:["{\]]|-?\d[\d.]*\s*[,\]])""")
MAX_NUMBERED, MAX_HASHES = 20, 200
HIRES = frozenset(("Hires", "hires"))  # beginnings of keys
NO_SIZE = (None, None)
SD_CPP = "stable-diffusion.cpp"
INFOTEXT_SCORE, CAPTION_SCORE = 70, 12
UNKNOWN = frozenset(("", "unknown", "undefined", "none", "null", "n/a"))


class A1111Dialect:
    """Dialect of WebUI: infotext in any entry."""

    name = "a1111"

    def read(self, context: Context) -> DialectResult | None:
        """Read the first entry with a settings line, otherwise a caption in `parameters`, stealth text or a sidecar."""
        caption: Entry | None = None
        for entry in context.entries:
            key = entry.key.lower()
            text = entry.text.lstrip()
            if not text or (text[0] in "{[<" and is_markup(text) and not _is_json_prompt(text)):
                continue
            if key not in KEYS and "Steps: " not in text:
                continue
            info = parse_infotext(text)
            if info.has_settings:
                return _result(info, entry)
            if key in CAPTION_KEYS and caption is None:
                caption = entry
        if caption is None:
            return None
        text = caption.text.strip("\0 \r\n")
        source = {"text": text, "prompt": caption.place}
        return DialectResult(CAPTION_SCORE, GenerationInfo(prompt=text or None, source=source))


def is_markup(text: str) -> bool:
    """Return True for JSON and XML. Prompts may begin with brackets too: `{red|blue} cat`, `[[soft]]`, `<lora:x:1>`."""
    if text[0] == "<":
        return XML.match(text) is not None
    return JSON.match(text) is not None


def _is_json_prompt(text: str) -> bool:
    """Return True for an infotext whose prompt is JSON: with the settings line, the text as a whole is not JSON."""
    return text[0] != "<" and "\nSteps: " in text and not _json_object(text)


def _result(info: Infotext, entry: Entry) -> DialectResult:
    text = entry.text.replace("\r\n", "\n") if "\r" in entry.text else entry.text
    source = {"text": text.strip("\0 \n"), "prompt": entry.place}
    return DialectResult(INFOTEXT_SCORE, to_geninfo(info, source))


def to_geninfo(info: Infotext, source: dict[str, str] | None = None) -> GenerationInfo:
    """Return the generation info of a parsed infotext; `source` has the original text and the place of its entry."""
    values = info.lowered
    sampler, scheduler = _sampler(values)
    size = parse_size(values.get("size")) or _size_elsewhere(values)
    steps = to_int(values.get("steps"))
    cfg = to_float(values.get("cfg scale") or values.get("guidance scale") or values.get("cfg"))
    seed = to_int(values.get("seed"))
    resources = _civitai_resources(values.get("civitai resources"))
    if steps == 0:  # a placeholder, and then CFG 0 is one as well
        steps, cfg = None, cfg or None
    return GenerationInfo(
        tool=_tool(values),
        tool_version=values.get("version"),
        prompt=info.prompt or None,
        negative_prompt=info.negative or None,
        models=_models(values, resources),
        loras=_loras(info, resources),
        embeddings=_embeddings(values),
        vae=_vae(values.get("vae")),
        sampler=sampler,
        scheduler=scheduler,
        steps=steps,
        cfg=cfg,
        guidance=to_float(values.get("distilled cfg scale") or values.get("guidance")),
        seed=seed if seed is not None and seed >= 0 else None,
        width=size[0],
        height=size[1],
        denoise=to_float(values.get("denoising strength")),
        hires={key: value for key, value in info.settings.items() if key[:5] in HIRES},
        parameters=info.settings,
        source=source or {},
    )


def _sampler(values: dict[str, str]) -> tuple[str | None, str | None]:
    sampler = values.get("sampler") or values.get("sampler name")
    schedule = values.get("schedule type") or values.get("sampler sigma") or values.get("scheduler")
    if sampler is None or sampler.lower() in UNKNOWN:
        return None, schedule
    if schedule is not None and schedule.endswith("Scheduler"):  # a class of diffusers: the sampler again
        schedule = None
    if schedule is None and values.get("version", "").startswith(SD_CPP) and " " in sampler:
        sampler, _, schedule = sampler.partition(" ")
    if schedule is None:
        sampler, schedule = split_schedule(sampler)
    return sampler, schedule


def _size_elsewhere(values: dict[str, str]) -> tuple[int | None, int | None]:
    """Return width and height of fields of their own or of the metadata of Civitai, for texts without `Size`."""
    civitai = _json_object(values.get("civitai metadata"))
    ratio = civitai.get("aspectRatio")
    for fields in (values, civitai, ratio if isinstance(ratio, dict) else {}):
        width, height = to_int(fields.get("width")), to_int(fields.get("height"))
        if width and height:
            return width, height
    return NO_SIZE


def _embeddings(values: dict[str, str]) -> tuple[str, ...]:
    if "ti hashes" not in values and "hashes" not in values:
        return ()
    names = [name for name, _digest in _hashes(values.get("ti hashes"))]
    return tuple(names or [name for kind, name, _digest in _named_hashes(values) if kind.startswith("embed")])


def _named_hashes(values: dict[str, str]) -> list[tuple[str, str, str]]:
    """Return kind in lower case, name and hash of the object `Hashes`, such as `{"LORA:name": "12ab34"}`."""
    items = _json_object(values["hashes"]).items() if "hashes" in values else ()
    parts = [(*key.partition(":"), str(digest)) for key, digest in list(items)[:MAX_HASHES]]
    return [(kind.strip().lower(), name.strip(), digest) for kind, _, name, digest in parts if name.strip()]


def _models(values: dict[str, str], resources: list[dict[str, Json]]) -> tuple[ModelRef, ...]:
    models: tuple[ModelRef, ...] = ()
    name = values.get("model")
    if name is None or name.lower() in UNKNOWN:
        name = next((_resource_name(item) for item in resources if str(item.get("type")).lower() == "checkpoint"), None)
    digest = values.get("model hash")
    if digest in UNKNOWN:
        digest = None
    if not name and values.get("version", "").startswith(SD_CPP):
        name = values.get("unet")  # models of separate parts
    if not name:
        hashed = (item for item in _named_hashes(values) if item[0] in ("model", "checkpoint", "unet"))
        _kind, name, digest = next(hashed, ("", None, digest))
    if name:
        models = (ModelRef(clean_model_name(name), digest),)
    refiner = values.get("refiner")
    if refiner and refiner.lower() not in UNKNOWN:
        models += (ModelRef(clean_model_name(HASH_SUFFIX.sub("", refiner)), kind="refiner"),)
    return models


def _resource_name(item: dict[str, Json]) -> str:
    return str(item.get("modelName") or item.get("modelVersionId") or "")


def _vae(name: str | None) -> str | None:
    return clean_model_name(name) if name and name.lower() not in UNKNOWN and name.lower() != "automatic" else None


def _loras(info: Infotext, resources: list[dict[str, Json]]) -> tuple[LoraRef, ...]:
    """Return the LoRAs of the prompt with their hashes, and those of numbered fields, AddNet and Civitai resources."""
    loras = {lora.name: lora for lora in find_loras(info.prompt)}
    values = info.lowered
    for name, digest in _hashes(values.get("lora hashes")):
        plain = clean_model_name(name)
        lora = loras.get(plain)
        if lora is None:
            loras[plain] = LoraRef(plain, hash=digest)
        else:
            loras[plain] = LoraRef(plain, lora.weight, lora.clip_weight, digest, lora.kind)
    if "lora_0 model name" in values or "lora_1 model name" in values:
        _numbered_loras(values, loras)
    if "addnet model 1" in values:
        _addnet_loras(values, loras)
    for item in resources:
        if str(item.get("type", "")).lower() in LORA_TYPES:
            plain = _resource_name(item)
            if plain:
                loras.setdefault(plain, LoraRef(plain, to_float(item.get("weight"))))
    if "sdcpp" in values:
        _listed_loras(_json_object(values["sdcpp"]).get("loras"), loras)
    if not loras:
        for kind, name, digest in _named_hashes(values):
            if kind in LORA_TYPES:
                loras[clean_model_name(name)] = LoraRef(clean_model_name(name), hash=digest)
    return tuple(loras.values())


def _listed_loras(items: Json, loras: dict[str, LoraRef]) -> None:
    """Add the LoRAs of the JSON of stable-diffusion.cpp, whose prompt names only those that a person typed."""
    for item in items[:MAX_HASHES] if isinstance(items, list) else ():
        if isinstance(item, dict) and isinstance(item.get("name"), str):
            plain = clean_model_name(item["name"])
            loras.setdefault(plain, LoraRef(plain, to_float(item.get("multiplier"))))


def _numbered_loras(values: dict[str, str], loras: dict[str, LoraRef]) -> None:
    """Add the LoRAs of numbered fields, which a saver node of ComfyUI writes."""
    for number in range(MAX_NUMBERED):
        name = values.get(f"lora_{number} model name")
        if name:
            plain = clean_model_name(name)
            weight = to_float(values.get(f"lora_{number} strength model"))
            clip = to_float(values.get(f"lora_{number} strength clip"))
            loras.setdefault(plain, LoraRef(plain, weight, clip, values.get(f"lora_{number} model hash")))


def _addnet_loras(values: dict[str, str], loras: dict[str, LoraRef]) -> None:
    for number in range(1, MAX_NUMBERED):
        name = values.get(f"addnet model {number}")
        if name and values.get(f"addnet module {number}", "LoRA").lower() == "lora":
            plain = clean_model_name(ADDNET_HASH.sub("", name))
            loras.setdefault(plain, LoraRef(plain, to_float(values.get(f"addnet weight a {number}"))))


def _hashes(text: str | None) -> list[tuple[str, str]]:
    """Return names and hashes of a list such as "a: 12ab34, b: 56cd78"."""
    hashes = []
    for part in text.split(",")[:MAX_HASHES] if text else ():
        name, colon, digest = part.rpartition(":")
        digest = digest.strip()
        if colon and name.strip() and len(digest) >= 6 and HEXADECIMAL.fullmatch(digest):
            hashes.append((name.strip(), digest))
    return hashes


def _civitai_resources(text: str | None) -> list[dict[str, Json]]:
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


def _tool(values: dict[str, str]) -> str:
    version = values.get("version", "")
    if values.get("app") == "SD.Next" or ("pipeline" in values and not values.keys().isdisjoint(SD_NEXT_KEYS)):
        return "SD.Next"
    if version.startswith(SD_CPP):
        return SD_CPP
    if version.startswith("ComfyUI"):
        return "ComfyUI"
    if version.lower().startswith("fooocus"):
        return "Fooocus"
    if not values.keys().isdisjoint(CIVITAI_KEYS):
        return "Civitai"
    if version.startswith("f1."):
        return "reForge"
    if FORGE.match(version) or "diffusion in low bits" in values or "module 1" in values:
        return "Forge"
    return "A1111"
