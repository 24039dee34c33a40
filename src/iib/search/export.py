"""The answer of a query as rows for other programs, a few hundred files at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timezone
from typing import Any

import orjson

from iib.model.geninfo import Json
from iib.model.media import MediaId, MediaKind
from iib.search.order import Ids
from iib.search.personal import Personal
from iib.store import MediaDetail, Store

BLOCK = 200
FORMATS = ("jsonl", "csv", "parquet")
COLUMNS = (
    "id", "path", "name", "kind", "bytes", "width", "height", "duration_ms", "modified", "tool", "model", "sampler",
    "scheduler", "steps", "cfg", "seed", "loras", "prompt", "negative_prompt", "rating", "flag", "tags",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run a cell that begins so
Row = dict[str, Any]


def rows(store: Store, ids: Ids, personal: Personal) -> Iterator[Row]:
    """One row a file in the given order; files that went away meanwhile are left out. The seed is text: 64 bits."""
    given = zip(personal.rating.tolist(), personal.flag.tolist(), strict=True)
    marks = dict(zip(personal.marked.tolist(), given, strict=True))
    for start in range(0, len(ids), BLOCK):
        block = [MediaId(item) for item in ids[start : start + BLOCK].tolist()]
        with store.read() as unit:
            found = [detail for detail in map(unit.media.detail, block) if detail is not None and not detail.is_missing]
        for detail in found:
            rating, flag = marks.get(detail.row.id, (0, 0))
            yield _row(detail, rating, flag)


def to_jsonl(found: Iterable[Row]) -> Iterator[bytes]:
    """One JSON object a line."""
    for row in found:
        yield orjson.dumps(row) + b"\n"


def to_csv(found: Iterable[Row]) -> Iterator[bytes]:
    """UTF-8 with a byte order mark, so that spreadsheets read it right; lists are joined by "; "."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    yield b"\xef\xbb\xbf" + _taken(buffer)
    for row in found:
        writer.writerow([_cell(row[name]) for name in COLUMNS])
        yield _taken(buffer)


def columns_of(found: Sequence[Row]) -> dict[str, list[Json]]:
    """The same by column, for Parquet."""
    return {name: [row[name] for row in found] for name in COLUMNS}


def _row(detail: MediaDetail, rating: int, flag: int) -> Row:
    media, info = detail.row, detail.geninfo
    return {
        "id": media.id,
        "path": media.path,
        "name": media.name,
        "kind": MediaKind(media.kind).name.lower(),
        "bytes": media.size_bytes,
        "width": media.width_px,
        "height": media.height_px,
        "duration_ms": detail.duration_ms,
        "modified": datetime.fromtimestamp(media.mtime_ns / 1e9, timezone.utc).isoformat(timespec="seconds"),
        "tool": info.tool,
        "model": info.model,
        "sampler": info.sampler,
        "scheduler": info.scheduler,
        "steps": info.steps,
        "cfg": info.cfg,
        "seed": None if info.seed is None else str(info.seed),
        "loras": [lora.name for lora in info.loras],
        "prompt": info.prompt,
        "negative_prompt": info.negative_prompt,
        "rating": rating,
        "flag": {1: "pick", -1: "reject"}.get(flag, ""),
        "tags": [tag.name for tag in detail.tags if tag.kind == "custom"],
    }


def _cell(value: Json) -> Json:
    if isinstance(value, list):
        value = "; ".join(value)
    if isinstance(value, str) and value.startswith(FORMULA):
        return "'" + value
    return value


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode("utf-8", "replace")
