"""Tests for index runs: new, changed, moved and missing files."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.library import Library
from support.pictures import a1111_png, comfy_png, infotext, jpeg, webp
from support.raw_sql import raw_sql
from support.records import give
from support.services import by_name, make_services, tags_of, text_of, update, visible, wait_for

from iib.api import Services
from iib.model.geninfo import PARSER_VERSION
from iib.model.job import JobStatus
from iib.model.media import MediaRow
from iib.store import MediaDetail


@pytest.fixture
def filled(library: Library, services: Services) -> Library:
    """Three pictures of a known state, one of them liked."""
    library.add("a.png", "a cat", "bad hands", model="sdxl")
    library.add("b.png", "a dog")
    library.add("sub/c.png", "a bird")
    update(services)
    with services.store.write() as unit:
        give(unit, "mine", [row.id for row in _rows(unit) if row.name in ("a.png", "c.png")])
    return library


def _rows(unit) -> list[MediaRow]:
    return unit.media.list_by_ids(unit.media.visible_ids())


def detail(services: Services, row: MediaRow) -> MediaDetail:
    with services.store.read() as unit:
        found = unit.media.find_detail(row.id)
    assert found is not None
    return found


def folder_date(services: Services, path: Path) -> int | None:
    with services.store.read() as unit:
        row = unit.folders.find(str(path))
    assert row is not None
    return row.mtime_ns


def is_mine(services: Services, row: MediaRow) -> bool:
    return ("custom", "mine") in tags_of(services, row)


def test_new_files_of_all_kinds_are_found_with_text_and_tags(library: Library, services: Services):
    library.add("a.png", "a cat", "bad", model="sdxl")
    library.add("b.png", content=comfy_png("a comfy chair"))
    library.add("deep/er/c.jpg", content=jpeg(infotext("a photo")))
    library.add("d.webp", content=webp(infotext("a drawing")))
    library.add("e.mp3", content=b"ID3\x03\0\0\0\0\0\0" + b"\0" * 64)
    library.add("note.txt", content=b"no media")

    row = update(services)

    found = by_name(services)
    assert set(found) == {"a.png", "b.png", "c.jpg", "d.webp", "e.mp3"}
    assert text_of(services, found["a.png"]).startswith("a cat\nNegative prompt: bad\n")
    assert "a comfy chair" in text_of(services, found["b.png"])
    assert {("pos", "a cat"), ("Model", "sdxl"), ("Media Type", "Image")} <= tags_of(services, found["a.png"])
    assert row.message.startswith("5 added")
    assert (row.done, row.total) == (5, 5)


def test_a_second_run_reads_nothing(filled: Library, services: Services):
    reads = filled.path("a.png").stat().st_atime_ns
    revision = services.store.revision

    row = update(services)

    assert row.message == "nothing changed"
    assert services.store.revision == revision
    assert filled.path("a.png").stat().st_atime_ns == reads


def test_an_edit_in_place_keeps_id_and_custom_tags_and_updates_the_rest(filled: Library, services: Services):
    before = by_name(services)["a.png"]

    filled.add("a.png", "a wholly different prompt", model="flux", size=(16, 24))
    row = update(services)

    after = by_name(services)["a.png"]
    assert row.message == "1 updated"
    assert after.id == before.id
    assert (after.width_px, after.height_px) == (16, 24)
    assert text_of(services, after).startswith("a wholly different prompt")
    tags = tags_of(services, after)
    assert {("custom", "mine"), ("pos", "a wholly different prompt"), ("Model", "flux")} <= tags
    assert not {("pos", "a cat"), ("Model", "sdxl")} & tags


def test_an_edit_that_the_folder_date_does_not_show_is_noticed(filled: Library, services: Services):
    folder = filled.root.stat()
    place = filled.path("b.png")
    place.write_bytes(a1111_png("overwritten in place"))
    os.utime(filled.root, ns=(folder.st_atime_ns, folder.st_mtime_ns))

    update(services)

    assert "overwritten" in text_of(services, by_name(services)["b.png"])


def test_a_touched_file_keeps_everything(filled: Library, services: Services):
    before = by_name(services)["a.png"]

    filled.date("a.png")
    update(services)

    after = by_name(services)["a.png"]
    assert after == replace(before, mtime_ns=Path(after.path).stat().st_mtime_ns, birth_ns=after.birth_ns)
    assert is_mine(services, after)


@pytest.mark.parametrize("target", ["renamed.png", "sub/a.png", "new/folder/a.png", "sub/other.png"])
def test_a_moved_or_renamed_file_keeps_id_and_tags(filled: Library, services: Services, target: str):
    before = by_name(services)["a.png"]
    filled.path(target).parent.mkdir(parents=True, exist_ok=True)

    filled.path("a.png").rename(filled.path(target))
    row = update(services)

    [after] = [row for row in visible(services) if row.path == str(filled.path(target))]
    assert after.id == before.id
    assert is_mine(services, after)
    assert len(visible(services)) == 3
    assert "1 moved" in row.message


def test_a_moved_folder_keeps_ids_and_tags(filled: Library, services: Services):
    before = by_name(services)["c.png"]

    filled.path("sub").rename(filled.path("another"))
    update(services)

    after = by_name(services)["c.png"]
    assert (after.id, after.path) == (before.id, str(filled.path("another/c.png")))
    assert is_mine(services, after)


def test_a_file_that_moved_while_it_was_missing_is_recognised(filled: Library, services: Services, tmp_path: Path):
    before = by_name(services)["a.png"]
    filled.path("a.png").rename(tmp_path / "away.png")
    update(services)
    assert "a.png" not in by_name(services)

    (tmp_path / "away.png").rename(filled.path("sub/back.png"))
    update(services)

    after = by_name(services)["back.png"]
    assert after.id == before.id
    assert is_mine(services, after)


def test_a_copy_is_a_new_file(filled: Library, services: Services):
    before = by_name(services)["a.png"]

    shutil.copy2(filled.path("a.png"), filled.path("copy.png"))
    update(services)

    found = by_name(services)
    assert found["a.png"].id == before.id
    assert found["copy.png"].id != before.id
    assert is_mine(services, found["a.png"])
    assert not is_mine(services, found["copy.png"])


def test_exchanged_names_exchange_rows(filled: Library, services: Services):
    before = by_name(services)
    filled.path("a.png").rename(filled.path("tmp"))
    filled.path("b.png").rename(filled.path("a.png"))
    filled.path("tmp").rename(filled.path("b.png"))

    update(services)

    after = by_name(services)
    assert (after["a.png"].id, after["b.png"].id) == (before["b.png"].id, before["a.png"].id)
    assert text_of(services, after["a.png"]).startswith("a dog")
    assert not is_mine(services, after["a.png"])
    assert is_mine(services, after["b.png"])


def test_a_new_file_in_the_place_of_a_moved_one_does_not_inherit_its_tags(filled: Library, services: Services):
    before = by_name(services)["a.png"]
    filled.path("a.png").rename(filled.path("sub/kept.png"))
    filled.add("a.png", "the next picture")

    update(services)

    after = by_name(services)
    assert after["kept.png"].id == before.id
    assert is_mine(services, after["kept.png"])
    assert after["a.png"].id != before.id
    assert not is_mine(services, after["a.png"])
    assert text_of(services, after["a.png"]).startswith("the next picture")


def test_a_file_moved_over_another_takes_over_its_place(filled: Library, services: Services):
    filled.path("b.png").replace(filled.path("a.png"))

    update(services)

    found = by_name(services)
    assert set(found) == {"a.png", "c.png"}
    assert text_of(services, found["a.png"]).startswith("a dog")


def test_a_deleted_file_is_hidden_and_kept(filled: Library, services: Services):
    before = by_name(services)["a.png"]

    filled.path("a.png").unlink()
    row = update(services)

    assert row.message == "1 missing"
    assert set(by_name(services)) == {"b.png", "c.png"}
    kept = detail(services, before)
    assert kept.is_missing
    assert {"mine"} <= {tag.name for tag in kept.tags}


def test_a_file_that_returns_keeps_its_row(filled: Library, services: Services, tmp_path: Path):
    before = by_name(services)["a.png"]
    shutil.move(filled.path("a.png"), tmp_path / "a.png")
    update(services)

    shutil.move(tmp_path / "a.png", filled.path("a.png"))
    update(services)

    after = by_name(services)["a.png"]
    assert after == before
    assert is_mine(services, after)


def test_a_file_that_returns_with_another_content_is_read(filled: Library, services: Services):
    before = by_name(services)["a.png"]
    filled.path("a.png").unlink()
    update(services)

    filled.add("a.png", "drawn again")
    update(services)

    after = by_name(services)["a.png"]
    assert after.id == before.id
    assert text_of(services, after).startswith("drawn again")


def test_a_removed_folder_hides_its_files_and_leaves_the_tree(filled: Library, services: Services, tmp_path: Path):
    before = by_name(services)["c.png"]
    shutil.move(filled.path("sub"), tmp_path / "sub")

    update(services)

    assert set(by_name(services)) == {"a.png", "b.png"}
    with services.store.read() as unit:
        assert unit.folders.list_children(str(filled.root), []) == []

    shutil.move(tmp_path / "sub", filled.path("sub"))
    update(services)
    assert by_name(services)["c.png"] == before


def test_a_removed_folder_without_files_is_forgotten(library: Library, services: Services):
    library.path("empty/inner").mkdir(parents=True)
    update(services)

    shutil.rmtree(library.path("empty"))
    update(services)

    with services.store.read() as unit:
        assert unit.folders.folders_by_path([str(library.path("empty"))]) == {}


def test_the_files_of_an_absent_root_are_kept_until_it_returns(filled: Library, services: Services, tmp_path: Path):
    before = by_name(services)
    filled.root.rename(tmp_path / "unplugged")

    row = update(services)

    assert row.message == f"unavailable: {filled.root}"
    assert by_name(services) == before
    assert not any(detail(services, item).is_missing for item in before.values())

    (tmp_path / "unplugged").rename(filled.root)
    assert update(services).message == "nothing changed"
    assert by_name(services) == before


def test_a_copy_of_a_file_on_an_absent_drive_does_not_take_its_row(tmp_path: Path):
    drive, local = Library(tmp_path / "drive"), Library(tmp_path / "local")
    services = make_services(tmp_path / "home", [drive.root, local.root])
    drive.add("a.png", "a cat")
    update(services)
    [before] = visible(services)
    shutil.copy2(drive.path("a.png"), local.path("copy.png"))
    drive.root.rename(tmp_path / "unplugged")

    update(services)
    (tmp_path / "unplugged").rename(drive.root)
    update(services)

    found = by_name(services)
    services.close()
    assert found["a.png"] == before
    assert found["copy.png"].id != before.id


def test_the_date_of_a_folder_is_the_one_before_its_listing(filled: Library, services: Services):
    for folder in (filled.root, filled.path("sub")):
        assert folder_date(services, folder) == folder.stat().st_mtime_ns
    assert services.index.list_outdated_folders() == []


def test_a_changed_folder_is_outdated_until_it_is_read(filled: Library, services: Services):
    filled.add("sub/new.png")
    assert services.index.list_outdated_folders() == [str(filled.path("sub"))]

    update(services)

    assert services.index.list_outdated_folders() == []


def test_a_root_that_was_never_read_is_outdated(library: Library, services: Services):
    assert services.index.list_outdated_folders() == [str(library.root)]


def test_a_file_of_an_older_parser_is_read_again(filled: Library, services: Services):
    before = by_name(services)
    raw_sql(services.store, "UPDATE media SET parser_version = ? WHERE name = 'a.png'", (PARSER_VERSION - 1,))

    assert update(services).message == "1 updated"

    assert by_name(services) == before
    assert update(services).message == "nothing changed"


def test_a_single_folder_can_be_updated(filled: Library, services: Services):
    filled.add("new.png")
    filled.add("sub/new2.png")

    update(services, str(filled.path("sub")))

    assert set(by_name(services)) == {"a.png", "b.png", "c.png", "new2.png"}


def test_a_run_over_no_folder_fails_with_the_reason(services: Services, tmp_path: Path):
    row = services.jobs.wait(services.index.start_update(str(tmp_path / "nowhere")), 30)

    assert row.status is JobStatus.FAILED
    assert "nowhere" in row.message


def test_a_rebuild_reads_all_files_again_and_keeps_curation(filled: Library, services: Services):
    before = by_name(services)
    with services.store.write() as unit:
        cat = unit.tags.ensure("pos", "a cat")
        raw_sql(unit, "UPDATE tag SET color = 'red' WHERE id = ?", (cat,))
        unit.tags.ensure("pos", "nobody has this")

    row = update(services, rebuild=True)

    assert row.message == "3 updated"
    assert by_name(services) == before
    assert is_mine(services, before["a.png"])
    with services.store.read() as unit:
        tags = {(tag.kind, tag.name): tag for tag in unit.tags.tags_by_media([before["a.png"].id])[before["a.png"].id]}
        stored = [row[0] for row in raw_sql(unit, "SELECT name FROM tag")]
    assert (tags["pos", "a cat"].id, tags["pos", "a cat"].color) == (cat, "red")
    assert "nobody has this" not in stored
    assert "like" in stored


def test_concurrent_updates_and_rebuilds_end_in_the_same_state(filled: Library, services: Services):
    before = by_name(services)
    jobs: list[str] = []
    lock = threading.Lock()

    def ask(number: int) -> None:
        start = services.index.start_rebuild if number % 3 == 0 else services.index.start_update
        job_id = start()
        with lock:
            jobs.append(job_id)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {services.jobs.wait(job_id, 60).status for job_id in jobs} == {JobStatus.COMPLETED}
    assert by_name(services) == before


@pytest.fixture
def many(library: Library) -> Library:
    library.fill(1500)
    return library


def test_a_second_call_joins_the_current_run(many: Library, services: Services):
    first = services.index.start_update()
    second = services.index.start_update()

    assert first == second
    assert services.jobs.wait(second, 60).status is JobStatus.COMPLETED
    assert len(visible(services)) == 1500


def test_a_cancelled_run_keeps_its_rows_and_the_next_run_continues(library: Library, services: Services):
    library.fill(4500)
    job_id = services.index.start_update()
    wait_for(lambda: services.store.revision >= 1, every_s=0.002)

    services.jobs.cancel(job_id)
    row = services.jobs.wait(job_id, 60)

    assert row.status is JobStatus.CANCELLED
    written = len(visible(services))
    assert 0 < written < 4500
    assert folder_date(services, library.root) is None
    update(services)
    assert len(visible(services)) == 4500
    assert folder_date(services, library.root) == library.root.stat().st_mtime_ns


def test_searches_are_answered_while_a_run_writes(library: Library, services: Services):
    library.fill(2500)
    job_id = services.index.start_update()
    seen = []
    while not services.jobs.get(job_id).status.is_final:
        seen.append(len(visible(services)))
        time.sleep(0.05)

    assert seen == sorted(seen)
    assert len(visible(services)) == 2500


@pytest.fixture
def two_roots(tmp_path: Path) -> Iterator[tuple[Library, Services]]:
    outer = Library(tmp_path / "outer")
    inner = Library(tmp_path / "outer" / "inner")
    services = make_services(tmp_path / "home", [inner.root, outer.root])
    yield outer, services
    services.close()


def test_a_root_inside_a_root_is_read_once(two_roots: tuple[Library, Services]):
    outer, services = two_roots
    outer.add("a.png")
    outer.add("inner/b.png")

    row = update(services)

    assert row.message == "2 added"
    assert len(visible(services)) == 2


def test_the_files_of_an_absent_root_inside_another_root_are_kept(two_roots: tuple[Library, Services]):
    outer, services = two_roots
    outer.add("a.png")
    outer.add("inner/b.png")
    update(services)
    outer.path("inner").rename(outer.root.parent / "unplugged")

    update(services)
    update(services, str(outer.root))

    assert set(by_name(services)) == {"a.png", "b.png"}


def test_an_inner_folder_that_was_indexed_first_gets_its_parent_later(two_roots: tuple[Library, Services]):
    outer, services = two_roots
    outer.add("a.png")
    outer.add("inner/b.png")
    update(services, str(outer.path("inner")))

    update(services)

    with services.store.read() as unit:
        [node] = unit.folders.list_children(str(outer.root), [])
        assert (node.name, node.count) == ("inner", 1)
        assert [row.path for row in unit.folders.list_top_level()] == [str(outer.root)]


def test_index_runs_are_published_on_the_event_bus(library: Library, services: Services):
    library.fill(3)
    with services.bus.subscribe() as subscription:
        update(services)
        library.path("00000.png").unlink()
        update(services)
        events = []
        while (event := subscription.get(0.2)) is not None:
            events.append(event)

    totals = [payload["total"] for name, payload in events if name == "library"]
    stages = [payload["status"] for name, payload in events if name == "job"]
    assert totals[-1] == 2
    assert 3 in totals
    assert sum(payload["added"] - payload["removed"] for name, payload in events if name == "library") in (2, -1)
    assert stages.count("completed") == 2
    assert events[-1][0] == "job"


def test_reconciling_nested_new_folders_at_once_reads_each_file_once(library: Library, services: Services):
    update(services)
    library.add("new/a.png")
    library.add("new/deep/b.png")
    trees = [str(library.path(name)) for name in ("new", "new/deep")]

    services.index.reconcile([str(library.root), trees[1]], trees)

    assert set(by_name(services)) == {"a.png", "b.png"}


def test_every_reconciled_change_is_published(library: Library, services: Services):
    update(services)
    with services.bus.subscribe() as subscription:
        for number in range(5):
            library.add(f"{number}.png")
            services.index.reconcile([str(library.root)], [])
        events = []
        while (event := subscription.get(0.1)) is not None:
            events.append(event)

    assert events[-1][1]["total"] == 5
