"""Tests for the lock between processes, with real processes."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from iib._lib.process_lock import process_lock

HOLDER = """
import sys
from iib._lib.process_lock import process_lock
with process_lock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.readline()
"""


@contextmanager
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock until it gets a line or is killed."""
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def take(path: Path) -> tuple[threading.Thread, threading.Event]:
    """A thread that waits for the lock, and what it sets when it has it."""
    has_it = threading.Event()

    def run() -> None:
        with process_lock(str(path)):
            has_it.set()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, has_it


def test_a_process_waits_until_another_releases_the_lock(tmp_path: Path):
    path = tmp_path / "a.lock"
    with holder(path) as process:
        thread, has_it = take(path)

        assert not has_it.wait(0.3)

        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()

        assert has_it.wait(20)
        thread.join()


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path):
    path = tmp_path / "a.lock"
    with holder(path) as process:
        process.kill()
        process.wait()
        thread, has_it = take(path)

        assert has_it.wait(20)
        thread.join()


def test_the_lock_can_be_acquired_repeatedly(tmp_path: Path):
    for _ in range(3):
        with process_lock(str(tmp_path / "a.lock")):
            pass


def test_without_a_lock_file_no_process_waits(tmp_path: Path):
    with process_lock(str(tmp_path / "missing" / "a.lock")):
        pass
