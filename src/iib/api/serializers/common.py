"""Answers as the contract spells them: file entries, sizes, dates, tags."""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Mapping, Sequence

import orjson
from fastapi import Response

from iib.model.geninfo import Json
from iib.model.media import MediaKind, MediaRow
from iib.store import TagRow

KIND_WORDS = {MediaKind.IMAGE: "image", MediaKind.VIDEO: "video", MediaKind.AUDIO: "audio"}

UNITS = ("B", "KB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB")
STEP = 1024
NS = 1_000_000_000


def fast_json(value: Json, status: int = 200) -> Response:
    """JSON without passing through models again; for long lists."""
    try:
        body = orjson.dumps(value)
    except TypeError:  # names that are no valid text
        body = json.dumps(value).encode()
    return Response(body, status, media_type="application/json", headers={"Cache-Control": "no-store"})


def human_size(size_bytes: int) -> str:
    """`human_size(1258291)` gives "1.20 MB", zero gives "0B"."""
    if size_bytes <= 0:
        return "0B"
    value, unit = float(size_bytes), 0
    while value >= STEP and unit < len(UNITS) - 1:
        value /= STEP
        unit += 1
    return f"{value:.2f} {UNITS[unit]}"


def local_time(time_ns: int) -> str:
    """Local `YYYY-MM-DD HH:MM:SS`; times no calendar knows give the epoch."""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(time_ns // NS))
    except (OSError, OverflowError, ValueError):
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(0))


def birth_ns(status: os.stat_result) -> int:
    """Birth time where the system has one, else the change time."""
    birth_s = getattr(status, "st_birthtime", None)
    return int(birth_s * NS) if birth_s is not None else status.st_ctime_ns


def entry_of(path: str, name: str, status: os.stat_result, *, is_under_root: bool) -> dict[str, Json]:
    """A file or folder as the listings give it."""
    is_dir = stat.S_ISDIR(status.st_mode)
    return {
        "type": "dir" if is_dir else "file",
        "name": name,
        "fullpath": path,
        "size": "-" if is_dir else human_size(status.st_size),
        "bytes": 0 if is_dir else status.st_size,
        "date": local_time(status.st_mtime_ns),
        "created_time": local_time(birth_ns(status)),
        "is_under_scanned_path": is_under_root,
    }


def media_entry(row: MediaRow, *, is_under_root: bool) -> dict[str, Json]:
    """An indexed file as searches give it."""
    date = local_time(row.mtime_ns)
    created = local_time(row.birth_ns)
    return {
        "id": row.id,
        "type": "file",
        "name": row.name,
        "fullpath": row.path,
        "size": human_size(row.size_bytes),
        "bytes": row.size_bytes,
        "date": date,
        "created_time": created,
        "created_date": date,
        "is_under_scanned_path": is_under_root,
    }


def tag_entries(tags: Sequence[TagRow], names: Mapping[str, str]) -> list[dict[str, Json]]:
    """Several of them; `names` are the translations."""
    return [tag_entry(tag, names.get(tag.name)) for tag in tags]


def tag_entry(tag: TagRow, display_name: str | None = None) -> dict[str, Json]:
    """A tag."""
    return {
        "id": tag.id,
        "name": tag.name,
        "type": tag.kind,
        "count": tag.count,
        "color": tag.color,
        "display_name": display_name if display_name is not None else tag.display_name,
        "score": 0,
    }
