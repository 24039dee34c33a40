"""Details of a media file: metadata, tags, rating and albums."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TypedDict

from iib.api.serializers.common import human_size, local_time
from iib.model import NS_PER_MS, Flag, GenerationInfo, Json, MediaKind
from iib.store import MediaDetail


class MediaTagEntry(TypedDict):
    """A tag of a file; see `MediaTag`."""

    id: int
    name: str
    type: str
    color: str
    display_name: str | None


class AlbumNameEntry(TypedDict):
    """An album that contains a file; see `AlbumName`."""

    id: int
    name: str


class MediaDetailEntry(TypedDict):
    """Return the entry with all details of a file, see `MediaDetails`."""

    id: int
    path: str
    name: str
    folder: str
    kind: str
    bytes: int
    size: str
    width: int | None
    height: int | None
    duration_ms: int | None
    date: str
    mtime: int
    created_time: str
    missing: bool
    problem: str | None
    tags: list[MediaTagEntry]
    text: str
    geninfo: dict[str, Json] | None
    rating: int
    flag: str
    albums: list[AlbumNameEntry]


def media_detail_entry(
    detail: MediaDetail, *, rating: int, flag: int, albums: Sequence[tuple[int, str]], names: Mapping[str, str]
) -> MediaDetailEntry:
    """Entry of a file. `flag` is 1 (pick), 0 or -1 (reject); `names` are translations of tags by name."""
    row = detail.row
    return {
        "id": row.id,
        "path": row.path,
        "name": row.name,
        "folder": os.path.dirname(row.path),  # noqa: PTH120
        "kind": MediaKind(row.kind).word,
        "bytes": row.size_bytes,
        "size": human_size(row.size_bytes),
        "width": row.width_px,
        "height": row.height_px,
        "duration_ms": detail.duration_ms,
        "date": local_time(row.mtime_ns),
        "mtime": row.mtime_ns // NS_PER_MS,
        "created_time": local_time(row.birth_ns),
        "missing": detail.is_missing,
        "problem": detail.problem,
        "tags": [
            {"id": tag.id, "name": tag.name, "type": tag.kind, "color": tag.color, "display_name": names.get(tag.name)}
            for tag in detail.tags
        ],
        "text": detail.text,
        "geninfo": None if detail.geninfo.is_empty else geninfo_entry(detail.geninfo),
        "rating": rating,
        "flag": Flag(flag).word,
        "albums": [{"id": album_id, "name": name} for album_id, name in albums],
    }


def geninfo_entry(geninfo: GenerationInfo) -> dict[str, Json]:
    """Entry of generation parameters; seeds are text, since 64 bits do not fit a JavaScript number."""
    values = asdict(geninfo)
    values["seed"] = str(geninfo.seed) if geninfo.seed is not None else None
    for stage in values["stages"]:
        stage["seed"] = str(stage["seed"]) if stage["seed"] is not None else None
    values["source"] = {key: value for key, value in geninfo.source.items() if key != "text"}
    return values
