"""Tests for the disk lock: one operation at a time, also across processes, and a fair reentrant hold."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

from iib.jobs.disk_lock import DiskLock

HOLD = """
import sys
from iib.jobs.disk_lock import DiskLock
with DiskLock(sys.argv[1]).operation():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_an_operation_waits_for_an_operation_of_another_process(tmp_path: Path) -> None:
    lock = str(tmp_path / "lock")
    entered = threading.Event()

    def operate() -> None:
        with DiskLock(lock).operation():
            entered.set()

    with subprocess.Popen(
        [sys.executable, "-c", HOLD, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        thread = threading.Thread(target=operate)
        thread.start()
        assert not entered.wait(0.3)

        other.kill()

        assert entered.wait(30)
        thread.join()


def test_the_lock_reports_a_running_operation(tmp_path: Path) -> None:
    disk_lock = DiskLock(str(tmp_path / "absent" / "lock"))

    assert not disk_lock.is_operating
    with disk_lock.operation():
        assert disk_lock.is_operating
    assert not disk_lock.is_operating


def test_a_thread_that_takes_the_lock_again_comes_after_the_waiting_threads() -> None:
    disk_lock = DiskLock()
    order: list[str] = []
    waits = threading.Event()

    def wait() -> None:
        waits.set()
        with disk_lock.hold():
            order.append("other")

    thread = threading.Thread(target=wait)
    with disk_lock.hold():
        thread.start()
        waits.wait()
        time.sleep(0.2)  # the thread waits for the lock by now
        with disk_lock.hold():
            order.append("inside")
    with disk_lock.hold():
        order.append("again")
    thread.join()

    assert order == ["inside", "other", "again"]
