"""A `GenerationInfo` as compressed JSON, so that a better parser can read the raw entries again."""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, fields

import orjson

from iib.model.geninfo import CharacterPrompt, GenerationInfo, Json, LoraRef, ModelRef, RawEntry, SamplerStage

LEVEL = 1  # measured: level 6 takes four times as long for a tenth less
# A window of 16 KiB and half the usual buffers: 128 KiB in place of 256 for each text. The usual ones may be handed
# back to the system after every text and cleared by it before the next, which takes longer than compressing. The
# result is ordinary zlib data, larger by half a per cent.
WINDOW_BITS, MEMORY_LEVEL = 14, 7
NESTED = {
    "characters": CharacterPrompt,
    "models": ModelRef,
    "loras": LoraRef,
    "stages": SamplerStage,
    "raw": RawEntry,
}
TUPLES = ("prompt_parts", "negative_parts", "embeddings", "notes")


def pack(geninfo: GenerationInfo) -> bytes | None:
    """Compressed JSON, or None for an empty one."""
    if geninfo.is_empty and not geninfo.notes:
        return None
    worker = zlib.compressobj(LEVEL, zlib.DEFLATED, WINDOW_BITS, MEMORY_LEVEL)
    return worker.compress(_encoded(geninfo)) + worker.flush()


def _encoded(geninfo: GenerationInfo) -> bytes:
    try:
        return orjson.dumps(geninfo, default=str)
    except TypeError:  # a lone surrogate, as escapes of hostile JSON give it, or a number of more than 64 bits
        return json.dumps(asdict(geninfo), ensure_ascii=False, default=str).encode("utf-8", "replace")


def unpack(payload: bytes | None) -> GenerationInfo:
    """The reverse of `pack`; keys of other versions are ignored."""
    if not payload:
        return GenerationInfo()
    values: dict[str, Json] = orjson.loads(zlib.decompress(payload))
    known = {field.name for field in fields(GenerationInfo)}
    kept = {name: value for name, value in values.items() if name in known}
    for name, kind in NESTED.items():
        kept[name] = tuple(kind(**item) for item in kept.get(name) or ())
    for name in TUPLES:
        kept[name] = tuple(kept.get(name) or ())
    kept["extra_tags"] = tuple((str(kind), str(name)) for kind, name in kept.get("extra_tags") or ())
    return GenerationInfo(**kept)
