"""Derives the tags of a media file from its generation info: prompt terms, model, sampler, LoRAs, size."""

from __future__ import annotations

import re
from functools import lru_cache

from iib.metadata.values import MAX_CACHED_CHARACTERS, MAX_CACHED_PROMPTS, NETWORK_TAG
from iib.metadata.webui_text import MAX_TEXT, source_identifier
from iib.model import GenerationInfo, MediaKind, TagKind, TagName

AFTER_BRACKET = re.compile(r">\s")
TERM_NOISE = str.maketrans(
    {**dict.fromkeys("-_\t", " "), **dict.fromkeys("，\n\r", ","), **dict.fromkeys("()[]{}<>/\\")}
)
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
MAX_TAG_LENGTH = 200
MAX_CACHED_TAGS = 4_096
MAX_TERMS = 1_000  # of one file; a text with more terms is not a prompt
PIXELS = re.compile(r"\d+x\d+")
# Kinds of tags as plain texts: looking a member up costs 180 ns, for each of ten tags of every file.
_PROMPT_TERM, _MODEL, _REFINER = TagKind.PROMPT_TERM.value, TagKind.MODEL.value, TagKind.REFINER.value
_SAMPLER, _SOURCE, _MEDIA_TYPE = TagKind.SAMPLER.value, TagKind.SOURCE.value, TagKind.MEDIA_TYPE.value
_PIXEL_SIZE, _WRITTEN_SIZE = TagKind.PIXEL_SIZE.value, TagKind.WRITTEN_SIZE.value
_HIRES_UPSCALER, _POSTPROCESS_UPSCALER = TagKind.HIRES_UPSCALER.value, TagKind.POSTPROCESS_UPSCALER.value
_POSTPROCESS_FACTOR = TagKind.POSTPROCESS_FACTOR.value
KIND_NAMES = {MediaKind.IMAGE: "Image", MediaKind.VIDEO: "Video", MediaKind.AUDIO: "Audio"}


def prompt_terms(geninfo: GenerationInfo) -> list[str]:
    """Return the terms of the positive prompt and of the prompts of characters, in order, each once."""
    texts = [geninfo.prompt or "", *(character.prompt for character in geninfo.characters)]
    return list(dict.fromkeys(term for text in texts for term in split_prompt_terms(text)))


def derive_tags(
    geninfo: GenerationInfo, kind: MediaKind, width_px: int | None, height_px: int | None
) -> tuple[TagName, ...]:
    """Return the derived tags of one file, each once: the ones from metadata first, then the prompt terms in order.

    `width_px` and `height_px` are the size of the pixels, which may differ from the size in the generation info.
    """
    tags = [
        tag
        for tag_kind, text in _metadata_tags(geninfo, kind, width_px, height_px)
        if text and (tag := (_cached_tag if len(text) <= MAX_TAG_LENGTH else _make_tag)(tag_kind, text)) is not None
    ]
    if geninfo.characters:
        tags += _term_tags(prompt_terms(geninfo))
    elif geninfo.prompt:
        tags += _prompt_tags(geninfo.prompt)
    if geninfo.extra_tags or len(geninfo.loras) > 1:
        tags = list(dict.fromkeys(tags))
    return tuple(tags)


def _prompt_tags(prompt: str) -> tuple[TagName, ...]:
    return _cached_prompt_tags(prompt) if len(prompt) <= MAX_CACHED_CHARACTERS else _make_prompt_tags(prompt)


@lru_cache(maxsize=MAX_CACHED_PROMPTS)  # files come in batches that share their prompt
def _cached_prompt_tags(prompt: str) -> tuple[TagName, ...]:
    return _make_prompt_tags(prompt)


def _make_prompt_tags(prompt: str) -> tuple[TagName, ...]:
    return tuple(_term_tags(split_prompt_terms(prompt)))


def _term_tags(terms: list[str]) -> list[TagName]:
    new_tag = tuple.__new__
    return [new_tag(TagName, (_PROMPT_TERM, term)) for term in terms]  # half the time of calling the class


def _metadata_tags(
    geninfo: GenerationInfo, kind: MediaKind, width_px: int | None, height_px: int | None
) -> list[tuple[str, str | None]]:
    """Return (kind, name as written) of all tags except prompt terms; items with None or "" are not tags."""
    identifier = source_identifier(geninfo)
    if identifier is None and kind is not MediaKind.IMAGE and geninfo.source.get("prompt") == "sidecar:txt":
        identifier = "Video Tags"
    parameters = {key.lower(): value for key, value in geninfo.parameters.items()}
    size = parameters.get("size")
    tags = [
        (_MEDIA_TYPE, KIND_NAMES[kind]),
        (_PIXEL_SIZE, f"{width_px} × {height_px}" if width_px and height_px else "Unknown Size"),
        (_SOURCE, identifier),
        (_MODEL, geninfo.models[0].name if geninfo.models else None),
        (_SAMPLER, parameters.get("sampler") or geninfo.sampler),
        (_WRITTEN_SIZE, size if size and not PIXELS.fullmatch(size) else None),
        (_POSTPROCESS_FACTOR, parameters.get("postprocess upscale by")),
        (_POSTPROCESS_UPSCALER, parameters.get("postprocess upscaler")),
    ]
    for name, group_name in ((_REFINER, "Refiner All"), (_HIRES_UPSCALER, "Hires All")):
        value = parameters.get(name.lower())
        if value:
            tags += [(name, value), (name, group_name)]
    tags += [(lora.kind, lora.name) for lora in geninfo.loras]
    tags += geninfo.extra_tags
    return tags


def _make_tag(kind: str, text: str) -> TagName | None:
    name = _one_line(text)
    return TagName(kind, name) if name else None


_cached_tag = lru_cache(maxsize=MAX_CACHED_TAGS)(_make_tag)  # a library has few models, samplers and LoRAs


def _one_line(name: str) -> str:
    if len(name) <= MAX_TAG_LENGTH and name.isprintable() and "  " not in name and name == name.strip():
        return name
    return " ".join(name.split())[:MAX_TAG_LENGTH].strip()


def split_prompt_terms(prompt: str) -> list[str]:
    """Return the terms of a positive prompt in lower case, in order, each once.

    LoRAs, weights and brackets are removed, and texts that are too long for a tag.

    >>> split_prompt_terms("A cat, (red hat:1.2), <lora:x:0.8> [night], a cat")
    ['a cat', 'red hat', 'night']
    """
    terms: dict[str, None] = {}
    prompt = prompt[:MAX_TEXT]
    text = NETWORK_TAG.sub(",", prompt) if "<" in prompt else prompt
    if "BREAK" in text:
        text = re.sub(r"(?<!\S)BREAK(?!\S)", ",break,", text)
    if ">" in text:
        text = AFTER_BRACKET.sub(",", text)
    for part in text.translate(TERM_NOISE).lower().split(","):
        term = part.partition(":")[0].strip() if ":" in part else part.strip()
        if "  " in term:
            term = " ".join(term.split())
        if term and (len(term) <= 12 or _is_tag(term)):
            terms[term] = None
    return list(terms) if len(terms) <= MAX_TERMS else list(terms)[:MAX_TERMS]


def _is_tag(term: str) -> bool:
    """Return True if a term is short enough (docs/reference/public-api.md#tags): long sentences are text, not tags."""
    if len(term) > MAX_TAG_LENGTH:
        return False
    if not term.isascii() and CJK.match(term):
        return len(term) <= 12
    return len(term) <= 40 or term.count(" ") < 8
