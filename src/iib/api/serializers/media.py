"""One media file with its tags and generation parameters."""

from __future__ import annotations

import os
from dataclasses import asdict

from iib.api.serializers.common import KIND_WORDS, human_size, local_time
from iib.model.geninfo import GenerationInfo, Json
from iib.model.media import MediaKind
from iib.store import MediaDetail


def detail_answer(found: MediaDetail) -> dict[str, Json]:
    """The media object of the v1 API."""
    row = found.row
    return {
        "id": row.id,
        "path": row.path,
        "name": row.name,
        "folder": os.path.dirname(row.path),  # noqa: PTH120
        "kind": KIND_WORDS[MediaKind(row.kind)],
        "bytes": row.size_bytes,
        "size": human_size(row.size_bytes),
        "width": row.width_px,
        "height": row.height_px,
        "duration_ms": found.duration_ms,
        "date": local_time(row.mtime_ns),
        "mtime": row.mtime_ns // 1_000_000,
        "created_time": local_time(row.birth_ns),
        "missing": found.is_missing,
        "problem": found.problem,
        "tags": [{"id": tag.id, "name": tag.name, "type": tag.kind, "color": tag.color} for tag in found.tags],
        "text": found.text,
        "geninfo": None if found.geninfo.is_empty else geninfo_answer(found.geninfo),
    }


def geninfo_answer(geninfo: GenerationInfo) -> dict[str, Json]:
    """Generation parameters; the seed as text, since 64 bits do not fit a JavaScript number."""
    values = asdict(geninfo)
    values["seed"] = str(geninfo.seed) if geninfo.seed is not None else None
    for stage in values["stages"]:
        stage["seed"] = str(stage["seed"]) if stage["seed"] is not None else None
    values["source"] = {key: value for key, value in geninfo.source.items() if key != "text"}
    return values
