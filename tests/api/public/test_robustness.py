"""Tests for load and concurrency that concern several endpoints."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from support.hosted import Hosted, access, answer_of, hosted, names
from support.library import EPOCH_NS, SECOND_NS, Library
from support.services import tags_of, visible

from iib.settings import Permission

MANY = 1200  # more than one statement can take of an old SQLite


def test_thousands_of_files_are_tagged_found_and_counted_at_once(api: Hosted, library: Library) -> None:
    paths = [str(path) for path in library.fill(MANY, prompt="a cat")]
    api.update()
    tag = answer_of(api.post("/db/add_custom_tag", {"tag_name": "all"}))["id"]

    answer_of(api.post("/db/batch_update_image_tag", {"img_paths": paths, "action": "add", "tag_id": tag}))

    tagged = answer_of(api.post("/db/get_image_tags", {"paths": paths}))
    assert len(tagged) == MANY
    assert api.tags()["custom", "all"]["count"] == MANY
    assert len(answer_of(api.post("/image_geninfo_batch", {"paths": paths}))) == MANY
    assert len(answer_of(api.post("/batch_get_files_info", {"paths": paths}))) == MANY
    page = api.by_tags(and_tags=[tag], size=1000)
    assert (len(page["files"]), page["cursor"]["has_next"]) == (1000, True)


def test_a_file_added_in_the_second_of_the_scan_is_found(api: Hosted, library: Library) -> None:
    library.add("a.png")
    api.update()
    before = library.root.stat()
    library.add("b.png")
    os.utime(library.root, ns=(before.st_atime_ns, before.st_mtime_ns + 1_000))  # within the same second

    assert answer_of(api.get("/db/basic_info"))["expired_dirs"] == [str(library.root)]
    api.update()

    assert set(names(api.search())) == {"a.png", "b.png"}


def test_a_file_that_was_overwritten_or_removed_is_noticed(api: Hosted, library: Library) -> None:
    library.add("a.png", "a cat", mtime_ns=EPOCH_NS)
    library.add("b.png")
    api.update()
    dates = library.root.stat()
    library.add("a.png", "a lion", mtime_ns=EPOCH_NS + 90 * SECOND_NS)
    os.utime(library.root, ns=(dates.st_atime_ns, dates.st_mtime_ns))  # the folder does not show it
    library.path("b.png").unlink()

    api.update()

    assert names(api.search()) == ["a.png"]
    assert names(api.search(surstr="a lion")) == ["a.png"]


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_link_to_its_own_parent_multiplies_nothing(api: Hosted, library: Library) -> None:
    library.fill(4, "sub")
    library.path("sub/again").symlink_to(library.root)

    api.update()

    assert len(api.search()["files"]) == 4


def test_a_very_deep_folder_is_read(api: Hosted, library: Library) -> None:
    depth = 250 if os.name != "nt" else 40
    library.add("/".join(["d"] * depth) + "/a.png")

    api.update()

    assert names(api.search()) == ["a.png"]


@pytest.mark.parametrize(
    ("permission", "can_read", "can_write"),
    [("read-write", True, True), ("read-only", True, False), ("write-only", False, True), ("no-access", False, False)],
)
def test_a_permission_holds_for_reading_and_writing_alike(
    tmp_path: Path, library: Library, permission: str, can_read: bool, can_write: bool
) -> None:
    path = str(library.add("a.png"))
    with hosted(tmp_path / "home", [library.root], access(permission=Permission(permission))) as api:
        reads = [
            api.get("/files", params={"folder_path": str(library.root)}),
            api.get("/file", params={"path": path}),
            api.get("/image_geninfo", params={"path": path}),
            api.get("/db/basic_info"),
            api.post("/db/search_by_substr", {}),
            api.post("/v1/results", {}),
        ]
        writes = [
            api.post("/db/add_custom_tag", {"tag_name": "x"}),
            api.post("/db/update_image_data", {}),
            api.post("/mkdirs", {"dest_folder": str(library.path("new"))}),
            api.post("/app_fe_setting", {"name": "x", "value": "1"}),
        ]

        assert [answer.status_code for answer in reads] == [200 if can_read else 403] * len(reads)
        assert [answer.status_code for answer in writes] == [200 if can_write else 403] * len(writes)
        assert api.get("/global_setting").status_code == api.get("/version").status_code == 200


def test_a_row_and_its_tags_are_one_transaction(api: Hosted, library: Library) -> None:
    library.fill(300)
    seen: list[tuple[int, int]] = []
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.is_set():
            with api.services.store.read() as unit:
                rows = unit.media.count()
                tagged = next((tag.count for tag in unit.tags.list_all() if tag.name == "Image"), 0)
            seen.append((rows, tagged))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        api.update()
    finally:
        is_over.set()
        watcher.join()

    assert {rows - tagged for rows, tagged in seen} == {0}
    assert all(tags_of(api.services, row) for row in visible(api.services))


def test_a_removed_folder_is_neither_searched_nor_expired(tmp_path: Path, library: Library) -> None:
    library.add("kept/a.png")
    library.add("other/deep/b.png")
    with hosted(tmp_path / "home", [library.path("kept")]) as api:
        other = {"path": str(library.path("other")), "types": ["scanned"]}
        answer_of(api.post("/db/extra_paths", other))
        api.update()
        assert set(names(api.search())) == {"a.png", "b.png"}

        answer_of(api.delete("/db/extra_paths", other))
        library.add("other/deep/c.png")

        assert names(api.search()) == ["a.png"]
        assert answer_of(api.get("/db/basic_info"))["img_count"] == 1
        assert answer_of(api.get("/db/expired_dirs"))["expired_dirs"] == []


def test_many_clients_write_while_others_read(api: Hosted, library: Library) -> None:
    library.fill(30)
    api.update()
    codes: list[int] = []

    def work(number: int) -> None:
        for turn in range(5):
            tag = api.post("/db/add_custom_tag", {"tag_name": f"tag {number} {turn}"})
            codes.append(tag.status_code)
            path = str(library.path(f"{number:05}.png"))
            body = {"img_path": path, "tag_id": tag.json()["id"]}
            codes.append(api.post("/db/toggle_custom_tag_to_img", body).status_code)
            codes.append(api.post("/db/search_by_substr", {"surstr": "cat"}).status_code)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert codes == [200] * (8 * 5 * 3)
    assert sum(tag["count"] for (kind, _name), tag in api.tags().items() if kind == "custom") == 40


def test_many_known_folders_are_compared_once_for_calls_in_a_row(api: Hosted, library: Library) -> None:
    for number in range(150):
        library.add(f"{number:03}/a.png")
    api.update()
    assert answer_of(api.get("/db/basic_info"))["expired"] is False
    library.add("000/b.png")

    found = [answer_of(api.get("/db/basic_info")) for _call in range(20)]

    assert len({str(answer["expired_dirs"]) for answer in found}) <= 2  # before and after the remembered answer is old
    assert all(answer["img_count"] == 150 for answer in found)
    api.update()
    assert answer_of(api.get("/db/expired_dirs")) == {"expired": False, "expired_dirs": []}
