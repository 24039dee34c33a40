"""Tests for parse workers: real child processes that hang, die and are replaced."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.library import Library

from iib.index.parsing.ipc import ParseTask
from iib.index.parsing.pool import ParserPool
from iib.index.scan import stamp_of
from iib.metadata.registry import default_registry
from iib.model.media import MediaKind

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a pipe that never answers is made with mkfifo")


RECIPE = default_registry().recipe


@pytest.fixture
def pool() -> Iterator[ParserPool]:
    """A pool of one worker with a short time limit."""
    made = ParserPool(RECIPE, 1, chunk_timeout_s=3, file_timeout_s=3)
    yield made
    made.close()


def task(path: Path) -> ParseTask:
    return ParseTask(str(path), path.name, stamp_of(path.stat()))


def children() -> set[int]:
    """Processes that this one started."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == os.getpid() and fields[0] != "Z":
            found.add(int(entry.parent.name))
    return found


def test_a_chunk_is_answered_in_order(library: Library, pool: ParserPool):
    paths = library.fill(20)

    records = pool.submit([task(path) for path in paths]).result(60)

    assert [record.name for record in records] == [path.name for path in paths]
    assert all(f"number {number}" in record.text for number, record in enumerate(records))


def test_a_file_on_which_the_worker_hangs_is_the_only_one_lost(library: Library, pool: ParserPool):
    paths = library.fill(5)
    os.mkfifo(library.path("hang.mp4"))
    tasks = [task(path) for path in (*paths[:2], library.path("hang.mp4"), *paths[2:])]

    records = pool.submit(tasks).result(120)

    assert [record.name for record in records] == [item.name for item in tasks]
    assert [record.problem is None for record in records] == [True, True, False, True, True, True]
    assert records[2].problem == "reading this file ended the parser"
    assert records[2].kind == MediaKind.VIDEO


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="children are found through /proc")
def test_a_worker_that_dies_loses_only_the_file_it_was_reading(library: Library):
    pool = ParserPool(RECIPE, 1, chunk_timeout_s=60, file_timeout_s=3)
    paths = library.fill(3)
    os.mkfifo(library.path("deadly.png"))
    before = children()
    pool.submit([task(paths[0])]).result(60)
    [child] = children() - before
    future = pool.submit([task(library.path("deadly.png")), *map(task, paths)])

    os.kill(child, signal.SIGKILL)
    records = future.result(120)
    pool.close()

    assert [record.problem is None for record in records] == [False, True, True, True]
    assert children() == before


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="children are found through /proc")
def test_closing_leaves_no_process_behind(library: Library):
    before = children()
    pool = ParserPool(RECIPE, 2)
    paths = library.fill(4)
    futures = [pool.submit([task(path)]) for path in paths]
    for future in futures:
        future.result(60)
    assert 1 <= len(children() - before) <= 2

    pool.close()

    assert children() == before


@pytest.mark.parametrize("program", ["/nowhere/python", "/bin/false"])
def test_files_are_read_in_this_process_if_no_worker_can_be_started(library: Library, program: str):
    pool = ParserPool(RECIPE, 2, program=program)
    paths = library.fill(4)

    records = [future.result(60)[0] for future in [pool.submit([task(path)]) for path in paths]]
    pool.close()

    assert [record.problem for record in records] == [None] * 4
    assert "number 3" in records[3].text
