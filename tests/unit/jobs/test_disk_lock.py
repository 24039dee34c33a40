"""One operation at a time, in this process and among several."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

from iib.jobs.disk_lock import DiskTurns

HOLD = """
import sys
from iib.jobs.disk_lock import DiskTurns
with DiskTurns(sys.argv[1]).operation():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_another_process_is_waited_for_until_it_ends(tmp_path: Path) -> None:
    lock = str(tmp_path / "lock")
    entered = threading.Event()

    def operate() -> None:
        with DiskTurns(lock).operation():
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


def test_an_operation_says_that_it_is_under_way(tmp_path: Path) -> None:
    turns = DiskTurns(str(tmp_path / "absent" / "lock"))

    assert not turns.is_operating
    with turns.operation():
        assert turns.is_operating
    assert not turns.is_operating


def test_who_wants_the_turn_again_comes_after_those_who_wait() -> None:
    turns = DiskTurns()
    order: list[str] = []
    waits = threading.Event()

    def wait() -> None:
        waits.set()
        with turns.turn():
            order.append("other")

    thread = threading.Thread(target=wait)
    with turns.turn():
        thread.start()
        waits.wait()
        time.sleep(0.2)  # it is at the door by now
        with turns.turn():
            order.append("inside")
    with turns.turn():
        order.append("again")
    thread.join()

    assert order == ["inside", "other", "again"]
