"""Tests for flattening folders and packing archives."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import httpx
import pytest
from support.file_requests import listed, paths, rows
from support.hosted import Hosted, answer_of
from support.library import Library
from support.trees import tree

needs_links = pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")


# --- flatten ----------------------------------------------------------------------------------------------------------


def flatten(api: Hosted, library: Library, folder: str = ".", **options: object) -> httpx.Response:
    return api.post("/flatten_folder", {"folder_path": str(library.path(folder)), **options})


def test_flatten_previews_first_and_moves_on_request(api: Hosted, library: Library) -> None:
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
def test_flatten_finds_every_kind_of_conflict(
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
def test_zip_streams_files_under_different_names(api: Hosted, library: Library, compress: bool) -> None:
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


def test_zip_takes_files_older_than_the_format(api: Hosted, library: Library) -> None:
    library.add("old.png", mtime_ns=0)

    assert list(unpack(api.post("/zip", {"paths": paths(library, "old.png")}))) == ["old.png"]


def test_archives_stay_on_the_server_under_names_of_their_own(api: Hosted, library: Library) -> None:
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
