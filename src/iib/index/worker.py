"""A parse worker: a child process that reads files and answers with what it found.

It is started as a plain child (`python -c ...`), not through multiprocessing: a program that embeds this server need
not guard its main module, and a notebook has none. Frames on stdin/stdout: 8-byte length, then a pickle; both ends
are this program, nothing else can write into the pipes.
"""

from __future__ import annotations

import gc
import os
import pickle
import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from iib.metadata.read import parse_media
from iib.metadata.registry import Recipe, Registry
from iib.model.media import FileStamp
from iib.model.record import MediaRecord, to_record

NICENESS = 5  # below the server: a request must not wait for the scan
HEADER = struct.Struct("<Q")
READY = "ready"  # the first frame of a worker that could start


@dataclass(frozen=True, slots=True)
class ParseTask:
    """One file to read."""

    path: str
    name: str
    stamp: FileStamp


def parse_all(tasks: Sequence[ParseTask], registry: Registry) -> list[MediaRecord]:
    """Read every file; a broken one gives a record with its problem."""
    return [to_record(task.path, parse_media(task.path, task.name, task.stamp, registry)) for task in tasks]


def read_frame(stream: BinaryIO) -> object:
    """The next value. Raises `EOFError` at the end of the stream."""
    header = stream.read(HEADER.size)
    if len(header) < HEADER.size:
        raise EOFError
    (length,) = HEADER.unpack(header)
    body = stream.read(length)
    if len(body) < length:
        raise EOFError
    return pickle.loads(body)  # noqa: S301  (our own child, our own pipe)


def write_frame(stream: BinaryIO, value: object) -> None:
    """Send one value."""
    body = pickle.dumps(value, protocol=5)
    stream.write(HEADER.pack(len(body)))
    stream.write(body)
    stream.flush()


def main(recipe: Recipe) -> None:
    """Serve tasks until the parent closes the pipe."""
    gc.set_threshold(200_000, 20, 20)  # everything made here lives for one chunk; looking for cycles is wasted time
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # a stray message must not break a frame
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    registry = recipe.build()
    write_frame(answers, READY)
    while True:
        try:
            tasks = read_frame(requests)
        except (EOFError, KeyboardInterrupt):
            return
        write_frame(answers, parse_all(tasks, registry))  # type: ignore[arg-type]
