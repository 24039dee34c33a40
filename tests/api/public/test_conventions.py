"""Tests for the conventions of the public API: transport, shared object shapes, and paths in requests."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from support.hosted import Hosted, answer_of, hosted, names
from support.library import Library

DATE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
FILE_KEYS = {"type", "name", "fullpath", "size", "bytes", "date", "created_time", "is_under_scanned_path"}


def test_an_entry_of_a_listing_has_exactly_its_public_keys(api: Hosted, library: Library) -> None:
    library.add("a.png")

    (entry,) = api.files(library.root)

    assert set(entry) == FILE_KEYS
    assert entry["type"] == "file"
    assert entry["name"] == "a.png"
    assert entry["fullpath"] == str(library.path("a.png"))
    assert entry["is_under_scanned_path"] is True


def test_an_entry_of_a_search_adds_the_id_and_a_copy_of_the_date(api: Hosted, library: Library) -> None:
    library.add("a.png")
    api.update()

    (entry,) = api.search()["files"]

    assert set(entry) == FILE_KEYS | {"id", "created_date"}
    assert isinstance(entry["id"], int)
    assert entry["created_date"] == entry["date"]


def test_dates_are_local_text_and_never_numbers(api: Hosted, library: Library) -> None:
    library.add("a.png")
    api.update()

    listed, found = api.files(library.root)[0], api.search()["files"][0]

    for entry in (listed, found):
        assert DATE.fullmatch(entry["date"])
        assert DATE.fullmatch(entry["created_time"])
    assert listed["date"] == found["date"]
    assert listed["created_time"] == found["created_time"]


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [(0, "0B"), (380, "380.00 B"), (1024, "1.00 KB"), (1_258_291, "1.20 MB")],
)
def test_sizes_are_text_with_two_decimals(api: Hosted, library: Library, size_bytes: int, text: str) -> None:
    library.add("a.bin", content=b"x" * size_bytes)

    (entry,) = api.files(library.root)

    assert (entry["size"], entry["bytes"]) == (text, size_bytes)


def test_listing_and_batch_give_equal_objects_for_the_same_folder_and_file(api: Hosted, library: Library) -> None:
    library.add("sub/a.png")
    library.add("b.txt", content=b"text")

    listed = {entry["fullpath"]: entry for entry in api.files(library.root)}
    fetched = answer_of(api.post("/batch_get_files_info", {"paths": list(listed)}))

    assert len(listed) == 2
    assert fetched == listed


def test_the_root_itself_is_the_same_object_in_its_parent_and_in_the_batch(api: Hosted, library: Library) -> None:
    root = str(library.root)

    (listed,) = [entry for entry in api.files(library.root.parent) if entry["fullpath"] == root]

    assert answer_of(api.post("/batch_get_files_info", {"paths": [root]}))[root] == listed


def test_one_file_is_spelled_the_same_everywhere(api: Hosted, library: Library) -> None:
    path = str(library.add("sub/a.png"))
    api.update()
    odd = f"{library.root}/./sub/../sub//a.png"

    spellings = {
        api.files(library.root / "sub")[0]["fullpath"],
        api.search()["files"][0]["fullpath"],
        answer_of(api.post("/batch_get_files_info", {"paths": [odd]}))[odd]["fullpath"],
        answer_of(api.get("/db/random_images"))[0]["fullpath"],
        answer_of(api.post("/batch_top_4_media_info", {"paths": [f"{library.root}/sub/"]}))[f"{library.root}/sub/"][0][
            "fullpath"
        ],
    }

    assert spellings == {path}


def test_maps_are_keyed_by_the_clients_own_spelling(api: Hosted, library: Library) -> None:
    path = library.add("sub/a.png")
    spellings = [f"{path.parent}/../sub/a.png", f"{path.parent}//a.png", str(path)]

    for address in ("/batch_get_files_info", "/image_geninfo_batch", "/check_path_exists"):
        assert list(answer_of(api.post(address, {"paths": spellings}))) == spellings


def test_unknown_fields_of_a_body_are_ignored(api: Hosted, library: Library) -> None:
    library.add("a.png")
    api.update()

    assert names(api.search(surstr="", folder_paths_str="x", whatever={"a": 1})) == ["a.png"]


@pytest.mark.parametrize("field", ["surstr", "regexp", "cursor", "size", "folder_paths", "path_only", "media_type"])
def test_null_is_the_default_of_a_text_search_field(api: Hosted, library: Library, field: str) -> None:
    library.add("a.png")
    api.update()

    assert names(api.search(**{field: None})) == ["a.png"]


@pytest.mark.parametrize(
    "field", ["and_tags", "or_tags", "not_tags", "cursor", "size", "folder_paths", "random_sort", "combine"]
)
def test_null_is_the_default_of_a_tag_search_field(api: Hosted, library: Library, field: str) -> None:
    library.add("a.png")
    api.update()

    assert names(api.by_tags(**{field: None})) == ["a.png"]


def test_a_mistake_of_form_names_place_message_and_type_and_does_not_repeat_the_input(api: Hosted) -> None:
    answer = api.post("/batch_get_files_info", {"paths": "no list", "secret": "s3cret"})

    assert answer.status_code == 422
    (mistake,) = answer.json()["detail"]
    assert set(mistake) == {"loc", "msg", "type"}
    assert "s3cret" not in answer.text


@pytest.mark.parametrize("body", ["{", "[1,", "null", '"text"'])
def test_bodies_that_are_no_object_are_a_422_in_json(api: Hosted, body: str) -> None:
    answer = api.post("/batch_get_files_info", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["detail"]


def test_text_that_no_encoding_knows_is_no_path_and_no_500(api: Hosted) -> None:
    body = '{"paths": ["\\ud800"]}'

    for address in ("/check_path_exists", "/batch_get_files_info", "/image_geninfo_batch", "/batch_top_4_media_info"):
        answer = api.post(address, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in (200, 422)
        assert answer.headers["content-type"] == "application/json"


def test_a_body_beyond_the_bound_is_a_413(api: Hosted) -> None:
    def endless() -> object:
        yield b'{"paths": ["'
        for _ in range(65):
            yield b"x" * 1024 * 1024

    answer = api.post("/check_path_exists", content=b"".join(endless()), headers={"Content-Type": "application/json"})  # type: ignore[arg-type]

    assert answer.status_code == 413
    assert "detail" in answer.json()


@pytest.mark.parametrize("address", ["/nothing", "/db/nothing", "/v1/nothing"])
def test_an_unknown_address_is_a_404_in_json(api: Hosted, address: str) -> None:
    answer = api.get(address)

    assert answer.status_code == 404
    assert answer.json() == {"detail": "Not Found"}


def test_a_wrong_method_is_a_405_in_json(api: Hosted) -> None:
    answer = api.get("/db/search_by_substr")

    assert answer.status_code == 405
    assert "detail" in answer.json()


def test_a_bug_is_a_500_in_json_without_a_stack_trace_and_is_logged(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with hosted(tmp_path / "home") as api:
        api.services.store.close()
        (tmp_path / "home" / "iib.db").unlink()
        (tmp_path / "home" / "iib.db").mkdir()

        answer = api.get("/db/extra_paths")

    assert answer.status_code == 500
    assert isinstance(answer.json()["detail"], str)
    assert "Traceback" not in answer.text
    assert capfd.readouterr()


@pytest.mark.parametrize("path", ["", " ", "\t\n"])
def test_an_empty_path_is_a_400(api: Hosted, path: str) -> None:
    for address, name in (("/files", "folder_path"), ("/file", "path"), ("/image-thumbnail", "path")):
        assert api.get(address, params={name: path}).status_code == 400
    assert api.get("/image_geninfo", params={"path": path}).status_code == 400


def test_blank_folders_in_a_scope_are_ignored(api: Hosted, library: Library) -> None:
    library.add("a.png")
    api.update()

    assert names(api.search(folder_paths=["", "  "])) == ["a.png"]


def test_relative_paths_count_from_the_working_directory(
    api: Hosted, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = library.add("sub/a.png")
    api.update()
    monkeypatch.chdir(library.root)

    assert [entry["fullpath"] for entry in api.files("sub")] == [str(path)]
    assert names(api.search(folder_paths=["sub"])) == ["a.png"]
    assert answer_of(api.post("/check_path_exists", {"paths": ["sub/a.png"]})) == {"sub/a.png": True}


def test_blanks_at_the_ends_of_a_name_are_part_of_it(api: Hosted, library: Library) -> None:
    if os.name == "nt":
        pytest.skip("Windows has no such names")
    path = str(library.add(" a.png "))

    assert api.files(library.root)[0]["fullpath"] == path
    assert answer_of(api.post("/check_path_exists", {"paths": [path]})) == {path: True}
    assert api.get("/file", params={"path": path}).status_code == 200


def test_a_double_slash_at_the_start_is_one_slash(api: Hosted, library: Library) -> None:
    if os.name == "nt":
        pytest.skip("two slashes start a network path there")
    path = str(library.add("a.png"))

    answer = answer_of(api.post("/batch_get_files_info", {"paths": [f"/{path}"]}))

    assert answer[f"/{path}"]["fullpath"] == path


@pytest.mark.parametrize("path", ["/x\0y", "/" + "x" * 40_000, "/" + "y" * 300, "/" + "z/" * 3000])
def test_an_invalid_path_is_a_client_error(api: Hosted, path: str) -> None:
    for address, name in (("/file", "path"), ("/image-thumbnail", "path"), ("/image_geninfo", "path")):
        assert api.get(address, params={name: path}).status_code in (400, 404)
    assert api.get("/files", params={"folder_path": path}).status_code in (200, 400)
    assert answer_of(api.post("/check_path_exists", {"paths": [path]})) == {path: False}
    assert answer_of(api.post("/image_geninfo_batch", {"paths": [path]})) == {path: ""}
    assert answer_of(api.post("/batch_top_4_media_info", {"paths": [path]})) == {path: []}
    assert answer_of(api.post("/batch_get_files_info", {"paths": [path]})).get(path) is None


def test_every_json_answer_is_uncached_and_not_sniffed(api: Hosted) -> None:
    for address in ("/hello", "/version", "/global_setting", "/db/basic_info", "/nothing", "/v1/jobs"):
        headers = api.get(address).headers

        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
