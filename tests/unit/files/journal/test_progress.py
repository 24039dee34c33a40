"""Tests for the progress of operations, and for stopping them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.operating import file_service, trusted
from support.trees import tree

from iib.files.journal.progress import (
    FIRST_REPORT_S,
    LARGE_OPERATION,
    REPORT_INTERVAL_S,
    OperationProgress,
    ProgressReporter,
    ProgressTracker,
)
from iib.files.planning.plan import PlanBuilder
from iib.files.planning.results import ProblemCode
from iib.files.service import FileService
from iib.model.operation import OperationId, OperationKind, OperationStatus, Step, StepKind
from iib.store import Store


class Clock:
    """A clock that the tests advance."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def started(clock: Clock, reports: list[OperationProgress], requested: int = 3) -> ProgressTracker:
    """Start a move of three files into a folder that is made first."""
    builder = PlanBuilder(OperationKind.MOVE)
    builder.add("/to", "/to", [Step(StepKind.MAKE_FOLDER, "/to")])
    for name in "abc":
        builder.add(f"/{name}", f"/to/{name}", [Step(StepKind.MOVE, f"/{name}", f"/to/{name}")])
    tracker = ProgressReporter(reports.append, clock).begin(OperationKind.MOVE, requested)
    tracker.start(builder.build(), OperationId(7))
    return tracker


def test_short_operations_report_no_progress() -> None:
    clock, reports = Clock(), list[OperationProgress]()
    tracker = started(clock, reports)

    for item in range(4):
        assert tracker.on_item(item, 0)
    tracker.end()

    assert reports == []


def test_requested_entries_are_counted_and_reported_at_intervals() -> None:
    clock, reports = Clock(), list[OperationProgress]()
    tracker = started(clock, reports)
    clock.now_s = FIRST_REPORT_S

    tracker.on_item(2, 0)
    clock.now_s += REPORT_INTERVAL_S / 2
    tracker.on_item(3, 0)
    clock.now_s += REPORT_INTERVAL_S / 2
    tracker.on_item(3, 1)
    tracker.end()

    assert [(report.stage, report.done, report.total, report.failed) for report in reports] == [
        ("running", 1, 3, 0),
        ("running", 2, 3, 1),
        ("ended", 2, 3, 1),
    ]
    assert [report.can_stop for report in reports] == [True, True, False]
    assert {(report.id, report.kind) for report in reports} == {(7, OperationKind.MOVE)}


def test_the_planning_of_many_is_reported_at_once() -> None:
    reports: list[OperationProgress] = []

    with ProgressReporter(reports.append).begin(OperationKind.DELETE, LARGE_OPERATION):
        assert [(report.id, report.stage, report.total, report.can_stop) for report in reports] == [
            (None, "preparing", LARGE_OPERATION, False)
        ]

    assert reports[-1].stage == "ended"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    for number in range(9):
        (folder / f"{number}.png").write_bytes(b"a picture")
        (folder / f"{number}.txt").write_bytes(b"a text")
    return folder


class Impatient:
    """Asks the latest operation to stop after a number of steps on the disk."""

    def __init__(self, after: int) -> None:
        self._after = after
        self.files: FileService | None = None
        self.was_heard: bool | None = None

    def __call__(self, moment: str) -> None:
        self._after -= moment == "disk"
        if self.files is not None and self._after == 0 and self.was_heard is None:
            self.was_heard = self.files.stop(self.files.operations(1)[0].id)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "iib.db")
    yield opened
    opened.close()


def test_the_completed_part_of_a_stopped_operation_can_be_undone(store: Store, root: Path, tmp_path: Path) -> None:
    before = tree(root)
    impatient = Impatient(after=5)  # in the middle of the third file with its sidecar
    files = impatient.files = file_service(store, [root], tmp_path, checkpoint=impatient)

    result = files.delete(trusted(*sorted(root.glob("*.png"))))

    assert impatient.was_heard
    assert [Path(path).name for path, _to in result.done] == ["0.png", "1.png", "2.png"]
    assert {problem.code for problem in result.problems} == {ProblemCode.STOPPED}
    assert len(result.problems) == 6
    assert sorted(path.name for path in root.glob("*.*g")) == [f"{number}.png" for number in range(3, 9)]
    assert files.operations(1)[0].status is OperationStatus.PARTLY
    files.undo()
    assert tree(root) == before


def test_an_undo_cannot_be_stopped(store: Store, root: Path, tmp_path: Path) -> None:
    before = tree(root)
    file_service(store, [root], tmp_path).delete(trusted(*sorted(root.glob("*.png"))))
    impatient = Impatient(after=5)
    files = impatient.files = file_service(store, [root], tmp_path, checkpoint=impatient)

    assert files.undo().problems == ()

    assert impatient.was_heard is False
    assert tree(root) == before


def test_an_ended_operation_cannot_be_stopped(store: Store, root: Path, tmp_path: Path) -> None:
    files = file_service(store, [root], tmp_path)
    done = files.delete(trusted(root / "1.png"))

    assert done.operation_id is not None
    assert not files.stop(done.operation_id)
