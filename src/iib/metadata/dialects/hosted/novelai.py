"""Interprets NovelAI: PNG chunks, WebP EXIF, or stealth text; all with the same keys."""

from __future__ import annotations

import re
from collections.abc import Mapping

from iib.metadata.dialects.json_values import as_list, as_object, json_object, other_parameters, real_text
from iib.metadata.protocol import Context, DialectResult
from iib.metadata.values import to_float, to_int
from iib.model import CharacterPrompt, GenerationInfo, Json, ModelRef

TOOL = "NovelAI"
SIGNATURE_KEYS = ("uc", "v4_prompt", "request_type", "signed_hash")
MODEL_HASH = re.compile(r"(.+?)\s+([0-9A-Fa-f]{6,10})")
KEYS = frozenset(("comment", "software", "source", "usercomment", "stealth"))
USED_KEYS = (
    "prompt", "uc", "steps", "scale", "seed", "sampler", "noise_schedule", "width", "height", "v4_prompt",
    "v4_negative_prompt", "signed_hash", "strength",
)  # fmt: skip


class NovelAIDialect:
    """Dialect of NovelAI. Files are recognised by `Software`, `Source` or the keys of the comment."""

    name = "novelai"
    keys = KEYS

    def read(self, context: Context) -> DialectResult | None:
        """Collect the keys from all entries, then interpret the JSON comment."""
        chunks = _collect_chunks(context)
        comment_text = chunks.get("Comment", "")
        is_novelai = chunks.get("Software") == TOOL or chunks.get("Source", "").startswith(TOOL)
        if not is_novelai and not any(f'"{key}"' in comment_text for key in SIGNATURE_KEYS):
            return None
        comment = json_object(comment_text) or {}
        if not is_novelai and not any(key in comment for key in SIGNATURE_KEYS):
            return None
        return DialectResult(100, parse_novelai(chunks, comment))


def _collect_chunks(context: Context) -> dict[str, str]:
    chunks: dict[str, str] = {}
    wrapped: dict[str, str] = {}
    for entry in context.entries:
        text = entry.text.strip("\0 \r\n\t")
        if entry.key in ("Title", "Description", "Software", "Source", "Comment", "Generation time"):
            chunks.setdefault(entry.key, text)
        elif entry.key == "ImageDescription":
            chunks.setdefault("Description", text)
        elif entry.key == "DocumentName":
            chunks.setdefault("Title", text)
        if (entry.key == "UserComment" or entry.place.startswith("stealth")) and text[:1] == "{":
            for key, value in (json_object(text) or {}).items():
                if isinstance(value, str):
                    wrapped.setdefault(key, value)
    if wrapped.get("Comment") and not json_object(chunks.get("Comment")):
        chunks.pop("Comment", None)  # some other program's comment
    return {**wrapped, **chunks}


def parse_novelai(chunks: dict[str, str], comment: dict[str, Json]) -> GenerationInfo:
    """Return the generation info. Since V4, `prompt` repeats the base caption and each character has two prompts."""
    base, characters = _captions(comment.get("v4_prompt"))
    negative_base, negatives = _captions(comment.get("v4_negative_prompt"))
    prompt = real_text(comment.get("prompt")) or base
    has_settings = to_int(comment.get("steps")) is not None
    if prompt is None and has_settings and "Description" in chunks:
        prompt = real_text(chunks["Description"])
    if prompt is None and not comment and chunks.get("Source"):
        prompt = real_text(chunks.get("Description"))
    negative = real_text(comment.get("uc")) or negative_base
    pairs = tuple(
        CharacterPrompt(text, negatives[index] if index < len(negatives) else "")
        for index, text in enumerate(characters)
    )
    return GenerationInfo(
        tool=TOOL,
        prompt=prompt,
        negative_prompt=negative,
        prompt_parts=tuple(text for text in (prompt, *characters) if text) if characters else (),
        negative_parts=tuple(text for text in (negative, *negatives) if text) if any(negatives) else (),
        characters=tuple(pair for pair in pairs if pair.prompt or pair.negative),
        models=_models(chunks.get("Source")),
        sampler=real_text(comment.get("sampler")),
        scheduler=real_text(comment.get("noise_schedule")),
        steps=to_int(comment.get("steps")),
        cfg=to_float(comment.get("scale")),
        seed=to_int(comment.get("seed")),
        width=to_int(comment.get("width")),
        height=to_int(comment.get("height")),
        denoise=to_float(comment.get("strength")),
        parameters=_model_parameter(chunks) | other_parameters(comment, *USED_KEYS),
        is_generated=True,
    )


def _captions(value: Json) -> tuple[str | None, list[str]]:
    caption = as_object(as_object(value).get("caption"))
    texts = [as_object(item).get("char_caption") for item in as_list(caption.get("char_captions"))]
    return real_text(caption.get("base_caption")), [text if isinstance(text, str) else "" for text in texts]


def _model_parameter(chunks: Mapping[str, str]) -> dict[str, str]:
    """Return the model as the site writes it, name and hash in one text, because people search for that text."""
    return {"Source": chunks["Source"]} if chunks.get("Source") else {}


def _models(source: str | None) -> tuple[ModelRef, ...]:
    if not source:
        return ()
    match = MODEL_HASH.fullmatch(source)
    return (ModelRef(match[1], match[2]),) if match else (ModelRef(source),)
