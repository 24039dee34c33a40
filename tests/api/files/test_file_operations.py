"""Tests for deleting, moving, copying and renaming files, sidecars included."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.file_requests import copy, listed, move, paths, rename, rows
from support.hosted import Hosted, answer_of, hosted
from support.library import Library
from support.trees import tree

from iib.settings import FileSettings

needs_links = pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")


# --- delete -----------------------------------------------------------------------------------------------------------


def test_delete_takes_the_file_its_sidecar_and_its_row_away(api: Hosted, library: Library) -> None:
    library.add("a.png")
    library.add("a.txt", content=b"words")
    library.add("b.png")
    api.update()

    answer = answer_of(api.post("/delete_files", {"file_paths": paths(library, "a.png")}))

    assert answer["ok"] is True
    assert listed(library) == {"b.png"}
    assert set(rows(api, library)) == {"b.png"}


def test_a_shared_sidecar_stays_until_the_last_sibling_goes(api: Hosted, library: Library) -> None:
    library.add("a.png")
    library.add("a.mp4", content=b"no real video")
    library.add("a.txt", content=b"words")

    answer_of(api.post("/delete_files", {"file_paths": paths(library, "a.png")}))
    assert listed(library) == {"a.mp4", "a.txt"}

    answer_of(api.post("/delete_files", {"file_paths": paths(library, "a.mp4")}))
    assert listed(library) == set()


def test_siblings_deleted_together_take_their_sidecar_along(api: Hosted, library: Library) -> None:
    library.add("a.png")
    library.add("a.mp4", content=b"no real video")
    library.add("a.txt", content=b"words")

    answer_of(api.post("/delete_files", {"file_paths": paths(library, "a.mp4", "a.png")}))

    assert listed(library) == set()


@pytest.mark.parametrize("name", ["note.txt", "LICENSE"])
def test_a_text_or_a_file_without_extension_has_no_sidecar(api: Hosted, library: Library, name: str) -> None:
    library.add(name, content=b"words")
    library.add("other.txt", content=b"words")

    answer_of(api.post("/delete_files", {"file_paths": paths(library, name)}))

    assert listed(library) == {"other.txt"}


def test_only_empty_folders_are_deleted_and_the_others_are_reported(api: Hosted, library: Library) -> None:
    library.add("full/a.png")
    library.add("b.png")
    library.path("empty").mkdir()

    answer = api.post("/delete_files", {"file_paths": paths(library, "full", "empty", "b.png")})

    body = answer.json()
    assert answer.status_code == 400
    assert "full" in body["detail"]
    assert sorted(body["deleted"]) == sorted(paths(library, "empty", "b.png"))
    assert len(body["errors"]) == 1
    assert listed(library) == {"full", "full/a.png"}


def test_a_folder_is_empty_when_the_same_request_empties_it(api: Hosted, library: Library) -> None:
    library.add("full/deep/a.png")

    answer_of(api.post("/delete_files", {"file_paths": paths(library, "full", "full/deep", "full/deep/a.png")}))

    assert listed(library) == set()


def test_a_missing_file_counts_as_deleted(api: Hosted, library: Library) -> None:
    library.add("a.png").unlink()
    library.add("b.png")
    api.update()
    library.path("b.png").unlink()

    answer_of(api.post("/delete_files", {"file_paths": paths(library, "a.png", "b.png", "never/was.png")}))

    assert rows(api, library) == {}


def test_a_root_is_not_deleted(api: Hosted, library: Library) -> None:
    answer = api.post("/delete_files", {"file_paths": [str(library.root)]})

    assert answer.status_code == 400
    assert library.root.is_dir()


@pytest.mark.parametrize("is_asked", [True, False])
def test_deleting_for_good_is_a_flag_and_a_setting(tmp_path: Path, library: Library, is_asked: bool) -> None:
    library.add("a.png")
    with hosted(tmp_path / "home", [library.root], files=FileSettings(delete_permanently=not is_asked)) as api:
        body: dict[str, object] = {"file_paths": paths(library, "a.png")}
        answer_of(api.post("/delete_files", body | ({"permanent": True} if is_asked else {})))

        assert list(library.root.iterdir()) == []
        assert answer_of(api.get("/v1/trash"))["items"] == []


# --- mkdirs -----------------------------------------------------------------------------------------------------------


def test_mkdirs_creates_parents_and_accepts_existing_folders(api: Hosted, library: Library) -> None:
    for _ in range(2):
        answer = api.post("/mkdirs", {"dest_folder": str(library.path("a/b c/ü"))})
        assert (answer.status_code, answer.json()) == (200, None)

    assert library.path("a/b c/ü").is_dir()


def test_mkdirs_refuses_a_file_in_the_way(api: Hosted, library: Library) -> None:
    library.add("a.png")

    for name in ("a.png", "a.png/inside"):
        assert api.post("/mkdirs", {"dest_folder": str(library.path(name))}).status_code == 400


@pytest.mark.parametrize("folder", ["", "   ", "a\0b", "x" * 300])
def test_mkdirs_rejects_invalid_folder_names(api: Hosted, library: Library, folder: str) -> None:
    raw = folder if not folder.strip() else f"{library.root}/{folder}"

    assert api.post("/mkdirs", {"dest_folder": raw}).status_code == 400


# --- move and copy ----------------------------------------------------------------------------------------------------


def test_moving_keeps_id_and_sidecar(api: Hosted, library: Library) -> None:
    library.add("a.png")
    library.add("a.txt", content=b"words")
    library.path("to").mkdir()
    api.update()
    before = rows(api, library)["a.png"]

    answer = answer_of(move(api, library, ["a.png"], "to"))

    assert answer["errors"] == []
    assert answer["done"] == [{"from": str(library.path("a.png")), "to": str(library.path("to/a.png"))}]
    assert listed(library) == {"to", "to/a.png", "to/a.txt"}
    assert rows(api, library) == {"to/a.png": before}


def test_moving_a_folder_takes_all_rows_below_along(api: Hosted, library: Library) -> None:
    for name in ("in/a.png", "in/deep/b.png", "in-twin/c.png"):
        library.add(name)
    library.path("to").mkdir()
    api.update()
    before = rows(api, library)

    answer_of(move(api, library, ["in"], "to"))

    moved = {"to/in/a.png": before["in/a.png"], "to/in/deep/b.png": before["in/deep/b.png"]}
    assert rows(api, library) == moved | {"in-twin/c.png": before["in-twin/c.png"]}
    api.update()
    assert rows(api, library) == moved | {"in-twin/c.png": before["in-twin/c.png"]}
    assert len(api.search(surstr="to/in/deep")["files"]) == 1, "texts follow too"


def test_a_registered_folder_that_moves_stays_registered(tmp_path: Path, library: Library) -> None:
    library.add("mine/a.png")
    library.path("to").mkdir()
    with hosted(tmp_path / "home") as api:
        answer_of(api.post("/db/extra_paths", {"path": str(library.path("mine")), "types": ["scanned"]}))
        answer_of(api.post("/db/alias_extra_path", {"path": str(library.path("mine")), "alias": "Mine"}))
        api.update()

        answer_of(move(api, library, ["mine"], "to"))

        listed_paths = answer_of(api.get("/db/extra_paths"))
        assert listed_paths == [{"path": str(library.path("to/mine")), "types": ["scanned"], "alias": "Mine"}]
        assert set(rows(api, library)) == {"to/mine/a.png"}


def test_a_folder_of_the_start_is_not_moved_or_renamed(api: Hosted, library: Library, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    body = {"file_paths": [str(library.root)], "dest": str(tmp_path / "elsewhere")}

    assert api.post("/move_files", body).status_code == 400
    assert api.post("/db/rename", {"path": str(library.root), "name": "new"}).status_code == 400


def test_copying_makes_no_rows_and_takes_folders_whole(api: Hosted, library: Library) -> None:
    library.add("in/a.png")
    library.add("in/deep/b.md", content=b"note")
    library.path("to").mkdir()
    api.update()

    answer_of(copy(api, library, ["in", "in/a.png"], "to"))

    assert {"to/in/a.png", "to/in/deep/b.md", "to/a.png", "in/a.png"} <= listed(library)
    assert set(rows(api, library)) == {"in/a.png"}
    assert library.path("to/a.png").stat().st_mtime_ns == library.path("in/a.png").stat().st_mtime_ns


@pytest.mark.parametrize("route", ["/copy_files", "/move_files"])
def test_a_destination_must_exist_or_be_made(api: Hosted, library: Library, route: str) -> None:
    library.add("a.png")
    library.add("b.png")
    body = {"file_paths": paths(library, "a.png", "b.png"), "dest": str(library.path("new/er"))}

    assert api.post(route, body).status_code == 400
    assert not library.path("new").exists()

    answer_of(api.post(route, body | {"create_dest_folder": True}))
    assert {"new/er/a.png", "new/er/b.png"} <= listed(library)


@pytest.mark.parametrize("route", ["/copy_files", "/move_files"])
def test_a_file_is_no_destination(api: Hosted, library: Library, route: str) -> None:
    library.add("a.png")
    before = tree(library.root)

    for dest in ("a.png", "a.png/inside"):
        body = {"file_paths": paths(library, "a.png"), "dest": str(library.path(dest)), "create_dest_folder": True}
        assert api.post(route, body).status_code == 400
    assert tree(library.root) == before


@pytest.mark.parametrize("route", ["/copy_files", "/move_files"])
@pytest.mark.parametrize("taken", ["to/a.png", "to/a.txt"])
def test_nothing_is_ever_overwritten(api: Hosted, library: Library, route: str, taken: str) -> None:
    library.add("a.png")
    library.add("a.txt", content=b"words")
    library.add(taken, content=b"was here before")
    api.update()
    before, before_rows = tree(library.root), rows(api, library)

    answer = api.post(route, {"file_paths": paths(library, "a.png"), "dest": str(library.path("to"))})

    assert answer.status_code == 400
    assert "exists" in answer.json()["detail"]
    assert tree(library.root) == before
    assert rows(api, library) == before_rows


@pytest.mark.parametrize("route", ["/copy_files", "/move_files"])
def test_two_sources_of_one_name_do_not_meet(api: Hosted, library: Library, route: str) -> None:
    library.add("one/a.png", "first")
    library.add("two/a.png", "second")
    body = {"file_paths": paths(library, "one/a.png", "two/a.png"), "dest": str(library.path("to"))}

    refused = api.post(route, body | {"create_dest_folder": True})
    assert refused.status_code == 400
    assert not library.path("to").exists()

    answer = answer_of(api.post(route, body | {"create_dest_folder": True, "on_conflict": "rename"}))
    assert [item["to"] for item in answer["done"]] == paths(library, "to/a.png", "to/a (2).png")


def test_skipped_conflicts_are_reported(api: Hosted, library: Library) -> None:
    library.add("a.png")
    library.add("to/a.png")

    answer = answer_of(move(api, library, ["a.png"], "to", on_conflict="skip"))

    assert (answer["done"], answer["skipped"]) == ([], paths(library, "a.png"))


def test_a_renamed_media_file_renames_its_sidecar_alike(api: Hosted, library: Library) -> None:
    library.add("a.png")
    library.add("a.txt", content=b"words")
    library.add("to/a.txt", content=b"of another one")

    answer_of(move(api, library, ["a.png"], "to", on_conflict="rename"))

    assert listed(library) == {"to", "to/a.txt", "to/a (2).png", "to/a (2).txt"}


def test_one_bad_source_stops_a_batch_before_anything_happens(api: Hosted, library: Library) -> None:
    library.add("a.png")
    library.path("to").mkdir()

    answer = move(api, library, ["a.png", "absent.png"], "to")

    assert answer.status_code == 404
    assert listed(library) == {"a.png", "to"}


def test_errors_are_collected_when_asked_for(api: Hosted, library: Library) -> None:
    library.add("a.png")
    library.path("to").mkdir()

    answer = answer_of(move(api, library, ["absent.png", "a.png"], "to", continue_on_error=True))

    assert len(answer["errors"]) == 1
    assert "absent.png" in answer["errors"][0]
    assert listed(library) == {"to", "to/a.png"}


@pytest.mark.parametrize("route", ["/copy_files", "/move_files"])
@pytest.mark.parametrize("dest", ["in", "in/deep", "."])
def test_a_folder_does_not_go_into_itself_or_onto_itself(api: Hosted, library: Library, route: str, dest: str) -> None:
    library.add("in/deep/a.png")
    before = tree(library.root)

    answer = api.post(route, {"file_paths": paths(library, "in"), "dest": str(library.path(dest))})

    assert answer.status_code == 400
    assert tree(library.root) == before


def test_a_file_goes_with_its_folder(api: Hosted, library: Library) -> None:
    library.add("in/a.png")
    library.path("to").mkdir()

    answer_of(move(api, library, ["in/a.png", "in"], "to"))

    assert listed(library) == {"to", "to/in", "to/in/a.png"}


@needs_links
def test_links_move_and_copy_as_links(api: Hosted, library: Library) -> None:
    library.add("a.png")
    library.path("link.png").symlink_to("a.png")
    library.path("to").mkdir()

    answer_of(copy(api, library, ["link.png"], "to"))
    answer_of(move(api, library, ["link.png"], "to", on_conflict="rename"))

    assert tree(library.path("to")) == {
        "link.png": ("link", "a.png"),
        "link (2).png": ("link", "a.png"),
    }
    assert library.path("a.png").is_file()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may do everything")
def test_a_denied_permission_of_the_system_is_a_403(api: Hosted, library: Library) -> None:
    library.add("locked/a.png")
    library.path("to").mkdir()
    library.path("locked").chmod(0o555)
    try:
        assert move(api, library, ["locked/a.png"], "to").status_code == 403
    finally:
        library.path("locked").chmod(0o755)


# --- rename -----------------------------------------------------------------------------------------------------------


def test_rename_keeps_id_and_renames_the_sidecar(api: Hosted, library: Library) -> None:
    library.add("a.png")
    library.add("a.txt", content=b"words")
    api.update()
    before = rows(api, library)["a.png"]

    answer = answer_of(rename(api, library, "a.png", "ü (1).png"))

    assert answer["new_path"] == str(library.path("ü (1).png"))
    assert isinstance(answer["detail"], str)
    assert listed(library) == {"ü (1).png", "ü (1).txt"}
    assert rows(api, library) == {"ü (1).png": before}


def test_rename_of_a_folder_renames_all_rows_below(api: Hosted, library: Library) -> None:
    library.add("in/deep/a.png")
    api.update()
    before = rows(api, library)["in/deep/a.png"]

    answer_of(rename(api, library, "in", "out"))

    assert rows(api, library) == {"out/deep/a.png": before}


def test_a_file_that_stops_being_media_leaves_the_library_and_comes_back(api: Hosted, library: Library) -> None:
    library.add("a.png")
    api.update()
    before = rows(api, library)

    answer_of(rename(api, library, "a.png", "a.bak"))
    assert rows(api, library) == {}

    answer_of(rename(api, library, "a.bak", "a.png"))
    assert rows(api, library) == before


BAD_NAMES = [
    "", " ", ".", "..", "../x.png", "x/y.png", "x\\y.png", "/etc/x.png", "C:\\x.png", "a\0b.png", "a\nb.png", "CON",
    "nul.png", "com1.txt", "LPT9", "x" * 256, "ü" * 130, ".iib-trash", "\ud800.png",
]  # fmt: skip


@pytest.mark.parametrize("name", BAD_NAMES, ids=ascii)
def test_a_name_is_one_path_component(api: Hosted, library: Library, name: str) -> None:
    library.add("in/a.png")
    before = tree(library.root.parent)

    assert rename(api, library, "in/a.png", name).status_code in (400, 422)
    assert {key: entry for key, entry in tree(library.root.parent).items() if key in before} == before
    assert tree(library.root).keys() == {"in", "in/a.png"}


def test_rename_distinguishes_missing_files_and_existing_targets(api: Hosted, library: Library) -> None:
    library.add("a.png")
    library.add("b.png")

    assert rename(api, library, "absent.png", "c.png").status_code == 404
    assert rename(api, library, "a.png", "b.png").status_code == 400
    assert rename(api, library, "a.png", "a.png").status_code == 200


def test_a_change_of_letter_case_is_a_rename(api: Hosted, library: Library) -> None:
    library.add("a.png")

    answer_of(rename(api, library, "a.png", "A.PNG"))

    assert [path.name for path in library.root.iterdir()] == ["A.PNG"]
