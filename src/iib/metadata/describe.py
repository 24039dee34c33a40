"""Describes a parsed file as a JSON object, for `iib inspect --jsonl` and `POST /v1/geninfo`."""

from __future__ import annotations

from dataclasses import asdict

from iib.metadata.derived_tags import KIND_NAMES
from iib.model import Json, ParsedMedia


def describe_file(path: str, parsed: ParsedMedia, *, with_raw: bool = False) -> dict[str, Json]:
    """Return all metadata of a parsed file as a JSON object, the most common fields first.

    Seeds are integers of up to 64 bits; `seed_text` has the same number for readers whose numbers are floats.
    `with_raw` adds the texts of all entries.
    """
    geninfo = parsed.geninfo
    description: dict[str, Json] = {
        "path": path,
        "tool": geninfo.tool,
        "prompt": geninfo.prompt,
        "negative_prompt": geninfo.negative_prompt,
        "model": geninfo.model,
        "sampler": geninfo.sampler,
        "scheduler": geninfo.scheduler,
        "steps": geninfo.steps,
        "cfg": geninfo.cfg,
        "seed": geninfo.seed,
        "width": geninfo.width,
        "height": geninfo.height,
        "loras": [asdict(lora) for lora in geninfo.loras],
        "tool_version": geninfo.tool_version,
        "seed_text": None if geninfo.seed is None else str(geninfo.seed),
        "models": [asdict(model) for model in geninfo.models],
        "vae": geninfo.vae,
        "guidance": geninfo.guidance,
        "denoise": geninfo.denoise,
        "embeddings": list(geninfo.embeddings),
        "characters": [asdict(character) for character in geninfo.characters],
        "prompt_parts": list(geninfo.prompt_parts),
        "negative_parts": list(geninfo.negative_parts),
        "stages": [asdict(stage) for stage in geninfo.stages],
        "hires": geninfo.hires,
        "parameters": geninfo.parameters,
        "is_generated": geninfo.is_generated,
        "kind": KIND_NAMES[parsed.kind],
        "image_width": parsed.width_px,
        "image_height": parsed.height_px,
        "duration_ms": parsed.duration_ms,
        "text": parsed.text,
        "tags": [list(tag) for tag in parsed.tags],
        "source": {key: value for key, value in geninfo.source.items() if key != "text"},
        "confidence": geninfo.confidence,
        "notes": list(geninfo.notes),
        "problem": parsed.problem,
        "entries": [{"place": entry.place, "key": entry.key, "characters": len(entry.text)} for entry in geninfo.raw],
    }
    if with_raw:
        description["raw"] = [asdict(entry) for entry in geninfo.raw]
    return description
