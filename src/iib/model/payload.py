"""A `GenerationInfo` as compressed JSON, so that a better parser can read the raw entries again."""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, fields

import orjson

try:
    from isal.isal_zlib import compress  # ordinary zlib data, in a third of the time
except ImportError:  # a machine for which it is not built
    from zlib import compress

from iib.model.geninfo import CharacterPrompt, GenerationInfo, Json, LoraRef, ModelRef, RawEntry, SamplerStage

LEVEL = 1  # measured: level 6 of zlib takes four times as long for a tenth less
NESTED = {
    "characters": CharacterPrompt,
    "models": ModelRef,
    "loras": LoraRef,
    "stages": SamplerStage,
    "raw": RawEntry,
}
TUPLES = ("prompt_parts", "negative_parts", "embeddings", "notes")


def pack_geninfo(geninfo: GenerationInfo) -> bytes | None:
    """Compressed JSON, or None for an empty one."""
    if geninfo.is_empty and not geninfo.notes:
        return None
    return compress(_encoded(geninfo), LEVEL)


def _encoded(geninfo: GenerationInfo) -> bytes:
    try:
        return orjson.dumps(geninfo, default=str)
    except TypeError:  # a lone surrogate, as escapes of hostile JSON give it, or a number of more than 64 bits
        return json.dumps(asdict(geninfo), ensure_ascii=False, default=str).encode("utf-8", "replace")


def unpack_geninfo(payload: bytes | None) -> GenerationInfo:
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
