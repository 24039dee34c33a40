"""Contract 2.4, 0.5 and W11 to W16, W20, W27: deleting, moving, copying, renaming, flattening, packing."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.hosted import Hosted, access, answer_of, hosted
from support.library import Library
from support.trees import known, tree

from iib.settings import FileSettings, Permission

needs_links = pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
ROUTES = ("/delete_files", "/mkdirs", "/copy_files", "/move_files", "/db/rename", "/flatten_folder", "/zip")
BODIES: dict[str, dict[str, Any]] = {
    "/delete_files": {"file_paths": []},
    "/mkdirs": {"dest_folder": "/absent"},
    "/copy_files": {"file_paths": [], "dest": "/absent"},
    "/move_files": {"file_paths": [], "dest": "/absent"},
    "/db/rename": {"path": "/absent", "name": "x"},
    "/flatten_folder": {"folder_path": "/absent"},
    "/zip": {"paths": []},
}


def rows(api: Hosted, library: Library) -> dict[str, int]:
    """Id by path below the library."""
    return {
        Path(path).relative_to(library.root).as_posix(): media_id
        for path, (media_id, _tags) in known(api.services).items()
    }


def listed(library: Library) -> set[str]:
    """Every entry below the library, without the trash."""
    return set(tree(library.root))


def paths(library: Library, *names: str) -> list[str]:
    return [str(library.path(name)) for name in names]


def move(api: Hosted, library: Library, names: list[str], dest: str, **options: object) -> httpx.Response:
    return api.post("/move_files", {"file_paths": paths(library, *names), "dest": str(library.path(dest)), **options})


def copy(api: Hosted, library: Library, names: list[str], dest: str, **options: object) -> httpx.Response:
    return api.post("/copy_files", {"file_paths": paths(library, *names), "dest": str(library.path(dest)), **options})


def rename(api: Hosted, library: Library, name: str, new_name: str) -> httpx.Response:
    body = json.dumps({"path": str(library.path(name)), "name": new_name})  # escapes what is no valid text
    return api.post("/db/rename", content=body, headers={"Content-Type": "application/json"})


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


def test_a_shared_sidecar_stays_until_the_last_sibling_goes_w14(api: Hosted, library: Library) -> None:
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
def test_a_text_or_a_file_without_extension_has_no_sidecar_w14(api: Hosted, library: Library, name: str) -> None:
    library.add(name, content=b"words")
    library.add("other.txt", content=b"words")

    answer_of(api.post("/delete_files", {"file_paths": paths(library, name)}))

    assert listed(library) == {"other.txt"}


def test_only_empty_folders_are_deleted_and_the_rest_is_told_w15(api: Hosted, library: Library) -> None:
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


def test_a_file_that_is_gone_counts_as_deleted(api: Hosted, library: Library) -> None:
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


def test_mkdirs_makes_parents_and_accepts_what_exists(api: Hosted, library: Library) -> None:
    for _ in range(2):
        answer = api.post("/mkdirs", {"dest_folder": str(library.path("a/b c/ü"))})
        assert (answer.status_code, answer.json()) == (200, None)

    assert library.path("a/b c/ü").is_dir()


def test_mkdirs_refuses_a_file_in_the_way(api: Hosted, library: Library) -> None:
    library.add("a.png")

    for name in ("a.png", "a.png/inside"):
        assert api.post("/mkdirs", {"dest_folder": str(library.path(name))}).status_code == 400


@pytest.mark.parametrize("folder", ["", "   ", "a\0b", "x" * 300])
def test_mkdirs_refuses_what_is_no_folder_name(api: Hosted, library: Library, folder: str) -> None:
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


def test_a_registered_folder_that_moves_stays_registered_w13(tmp_path: Path, library: Library) -> None:
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


def test_copying_makes_no_rows_and_takes_folders_whole_w12(api: Hosted, library: Library) -> None:
    library.add("in/a.png")
    library.add("in/deep/b.md", content=b"note")
    library.path("to").mkdir()
    api.update()

    answer_of(copy(api, library, ["in", "in/a.png"], "to"))

    assert {"to/in/a.png", "to/in/deep/b.md", "to/a.png", "in/a.png"} <= listed(library)
    assert set(rows(api, library)) == {"in/a.png"}
    assert library.path("to/a.png").stat().st_mtime_ns == library.path("in/a.png").stat().st_mtime_ns


@pytest.mark.parametrize("route", ["/copy_files", "/move_files"])
def test_a_destination_must_exist_or_be_made_w12(api: Hosted, library: Library, route: str) -> None:
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
def test_nothing_is_ever_overwritten_w13(api: Hosted, library: Library, route: str, taken: str) -> None:
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


def test_skipped_conflicts_are_told(api: Hosted, library: Library) -> None:
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
def test_what_the_system_forbids_is_a_403(api: Hosted, library: Library) -> None:
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
    "", ".", "..", "../x.png", "x/y.png", "x\\y.png", "/etc/x.png", "C:\\x.png", "a\0b.png", "a\nb.png", "CON",
    "nul.png", "com1.txt", "LPT9", "x" * 256, "ü" * 130, ".iib-trash", "\ud800.png",
]  # fmt: skip


@pytest.mark.parametrize("name", BAD_NAMES, ids=ascii)
def test_a_name_is_one_path_component_w11(api: Hosted, library: Library, name: str) -> None:
    library.add("in/a.png")
    before = tree(library.root.parent)

    assert rename(api, library, "in/a.png", name).status_code in (400, 422)
    assert {key: entry for key, entry in tree(library.root.parent).items() if key in before} == before
    assert tree(library.root).keys() == {"in", "in/a.png"}


def test_rename_tells_missing_and_taken_apart_w20(api: Hosted, library: Library) -> None:
    library.add("a.png")
    library.add("b.png")

    assert rename(api, library, "absent.png", "c.png").status_code == 404
    assert rename(api, library, "a.png", "b.png").status_code == 400
    assert rename(api, library, "a.png", "a.png").status_code == 200


def test_a_change_of_letter_case_is_a_rename(api: Hosted, library: Library) -> None:
    library.add("a.png")

    answer_of(rename(api, library, "a.png", "A.PNG"))

    assert [path.name for path in library.root.iterdir()] == ["A.PNG"]


# --- flatten ----------------------------------------------------------------------------------------------------------


def flatten(api: Hosted, library: Library, folder: str = ".", **options: object) -> httpx.Response:
    return api.post("/flatten_folder", {"folder_path": str(library.path(folder)), **options})


def test_flatten_tells_first_and_moves_on_request(api: Hosted, library: Library) -> None:
    for name in ("a.png", "in/b.png", "in/deep/c.png"):
        library.add(name)
    library.add("in/b.txt", content=b"words")
    library.add("keep/note.md", content=b"note")
    api.update()
    before = {Path(name).name: media_id for name, media_id in rows(api, library).items()}

    dry = answer_of(flatten(api, library))
    assert dry == {"success": True, "total_files": 2, "conflicts": [], "moved_files": 0, "errors": []}
    assert library.path("in/b.png").is_file()

    wet = answer_of(flatten(api, library, dry_run=False))
    assert wet == {"success": True, "total_files": 2, "conflicts": [], "moved_files": 2, "errors": []}
    assert listed(library) == {"a.png", "b.png", "b.txt", "c.png", "keep", "keep/note.md"}
    assert rows(api, library) == before


@pytest.mark.parametrize(
    ("names", "conflicts"),
    [
        (["one/a.png", "two/a.png"], ["a.png"]),
        (["a.png", "one/a.png"], ["a.png"]),
        (["one/A.png", "two/a.PNG"], ["A.png", "a.PNG"]),
        (["A.PNG", "one/a.png"], ["a.png"]),
        (["one/a.png", "one/a.txt", "a.txt"], ["a.txt"]),
        (["one/a.png", "one/a.txt", "two/a.jpg", "two/a.txt"], ["a.txt"]),
    ],
)
def test_flatten_finds_every_kind_of_conflict_w16(
    api: Hosted, library: Library, names: list[str], conflicts: list[str]
) -> None:
    for name in names:
        library.add(name)
    before = tree(library.root)

    assert answer_of(flatten(api, library))["conflicts"] == conflicts
    assert flatten(api, library, dry_run=False).status_code == 400
    assert tree(library.root) == before


def test_flatten_needs_a_folder(api: Hosted, library: Library) -> None:
    library.add("a.png")

    assert flatten(api, library, "a.png").status_code == 400
    assert flatten(api, library, "absent").status_code == 400


# --- zip --------------------------------------------------------------------------------------------------------------


def unpack(answer: httpx.Response) -> dict[str, bytes]:
    assert answer.status_code == 200, answer.text[:300]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("compress", [True, False])
def test_zip_streams_files_under_different_names_w27(api: Hosted, library: Library, compress: bool) -> None:
    for name in ("one/a.png", "two/a.png", "three/A.PNG", "ü.md"):
        library.add(name, content=name.encode() * 1000)
    chosen = paths(library, "one/a.png", "two/a.png", "three/A.PNG", "ü.md")

    answer = api.post("/zip", {"paths": chosen, "compress": compress})

    assert answer.headers["content-type"] == "application/zip"
    assert unpack(answer) == {
        "a.png": b"one/a.png" * 1000,
        "a (2).png": b"two/a.png" * 1000,
        "A (3).PNG": b"three/A.PNG" * 1000,
        "ü.md": "ü.md".encode() * 1000,
    }


def test_zip_takes_files_older_than_the_format_w27(api: Hosted, library: Library) -> None:
    library.add("old.png", mtime_ns=0)

    assert list(unpack(api.post("/zip", {"paths": paths(library, "old.png")}))) == ["old.png"]


def test_archives_stay_on_the_server_under_names_of_their_own_w27(api: Hosted, library: Library) -> None:
    library.add("a.png")
    body = {"paths": paths(library, "a.png"), "pack_only": True}

    places = [Path(answer_of(api.post("/zip", body))["path"]) for _ in range(3)]

    assert len(set(places)) == 3
    for place in places:
        assert place.parent == api.services.settings.program_dir / "zip_temp"
        assert place.name.startswith("iib_batch_download_")
        assert zipfile.ZipFile(place).namelist() == ["a.png"]


def test_zip_takes_files_only(api: Hosted, library: Library) -> None:
    library.path("folder").mkdir()

    for chosen in ([], paths(library, "folder"), paths(library, "absent.png")):
        assert api.post("/zip", {"paths": chosen}).status_code == 400


# --- who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("permission", [Permission.READ_ONLY, Permission.NO_ACCESS])
def test_every_operation_needs_write_permission(tmp_path: Path, route: str, permission: Permission) -> None:
    with hosted(tmp_path / "home", [], access(permission=permission)) as api:
        assert api.post(route, BODIES[route]).status_code == 403


def test_archives_reveal_and_therefore_need_read_permission_too(tmp_path: Path, library: Library) -> None:
    library.add("a.png")
    with hosted(tmp_path / "home", [library.root], access(permission=Permission.WRITE_ONLY)) as api:
        assert api.post("/zip", {"paths": paths(library, "a.png")}).status_code == 403


@pytest.mark.parametrize("route", ROUTES)
def test_every_operation_needs_the_key(tmp_path: Path, route: str) -> None:
    with hosted(tmp_path / "home", [], access(key="secret")) as api:
        assert api.post(route, BODIES[route]).status_code == 401


@pytest.fixture
def fenced(tmp_path: Path, library: Library) -> Iterator[Hosted]:
    """Only `lib` may be touched."""
    for name in ("lib/in.png", "lib/sub/a.png", "outside/secret.png", "lib-private/secret.png"):
        library.add(name)
    if os.name != "nt":
        library.path("lib/exit").symlink_to(library.path("outside"))
        library.path("lib/exit.png").symlink_to(library.path("outside/secret.png"))
    with hosted(tmp_path / "home", [library.root], access(allowed=[library.path("lib")])) as api:
        yield api


OUTSIDE = ["outside", "lib-private", "lib/../outside", "lib/exit", "."]
FILES_OUTSIDE = ["outside/secret.png", "lib-private/secret.png", "lib/../outside/secret.png", "lib/exit/secret.png"]


@needs_links
@pytest.mark.parametrize("folder", OUTSIDE)
def test_destinations_outside_are_refused_w10(fenced: Hosted, library: Library, folder: str) -> None:
    before = tree(library.root)
    dest = f"{library.root}/{folder}"
    source = paths(library, "lib/in.png")

    for route in ("/copy_files", "/move_files"):
        body = {"file_paths": source, "dest": dest, "create_dest_folder": True, "continue_on_error": True}
        assert fenced.post(route, body).status_code == 403
        body["dest"] = dest + "/new"
        assert fenced.post(route, body).status_code == 403
    assert fenced.post("/mkdirs", {"dest_folder": dest + "/new"}).status_code == 403
    assert fenced.post("/flatten_folder", {"folder_path": dest, "dry_run": False}).status_code == 403
    assert tree(library.root) == before


@needs_links
@pytest.mark.parametrize("name", [*FILES_OUTSIDE, "lib/exit.png"])
def test_sources_outside_are_refused_w10(fenced: Hosted, library: Library, name: str) -> None:
    before = tree(library.root)
    source = f"{library.root}/{name}"
    inside = str(library.path("lib/in.png"))

    assert fenced.post("/delete_files", {"file_paths": [inside, source]}).status_code == 403
    assert fenced.post("/db/rename", {"path": source, "name": "x.png"}).status_code == 403
    assert fenced.post("/zip", {"paths": [inside, source]}).status_code == 403
    for route in ("/copy_files", "/move_files"):
        body = {"file_paths": [inside, source], "dest": str(library.path("lib/sub"))}
        assert fenced.post(route, body).status_code == 403
    assert tree(library.root) == before


def test_an_untrusted_source_is_one_of_the_errors_when_they_are_collected(fenced: Hosted, library: Library) -> None:
    answer = answer_of(move(fenced, library, ["outside/secret.png", "lib/in.png"], "lib/sub", continue_on_error=True))

    assert len(answer["errors"]) == 1
    assert library.path("outside/secret.png").is_file()
    assert library.path("lib/sub/in.png").is_file()


@pytest.mark.parametrize("route", ROUTES)
def test_the_trash_is_not_worked_in_by_hand(api: Hosted, library: Library, route: str) -> None:
    library.add("a.png")
    library.add("b.png")
    answer_of(api.post("/delete_files", {"file_paths": paths(library, "a.png")}))
    entry = answer_of(api.get("/v1/trash"))["items"][0]["trash_path"]
    trash = str(Path(entry).parent)
    bodies: dict[str, list[dict[str, object]]] = {
        "/delete_files": [{"file_paths": [entry]}, {"file_paths": [trash]}],
        "/mkdirs": [{"dest_folder": f"{trash}/x"}],
        "/copy_files": [
            {"file_paths": [entry], "dest": str(library.root)},
            {"file_paths": paths(library, "b.png"), "dest": trash},
        ],
        "/move_files": [
            {"file_paths": [entry], "dest": str(library.root)},
            {"file_paths": paths(library, "b.png"), "dest": trash},
        ],
        "/db/rename": [{"path": entry, "name": "x.png"}],
        "/flatten_folder": [{"folder_path": trash}],
        "/zip": [],
    }
    before = tree(library.root, with_trash=True)

    for body in bodies[route]:
        assert api.post(route, body).status_code == 400
    assert tree(library.root, with_trash=True) == before
