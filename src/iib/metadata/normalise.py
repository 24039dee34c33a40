"""From a `GenerationInfo` to what lists, searches and old clients want: the WebUI text and the tags."""

from __future__ import annotations

import re
from collections.abc import Iterator

from iib.metadata.values import NETWORK_TAG
from iib.model.geninfo import GenerationInfo
from iib.model.media import MediaKind, TagName

WEBUI = "Stable Diffusion web UI"
SOURCE_IDENTIFIERS = {  # names of the public contract by tool
    "A1111": WEBUI,
    "Forge": WEBUI,
    "reForge": WEBUI,
    "SD.Next": WEBUI,
    "SwarmUI": "StableSwarmUI",
}
SETTINGS_LINE = re.compile(r"^(?:Steps|Size|Sampler|Seed|Postprocess[^:]*): [^\n]*$", re.MULTILINE)
AFTER_BRACKET = re.compile(r">\s")
TERM_NOISE = str.maketrans(
    {**dict.fromkeys("-_\t", " "), **dict.fromkeys("，\n\r", ","), **dict.fromkeys("()[]{}<>/\\")}
)
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
MAX_TAG_LENGTH = 200
KIND_NAMES = {MediaKind.IMAGE: "Image", MediaKind.VIDEO: "Video", MediaKind.AUDIO: "Audio"}


def source_identifier(geninfo: GenerationInfo) -> str | None:
    """The contract's name of the tool."""
    return SOURCE_IDENTIFIERS.get(geninfo.tool, geninfo.tool) if geninfo.tool else None


def render_text(geninfo: GenerationInfo) -> str:
    """The generation text in WebUI layout: the file's own if it has one, else rendered from the fields.

    The source identifier is added to a real settings line only, never to free text.
    """
    own = geninfo.source.get("text")
    if own:
        return _with_source(own, geninfo)
    if geninfo.prompt is None and geninfo.negative_prompt is None and geninfo.tool is None:
        return ""
    lines = [geninfo.prompt or ""]
    if geninfo.negative_prompt:
        lines.append(f"Negative prompt: {geninfo.negative_prompt}")
    settings = ", ".join(f"{key}: {_quoted(value)}" for key, value in _settings(geninfo))
    lines.append(settings)
    return "\n".join(line for line in lines if line)


def _with_source(text: str, geninfo: GenerationInfo) -> str:
    identifier = source_identifier(geninfo)
    if identifier is None or "Source Identifier" in text:
        return text
    lines = list(SETTINGS_LINE.finditer(text))
    if not lines:
        return text
    end = lines[-1].end()
    return f"{text[:end].rstrip().rstrip(',')}, Source Identifier: {identifier}{text[end:]}"


def _settings(geninfo: GenerationInfo) -> Iterator[tuple[str, str]]:
    yield "Steps", str(geninfo.steps) if geninfo.steps is not None else "Unknown"
    if geninfo.sampler:
        yield "Sampler", geninfo.sampler
    if geninfo.scheduler:
        yield "Schedule type", geninfo.scheduler
    if geninfo.cfg is not None:
        yield "CFG scale", f"{geninfo.cfg:g}"
    if geninfo.guidance is not None:
        yield "Distilled CFG Scale", f"{geninfo.guidance:g}"
    if geninfo.seed is not None:
        yield "Seed", str(geninfo.seed)
    if geninfo.width and geninfo.height:
        yield "Size", f"{geninfo.width}x{geninfo.height}"
    if geninfo.models:
        if geninfo.models[0].hash:
            yield "Model hash", geninfo.models[0].hash
        yield "Model", geninfo.models[0].name
    if geninfo.vae:
        yield "VAE", geninfo.vae
    if geninfo.denoise is not None and geninfo.denoise < 1:
        yield "Denoising strength", f"{geninfo.denoise:g}"
    if geninfo.loras:
        names = (lora.name if lora.weight is None else f"{lora.name}: {lora.weight:g}" for lora in geninfo.loras)
        yield "Loras", ", ".join(names)
    taken = {"steps", "sampler", "schedule type", "cfg scale", "seed", "size", "model", "model hash", "vae"}
    for key, value in geninfo.parameters.items():
        if key.lower() not in taken and len(value) < 500:
            yield key, value
    identifier = source_identifier(geninfo)
    if identifier:
        yield "Source Identifier", identifier


def settings_of(geninfo: GenerationInfo) -> dict[str, str]:
    """Every setting by its name in the WebUI layout, the file's own spelling of a value first; `lora` and `lyco` hold
    names."""
    found = {key: value for key, value in _settings(geninfo) if (key, value) != ("Steps", "Unknown")}
    own = {key.lower(): key for key in found}
    for key, value in geninfo.parameters.items():
        found[own.get(key.lower(), key)] = value
    for kind in ("lora", "lyco"):
        names = ", ".join(lora.name for lora in geninfo.loras if lora.kind == kind)
        if names:
            found.setdefault(kind, names)
    if "Size" in found:
        for number, side in enumerate(found["Size"].replace("×", "x").lower().split("x"), 1):
            found.setdefault(f"Size-{number}", side.strip())
    return found


def prompt_terms(geninfo: GenerationInfo) -> list[str]:
    """Terms of the positive prompt and of the characters' prompts, in order, each once."""
    texts = [geninfo.prompt or "", *(character.prompt for character in geninfo.characters)]
    return list(dict.fromkeys(term for text in texts for term in terms(text)))


def _quoted(value: str) -> str:
    if any(char in value for char in ",:\n"):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    return value


def derive_tags(
    geninfo: GenerationInfo, kind: MediaKind, width_px: int | None, height_px: int | None
) -> tuple[TagName, ...]:
    """Tags of one file, each once."""
    return tuple(dict.fromkeys(_tags(geninfo, kind, width_px, height_px)))


def _tags(geninfo: GenerationInfo, kind: MediaKind, width_px: int | None, height_px: int | None) -> Iterator[TagName]:
    yield TagName("Media Type", KIND_NAMES[kind])
    yield TagName("size", f"{width_px} × {height_px}" if width_px and height_px else "Unknown Size")
    identifier = source_identifier(geninfo)
    if identifier:
        yield TagName("Source Identifier", identifier)
    if geninfo.models:
        yield from _named("Model", geninfo.models[0].name)
    parameters = {key.lower(): value for key, value in geninfo.parameters.items()}
    yield from _named("Sampler", parameters.get("sampler") or geninfo.sampler or "")
    for name in ("Postprocess upscale by", "Postprocess upscaler"):
        yield from _named(name, parameters.get(name.lower(), ""))
    for name, together in (("Refiner", "Refiner All"), ("Hires upscaler", "Hires All")):
        value = parameters.get(name.lower(), "")
        yield from _named(name, value)
        if value:
            yield TagName(name, together)
    for lora in geninfo.loras:
        yield from _named(lora.kind, lora.name)
    texts = [geninfo.prompt or "", *(character.prompt for character in geninfo.characters)]
    for text in texts:
        for term in terms(text):
            yield TagName("pos", term)


def _named(kind: str, name: str) -> Iterator[TagName]:
    name = " ".join(name.split())[:MAX_TAG_LENGTH]
    if name:
        yield TagName(kind, name)


def terms(prompt: str) -> list[str]:
    """Terms of a positive prompt in order, each once: networks out, weights and brackets off, lower case."""
    found: dict[str, None] = {}
    text = NETWORK_TAG.sub(",", prompt) if "<" in prompt else prompt
    if "BREAK" in text:
        text = re.sub(r"(?<!\S)BREAK(?!\S)", ",break,", text)
    if ">" in text:
        text = AFTER_BRACKET.sub(",", text)
    for piece in text.translate(TERM_NOISE).lower().split(","):
        term = piece.partition(":")[0].strip() if ":" in piece else piece.strip()
        if "  " in term:
            term = " ".join(term.split())
        if term and _is_tag(term):
            found[term] = None
    return list(found)


def _is_tag(term: str) -> bool:
    """The contract's length rule: long sentences are text, not tags."""
    if len(term) > MAX_TAG_LENGTH:
        return False
    if not term.isascii() and CJK.match(term):
        return len(term) <= 12
    return len(term) <= 40 or term.count(" ") < 8
