"""Generation information as compressed JSON. A better parser can read the stored raw entries again."""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, fields

import orjson

try:
    from isal.isal_zlib import compress  # standard zlib data in a third of the time
except ImportError:  # no wheel for this platform
    from zlib import compress

from iib.model.geninfo import CharacterPrompt, GenerationInfo, Json, LoraRef, ModelRef, RawEntry, SamplerStage

LEVEL = 1  # measured: level 6 of zlib takes four times as long and saves a tenth
NESTED = {
    "characters": CharacterPrompt,
    "models": ModelRef,
    "loras": LoraRef,
    "stages": SamplerStage,
    "raw": RawEntry,
}
TUPLES = ("prompt_parts", "negative_parts", "embeddings", "notes")


def pack_geninfo(geninfo: GenerationInfo) -> bytes | None:
    """Compress generation information to a payload; None if it is empty.

    >>> unpack_geninfo(pack_geninfo(GenerationInfo(tool="A1111", steps=20))).steps
    20
    >>> pack_geninfo(GenerationInfo()) is None
    True
    """
    if geninfo.is_empty and not geninfo.notes:
        return None
    return compress(_encoded(geninfo), LEVEL)


def _encoded(geninfo: GenerationInfo) -> bytes:
    try:
        return orjson.dumps(geninfo, default=str)
    except TypeError:  # a lone surrogate from an escape of hostile JSON, or a number of more than 64 bits
        return json.dumps(asdict(geninfo), ensure_ascii=False, default=str).encode("utf-8", "replace")


def unpack_geninfo(payload: bytes | None) -> GenerationInfo:
    """Restore generation information from a payload; keys of other versions are ignored."""
    if not payload:
        return GenerationInfo()
    values: dict[str, Json] = orjson.loads(zlib.decompress(payload))
    field_names = {field.name for field in fields(GenerationInfo)}
    arguments = {name: value for name, value in values.items() if name in field_names}
    for name, kind in NESTED.items():
        arguments[name] = tuple(kind(**item) for item in arguments.get(name) or ())
    for name in TUPLES:
        arguments[name] = tuple(arguments.get(name) or ())
    arguments["extra_tags"] = tuple((str(kind), str(name)) for kind, name in arguments.get("extra_tags") or ())
    return GenerationInfo(**arguments)
