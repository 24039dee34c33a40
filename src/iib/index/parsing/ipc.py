"""What goes through the pipes between this program and its parse workers.

A frame is its length and a marshalled value. Marshal knows plain values only, so files and records travel as tuples: a
third of the time that pickled objects take. Both ends are this program and this interpreter; nothing else can write
into the pipes.
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
    """One file to read."""

    path: str
    name: str
    stamp: FileStamp


def read_frame(stream: BinaryIO) -> Json:
    """The next value. Raises `EOFError` at the end of the stream, one of `NOT_A_FRAME` for anything else."""
    header = stream.read(HEADER.size)
    if len(header) < HEADER.size:
        raise EOFError
    (length,) = HEADER.unpack(header)
    body = stream.read(length)
    if len(body) < length:
        raise EOFError
    return marshal.loads(body)  # noqa: S302  (our own child, our own pipe)


def write_frame(stream: BinaryIO, value: Json) -> None:
    """Send one value."""
    body = marshal.dumps(value)
    stream.write(HEADER.pack(len(body)))
    stream.write(body)
    stream.flush()


def pack_tasks(tasks: Sequence[ParseTask]) -> list[Row]:
    """Files to read as plain values."""
    return [
        (task.path, task.name, stamp.size_bytes, stamp.mtime_ns, stamp.birth_ns, stamp.inode)
        for task in tasks
        for stamp in (task.stamp,)
    ]


def unpack_tasks(rows: Sequence[Row]) -> list[ParseTask]:
    """The reverse of `pack_tasks`."""
    return [ParseTask(path, name, FileStamp(*stamp)) for path, name, *stamp in rows]


def pack_records(records: Sequence[MediaRecord]) -> list[Row]:
    """Records as plain values, without what their tasks tell. A tag of many files is one object, which marshal writes
    once and reads as one object again."""
    same: dict[tuple[str, str], tuple[str, str]] = {}
    return [
        (
            record.content_hash, record.width_px, record.height_px, record.duration_ms, record.text, record.body,
            record.payload, tuple(map(same.setdefault, record.tags, record.tags)), record.problem,
            _pack_facts(record.facts),
        )
        for record in records
    ]  # fmt: skip


def unpack_records(rows: Sequence[Row], tasks: Sequence[ParseTask]) -> list[MediaRecord]:
    """The reverse of `pack_records`, for the same tasks in the same order."""
    return [_record(task, row) for task, row in zip(tasks, rows, strict=True)]


def _record(task: ParseTask, row: Row) -> MediaRecord:
    *values, facts = row
    kind = int(kind_of(task.name) or MediaKind.IMAGE)
    fields: Row = (task.name, kind, task.stamp, *values, _facts(*facts))
    return MediaRecord(*fields)


def _pack_facts(facts: QueryValues) -> Row:
    return facts.steps, facts.cfg, facts.seed, facts.marks, _pack_span(facts.prompt), _pack_span(facts.negative)


def _pack_span(span: Span | None) -> tuple[int, int] | None:
    return (span.start, span.length) if span is not None else None


def _facts(
    steps: int | None,
    cfg: float | None,
    seed: int | None,
    marks: int,
    prompt: tuple[int, int] | None,
    negative: tuple[int, int] | None,
) -> QueryValues:
    return QueryValues(
        steps, cfg, seed, marks, Span(*prompt) if prompt else None, Span(*negative) if negative else None
    )
