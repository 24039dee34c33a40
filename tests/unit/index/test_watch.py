"""Tests for the watcher: it sees changes of real files while the program runs."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.library import Library
from support.pictures import a1111_png
from support.services import by_name, make_services, text_of, update, wait_for
from watchfiles import Change

from iib.api import Services
from iib.index.watch import changed_folders
from iib.model.media_types import is_media_name

SEEN_S = 2.0  # what the program promises
PATIENCE_S = 20.0  # what a test allows a busy machine


@pytest.fixture
def watched(library: Library, tmp_path: Path) -> Iterator[Services]:
    """Services with two indexed pictures and a folder, which are watched."""
    library.add("a.png", "a cat")
    library.add("sub/b.png", "a dog")
    services = make_services(tmp_path / "home", [library.root], watch=True)
    update(services)
    services.index.start_watching()
    _wait_until_watching(library, services)
    yield services
    services.close()


def _wait_until_watching(library: Library, services: Services) -> None:
    """Touch a file until the change is noticed, because the watch starts in another thread."""
    number = 0

    def is_noticed() -> bool:
        nonlocal number
        number += 1
        library.add("probe.png", f"probe {number}")
        end = time.monotonic() + 1
        while time.monotonic() < end:
            if "probe.png" in by_name(services):
                return True
            time.sleep(0.05)
        return False

    wait_for(is_noticed, timeout_s=PATIENCE_S)
    library.path("probe.png").unlink()
    wait_for(lambda: "probe.png" not in by_name(services), timeout_s=PATIENCE_S)


def see(question: Callable[[], object]) -> None:
    wait_for(question, timeout_s=PATIENCE_S)


def test_a_new_file_is_seen(library: Library, watched: Services):
    library.add("new.png", "a new one")

    see(lambda: "new.png" in by_name(watched))

    assert "a new one" in text_of(watched, by_name(watched)["new.png"])


def test_files_written_at_once_into_new_folders_are_all_seen(library: Library, watched: Services):
    for number in range(30):
        library.add(f"fresh/{number}.png")
        library.add(f"fresh/deep/er/x{number}.png")

    see(lambda: len(by_name(watched)) == 62)


def test_an_edit_is_seen(library: Library, watched: Services):
    before = by_name(watched)["a.png"]

    library.path("a.png").write_bytes(a1111_png("edited while watched"))

    see(lambda: "edited while watched" in text_of(watched, by_name(watched)["a.png"]))
    assert by_name(watched)["a.png"].id == before.id


def test_a_move_is_seen_and_keeps_the_row(library: Library, watched: Services):
    before = by_name(watched)["a.png"]

    library.path("a.png").rename(library.path("sub/moved.png"))

    see(lambda: set(by_name(watched)) == {"moved.png", "b.png"})
    assert by_name(watched)["moved.png"].id == before.id


def test_a_moved_folder_is_seen_and_keeps_its_rows(library: Library, watched: Services):
    before = by_name(watched)["b.png"]

    library.path("sub").rename(library.path("elsewhere"))

    see(
        lambda: by_name(watched).get("b.png") and by_name(watched)["b.png"].path == str(library.path("elsewhere/b.png"))
    )
    assert by_name(watched)["b.png"].id == before.id


def test_a_deletion_is_seen(library: Library, watched: Services):
    library.path("a.png").unlink()

    see(lambda: set(by_name(watched)) == {"b.png"})


def test_a_deleted_folder_is_seen(library: Library, watched: Services):
    library.path("sub/b.png").unlink()
    library.path("sub").rmdir()

    see(lambda: set(by_name(watched)) == {"a.png"})


def test_a_watched_change_is_published_on_the_event_bus(library: Library, watched: Services):
    with watched.bus.subscribe() as subscription:
        library.add("new.png")

        def is_told() -> bool:
            name, payload = subscription.get(1) or ("", {})
            return name == "library" and (payload["total"], payload["added"]) == (3, 1)

        see(is_told)


def test_a_further_root_is_watched_after_a_restart(library: Library, watched: Services, tmp_path: Path):
    further = Library(tmp_path / "further")
    with watched.store.write() as unit:
        unit.roots.add(str(further.root), ["scanned"])
    watched.index.start_watching()
    update(watched)
    time.sleep(0.5)
    further.add("far.png")

    see(lambda: "far.png" in by_name(watched))


def test_a_root_that_returns_is_read_and_watched(library: Library, watched: Services, tmp_path: Path):
    before = by_name(watched)
    library.root.rename(tmp_path / "unplugged")
    time.sleep(0.5)
    assert by_name(watched) == before

    shutil.copytree(tmp_path / "unplugged", library.root)  # another folder in the same place, as after a mount
    library.add("brought.png")
    see(lambda: "brought.png" in by_name(watched))
    library.add("later.png")

    see(lambda: "later.png" in by_name(watched))
    assert by_name(watched)["a.png"].id == before["a.png"].id


def test_closing_ends_the_watch_quickly(library: Library, watched: Services):
    library.add("late/x.png")  # a change that is being followed

    started = time.monotonic()
    watched.close()

    assert time.monotonic() - started < PATIENCE_S


def test_events_name_folders_to_list_and_trees_to_walk(tmp_path: Path):
    (tmp_path / "new").mkdir()
    changes = {
        (Change.added, str(tmp_path / "new")),
        (Change.modified, str(tmp_path / "a.png")),
        (Change.added, str(tmp_path / "note.md")),
        (Change.deleted, str(tmp_path / "gone_folder")),
        (Change.deleted, str(tmp_path / "nowhere" / "x.png")),
    }
    (tmp_path / "a.png").write_bytes(b"")

    folders, trees = changed_folders(changes, is_media_name)

    assert folders == {str(tmp_path)}
    assert trees == {str(tmp_path / "new"), str(tmp_path / "gone_folder")}


def test_a_changed_sidecar_lists_its_folder_again(tmp_path: Path):
    (tmp_path / "a.txt").write_text("a caption")

    assert changed_folders({(Change.added, str(tmp_path / "a.txt"))}, is_media_name) == ({str(tmp_path)}, set())
