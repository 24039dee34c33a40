"""From a `GenerationInfo` to what lists, searches and old clients want: the WebUI text and the tags."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from iib.metadata.values import KEPT_PROMPTS, MAX_KEPT, NETWORK_TAG
from iib.model import NETWORK_KINDS, GenerationInfo, MediaKind, TagKind, TagName

WEBUI = "Stable Diffusion web UI"
SOURCE_IDENTIFIERS = {  # the public names of tools, where they differ
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
KEPT_TAGS = 4_096  # that are remembered
MAX_TERMS = 1_000  # of one file; what has more is no prompt
MAX_TEXT = 500_000  # characters of a rendered text
RENDERED = frozenset(
    (
        "steps", "sampler", "schedule type", "cfg scale", "seed", "size", "model", "model hash", "vae", "version",
        "distilled cfg scale", "denoising strength", "lora hashes", "source identifier",
    )
)  # fmt: skip
PIXELS = re.compile(r"\d+x\d+")
# Kinds of tags as plain texts: looking a member up costs 180 ns, for each of ten tags of every file.
_PROMPT_TERM, _MODEL, _REFINER = TagKind.PROMPT_TERM.value, TagKind.MODEL.value, TagKind.REFINER.value
_SAMPLER, _SOURCE, _MEDIA_TYPE = TagKind.SAMPLER.value, TagKind.SOURCE.value, TagKind.MEDIA_TYPE.value
_PIXEL_SIZE, _WRITTEN_SIZE = TagKind.PIXEL_SIZE.value, TagKind.WRITTEN_SIZE.value
_HIRES_UPSCALER, _POSTPROCESS_UPSCALER = TagKind.HIRES_UPSCALER.value, TagKind.POSTPROCESS_UPSCALER.value
_POSTPROCESS_FACTOR = TagKind.POSTPROCESS_FACTOR.value
KIND_NAMES = {MediaKind.IMAGE: "Image", MediaKind.VIDEO: "Video", MediaKind.AUDIO: "Audio"}


def source_identifier(geninfo: GenerationInfo) -> str | None:
    """The public name of the tool, as the tag `Source Identifier` has it (docs/reference/public-api.md#tags)."""
    if geninfo.tool is None:
        return None
    identifier = SOURCE_IDENTIFIERS.get(geninfo.tool, geninfo.tool)
    is_hidden = identifier == WEBUI and geninfo.source.get("prompt", "").startswith("stealth")
    return f"{WEBUI}(Stealth)" if is_hidden else identifier


def render_text(geninfo: GenerationInfo) -> str:
    """The generation text in WebUI layout: the file's own if it has one, else rendered from the fields.

    The source identifier is added to a real settings line only, never to free text.
    """
    own = geninfo.source.get("text")
    if own:
        return _with_source(own[:MAX_TEXT], geninfo)
    lines = [text[:MAX_TEXT] for text in _prompts(geninfo) if text]
    if geninfo.negative_prompt:
        lines.append(f"Negative prompt: {geninfo.negative_prompt[:MAX_TEXT]}")
    if geninfo.tool is None and geninfo.steps is None and geninfo.seed is None and not geninfo.models:
        return "\n".join(lines)  # a caption: there are no settings to tell
    lines.append(", ".join(f"{key}: {_quoted(value)}" for key, value in _settings(geninfo)))
    return "\n".join(lines)


def _prompts(geninfo: GenerationInfo) -> Iterator[str]:
    """The prompt, the characters' own ones where they are apart, and networks that only the settings name."""
    prompt = geninfo.prompt or ""
    yield prompt
    for character in geninfo.characters:
        if character.prompt not in prompt:
            yield character.prompt
    if geninfo.loras and "<lo" not in prompt and "<ly" not in prompt:
        yield "".join(
            f"<{lora.kind}:{lora.name}:{1 if lora.weight is None else lora.weight:g}>" for lora in geninfo.loras[:50]
        )


def _with_source(text: str, geninfo: GenerationInfo) -> str:
    identifier = source_identifier(geninfo)
    if identifier is None or "Source Identifier" in text:
        return text
    if SETTINGS_LINE.match(text, text.rfind("\n") + 1):  # as nearly always: the last line ends with the text
        end = len(text)
    else:
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
    hashes = ", ".join(f"{lora.name}: {lora.hash[:12]}" for lora in geninfo.loras if lora.hash)
    if hashes:
        yield "Lora hashes", hashes
    if geninfo.tool_version:
        yield "Version", geninfo.tool_version
    for key, value in geninfo.parameters.items():
        if key.lower() not in RENDERED and len(value) < 500 and ":" not in key and "," not in key:
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
    for kind in NETWORK_KINDS:
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
    return list(dict.fromkeys(term for text in texts for term in split_prompt_terms(text)))


def _quoted(value: str) -> str:
    if "," in value or ":" in value or "\n" in value:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    return value


def derive_tags(
    geninfo: GenerationInfo, kind: MediaKind, width_px: int | None, height_px: int | None
) -> tuple[TagName, ...]:
    """Tags of one file, each once."""
    tags = [
        tag
        for tag_kind, text in _tags(geninfo, kind, width_px, height_px)
        if text and (tag := (_tag_of_batch if len(text) <= MAX_TAG_LENGTH else _tag)(tag_kind, text)) is not None
    ]
    if geninfo.characters:
        tags += _named(prompt_terms(geninfo))
    elif geninfo.prompt:
        tags += _prompt_tags(geninfo.prompt)
    if geninfo.extra_tags or len(geninfo.loras) > 1:
        tags = list(dict.fromkeys(tags))
    return tuple(tags)


def _prompt_tags(prompt: str) -> tuple[TagName, ...]:
    return _tags_of_batch(prompt) if len(prompt) <= MAX_KEPT else _tags_of_prompt(prompt)


@lru_cache(maxsize=KEPT_PROMPTS)  # files come in batches that share their prompt
def _tags_of_batch(prompt: str) -> tuple[TagName, ...]:
    return _tags_of_prompt(prompt)


def _tags_of_prompt(prompt: str) -> tuple[TagName, ...]:
    return tuple(_named(split_prompt_terms(prompt)))


def _named(found: list[str]) -> list[TagName]:
    new_tag = tuple.__new__
    return [new_tag(TagName, (_PROMPT_TERM, term)) for term in found]  # half the time of calling the class


def _tags(
    geninfo: GenerationInfo, kind: MediaKind, width_px: int | None, height_px: int | None
) -> list[tuple[str, str | None]]:
    """(kind, name as written) of all but the terms of the prompt; None and "" are no tags."""
    identifier = source_identifier(geninfo)
    if identifier is None and kind is not MediaKind.IMAGE and geninfo.source.get("prompt") == "sidecar:txt":
        identifier = "Video Tags"
    parameters = {key.lower(): value for key, value in geninfo.parameters.items()}
    size = parameters.get("size")
    named = [
        (_MEDIA_TYPE, KIND_NAMES[kind]),
        (_PIXEL_SIZE, f"{width_px} × {height_px}" if width_px and height_px else "Unknown Size"),
        (_SOURCE, identifier),
        (_MODEL, geninfo.models[0].name if geninfo.models else None),
        (_SAMPLER, parameters.get("sampler") or geninfo.sampler),
        (_WRITTEN_SIZE, size if size and not PIXELS.fullmatch(size) else None),
        (_POSTPROCESS_FACTOR, parameters.get("postprocess upscale by")),
        (_POSTPROCESS_UPSCALER, parameters.get("postprocess upscaler")),
    ]
    for name, together in ((_REFINER, "Refiner All"), (_HIRES_UPSCALER, "Hires All")):
        value = parameters.get(name.lower())
        if value:
            named += [(name, value), (name, together)]
    named += [(lora.kind, lora.name) for lora in geninfo.loras]
    named += geninfo.extra_tags
    return named


def _tag(kind: str, text: str) -> TagName | None:
    name = _one_line(text)
    return TagName(kind, name) if name else None


_tag_of_batch = lru_cache(maxsize=KEPT_TAGS)(_tag)  # a library has few models, samplers and LoRAs


def _one_line(name: str) -> str:
    if len(name) <= MAX_TAG_LENGTH and name.isprintable() and "  " not in name and name == name.strip():
        return name
    return " ".join(name.split())[:MAX_TAG_LENGTH].strip()


def split_prompt_terms(prompt: str) -> list[str]:
    """Terms of a positive prompt in order, each once: networks out, weights and brackets off, lower case."""
    found: dict[str, None] = {}
    prompt = prompt[:MAX_TEXT]
    text = NETWORK_TAG.sub(",", prompt) if "<" in prompt else prompt
    if "BREAK" in text:
        text = re.sub(r"(?<!\S)BREAK(?!\S)", ",break,", text)
    if ">" in text:
        text = AFTER_BRACKET.sub(",", text)
    for piece in text.translate(TERM_NOISE).lower().split(","):
        term = piece.partition(":")[0].strip() if ":" in piece else piece.strip()
        if "  " in term:
            term = " ".join(term.split())
        if term and (len(term) <= 12 or _is_tag(term)):
            found[term] = None
    return list(found) if len(found) <= MAX_TERMS else list(found)[:MAX_TERMS]


def _is_tag(term: str) -> bool:
    """The length rule of docs/reference/public-api.md#tags: long sentences are text, not tags."""
    if len(term) > MAX_TAG_LENGTH:
        return False
    if not term.isascii() and CJK.match(term):
        return len(term) <= 12
    return len(term) <= 40 or term.count(" ") < 8
