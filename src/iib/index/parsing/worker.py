"""Parse worker: a child process that reads files and returns their records.

It is started as a plain child (`python -c ...`) and not through multiprocessing, so a program that embeds this server
needs no guard in its main module, and a notebook has none. Frames are sent through stdin and stdout.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

from iib.index.parsing.ipc import NOT_A_FRAME, ParseTask, pack_records, read_frame, unpack_tasks, write_frame
from iib.metadata import Recipe, Registry, parse_media
from iib.model import MediaRecord, to_record

NICENESS = 5  # below the server, so that requests do not wait for the scan
READY = "ready"  # first frame of a worker that has started


def parse_all(tasks: Sequence[ParseTask], registry: Registry) -> list[MediaRecord]:
    """Read all files; the record of a broken file contains its problem."""
    return [to_record(task.path, parse_media(task.path, task.name, task.stamp, registry)) for task in tasks]


def main(recipe: Recipe) -> None:
    """Parse tasks until the parent closes the pipe."""
    gc.set_threshold(200_000, 20, 20)  # objects live for one chunk only; searching for cycles is wasted time
    request_stream, answer_stream = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # a printed message must not break a frame
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    registry = recipe.build()
    write_frame(answer_stream, READY)
    while True:
        try:
            tasks = unpack_tasks(read_frame(request_stream))
        except (*NOT_A_FRAME, KeyboardInterrupt):
            return
        write_frame(answer_stream, pack_records(parse_all(tasks, registry)))
