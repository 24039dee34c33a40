"""Tests with many clients, the watcher and the index at once: no file is lost or doubled, and tags are unchanged."""

from __future__ import annotations

import os
import random
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.library import Library
from support.operating import trusted
from support.records import give
from support.services import make_services, update, visible, wait_for
from support.trees import contents, known, tree

from iib.api import Services
from iib.errors import IIBError
from iib.model.media_types import TRASH_FOLDER
from iib.model.operation import ConflictPolicy, OperationKind

CLIENTS, ROUNDS, PICTURES = 20, 6, 30


@pytest.fixture
def watched(tmp_path: Path, library: Library) -> Iterator[Services]:
    """A running program that follows changes."""
    for number in range(PICTURES):
        library.add(f"f{number % 3}/{number:03}.png", f"picture {number}")
        library.add(f"f{number % 3}/{number:03}.txt", content=f"text {number}".encode())
    services = make_services(tmp_path / "home", [library.root], watch=True)
    update(services)
    services.start()
    yield services
    services.close()


def pictures(root: Path) -> list[Path]:
    """Every picture outside the trash, while folders come and go."""
    return sorted(
        Path(place) / name
        for place, _folders, names in os.walk(root)
        for name in names
        if name.endswith(".png") and TRASH_FOLDER not in Path(place).parts
    )


def work(services: Services, root: Path, seed: int) -> None:
    """One client: moves, renames, deletes, undoes, and asks for index runs, all by chance."""
    chance = random.Random(seed)
    folders = [root / name for name in ("f0", "f1", "f2", "new")]
    for _ in range(ROUNDS):
        found = pictures(root)
        action = chance.choice(["move", "move", "rename", "delete", "undo", "index"])
        chosen = trusted(*chance.sample(found, min(3, len(found))))
        try:
            if action == "move":
                services.files.transfer(
                    OperationKind.MOVE,
                    chosen,
                    trusted(chance.choice(folders))[0],
                    create=True,
                    keeps_going=True,
                    policy=ConflictPolicy.RENAME,
                )
            elif action == "rename" and chosen:
                services.files.rename(chosen[0], f"{Path(chosen[0].path).stem[:3]}-{chance.randrange(9)}.png")
            elif action == "delete":
                services.files.delete(chosen)
            elif action == "undo":
                services.files.undo()
            else:
                services.index.start_update()
        except IIBError:
            continue  # somebody else was quicker


def run_all(services: Services, root: Path) -> None:
    problems: list[str] = []

    def protected(seed: int) -> None:
        try:
            work(services, root, seed)
        except BaseException:  # noqa: BLE001  (told below)
            problems.append(traceback.format_exc())

    threads = [threading.Thread(target=protected, args=(seed,)) for seed in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert problems == []


def test_concurrent_clients_watcher_and_index_lose_and_duplicate_nothing(watched: Services, library: Library) -> None:
    rows = visible(watched)
    with watched.store.write() as unit:
        give(unit, "fav", [row.id for row in rows if row.id % 3 == 0])
    before = contents(library.root)
    by_content = {Path(path).read_bytes(): facts for path, facts in known(watched).items()}

    run_all(watched, library.root)

    assert contents(library.root) == before
    trashed = watched.files.trash(1000).rows
    if trashed:
        result = watched.files.restore([row.id for row in trashed], policy=ConflictPolicy.RENAME)
        assert result.problems == ()
    assert contents(library.root) == before
    assert not library.path(".iib-trash").exists()
    update(watched)
    found = {Path(path).read_bytes(): facts for path, facts in known(watched).items()}
    assert found == by_content
    assert len(known(watched)) == PICTURES


def test_the_watcher_follows_a_move_without_a_new_id(watched: Services, library: Library) -> None:
    before = {Path(path).name: facts for path, facts in known(watched).items()}
    revision = watched.store.revision

    watched.files.transfer(OperationKind.MOVE, trusted(library.path("f0")), trusted(library.path("f1"))[0])
    library.add("f2/later.png", "written by another program")
    wait_for(lambda: "later.png" in {Path(path).name for path in known(watched)})

    after = {Path(path).name: facts for path, facts in known(watched).items()}
    assert watched.store.revision > revision
    assert {name: after[name] for name in before} == before
    assert str(library.path("f1/f0/000.png")) in known(watched)


def test_an_index_run_that_began_before_a_move_does_not_bring_rows_back(tmp_path: Path, library: Library) -> None:
    """The run reads a changed file, and writes its row only after the file has gone elsewhere."""
    for number in range(4):
        library.add(f"in/{number}.png", f"picture {number}")
    services = make_services(tmp_path / "home", [library.root])
    try:
        update(services)
        before = {Path(path).name: facts for path, facts in known(services).items()}
        for number in range(4):
            os.utime(library.path(f"in/{number}.png"), ns=(1, 1_700_000_000_000_000_000 + number))
        with services.disk_lock.hold():
            job = services.index.start_update()
            wait_for(lambda: services.jobs.get(job).stage == "reading")
            library.path("to").mkdir()
            for number in range(2):
                moved = trusted(library.path(f"in/{number}.png"))
                services.files.transfer(OperationKind.MOVE, moved, trusted(library.path("to"))[0])
            services.files.delete(trusted(library.path("in/2.png")))
        services.jobs.wait(job)

        paths = {Path(path).relative_to(library.root).as_posix(): facts for path, facts in known(services).items()}
        assert paths == {"to/0.png": before["0.png"], "to/1.png": before["1.png"], "in/3.png": before["3.png"]}
        assert len(tree(library.root)) == 5
    finally:
        services.close()
