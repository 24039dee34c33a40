"""A parse worker: a child process that reads files and answers with what it found.

It is started as a plain child (`python -c ...`), not through multiprocessing: a program that embeds this server need
not guard its main module, and a notebook has none. Frames go through stdin and stdout.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

from iib.index.parsing.ipc import NOT_A_FRAME, ParseTask, pack_records, read_frame, unpack_tasks, write_frame
from iib.metadata import Recipe, Registry, parse_media
from iib.model import MediaRecord, to_record

NICENESS = 5  # below the server: a request must not wait for the scan
READY = "ready"  # the first frame of a worker that could start


def parse_all(tasks: Sequence[ParseTask], registry: Registry) -> list[MediaRecord]:
    """Read every file; a broken one gives a record with its problem."""
    return [to_record(task.path, parse_media(task.path, task.name, task.stamp, registry)) for task in tasks]


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
            tasks = unpack_tasks(read_frame(requests))
        except (*NOT_A_FRAME, KeyboardInterrupt):
            return
        write_frame(answers, pack_records(parse_all(tasks, registry)))
