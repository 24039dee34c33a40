"""Tests for the permissions and paths that file operations accept."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.file_requests import move, paths
from support.hosted import Hosted, access, answer_of, hosted
from support.library import Library
from support.trees import tree

from iib.settings import Permission

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
    """A program whose only allowed folder is `lib`."""
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
def test_destinations_outside_are_refused(fenced: Hosted, library: Library, folder: str) -> None:
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
def test_sources_outside_are_refused(fenced: Hosted, library: Library, name: str) -> None:
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
def test_files_in_the_trash_cannot_be_changed_directly(api: Hosted, library: Library, route: str) -> None:
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
