"""Tests for the journal of operations, undo and the trash."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.hosted import Hosted, access, answer_of, hosted
from support.library import Library
from support.records import give
from support.services import visible
from support.trees import known, tree

from iib.settings import FileSettings


@pytest.fixture
def tagged(api: Hosted, library: Library) -> Hosted:
    """Three pictures, one with a sidecar and a favourite."""
    for name in ("a.png", "sub/b.png", "sub/c.png"):
        library.add(name)
    library.add("a.txt", content=b"words")
    api.update()
    with api.services.store.write() as unit:
        give(unit, "fav", [row.id for row in visible(api.services) if row.name == "a.png"])
    return api


def trash(api: Hosted) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = answer_of(api.get("/v1/trash"))["items"]
    return items


def delete(api: Hosted, library: Library, *names: str) -> None:
    answer_of(api.post("/delete_files", {"file_paths": [str(library.path(name)) for name in names]}))


def test_a_deleted_file_is_in_the_trash_of_its_root(tagged: Hosted, library: Library) -> None:
    delete(tagged, library, "a.png")

    (item,) = trash(tagged)
    assert item["path"] == str(library.path("a.png"))
    assert item["name"] == "a.png"
    assert item["available"] is True
    assert item["expires"] == item["deleted"] + 30 * 86_400_000
    assert Path(item["trash_path"]).is_file()
    assert Path(item["trash_path"]).relative_to(library.root).parts[0] == ".iib-trash"
    assert Path(item["trash_path"]).with_name("a.txt").is_file()


def test_the_manifest_names_the_original_paths_without_the_database(tagged: Hosted, library: Library) -> None:
    delete(tagged, library, "sub/b.png", "sub/c.png")

    (entry,) = [path for path in library.path(".iib-trash").iterdir() if path.is_dir()]
    manifest = json.loads(entry.with_name(entry.name + ".json").read_text())
    assert manifest["folder"] == str(library.path("sub"))
    assert {path.name for path in entry.iterdir()} == {"b.png", "c.png"}


def test_restoring_brings_file_sidecar_id_and_tags_back(tagged: Hosted, library: Library) -> None:
    before, rows = tree(library.root), known(tagged.services)
    delete(tagged, library, "a.png", "sub/b.png", "sub/c.png")
    tagged.update()
    library.path("sub").rmdir()
    assert known(tagged.services) == {}

    answer = answer_of(tagged.post("/v1/trash/restore", {"ids": [item["id"] for item in trash(tagged)]}))

    assert answer["errors"] == []
    assert tree(library.root, with_trash=True) == before
    assert known(tagged.services) == rows
    assert trash(tagged) == []
    tagged.update()
    assert known(tagged.services) == rows


def test_the_index_never_sees_the_trash(tagged: Hosted, library: Library) -> None:
    delete(tagged, library, "a.png")

    for _ in range(2):
        answer_of(tagged.post("/db/rebuild_index"))
        assert str(library.path("a.png")) not in known(tagged.services)
        assert len(known(tagged.services)) == 2
    assert ".iib-trash" not in {entry["name"] for entry in tagged.files(library.root)}
    expired = answer_of(tagged.get("/db/expired_dirs"))["expired_dirs"]
    assert [path for path in expired if ".iib-trash" in path] == []


def test_a_new_file_of_the_same_name_is_another_file(tagged: Hosted, library: Library) -> None:
    old = known(tagged.services)[str(library.path("a.png"))]
    delete(tagged, library, "a.png")
    library.add("a.png", "a new picture")
    tagged.update()

    new = known(tagged.services)[str(library.path("a.png"))]
    assert new[0] != old[0]
    assert new[1] == frozenset()
    (item,) = trash(tagged)
    refused = answer_of(tagged.post("/v1/trash/restore", {"ids": [item["id"]]}))
    assert [error["code"] for error in refused["errors"]] == ["exists"]

    answer_of(tagged.post("/v1/trash/restore", {"ids": [item["id"]], "on_conflict": "rename"}))
    assert known(tagged.services)[str(library.path("a (2).png"))] == old
    assert known(tagged.services)[str(library.path("a.png"))] == new
    assert library.path("a (2).txt").is_file()


def test_a_file_moved_out_of_the_trash_by_another_program_keeps_its_tags(tagged: Hosted, library: Library) -> None:
    old = known(tagged.services)[str(library.path("a.png"))]
    delete(tagged, library, "a.png")
    Path(trash(tagged)[0]["trash_path"]).rename(library.path("sub/again.png"))

    tagged.update()

    assert known(tagged.services)[str(library.path("sub/again.png"))] == old


def test_purging_is_for_good(tagged: Hosted, library: Library) -> None:
    delete(tagged, library, "a.png")
    (item,) = trash(tagged)

    answer = answer_of(tagged.post("/v1/trash/purge", {"ids": [item["id"]]}))

    assert answer["done"][0] == {"from": str(library.path("a.png")), "to": ""}
    assert not library.path(".iib-trash").exists()
    assert trash(tagged) == []
    assert tagged.post("/v1/trash/restore", {"ids": [item["id"]]}).status_code == 404


def test_purging_by_age_needs_a_choice(tagged: Hosted, library: Library) -> None:
    delete(tagged, library, "a.png")
    delete(tagged, library, "sub/b.png")

    assert tagged.post("/v1/trash/purge", {}).status_code == 400
    assert tagged.post("/v1/trash/purge", {"older_than_days": -1}).status_code == 422
    assert answer_of(tagged.post("/v1/trash/purge", {"older_than_days": 1}))["done"] == []
    assert len(answer_of(tagged.post("/v1/trash/purge", {"older_than_days": 0}))["done"]) == 2
    assert trash(tagged) == []


def test_the_trash_is_listed_in_pages(tagged: Hosted, library: Library) -> None:
    delete(tagged, library, "a.png")
    delete(tagged, library, "sub/b.png", "sub/c.png")

    seen: list[str] = []
    page = answer_of(tagged.get("/v1/trash", params={"limit": 1}))
    assert page["total"] == 3
    while True:
        seen += [item["name"] for item in page["items"]]
        if page["next"] is None:
            break
        page = answer_of(tagged.get("/v1/trash", params={"limit": 1, "before": page["next"]}))

    assert seen == ["c.png", "b.png", "a.png"]


# --- journal and undo -------------------------------------------------------------------------------------------------


def test_undo_takes_back_the_latest_and_then_the_one_before(tagged: Hosted, library: Library) -> None:
    before, rows = tree(library.root), known(tagged.services)
    delete(tagged, library, "a.png")
    answer_of(tagged.post("/db/rename", {"path": str(library.path("sub")), "name": "renamed"}))
    body = {
        "file_paths": [str(library.path("renamed/b.png"))],
        "dest": str(library.path("new")),
        "create_dest_folder": True,
    }
    answer_of(tagged.post("/move_files", body))
    answer_of(tagged.post("/copy_files", body | {"file_paths": [str(library.path("renamed/c.png"))]}))

    for _ in range(4):
        assert answer_of(tagged.post("/v1/operations/undo"))["errors"] == []

    assert tree(library.root) == before
    assert known(tagged.services) == rows
    assert tagged.post("/v1/operations/undo").status_code == 404


def test_undo_of_one_operation_and_of_its_undo(tagged: Hosted, library: Library) -> None:
    delete(tagged, library, "a.png")
    (entry,) = answer_of(tagged.get("/v1/operations"))["operations"]
    assert (entry["kind"], entry["status"], entry["total"], entry["can_undo"]) == ("delete", "done", 1, True)

    undone = answer_of(tagged.post(f"/v1/operations/{entry['id']}/undo"))
    assert library.path("a.png").is_file()
    assert tagged.post(f"/v1/operations/{entry['id']}/undo").status_code == 409

    answer_of(tagged.post(f"/v1/operations/{undone['operation_id']}/undo"))
    assert not library.path("a.png").exists()
    assert tagged.post("/v1/operations/999/undo").status_code == 404


def test_undo_never_overwrites_and_reports_its_problems(tagged: Hosted, library: Library) -> None:
    body = {
        "file_paths": [str(library.path("a.png")), str(library.path("sub/b.png")), str(library.path("sub/c.png"))],
        "dest": str(library.path("to")),
        "create_dest_folder": True,
    }
    answer_of(tagged.post("/move_files", body))
    library.add("a.png", content=b"in the way")
    library.path("to/b.png").unlink()

    answer = answer_of(tagged.post("/v1/operations/undo"))

    assert {(Path(error["path"]).name, error["code"]) for error in answer["errors"]} == {
        ("a.png", "exists"),
        ("b.png", "missing"),
    }
    assert library.path("a.png").read_bytes() == b"in the way"
    assert library.path("sub/c.png").is_file()
    assert library.path("to/a.png").is_file()


def test_deleting_for_good_cannot_be_undone(tagged: Hosted, library: Library) -> None:
    answer_of(tagged.post("/delete_files", {"file_paths": [str(library.path("a.png"))], "permanent": True}))

    answer = answer_of(tagged.post("/v1/operations/undo"))

    assert answer["done"] == []
    assert "permanently" in answer["errors"][0]["message"]


def test_operations_are_listed_in_pages(tagged: Hosted, library: Library) -> None:
    for name in ("a.png", "sub/b.png", "sub/c.png"):
        delete(tagged, library, name)

    first = answer_of(tagged.get("/v1/operations", params={"limit": 2}))
    second = answer_of(tagged.get("/v1/operations", params={"limit": 2, "before": first["next"]}))

    subjects = [Path(item["subject"]).name for item in first["operations"] + second["operations"]]
    assert subjects == ["c.png", "b.png", "a.png"]
    assert second["next"] is None


def test_untrusted_places_are_neither_shown_nor_restored_nor_undone(tmp_path: Path, library: Library) -> None:
    library.add("in/a.png")
    library.add("out/b.png")
    with hosted(tmp_path / "home", [library.root]) as api:
        delete(api, library, "out/b.png")
        (item,) = trash(api)
    with hosted(tmp_path / "home", [library.root], access(allowed=[library.path("in")])) as api:
        assert trash(api) == []
        assert api.post("/v1/trash/restore", {"ids": [item["id"]]}).status_code == 403
        assert api.post("/v1/trash/purge", {"ids": [item["id"]]}).status_code == 403
        assert answer_of(api.post("/v1/trash/purge", {"older_than_days": 0}))["done"] == []
        assert api.post("/v1/operations/undo").status_code == 403
    assert Path(item["trash_path"]).is_file()


def test_a_file_outside_every_root_goes_to_a_trash_in_its_folder(tmp_path: Path, api: Hosted) -> None:
    place = tmp_path / "elsewhere" / "a.png"
    place.parent.mkdir()
    place.write_bytes(b"a picture")

    answer_of(api.post("/delete_files", {"file_paths": [str(place)]}))

    assert Path(trash(api)[0]["trash_path"]).is_relative_to(place.parent / ".iib-trash")
    answer_of(api.post("/v1/operations/undo"))
    assert [path.name for path in place.parent.iterdir()] == ["a.png"]


def test_trash_days_below_one_keep_everything(tmp_path: Path, library: Library) -> None:
    library.add("a.png")
    with hosted(tmp_path / "home", [library.root], files=FileSettings(trash_days=0)) as api:
        delete(api, library, "a.png")

        assert trash(api)[0]["expires"] is None
        assert not api.services.files.has_expired()


def test_a_trash_that_moves_with_its_folder_still_restores(tmp_path: Path, library: Library) -> None:
    library.add("mine/sub/a.png")
    with hosted(tmp_path / "home") as api:
        answer_of(api.post("/db/extra_paths", {"path": str(library.path("mine")), "types": ["scanned"]}))
        api.update()
        before = known(api.services)[str(library.path("mine/sub/a.png"))]
        delete(api, library, "mine/sub/a.png")

        answer_of(api.post("/db/rename", {"path": str(library.path("mine")), "name": "yours"}))
        (item,) = trash(api)
        assert item["path"] == str(library.path("yours/sub/a.png"))
        assert item["available"] is True
        answer_of(api.post("/v1/trash/restore", {"ids": [item["id"]]}))

        assert known(api.services) == {str(library.path("yours/sub/a.png")): before}
