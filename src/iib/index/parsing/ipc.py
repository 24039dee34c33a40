"""Wire format of the pipes between this program and its parse workers.

A frame is a length and a marshalled value. Marshal supports plain values only, so files and records are sent as tuples,
in a third of the time that pickled objects take. Both ends run the same program in the same interpreter, and no other
process can write into the pipes.
"""

from __future__ import annotations

import marshal
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, TypeAlias

from iib.model import FileStamp, Json, MediaKind, MediaRecord, QueryValues, Span, kind_of

HEADER = struct.Struct("<Q")
NOT_A_FRAME = (EOFError, OSError, ValueError, TypeError)
Row: TypeAlias = tuple[Json, ...]


@dataclass(slots=True, unsafe_hash=True)
class ParseTask:
    """Path, name and stamp of a file that a worker shall read."""

    path: str
    name: str
    stamp: FileStamp


def read_frame(stream: BinaryIO) -> Json:
    """Read the next value. Raises `EOFError` at the end of the stream, one of `NOT_A_FRAME` for invalid data."""
    header = stream.read(HEADER.size)
    if len(header) < HEADER.size:
        raise EOFError
    (length,) = HEADER.unpack(header)
    body = stream.read(length)
    if len(body) < length:
        raise EOFError
    return marshal.loads(body)  # noqa: S302  (our own child, our own pipe)


def write_frame(stream: BinaryIO, value: Json) -> None:
    """Send a value as one frame and flush the stream."""
    body = marshal.dumps(value)
    stream.write(HEADER.pack(len(body)))
    stream.write(body)
    stream.flush()


def pack_tasks(tasks: Sequence[ParseTask]) -> list[Row]:
    """Convert tasks to plain values."""
    return [
        (task.path, task.name, stamp.size_bytes, stamp.mtime_ns, stamp.birth_ns, stamp.inode)
        for task in tasks
        for stamp in (task.stamp,)
    ]


def unpack_tasks(rows: Sequence[Row]) -> list[ParseTask]:
    """Convert the plain values of `pack_tasks` back to tasks."""
    return [ParseTask(path, name, FileStamp(*stamp)) for path, name, *stamp in rows]


def pack_records(records: Sequence[MediaRecord]) -> list[Row]:
    """Convert records to plain values, without the fields that their tasks contain.

    Equal tags become one object, which marshal writes once and restores as one object.
    """
    shared_tags: dict[tuple[str, str], tuple[str, str]] = {}
    return [
        (
            record.content_hash, record.width_px, record.height_px, record.duration_ms, record.text, record.body,
            record.payload, tuple(map(shared_tags.setdefault, record.tags, record.tags)), record.problem,
            _pack_query_values(record.query_values),
        )
        for record in records
    ]  # fmt: skip


def unpack_records(rows: Sequence[Row], tasks: Sequence[ParseTask]) -> list[MediaRecord]:
    """Convert the plain values of `pack_records` back to records, for the same tasks in the same order."""
    return [_record(task, row) for task, row in zip(tasks, rows, strict=True)]


def _record(task: ParseTask, row: Row) -> MediaRecord:
    *values, query_values = row
    kind = int(kind_of(task.name) or MediaKind.IMAGE)
    fields: Row = (task.name, kind, task.stamp, *values, _unpack_query_values(*query_values))
    return MediaRecord(*fields)


def _pack_query_values(query_values: QueryValues) -> Row:
    return (
        query_values.steps,
        query_values.cfg,
        query_values.seed,
        query_values.text_flags,
        _pack_span(query_values.prompt),
        _pack_span(query_values.negative),
    )


def _pack_span(span: Span | None) -> tuple[int, int] | None:
    return (span.start, span.length) if span is not None else None


def _unpack_query_values(
    steps: int | None,
    cfg: float | None,
    seed: int | None,
    text_flags: int,
    prompt: tuple[int, int] | None,
    negative: tuple[int, int] | None,
) -> QueryValues:
    return QueryValues(
        steps, cfg, seed, text_flags, Span(*prompt) if prompt else None, Span(*negative) if negative else None
    )
