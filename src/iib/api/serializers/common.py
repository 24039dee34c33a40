"""JSON responses, and the parts that many of them share: file entries, sizes, dates and tags."""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Mapping, Sequence
from typing import TypedDict

import orjson
from fastapi import Response

from iib.model import NS_PER_S, Json, MediaRow
from iib.store import TagRow

UNITS = ("B", "KB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB")
STEP = 1024


class FileEntry(TypedDict):
    """A file or folder of a folder listing; see `FileInfo`."""

    type: str
    name: str
    fullpath: str
    size: str
    bytes: int
    date: str
    created_time: str
    is_under_scanned_path: bool


class MediaEntry(FileEntry):
    """An indexed file of a search result; see `FileInfo`."""

    id: int
    created_date: str


class TagEntry(TypedDict):
    """Return the entry of a tag, see `TagInfo`."""

    id: int
    name: str
    type: str
    count: int
    color: str
    display_name: str | None
    score: int


def fast_json(value: Json, status: int = 200) -> Response:
    """A JSON response from plain values, without validation by models: long lists take a fraction of the time."""
    try:
        body = orjson.dumps(value)
    except TypeError:  # file names that are not valid Unicode
        body = json.dumps(value).encode()
    return Response(body, status, media_type="application/json", headers={"Cache-Control": "no-store"})


def human_size(size_bytes: int) -> str:
    """Size as text: `human_size(1258291)` returns "1.20 MB", and zero returns "0B"."""
    if size_bytes <= 0:
        return "0B"
    value, unit = float(size_bytes), 0
    while value >= STEP and unit < len(UNITS) - 1:
        value /= STEP
        unit += 1
    return f"{value:.2f} {UNITS[unit]}"


def local_time(time_ns: int) -> str:
    """Local time as `YYYY-MM-DD HH:MM:SS`; a time outside the range of the platform becomes the epoch."""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(time_ns // NS_PER_S))
    except (OSError, OverflowError, ValueError):
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(0))


def birth_ns(status: os.stat_result) -> int:
    """Birth time of a file in nanoseconds; where the system has none, the change time."""
    birth_s = getattr(status, "st_birthtime", None)
    return int(birth_s * NS_PER_S) if birth_s is not None else status.st_ctime_ns


def disk_entry(path: str, name: str, status: os.stat_result, *, is_under_root: bool) -> FileEntry:
    """Entry of a file or folder that was read from the disk."""
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


def media_entry(row: MediaRow, *, is_under_root: bool) -> MediaEntry:
    """Entry of an indexed file."""
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


def tag_entries(tags: Sequence[TagRow], names: Mapping[str, str]) -> list[TagEntry]:
    """Entries of tags; `names` are their translations by name."""
    return [tag_entry(tag, names.get(tag.name)) for tag in tags]


def tag_entry(tag: TagRow, display_name: str | None = None) -> TagEntry:
    """Entry of a tag; `display_name` replaces the stored one."""
    return {
        "id": tag.id,
        "name": tag.name,
        "type": tag.kind,
        "count": tag.count,
        "color": tag.color,
        "display_name": display_name if display_name is not None else tag.display_name,
        "score": 0,
    }
