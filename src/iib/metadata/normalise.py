"""From `GenerationInfo` to what the index stores: the text in WebUI layout and the tags derived from it."""

from __future__ import annotations

import json
from functools import lru_cache

from iib.metadata.dialects.infotext import clean_text, find_settings, quote_value
from iib.metadata.dialects.networks import NETWORK
from iib.model.geninfo import GenerationInfo, LoraRef
from iib.model.media import MediaKind, TagName

# Display names of tools that callers of the public API know under another name.
_SOURCE_IDENTIFIERS = {"A1111": "Stable Diffusion web UI", "SwarmUI": "StableSwarmUI"}
_WEBUI = "Stable Diffusion web UI"
_MEDIA_TYPES = {
    MediaKind.IMAGE: TagName("Media Type", "Image"),
    MediaKind.VIDEO: TagName("Media Type", "Video"),
    MediaKind.AUDIO: TagName("Media Type", "Audio"),
}
_TERM_TABLE = str.maketrans({"-": " ", "_": " ", **dict.fromkeys("()[]{}/\\<>", "")})
_LONGEST_CJK_TERM = 12  # characters
_LONGEST_TERM_WORDS = 8
_LONGEST_TERM = 40  # characters, unless it has few words
_LONGEST_TAG = 200  # characters, absolute
_LONGEST_PARAMETER = 4000  # characters of one further value that the text repeats
_META_TAG_KINDS = ("Postprocess upscale by", "Postprocess upscaler", "Size")


def source_identifier(geninfo: GenerationInfo, kind: MediaKind = MediaKind.IMAGE) -> str | None:
    """Name of the tool as the public API spells it."""
    first = geninfo.raw[0] if geninfo.raw else None
    if first is not None and geninfo.tool in (None, "A1111"):
        if kind == MediaKind.VIDEO and first.place.startswith("sidecar"):
            return "Video Tags"
        if geninfo.tool == "A1111" and first.place.startswith("stealth"):
            return f"{_WEBUI}(Stealth)"
        if geninfo.tool is None and geninfo.prompt and (first.key == "parameters" or first.place == "sidecar:txt"):
            return _WEBUI
    return _SOURCE_IDENTIFIERS.get(geninfo.tool, geninfo.tool) if geninfo.tool else None


def render_text(geninfo: GenerationInfo) -> str:
    """The text in WebUI layout: the file's own where it has that layout, otherwise made from the fields.

    The source identifier is added to a settings line only, never to free text.
    """
    for entry in geninfo.raw:
        if "Steps:" not in entry.text and ": " not in entry.text:
            continue
        if entry.text[:1] in "{[" or (geninfo.prompt and geninfo.prompt not in entry.text):
            continue
        text = clean_text(entry.text)
        start = find_settings(text)
        if start is None:
            continue
        identifier = source_identifier(geninfo)
        if identifier is None or "Source Identifier:" in text[start:]:
            return text
        return f"{text}, Source Identifier: {identifier}"
    return _render_fields(geninfo)


def _render_fields(geninfo: GenerationInfo) -> str:
    lines: list[str] = []
    if geninfo.prompt:
        lines.append(geninfo.prompt)
    lines.extend(_render_characters(geninfo))
    if geninfo.negative_prompt:
        lines.append(f"Negative prompt: {geninfo.negative_prompt}")
    settings = _settings_pairs(geninfo)
    if settings:
        if len(settings) < 3:
            settings.setdefault("Sampler", "Unknown")
        ordered = {"Steps": settings.pop("Steps", "Unknown"), **settings}
        identifier = source_identifier(geninfo)
        if identifier is not None:
            ordered["Source Identifier"] = identifier
        lines.append(", ".join(f"{key}: {quote_value(value)}" for key, value in ordered.items()))
    return "\n".join(lines)


def _render_characters(geninfo: GenerationInfo) -> list[str]:
    prompt = geninfo.prompt or ""
    return [character.prompt for character in geninfo.characters if character.prompt not in prompt]


def _settings_pairs(geninfo: GenerationInfo) -> dict[str, str]:
    if geninfo.tool is None and geninfo.steps is None and geninfo.sampler is None and geninfo.seed is None:
        return {}
    model = geninfo.models[0] if geninfo.models else None
    size = f"{geninfo.width}x{geninfo.height}" if geninfo.width and geninfo.height else None
    named: list[tuple[str, object]] = [
        ("Steps", geninfo.steps),
        ("Sampler", geninfo.parameters.get("Sampler") or geninfo.sampler),
        ("Schedule type", geninfo.scheduler),
        ("CFG scale", geninfo.cfg),
        ("Distilled CFG Scale", geninfo.guidance),
        ("Seed", geninfo.seed),
        ("Size", size),
        ("Model hash", _short_hash(model.hash) if model else None),
        ("Model", model.name if model else None),
        ("VAE", geninfo.vae),
        ("Denoising strength", geninfo.denoise),
    ]
    pairs = {key: _number_text(value) for key, value in named if value is not None and value != ""}
    pairs.update({key: value for key, value in geninfo.hires.items() if value})
    loras = _render_loras(geninfo)
    if loras:
        pairs["Loras"] = loras
    taken = {key.lower() for key in pairs} | {"source identifier"}
    for key, value in geninfo.parameters.items():
        if value and key.lower() not in taken and len(value) <= _LONGEST_PARAMETER:
            pairs[" ".join(key.replace(",", " ").replace(":", " ").split())] = value
    if geninfo.tool_version and "version" not in taken and "Version" not in pairs:
        pairs["Version"] = geninfo.tool_version
    if geninfo.tool and geninfo.is_generated and not geninfo.prompt and len(pairs) < 2:
        pairs.setdefault("Generated by AI", "yes")
    if not pairs and geninfo.tool:
        pairs["Sampler"] = "Unknown"
    return pairs


def _number_text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) and abs(value) < 1e6 else str(value)


def _short_hash(value: str | None) -> str | None:
    return value.removeprefix("0x")[:10] if value else None


def _render_loras(geninfo: GenerationInfo) -> str | None:
    prompt = geninfo.prompt or ""
    missing = [lora for lora in geninfo.loras if lora.name not in prompt]
    if not missing:
        return None
    return json.dumps([_lora_fields(lora) for lora in geninfo.loras], ensure_ascii=False)


def _lora_fields(lora: LoraRef) -> dict[str, object]:
    return {"name": lora.name} if lora.weight is None else {"name": lora.name, "weight": lora.weight}


def derive_tags(
    geninfo: GenerationInfo, kind: MediaKind, width_px: int | None, height_px: int | None
) -> tuple[TagName, ...]:
    """All tags of one file but custom ones; each once, stable order."""
    size = f"{width_px} × {height_px}" if width_px and height_px else "Unknown Size"
    tags: list[TagName | None] = [_tag("size", size), _MEDIA_TYPES[kind]]
    if geninfo.is_empty:
        return tuple(tag for tag in tags if tag is not None)
    identifier = source_identifier(geninfo, kind)
    if identifier:
        tags.append(_tag("Source Identifier", identifier))
    if geninfo.models:
        tags.append(_tag("Model", geninfo.models[0].name))
    parameters = geninfo.parameters
    sampler = parameters.get("Sampler") or geninfo.sampler
    if sampler:
        tags.append(_tag("Sampler", sampler))
    tags.extend(_tag(key, parameters[key]) for key in _META_TAG_KINDS if parameters.get(key))
    refiner = parameters.get("Refiner")
    if refiner:
        tags += (_tag("Refiner", refiner), _tag("Refiner", "Refiner All"))
    upscaler = geninfo.hires.get("Hires upscaler") or parameters.get("Hires upscaler")
    if upscaler:
        tags += (_tag("Hires upscaler", upscaler), _tag("Hires upscaler", "Hires All"))
    tags.extend(_tag("lyco" if lora.kind == "lyco" else "lora", lora.name) for lora in geninfo.loras)
    named = dict.fromkeys(tag for tag in tags if tag is not None)
    return (*named, *prompt_terms(geninfo.prompt)) if geninfo.prompt else tuple(named)


def prompt_terms(prompt: str) -> tuple[TagName, ...]:
    """Terms of a positive prompt as `pos` tags, each once: `"(red_hat:1.2), <lora:x:1> Cat"` gives `red hat`, `cat`."""
    if "<" in prompt:
        prompt = NETWORK.sub(",", prompt).replace("> ", ">,").replace(">\n", ">,")
    if "BREAK" in prompt:
        prompt = " ".join(", BREAK ," if word == "BREAK" else word for word in prompt.split(" "))
        prompt = prompt.replace("\nBREAK\n", "\nBREAK,")
    prompt = prompt.replace("\n", ",").replace("，", ",")
    terms = {term.name: term for term in map(_term, prompt.split(",")) if term is not None}
    return tuple(terms.values())


@lru_cache(maxsize=50_000)  # prompts of one library repeat their terms; a pure function of its text
def _term(piece: str) -> TagName | None:
    if len(piece) > 1000:
        return None
    colon = piece.find(":")
    if colon >= 0:
        piece = piece[:colon]
    name = " ".join(piece.translate(_TERM_TABLE).lower().split())
    if not name or len(name) > _LONGEST_TAG:
        return None
    if _is_cjk(name[0]):
        return None if len(name) > _LONGEST_CJK_TERM else TagName("pos", name)
    if len(name) > _LONGEST_TERM and name.count(" ") >= _LONGEST_TERM_WORDS:
        return None
    return TagName("pos", name)


def _is_cjk(character: str) -> bool:
    return "\u2e80" <= character <= "\u9fff" or "\uac00" <= character <= "\ud7af" or character >= "\U00020000"


@lru_cache(maxsize=20_000)  # models, samplers and sizes: few names, many files
def _tag(kind: str, name: str) -> TagName | None:
    name = " ".join(name.split())[:_LONGEST_TAG]
    return TagName(kind, name) if name else None
