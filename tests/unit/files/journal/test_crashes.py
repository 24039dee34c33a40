"""Tests for crashes at any step: the next start finishes them, no file is lost or doubled, ids and tags are unchanged.

These are samples; `python -m benchmarks.fault_matrix` kills at every checkpoint.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.crash_scenarios import KINDS, Stage, survive, undisturbed
from support.crashing import CrashServer, crash_server

from iib.files.journal.batch import BATCH_STEPS

FEW, MANY = 3, 30
SAMPLES = 3
SEVERAL_BATCHES = BATCH_STEPS + 20  # pictures, and half as many sidecars


@pytest.fixture(scope="module")
def server() -> Iterator[CrashServer]:
    with crash_server() as made:
        yield made


@pytest.fixture
def far(tmp_path: Path) -> Iterator[Path]:
    """A folder on another disk, where this machine has one."""
    memory = Path("/dev/shm")  # noqa: S108  (only its device matters)
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("needs a second disk at /dev/shm")
    made = Path(tempfile.mkdtemp(dir=memory))
    yield made
    shutil.rmtree(made)


def kill_somewhere(stage: Stage, server: CrashServer, kind: str, samples: int) -> None:
    """At some checkpoints, other ones for each kind, the same ones in each run."""
    expected, checkpoints = undisturbed(stage, server, kind)
    for moment in random.Random(f"{kind} {checkpoints}").sample(range(checkpoints), samples):
        survive(stage, server, kind, moment, expected)


@pytest.mark.parametrize("kind", KINDS)
def test_an_operation_that_is_killed_is_finished_at_the_next_start(
    tmp_path: Path, server: CrashServer, kind: str
) -> None:
    kill_somewhere(Stage(tmp_path, tmp_path / "far", FEW), server, kind, SAMPLES)


@pytest.mark.parametrize("kind", ["move", "move folder", "copy"])
def test_an_interrupted_move_between_disks_is_finished(
    tmp_path: Path, far: Path, server: CrashServer, kind: str
) -> None:
    kill_somewhere(Stage(tmp_path, far, FEW), server, kind, SAMPLES)


@pytest.mark.parametrize("kind", ["move", "delete", "purge", "flatten"])
def test_a_batch_that_is_interrupted_after_any_of_its_files_is_finished(
    tmp_path: Path, server: CrashServer, kind: str
) -> None:
    """Killed when so many files have changed on the disk and the last of them are in no row yet."""
    stage = Stage(tmp_path, tmp_path / "far", SEVERAL_BATCHES)
    expected, _checkpoints = undisturbed(stage, server, kind)

    for files in (0, 1, BATCH_STEPS // 2, BATCH_STEPS - 1, BATCH_STEPS, BATCH_STEPS + 5):
        survive(stage, server, kind, files, expected, moment="disk")


@pytest.mark.parametrize("kind", ["move", "delete", "purge"])
def test_a_recovery_that_is_interrupted_is_repeated(tmp_path: Path, server: CrashServer, kind: str) -> None:
    stage = Stage(tmp_path, tmp_path / "far", SEVERAL_BATCHES)
    expected, _checkpoints = undisturbed(stage, server, kind)

    survive(stage, server, kind, BATCH_STEPS // 3, expected, moment="disk", again_at=BATCH_STEPS // 4)
    survive(stage, server, kind, 0, expected, moment="rows", again_at=BATCH_STEPS)


def test_an_interrupted_move_of_many_files_to_another_disk_loses_nothing(
    tmp_path: Path, far: Path, server: CrashServer
) -> None:
    kill_somewhere(Stage(tmp_path, far, MANY), server, "move", 1)
