"""Tests for the target folders and names of an organise plan."""

from __future__ import annotations

from pathlib import Path

import pytest

from iib.files.planning.organise import Assignment, plan_organise
from iib.files.planning.plan import Plan, ProtectedFolders
from iib.model.operation import StepRole

EMPTY = ProtectedFolders()


def write(path: Path, text: str = "x") -> str:
    """A file; gives its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return str(path)


def planned(folder: Path, sources: list[str], *, is_copy: bool = False, protected: ProtectedFolders = EMPTY) -> Plan:
    """All into one folder."""
    return plan_organise(
        [Assignment(str(folder), sources)],
        str(folder.parent),
        is_copy=is_copy,
        protected=protected,
        is_allowed=lambda path: "secret" not in path,
    )


def names(plan: Plan) -> list[str]:
    """Bare names of the targets, files only."""
    return [Path(item.target).name for item in plan.items if not item.is_housekeeping]


def sidecar_names(plan: Plan) -> list[str]:
    """Bare names of the targets of sidecars."""
    steps = [step for item in plan.items for step in item.steps if step.role is StepRole.SIDECAR]
    return [Path(step.target).name for step in steps]


def test_the_folder_is_created_once_and_before_the_files(tmp_path: Path) -> None:
    sources = [write(tmp_path / "in" / name) for name in ("a.png", "b.png")]

    plan = planned(tmp_path / "out" / "cats", sources)

    assert [item.is_housekeeping for item in plan.items] == [True, False, False]
    assert len(plan.items[0].steps) == 2


def test_no_folder_is_created_for_files_that_cannot_be_moved(tmp_path: Path) -> None:
    plan = planned(tmp_path / "cats", [str(tmp_path / "gone.png"), write(tmp_path / "secret" / "a.png")])

    assert plan.items == ()
    assert [problem.code.value for problem in plan.problems] == ["missing", "not_trusted"]


def test_a_hundred_files_of_one_name_are_numbered_in_order(tmp_path: Path) -> None:
    sources = [write(tmp_path / str(number) / "cat.png") for number in range(100)]
    for number in (10, 20):
        write(tmp_path / str(number) / "cat.txt")

    plan = planned(tmp_path / "cats", sources)

    assert names(plan) == ["cat.png", *(f"cat ({number}).png" for number in range(2, 101))]
    assert sidecar_names(plan) == ["cat (11).txt", "cat (21).txt"]


def test_siblings_keep_their_common_sidecar(tmp_path: Path) -> None:
    write(tmp_path / "cats" / "cat.png", "there before")
    sources = [write(tmp_path / "in" / name) for name in ("cat.jpg", "cat.png")]
    write(tmp_path / "in" / "cat.txt")

    plan = planned(tmp_path / "cats", sources)

    assert names(plan) == ["cat (2).jpg", "cat (2).png"]
    assert sidecar_names(plan) == ["cat (2).txt"]


def test_an_existing_text_file_does_not_become_a_sidecar(tmp_path: Path) -> None:
    write(tmp_path / "cats" / "cat.txt", "somebody's notes")

    plan = planned(tmp_path / "cats", [write(tmp_path / "in" / "cat.png")])

    assert names(plan) == ["cat (2).png"]


def test_files_of_one_stem_without_sidecars_keep_their_names(tmp_path: Path) -> None:
    sources = [write(tmp_path / "one" / "cat.png"), write(tmp_path / "two" / "cat.jpg")]

    assert names(planned(tmp_path / "cats", sources)) == ["cat.png", "cat.jpg"]


@pytest.mark.parametrize("is_copy", [False, True])
def test_files_in_their_target_folder_are_settled(tmp_path: Path, is_copy: bool) -> None:
    source = write(tmp_path / "cats" / "cat.png")

    plan = planned(tmp_path / "cats", [source], is_copy=is_copy)

    assert (plan.items, plan.already_done) == ((), (source,))


def test_a_folder_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()

    plan = planned(tmp_path / "cats", [str(tmp_path / "in")])

    assert [problem.code.value for problem in plan.problems] == ["invalid"]


def test_the_database_is_never_moved(tmp_path: Path) -> None:
    source = write(tmp_path / "iib.db")

    plan = planned(tmp_path / "cats", [source], protected=ProtectedFolders(immovable=(source,)))

    assert [problem.code.value for problem in plan.problems] == ["protected"]


def test_a_file_with_the_name_of_the_target_folder_is_a_problem(tmp_path: Path) -> None:
    write(tmp_path / "cats")

    plan = planned(tmp_path / "cats", [write(tmp_path / "in" / "cat.png")])

    assert names(plan) == []
    assert len(plan.problems) == 1
