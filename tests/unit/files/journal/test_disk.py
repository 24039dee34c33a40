"""Tests for the steps on disk: existing targets, other disks, full disks, and missing permissions."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.operating import file_service, trusted
from support.trees import tree

from iib._lib import exclusive_rename
from iib._lib.exclusive_rename import rename_exclusive
from iib._lib.verified_copy import ChangedWhileCopied, copy_verified
from iib.files.planning.results import ProblemCode
from iib.files.service import FileService
from iib.model.operation import OperationKind, OperationStatus
from iib.store import Store

needs_links = pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
MIB = 1024 * 1024


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "root"
    made.mkdir()
    return made


@pytest.fixture
def files(store: Store, root: Path, tmp_path: Path) -> FileService:
    return file_service(store, [root], tmp_path)


@pytest.fixture
def far(tmp_path: Path) -> Iterator[Path]:
    """A folder on another disk."""
    memory = Path("/dev/shm")  # noqa: S108  (only its device matters)
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("needs a second disk at /dev/shm")
    made = Path(tempfile.mkdtemp(dir=memory))
    yield made
    shutil.rmtree(made)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MiB."""
    place = tmp_path / "small"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    if sys.platform != "linux" or os.geteuid() != 0 or subprocess.run(command, check=False).returncode != 0:
        pytest.skip("only the superuser of a Linux system may mount a small disk")
    yield place
    subprocess.run(["umount", str(place)], check=True)


# --- renaming ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rename", [rename_exclusive, exclusive_rename.rename_without_syscall])
def test_renaming_never_replaces_anything(tmp_path: Path, rename: object) -> None:
    for name in ("file", "other"):
        (tmp_path / name).write_text(name)
    for name in ("folder", "empty"):
        (tmp_path / name).mkdir()
    (tmp_path / "folder/inside").write_text("x")
    before = tree(tmp_path)

    for source in ("file", "folder"):
        for target in ("other", "empty", "folder", "file"):
            if source != target:
                with pytest.raises(OSError, match=r".") as caught:
                    rename(str(tmp_path / source), str(tmp_path / target))  # type: ignore[operator]
                assert caught.value.errno in (errno.EEXIST, errno.ENOTEMPTY)
    assert tree(tmp_path) == before


@needs_links
@pytest.mark.parametrize("rename", [rename_exclusive, exclusive_rename.rename_without_syscall])
def test_files_folders_and_links_can_be_renamed(tmp_path: Path, rename: object) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/inside").write_text("y")
    (tmp_path / "link").symlink_to("nowhere")

    for name in ("file", "folder", "link"):
        rename(str(tmp_path / name), str(tmp_path / f"new {name}"))  # type: ignore[operator]

    assert {key: entry[0] for key, entry in tree(tmp_path).items()} == {
        "new file": "file", "new folder": "folder", "new folder/inside": "file", "new link": "link",
    }  # fmt: skip


@needs_links
def test_hard_links_that_differ_in_case_are_two_names(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("x")
    os.link(tmp_path / "a.png", tmp_path / "A.png")
    if len(list(tmp_path.iterdir())) < 2:
        pytest.skip("this disk ignores case")

    with pytest.raises(FileExistsError):
        rename_exclusive(str(tmp_path / "a.png"), str(tmp_path / "A.png"))

    assert len(list(tmp_path.iterdir())) == 2


# --- copying ----------------------------------------------------------------------------------------------------------


def test_a_copy_preserves_content_time_and_mode(tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(os.urandom(3 * MIB + 7))
    source.chmod(0o640)
    os.utime(source, ns=(5, 1_700_000_000_123_456_789))

    copy_verified(str(source), str(target))

    assert target.read_bytes() == source.read_bytes()
    assert (target.stat().st_mtime_ns, target.stat().st_mode) == (source.stat().st_mtime_ns, source.stat().st_mode)


def test_a_copy_does_not_replace_anything(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    (tmp_path / "b").write_text("b")

    with pytest.raises(FileExistsError):
        copy_verified(str(tmp_path / "a"), str(tmp_path / "b"))

    assert (tmp_path / "b").read_text() == "b"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a pipe that can be written to at a chosen moment")
def test_special_files_are_not_copied(files: FileService, root: Path) -> None:
    os.mkfifo(root / "pipe")
    (root / "to").mkdir()

    result = files.transfer(OperationKind.COPY, trusted(root / "pipe"), trusted(root / "to")[0], keeps_going=True)

    assert [problem.code for problem in result.problems] == [ProblemCode.INVALID]
    assert list((root / "to").iterdir()) == []


def test_a_source_that_changes_during_the_copy_is_a_problem(
    store: Store, root: Path, tmp_path: Path, far: Path
) -> None:
    source = root / "a.bin"
    source.write_bytes(b"first")

    def write_again(name: str) -> None:
        if name == "staged":
            source.write_bytes(b"second!")

    files = file_service(store, [root, far], tmp_path, checkpoint=write_again)
    result = files.transfer(OperationKind.MOVE, trusted(source), trusted(far)[0], keeps_going=True)

    assert [problem.code for problem in result.problems] == [ProblemCode.CHANGED]
    assert source.read_bytes() == b"second!"
    assert list(far.iterdir()) == []
    assert issubclass(ChangedWhileCopied, OSError)


# --- another disk -----------------------------------------------------------------------------------------------------


@needs_links
@pytest.mark.parametrize("kind", [OperationKind.MOVE, OperationKind.COPY])
def test_folders_move_completely_to_another_disk_and_back(
    store: Store, root: Path, tmp_path: Path, far: Path, kind: OperationKind
) -> None:
    (root / "in/deep/empty").mkdir(parents=True)
    (root / "in/a.png").write_bytes(b"a")
    (root / "in/deep/ü.md").write_bytes(b"b")
    (root / "in/link").symlink_to("a.png")
    (root / "in/out").symlink_to(tmp_path)
    files = file_service(store, [root, far], tmp_path)
    before = tree(root)
    inside = tree(root / "in")

    files.transfer(kind, trusted(root / "in"), trusted(far)[0]).raise_first()

    assert tree(far / "in") == inside
    assert tree(root) == (before if kind is OperationKind.COPY else {})
    assert files.undo().problems == ()
    assert tree(root) == before
    assert tree(far) == {}


def test_a_folder_that_does_not_fit_is_not_moved(store: Store, root: Path, tmp_path: Path, small_disk: Path) -> None:
    (root / "in").mkdir()
    for number in range(4):
        (root / f"in/{number}.bin").write_bytes(os.urandom(MIB * 3 // 4))
    files = file_service(store, [root, small_disk], tmp_path)
    before = tree(root)

    result = files.transfer(OperationKind.MOVE, trusted(root / "in"), trusted(small_disk)[0], keeps_going=True)

    assert [problem.code for problem in result.problems] == [ProblemCode.DISK_FULL]
    assert tree(root) == before
    assert tree(small_disk, with_trash=True) == {}
    assert files.operations(1)[0].status is OperationStatus.FAILED


@pytest.mark.parametrize("kind", [OperationKind.MOVE, OperationKind.COPY])
def test_on_a_full_disk_the_files_that_fit_are_moved(
    store: Store, root: Path, tmp_path: Path, small_disk: Path, kind: OperationKind
) -> None:
    sources = [root / f"{number}.bin" for number in range(4)]
    for source in sources:
        source.write_bytes(os.urandom(MIB * 3 // 4))
    all_bytes = sorted(source.read_bytes() for source in sources)
    files = file_service(store, [root, small_disk], tmp_path)

    result = files.transfer(kind, trusted(*sources), trusted(small_disk)[0], keeps_going=True)

    assert (len(result.done), len(result.problems)) == (2, 2)
    assert {problem.code for problem in result.problems} == {ProblemCode.DISK_FULL}
    assert sorted(path.name for path in small_disk.iterdir()) == ["0.bin", "1.bin"]
    left = [path.read_bytes() for path in (*root.iterdir(), *small_disk.iterdir())]
    assert sorted(set(left)) == all_bytes
    assert files.undo().problems == ()
    assert sorted(path.read_bytes() for path in sources) == all_bytes


def test_a_trash_on_another_disk_receives_copies(store: Store, root: Path, tmp_path: Path, far: Path) -> None:
    (far / "a.png").write_bytes(b"a picture")
    (far / ".iib-trash").write_bytes(b"a file is in the way")
    files = file_service(store, [root], tmp_path / "fallback")

    result = files.delete(trusted(far / "a.png"))

    assert result.problems == ()
    assert Path(result.done[0][1]).is_relative_to(tmp_path / "fallback" / ".iib-trash")
    assert Path(result.done[0][1]).read_bytes() == b"a picture"
    assert files.undo().problems == ()
    assert (far / "a.png").read_bytes() == b"a picture"


# --- what goes wrong half-way -----------------------------------------------------------------------------------------


class Saboteur:
    """Does something right before a step; the first step has the number 0."""

    def __init__(self, number: int, harm: object) -> None:
        self._number = number
        self._harm = harm
        self._count = 0

    def __call__(self, name: str) -> None:
        if name == "begun":
            if self._count == self._number:
                self._harm()  # type: ignore[operator]
            self._count += 1


def test_a_file_moves_with_its_sidecar_or_not_at_all(store: Store, root: Path, tmp_path: Path) -> None:
    (root / "a.png").write_bytes(b"a")
    (root / "a.txt").write_bytes(b"words")
    (root / "to").mkdir()
    harm = Saboteur(1, lambda: (root / "to/a.txt").write_bytes(b"suddenly here"))
    files = file_service(store, [root], tmp_path, checkpoint=harm)

    result = files.transfer(OperationKind.MOVE, trusted(root / "a.png"), trusted(root / "to")[0], keeps_going=True)

    assert [problem.code for problem in result.problems] == [ProblemCode.EXISTS]
    assert {key: entry[1] for key, entry in tree(root).items() if entry[0] == "file"} == {
        "a.png": b"a", "a.txt": b"words", "to/a.txt": b"suddenly here",
    }  # fmt: skip


def test_a_missing_file_is_one_problem_and_the_others_continue(store: Store, root: Path, tmp_path: Path) -> None:
    for name in ("a.png", "b.png", "c.png"):
        (root / name).write_bytes(name.encode())
    (root / "to").mkdir()
    files = file_service(store, [root], tmp_path, checkpoint=Saboteur(1, (root / "b.png").unlink))

    chosen = trusted(root / "a.png", root / "b.png", root / "c.png")
    result = files.transfer(OperationKind.MOVE, chosen, trusted(root / "to")[0], keeps_going=True)

    assert [(problem.path, problem.code) for problem in result.problems] == [(str(root / "b.png"), ProblemCode.MISSING)]
    assert sorted(path.name for path in (root / "to").iterdir()) == ["a.png", "c.png"]
    assert files.operations(1)[0].status is OperationStatus.PARTLY


def test_without_continue_on_error_the_first_problem_stops_the_operation(
    store: Store, root: Path, tmp_path: Path
) -> None:
    for name in ("a.png", "b.png", "c.png"):
        (root / name).write_bytes(name.encode())
    (root / "to").mkdir()
    files = file_service(store, [root], tmp_path, checkpoint=Saboteur(1, (root / "b.png").unlink))

    chosen = trusted(root / "a.png", root / "b.png", root / "c.png")
    result = files.transfer(OperationKind.MOVE, chosen, trusted(root / "to")[0])

    assert [path for path, _target in result.done] == [str(root / "a.png")]
    assert (root / "c.png").is_file()
    assert files.undo().problems == ()
    assert sorted(path.name for path in root.iterdir()) == ["a.png", "c.png", "to"]


@needs_links
def test_a_destination_that_is_replaced_by_a_link_is_not_followed(store: Store, root: Path, tmp_path: Path) -> None:
    from iib.access.paths import PathAuthorizer
    from iib.files.planning.plan import ProtectedFolders
    from iib.jobs.disk_lock import DiskLock
    from iib.settings import FileSettings

    (root / "a.png").write_bytes(b"a")
    (root / "to").mkdir()
    outside = tmp_path / "outside"
    outside.mkdir()

    def exchange() -> None:
        (root / "to").rmdir()
        (root / "to").symlink_to(outside)

    tops = [str(root)]
    files = FileService(
        store,
        PathAuthorizer(lambda: tops, lambda: True, windows=False),
        DiskLock(),
        FileSettings(),
        protected=lambda: ProtectedFolders(roots=tops),
        trash_roots=lambda: tops,
        trash_fallback=str(tmp_path),
        checkpoint=Saboteur(0, exchange),
    )

    result = files.transfer(OperationKind.MOVE, trusted(root / "a.png"), trusted(root / "to")[0])

    assert [problem.code for problem in result.problems] == [ProblemCode.NOT_TRUSTED]
    assert list(outside.iterdir()) == []
    assert (root / "a.png").is_file()


def test_a_disk_that_becomes_read_only_half_way_loses_nothing(
    store: Store, root: Path, tmp_path: Path, small_disk: Path
) -> None:
    sources = [small_disk / f"{number}.png" for number in range(4)]
    for source in sources:
        source.write_bytes(source.name.encode())
    remount = ["mount", "-o", "remount,ro", str(small_disk)]
    harm = Saboteur(2, lambda: subprocess.run(remount, check=True))
    files = file_service(store, [root, small_disk], tmp_path, checkpoint=harm)

    result = files.transfer(OperationKind.MOVE, trusted(*sources), trusted(root)[0], keeps_going=True)

    assert [problem.code for problem in result.problems] == [ProblemCode.PERMISSION] * 2
    assert sorted(path.name for path in root.iterdir()) == ["0.png", "1.png"]
    assert sorted(path.name for path in small_disk.iterdir()) == ["2.png", "3.png"]
    assert len(files.undo().problems) == 2, "nothing can go back there either"
    assert sorted(path.name for path in root.iterdir()) == ["0.png", "1.png"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may do everything")
def test_a_lost_permission_is_reported_for_each_path(store: Store, root: Path, tmp_path: Path) -> None:
    for name in ("x/a.png", "y/b.png", "x/c.png"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(name.encode())
    (root / "to").mkdir()
    files = file_service(store, [root], tmp_path, checkpoint=Saboteur(1, lambda: (root / "y").chmod(0o555)))
    try:
        chosen = trusted(root / "x/a.png", root / "y/b.png", root / "x/c.png")
        result = files.transfer(OperationKind.MOVE, chosen, trusted(root / "to")[0], keeps_going=True)
    finally:
        (root / "y").chmod(0o755)

    assert [problem.code for problem in result.problems] == [ProblemCode.PERMISSION]
    assert sorted(path.name for path in (root / "to").iterdir()) == ["a.png", "c.png"]


def test_a_target_that_turns_out_to_be_another_disk_gets_the_folder_entry_by_entry(
    store: Store, root: Path, tmp_path: Path, far: Path
) -> None:
    (root / "in/deep").mkdir(parents=True)
    (root / "in/deep/a.png").write_bytes(b"a")
    (root / "to").mkdir()

    def remount() -> None:
        (root / "to").rmdir()
        (root / "to").symlink_to(far)

    files = file_service(store, [root], tmp_path, checkpoint=Saboteur(0, remount))
    before = tree(root / "in")

    files.transfer(OperationKind.MOVE, trusted(root / "in"), trusted(root / "to")[0]).raise_first()

    assert tree(far / "in") == before
    assert not (root / "in").exists()
    assert files.undo().problems == ()
    assert tree(root / "in") == before
