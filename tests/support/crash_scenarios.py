"""Libraries in which file operations are interrupted, and the state required after the next start."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from iib.api import Services
from iib.model.operation import OperationStatus
from support.crashing import CHECKPOINTS, CrashServer, Request
from support.library import Library
from support.records import give
from support.services import make_services, update, visible
from support.trees import Entry, Known, contents, known, tree

KINDS = ("move", "move folder", "copy", "copy folder", "delete", "purge", "rename", "flatten")


class Stage:
    """A saved library with its database, so that each attempt starts with the same files and rows."""

    def __init__(self, base: Path, far: Path, count: int) -> None:
        self.near, self.far, self.home = base / "near", far, base / "home"
        self._kept = base / "kept"
        self._fill(count)
        services = make_services(self.home, [self.near, self.far])
        try:
            update(services)
            rows = visible(services)
            with services.store.write() as unit:
                give(unit, "even", [row.id for row in rows if row.id % 2 == 0])
                give(unit, "all", [row.id for row in rows])
            self.known = known(services)
        finally:
            services.close()
        self.trees = (tree(self.near), tree(self.far))
        self.contents = contents(self.near)
        for name in ("near", "far", "home"):
            shutil.copytree(getattr(self, name), self._kept / name, symlinks=True)

    def reset(self) -> None:
        """Restore the initial files and the initial database."""
        for name in ("near", "far", "home"):
            place: Path = getattr(self, name)
            for entry in place.iterdir():
                shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
            shutil.copytree(self._kept / name, place, symlinks=True, dirs_exist_ok=True)

    def request(self, kind: str) -> Request:
        """The request of the scenario with this name."""
        pictures = sorted(str(path) for path in self.near.rglob("*.png"))
        paths = {
            "move": pictures,
            "move folder": [str(self.near / "sub")],
            "copy": pictures,
            "copy folder": [str(self.near / "sub")],
            "delete": pictures,
            "purge": pictures,
            "rename": [str(self.near / "sub")],
            "flatten": [str(self.near)],
        }[kind]
        destination = {"move": str(self.far / "to/here"), "copy": str(self.far / "to/here"), "rename": "renamed"}
        word = kind.partition(" ")[0]
        return Request(str(self.home), (str(self.near), str(self.far)), word, tuple(paths), destination.get(word, ""))

    def _fill(self, count: int) -> None:
        library = Library(self.near)
        self.far.mkdir(parents=True, exist_ok=True)
        for number in range(count):
            folder = ("", "sub/", "sub/deep/")[number % 3]
            library.add(f"{folder}{number:04}.png", f"a cat, number {number}")
            if number % 2 == 0:
                library.add(f"{folder}{number:04}.txt", content=f"text {number}".encode())
        library.add("sub/note.md", content=b"a note")
        (self.near / "sub/link.lnk").symlink_to("note.md")


def survive(
    stage: Stage,
    server: CrashServer,
    kind: str,
    kill_at: int,
    expected: Outcome,
    *,
    moment: str = "",
    again_at: int | None = None,
) -> None:
    """Kill the operation at this checkpoint, restart, and check that nothing is lost and everything is finished.

    With `again_at` the first start is killed too, at this checkpoint of its own.
    """
    stage.reset()
    request = replace(stage.request(kind), kill_at=kill_at, moment=moment)
    assert not server.run(request)
    if again_at is not None:
        assert not server.run(replace(request, kind="recover", kill_at=again_at, moment=""))
    services = make_services(stage.home, [stage.near, stage.far])
    try:
        services.files.recover()
        found = outcome(stage, services)
        assert found == expected, f"killed at {kill_at}"
        assert all(row.status is not OperationStatus.OPEN for row in services.files.operations(10))
        update(services)
        after = known(services)
        assert {path: after[path] for path in expected.known} == expected.known, "an index run changes nothing known"
        if kind != "purge":
            assert not services.files.undo().problems
            assert (tree(stage.near), tree(stage.far)) == stage.trees
            assert {path: known(services)[path] for path in stage.known} == stage.known
    finally:
        services.close()


@dataclass(frozen=True)
class Outcome:
    """Both trees, all bytes, and the rows of the files."""

    trees: tuple[dict[str, Entry], dict[str, Entry]]
    contents: list[bytes]
    known: Known


def outcome(stage: Stage, services: Services) -> Outcome:
    """The current state of files and rows."""
    both = sorted(contents(stage.near) + contents(stage.far))
    return Outcome((tree(stage.near), tree(stage.far)), both, known(services))


def undisturbed(stage: Stage, server: CrashServer, kind: str) -> tuple[Outcome, int]:
    """Result of the uninterrupted operation, and the number of its checkpoints."""
    stage.reset()
    assert server.run(stage.request(kind))
    checkpoints = int((stage.home / CHECKPOINTS).read_text())
    services = make_services(stage.home, [stage.near, stage.far])
    try:
        return outcome(stage, services), checkpoints
    finally:
        services.close()
