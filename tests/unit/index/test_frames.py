"""Tests for the frames between the program and its parse workers."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from support.records import record

from iib.index.parsing.ipc import (
    NOT_A_FRAME,
    ParseTask,
    pack_records,
    pack_tasks,
    read_frame,
    unpack_records,
    unpack_tasks,
    write_frame,
)
from iib.model.media import FileStamp, MediaKind
from iib.model.query_values import QueryValues, Span

TASKS = [
    ParseTask("/a/one.png", "one.png", FileStamp(3, 2**62, 7, 2**64 - 1)),
    ParseTask("/a/\udcff.mp4", "\udcff.mp4", FileStamp(0, 0, 0, 2**127)),
]


def sent(value: object) -> object:
    pipe = io.BytesIO()
    write_frame(pipe, value)
    pipe.seek(0)
    return read_frame(pipe)


def test_tasks_come_back_equal():
    assert unpack_tasks(sent(pack_tasks(TASKS))) == TASKS


def test_records_come_back_equal():
    query_values = QueryValues(20, 7.5, 2**64 - 1, 3, Span(0, 4), None)
    records = [
        replace(
            record(name=TASKS[0].name),
            stamp=TASKS[0].stamp,
            query_values=query_values,
            tags=(("pos", "猫"), ("pos", "cat")),
        ),
        replace(record(name=TASKS[1].name), stamp=TASKS[1].stamp, kind=int(MediaKind.VIDEO), problem="broken"),
    ]

    assert unpack_records(sent(pack_records(records)), TASKS) == records


def test_equal_tags_of_many_files_are_read_as_one_object():
    records = [replace(record(name=task.name), tags=(("po" + "s", f"ca{'t'}"),)) for task in TASKS]

    first, second = unpack_records(sent(pack_records(records)), TASKS)

    assert first.tags[0] is second.tags[0]


@pytest.mark.parametrize("data", [b"", b"\x05\0\0\0", b"\x05\0\0\0\0\0\0\0ab", b"\x02\0\0\0\0\0\0\0??"])
def test_a_truncated_or_foreign_frame_raises_an_expected_error(data: bytes):
    with pytest.raises(NOT_A_FRAME):
        read_frame(io.BytesIO(data))
