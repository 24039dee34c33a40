"""Tests for the location, retention and recovery of the trash."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.operating import file_service, trusted
from support.trees import tree

from iib.errors import IIBError, StoreError
from iib.files.planning.trash_folder import TrashAllocator
from iib.files.trash.retention import CHECK_INTERVAL_S, JOB_KIND, TrashRetention
from iib.jobs.events import EventBus
from iib.jobs.manager import JobManager
from iib.model.job import JobId
from iib.model.operation import OperationKind, OperationStatus
from iib.store import Store

DAY_NS = 86_400 * 1_000_000_000
NOW_NS = 1_790_000_000 * 1_000_000_000
needs_links = pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "root"
    made.mkdir()
    return made


def places(roots: list[Path], fallback: Path) -> TrashAllocator:
    return TrashAllocator([str(root) for root in roots], str(fallback), token="abcdef0123", at_ns=NOW_NS)  # noqa: S106


def test_deleted_files_go_to_the_trash_of_the_innermost_root(root: Path, tmp_path: Path) -> None:
    (root / "inner/deep").mkdir(parents=True)

    found = places([root, root / "inner"], tmp_path).path_for(str(root / "inner/deep/a.png"))

    assert Path(found).relative_to(root / "inner").parts == (".iib-trash", "20260921-141320-abcdef01", "a.png")


def test_files_of_one_folder_share_an_entry_and_those_of_others_do_not(root: Path, tmp_path: Path) -> None:
    (root / "other").mkdir()
    chosen = places([root], tmp_path)

    found = [Path(chosen.path_for(str(root / name))) for name in ("a.png", "b.png", "other/a.png")]

    assert found[0].parent == found[1].parent
    assert found[0].parent != found[2].parent


@needs_links
def test_a_link_in_the_place_of_the_trash_is_not_followed(root: Path, tmp_path: Path) -> None:
    (root / "sub").mkdir()
    (tmp_path / "outside").mkdir()
    (root / ".iib-trash").symlink_to(tmp_path / "outside")

    found = places([root], tmp_path / "fallback").path_for(str(root / "sub/a.png"))

    assert Path(found).is_relative_to(root / "sub" / ".iib-trash")


def test_only_files_older_than_the_retention_are_purged(store: Store, root: Path, tmp_path: Path) -> None:
    now = [NOW_NS]
    files = file_service(store, [root], tmp_path, clock_ns=lambda: now[0])
    for name in ("old.png", "old.txt", "new.png"):
        (root / name).write_bytes(name.encode())
    files.delete(trusted(root / "old.png"))
    now[0] += 29 * DAY_NS
    files.delete(trusted(root / "new.png"))
    assert not files.has_expired()

    now[0] += 2 * DAY_NS

    assert files.has_expired()
    assert files.purge_expired() == [str(root / "old.png")]
    assert [Path(row.original_path).name for row in files.trash(10).rows] == ["new.png"]
    assert len(list((root / ".iib-trash").rglob("*.png"))) == 1
    assert list((root / ".iib-trash").rglob("*.txt")) == []


def test_expired_files_are_purged_every_few_hours(store: Store, root: Path, tmp_path: Path) -> None:
    now, clock = [NOW_NS], [0.0]
    files = file_service(store, [root], tmp_path, clock_ns=lambda: now[0])
    jobs = JobManager(store, EventBus())
    retention = TrashRetention(files, jobs, clock=lambda: clock[0])
    (root / "a.png").write_bytes(b"a")
    files.delete(trusted(root / "a.png"))
    retention.check()
    now[0] += 31 * DAY_NS

    clock[0] += CHECK_INTERVAL_S / 2
    retention.check()
    assert jobs.list() == []

    clock[0] += CHECK_INTERVAL_S
    retention.check()
    (job,) = jobs.list()
    jobs.wait(JobId(job.id))
    jobs.close()
    assert job.kind == JOB_KIND
    assert files.trash(10).rows == []


def test_a_new_database_finds_the_trash_again(root: Path, tmp_path: Path) -> None:
    for name in ("sub/a.png", "sub/a.txt", "sub/note.md"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(name.encode())
    before = tree(root)
    first = Store.open(tmp_path / "first.db")
    file_service(first, [root], tmp_path).delete(trusted(root / "sub/a.png", root / "sub/note.md"))
    first.close()

    second = Store.open(tmp_path / "second.db")
    files = file_service(second, [root], tmp_path)
    files.recover()
    rows = files.trash(10).rows

    assert {Path(row.original_path).name for row in rows} == {"a.png", "note.md"}
    assert files.restore([row.id for row in rows]).problems == ()
    assert tree(root, with_trash=True) == before
    second.close()


def test_a_database_error_is_repaired_by_the_next_operation(store: Store, root: Path, tmp_path: Path) -> None:
    is_broken = [True]

    def fail_once(name: str) -> None:
        if name == "disk" and is_broken[0]:
            is_broken[0] = False
            raise StoreError("the database is full")

    files = file_service(store, [root], tmp_path, checkpoint=fail_once)
    for name in ("a.png", "b.png", "c.png"):
        (root / name).write_bytes(b"x")
    (root / "to").mkdir()
    destination = trusted(root / "to")[0]

    with pytest.raises(IIBError):
        files.transfer(OperationKind.MOVE, trusted(root / "a.png", root / "b.png"), destination)
    assert files.operations(1)[0].status is OperationStatus.OPEN
    files.transfer(OperationKind.MOVE, trusted(root / "c.png"), destination).raise_first()

    assert sorted(path.name for path in (root / "to").iterdir()) == ["a.png", "b.png", "c.png"]
    assert {row.status for row in files.operations(5)} == {OperationStatus.DONE}
