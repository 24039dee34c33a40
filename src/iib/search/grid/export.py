"""Exports the results of a query as rows for other programs, 200 files at a time."""

from __future__ import annotations

import csv
import importlib
import importlib.util
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timezone
from typing import Any

import orjson

from iib.errors import Unsupported
from iib.model import NS_PER_S, Flag, Json, MediaId, MediaKind, TagKind
from iib.search.library.curation import Curation
from iib.search.library.snapshot import Ids
from iib.store import MediaDetail, Store

FILES_PER_READ = 200
ROWS_PER_GROUP = 5_000
_COLUMN_TYPES = {
    "cfg": "float", "loras": "list", "tags": "list",
    **dict.fromkeys(("id", "bytes", "width", "height", "duration_ms", "steps", "rating"), "int"),
}  # fmt: skip
EXPORT_FORMATS = ("jsonl", "csv", "parquet")
COLUMNS = (
    "id", "path", "name", "kind", "bytes", "width", "height", "duration_ms", "modified", "tool", "model", "sampler",
    "scheduler", "steps", "cfg", "seed", "loras", "prompt", "negative_prompt", "rating", "flag", "tags",
)  # fmt: skip
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would evaluate a cell that begins with these
Row = dict[str, Any]


def iter_export_rows(
    store: Store, ids: Ids, curation: Curation, may_read: Callable[[str], bool] = lambda _path: True
) -> Iterator[Row]:
    """Yields one row per file in the order of the ids; files that are missing or may not be read are omitted.

    The seed is text, because it has 64 bits.
    """
    values = zip(curation.rating.tolist(), curation.flag.tolist(), strict=True)
    rating_and_flag = dict(zip(curation.rated_ids.tolist(), values, strict=True))
    for start in range(0, len(ids), FILES_PER_READ):
        block = [MediaId(item) for item in ids[start : start + FILES_PER_READ].tolist()]
        with store.read() as unit:
            details = [
                detail for detail in map(unit.media.find_detail, block) if detail is not None and not detail.is_missing
            ]
        for detail in details:
            if not may_read(detail.row.path):
                continue
            rating, flag = rating_and_flag.get(detail.row.id, (0, 0))
            yield _row(detail, rating, flag)


def to_jsonl(rows: Iterable[Row]) -> Iterator[bytes]:
    """Yields one JSON object per line."""
    for row in rows:
        yield orjson.dumps(row) + b"\n"


def to_csv(rows: Iterable[Row]) -> Iterator[bytes]:
    """Yields CSV in UTF-8 with a byte order mark, which spreadsheets need; lists are joined by "; "."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    yield b"\xef\xbb\xbf" + _take_text(buffer)
    for row in rows:
        writer.writerow([_cell(row[name]) for name in COLUMNS])
        yield _take_text(buffer)


def require_parquet() -> None:
    """Raises `Unsupported` if the optional library is not installed."""
    if importlib.util.find_spec("pyarrow") is None:
        raise Unsupported("Parquet needs an optional library: pip install 'infinite-image-browsing[parquet]'")


def to_parquet(rows: Iterable[Row]) -> Iterator[bytes]:
    """Yields the blocks of a Parquet file with a row group per 5,000 files."""
    require_parquet()
    arrow, parquet = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    text = arrow.string()
    types = {"text": text, "int": arrow.int64(), "float": arrow.float64(), "list": arrow.list_(text)}
    schema = arrow.schema([(name, types[_COLUMN_TYPES.get(name, "text")]) for name in COLUMNS])
    with tempfile.TemporaryFile() as buffer:  # the writer needs a file position, so it cannot write to the response
        with parquet.ParquetWriter(buffer, schema) as writer:
            for group in _groups(rows):
                writer.write_table(arrow.Table.from_pylist(group, schema=schema))
        buffer.seek(0)
        while block := buffer.read(1 << 20):
            yield block


def _groups(rows: Iterable[Row]) -> Iterator[list[Row]]:
    group: list[Row] = []
    for row in rows:
        group.append(row)
        if len(group) == ROWS_PER_GROUP:
            yield group
            group = []
    yield group


EXPORT_WRITERS: dict[str, Callable[[Iterable[Row]], Iterator[bytes]]] = {
    "jsonl": to_jsonl,
    "csv": to_csv,
    "parquet": to_parquet,
}


def _row(detail: MediaDetail, rating: int, flag: int) -> Row:
    media, info = detail.row, detail.geninfo
    return {
        "id": media.id,
        "path": media.path,
        "name": media.name,
        "kind": MediaKind(media.kind).word,
        "bytes": media.size_bytes,
        "width": media.width_px,
        "height": media.height_px,
        "duration_ms": detail.duration_ms,
        "modified": datetime.fromtimestamp(media.mtime_ns / NS_PER_S, timezone.utc).isoformat(timespec="seconds"),
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
        "flag": Flag(flag).word if flag else "",
        "tags": [tag.name for tag in detail.tags if tag.kind == TagKind.CUSTOM],
    }


def _cell(value: Json) -> Json:
    if isinstance(value, list):
        value = "; ".join(value)
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return "'" + value
    return value


def _take_text(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode("utf-8", "replace")
