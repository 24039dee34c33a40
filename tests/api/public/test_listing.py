"""Tests for listing folders of the disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.hosted import Hosted, answer_of
from support.library import EPOCH_NS, SECOND_NS, Library

from iib.api.routers.public.files import drive_entry, drive_of, drives

needs_links = pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")


def test_a_listing_holds_folders_and_all_kinds_of_files_hidden_ones_too(api: Hosted, library: Library) -> None:
    library.add("sub/a.png")
    library.add("notes.txt", content=b"x")
    library.add(".hidden", content=b"x")

    listed = {entry["name"]: entry for entry in api.files(library.root)}

    assert {name: entry["type"] for name, entry in listed.items()} == {
        "sub": "dir",
        "notes.txt": "file",
        ".hidden": "file",
    }
    assert listed["sub"]["size"] == "-"
    assert listed["sub"]["bytes"] == 0


def test_a_folder_that_does_not_exist_is_empty(api: Hosted, library: Library) -> None:
    assert api.files(library.root / "absent") == []


def test_a_file_is_no_folder(api: Hosted, library: Library) -> None:
    path = library.add("a.png")

    assert api.get("/files", params={"folder_path": str(path)}).status_code == 400


def test_without_a_folder_path_the_request_is_malformed(api: Hosted) -> None:
    assert api.get("/files").status_code == 422


def test_is_under_scanned_path_is_that_of_the_listed_folder(api: Hosted, library: Library, tmp_path: Path) -> None:
    library.add("sub/a.png")
    (tmp_path / "elsewhere" / "x").mkdir(parents=True)

    def flags(folder: Path) -> set[bool]:
        return {entry["is_under_scanned_path"] for entry in api.files(folder)}

    assert flags(library.root) == {True}
    assert flags(library.root / "sub") == {True}
    assert flags(tmp_path / "elsewhere") == {False}
    assert flags(tmp_path) == {False}


@needs_links
def test_broken_links_are_skipped_and_others_followed(api: Hosted, library: Library) -> None:
    library.add("a.png", content=b"12345")
    library.path("link.png").symlink_to(library.path("a.png"))
    library.path("broken.png").symlink_to(library.path("absent"))
    library.path("loop").symlink_to(library.path("loop"))

    listed = {entry["name"]: entry["bytes"] for entry in api.files(library.root)}

    assert listed == {"a.png": 5, "link.png": 5}


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a user whom the system can refuse")
def test_a_folder_the_system_does_not_open_is_a_403(api: Hosted, library: Library) -> None:
    library.add("closed/a.png")
    library.path("closed").chmod(0)
    try:
        assert api.get("/files", params={"folder_path": str(library.path("closed"))}).status_code == 403
        assert [entry["name"] for entry in api.files(library.root)] == ["closed"]
    finally:
        library.path("closed").chmod(0o700)


def test_names_that_are_no_valid_text_do_not_break_a_listing(api: Hosted, library: Library) -> None:
    if os.name == "nt":
        pytest.skip("names are always text there")
    library.add("a.png")
    try:
        Path(os.fsdecode(os.fsencode(library.root) + b"/\xff.png")).write_bytes(b"x")
    except OSError:
        pytest.skip("this file system wants valid text")

    answer = api.get("/files", params={"folder_path": str(library.root)})

    assert answer.status_code == 200
    assert len(answer.json()["files"]) == 2


def test_windows_drives_are_folders_named_by_their_letter() -> None:
    listed = drives(lambda path: path in ("C:/", "E:/"), lambda _path: True)

    assert [entry["fullpath"] for entry in listed] == ["C:/", "E:/"]
    assert listed[0] | {"date": "", "created_time": ""} == {
        "type": "dir", "name": "C:/", "fullpath": "C:/", "size": "-", "bytes": 0, "date": "", "created_time": "",
        "is_under_scanned_path": False,
    }  # fmt: skip


def test_a_windows_drive_is_the_same_object_in_both_listings() -> None:
    assert drives(lambda path: path == "C:/", lambda _path: True) == [drive_entry("C")]
    assert [drive_of(path) for path in ("C:\\", "d:/", "C:\\x", "C:", "/", "", "::\\")] == ["C", "D", *[None] * 5]


def test_windows_drives_that_may_not_be_shown_are_left_out() -> None:
    listed = drives(lambda _path: True, lambda path: path == "D:\\")

    assert [entry["name"] for entry in listed] == ["D:/"]


def test_the_batch_returns_null_for_missing_paths_and_entries_for_the_others(api: Hosted, library: Library) -> None:
    path = str(library.add("a.png"))
    missing = str(library.root / "absent.png")

    answer = answer_of(api.post("/batch_get_files_info", {"paths": [missing, path]}))

    assert answer[missing] is None
    assert answer[path]["name"] == "a.png"


def test_covers_are_the_newest_four_media_files_directly_in_the_folder(api: Hosted, library: Library) -> None:
    for number in range(6):
        library.add(f"{number}.png")
    library.add("sub/deep.png")
    library.add("notes.txt", content=b"x")
    library.path("folder.png").mkdir()
    folder = str(library.root)

    covers = answer_of(api.post("/batch_top_4_media_info", {"paths": [folder]}))[folder]

    assert len(covers) == 4
    assert {cover["name"] for cover in covers} <= {f"{number}.png" for number in range(6)}
    assert [cover["created_time"] for cover in covers] == sorted((c["created_time"] for c in covers), reverse=True)
    assert set(covers[0]) == {"fullpath", "media_type", "type", "date", "created_time", "name"}


def test_covers_name_their_media_kind(api: Hosted, library: Library) -> None:
    for name in ("a.png", "b.mp4", "c.mp3"):
        library.add(name, content=b"x")
    folder = str(library.root)

    covers = answer_of(api.post("/batch_top_4_media_info", {"paths": [folder]}))[folder]

    assert {cover["name"]: cover["media_type"] for cover in covers} == {
        "a.png": "image",
        "b.mp4": "video",
        "c.mp3": "audio",
    }


def test_a_missing_folder_has_no_covers_and_breaks_nothing(api: Hosted, library: Library) -> None:
    library.add("a.png")
    missing, folder = str(library.root / "absent"), str(library.root)

    answer = answer_of(api.post("/batch_top_4_media_info", {"paths": [missing, folder]}))

    assert answer[missing] == []
    assert len(answer[folder]) == 1


def test_a_replaced_file_is_seen_at_once_in_listing_and_covers(api: Hosted, library: Library) -> None:
    library.add("a.png", content=b"1")
    folder = str(library.root)
    api.files(library.root)
    answer_of(api.post("/batch_top_4_media_info", {"paths": [folder]}))

    library.add("a.png", content=b"123", mtime_ns=EPOCH_NS + 500 * SECOND_NS)

    (listed,) = api.files(library.root)
    (cover,) = answer_of(api.post("/batch_top_4_media_info", {"paths": [folder]}))[folder]
    assert listed["bytes"] == 3
    assert cover["date"] == listed["date"]
