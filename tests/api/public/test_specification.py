"""Tests that the client code of the specification runs unchanged against a live server."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.library import Library
from support.pictures import write_video
from support.process import Running, serving
from support.shared_files import SHARED, needs_shared

SPECIFICATION = SHARED / "specification.md"
pytestmark = needs_shared("specification.md")


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Library]]:
    """`python app.py --extra_paths ... --update_image_index` over a small library."""
    home = tmp_path_factory.mktemp("home")
    library = Library(home / "library")
    library.add("sub/img1.png", "a landscape, masterpiece, 1girl, blue eyes", "a dog")
    library.add("img2.png", "a forest")
    library.fill(130, "many", "a landscape")
    library.add("12-start.png", "a lake")
    write_video(library.path("landscape.mp4"), frames=2)
    with serving(home, "--extra_paths", str(library.root), "--update_image_index") as server:
        yield server, library


@pytest.fixture
def run(live: tuple[Running, Library], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run the code between two lines of the specification; gives its names. httpx stands in for `requests`."""
    server, library = live
    monkeypatch.setitem(sys.modules, "requests", httpx)
    text = SPECIFICATION.read_text(encoding="utf-8")

    def run_between(first: str, last: str, **names: object) -> dict[str, Any]:
        code = text[text.index(first) : text.index(last, text.index(first))]
        code = code.replace("http://localhost:8000/infinite_image_browsing", server.url)
        code = code.replace("/path/to/images", library.root.as_posix())
        code = code.replace("/path/to/image.png", library.path("sub/img1.png").as_posix())
        code = code.replace("/path/to/img1.png", library.path("sub/img1.png").as_posix())
        code = code.replace("/path/to/img2.png", library.path("img2.png").as_posix())
        scope: dict[str, Any] = {"requests": httpx, "BASE_URL": server.url, **names}
        exec(compile(code, "specification", "exec"), scope)  # noqa: S102
        return scope

    return run_between


def shown(names: list[dict[str, Any]]) -> list[str]:
    return [entry["name"] for entry in names]


def test_search_and_paging(run: Any, capsys: pytest.CaptureFixture[str]) -> None:
    scope = run("import requests\n", "Use regex for precise")

    first, second = scope["result"], scope["next_resp"].json()
    assert len(first["files"]) == 100
    assert first["cursor"]["has_next"] is True
    assert all(entry["name"].endswith(".png") for entry in first["files"])
    assert "00129.png" in capsys.readouterr().out
    assert len(second["files"]) == 31  # everything that is older
    assert not {entry["id"] for entry in first["files"]} & {entry["id"] for entry in second["files"]}


def test_regular_expressions(run: Any) -> None:
    scope = run("# Search images with filenames starting", "# Search images with specific prompt")
    assert "12-start.png" in shown(scope["resp"].json()["files"])

    scope = run("# Search images with specific prompt", "Search by custom tags")
    assert shown(scope["resp"].json()["files"]) == ["img1.png"]


def test_tags(run: Any) -> None:
    scope = run("# First get all tags", "4. Directory Browsing")

    assert {"id", "name", "type"} <= set(scope["all_tags"][0])
    answer = scope["resp"].json()
    assert set(answer) >= {"files", "cursor"}


def test_directory_browsing(run: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run("# List directory contents", "5. Random Images")

    printed = capsys.readouterr().out
    assert "[DIR] sub\n" in printed
    assert "[FILE] img2.png - " in printed


def test_random_images(run: Any) -> None:
    scope = run('resp = requests.get(f"{BASE_URL}/db/random_images")', "6. AI Semantic")

    assert len({entry["id"] for entry in scope["random_images"]}) == 128


def test_generation_parameters(run: Any, live: tuple[Running, Library]) -> None:
    scope = run("# Single image", "Smart File Organization")

    assert scope["geninfo"].startswith("a landscape, masterpiece, 1girl, blue eyes\nNegative prompt: a dog\nSteps: 20")
    assert {key: text.partition("\n")[0] for key, text in scope["batch_info"].items()} == {
        live[1].path("sub/img1.png").as_posix(): "a landscape, masterpiece, 1girl, blue eyes",
        live[1].path("img2.png").as_posix(): "a forest",
    }


def test_a_path_of_this_library_is_one_of_its_roots(live: tuple[Running, Library]) -> None:
    server, library = live

    listed = httpx.get(f"{server.url}/files", params={"folder_path": str(library.root)}).json()["files"]

    assert {entry["is_under_scanned_path"] for entry in listed} == {True}


def test_the_server_said_where_it_is(live: tuple[Running, Library]) -> None:
    assert f"http://127.0.0.1:{live[0].port}/" in live[0].output.read_text()
    assert Path(live[0].errors).read_text().count("Traceback") == 0
