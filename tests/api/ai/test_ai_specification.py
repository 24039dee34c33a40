"""Tests that the AI examples of the specification run unchanged against a live server."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.ai_service import KEY, FakeService, fake_service
from support.library import Library
from support.process import Running, serving
from support.shared_files import SHARED, needs_shared
from support.topics import WAIT_S, fill_topics

SPECIFICATION = SHARED / "specification.md"
pytestmark = needs_shared("specification.md")


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeService]:
    """The AI service that the second server uses."""
    with fake_service() as running:
        yield running


@pytest.fixture(scope="module", params=["local", "openai"])
def live(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, fake: FakeService
) -> Iterator[tuple[Running, Library, str]]:
    """A server whose library does not hold the folder to be clustered."""
    home = tmp_path_factory.mktemp("home")
    library = Library(home / "library")
    fill_topics(library, each=4, folder="deep")
    library.add("lone.png", "origami crane, folded paper, minimal")
    variables = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": f"{fake.url}/", "EMBEDDING_MODEL": "test-embed"}
    with serving(home, **(variables if request.param == "openai" else {})) as server:
        yield server, library, request.param


def test_clustering(
    live: tuple[Running, Library, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    server, library, engine = live
    monkeypatch.setitem(sys.modules, "requests", httpx)
    text = SPECIFICATION.read_text(encoding="utf-8")
    start = text.index("# Start clustering job")
    code = text[start : text.index("Common Operations", start)].replace("/path/to/images", library.root.as_posix())
    scope: dict[str, Any] = {"requests": httpx, "BASE_URL": server.url}

    exec(compile(code, "specification", "exec"), scope)  # noqa: S102

    result = scope["status"]["result"]
    assert result["engine"] == engine
    assert [cluster["size"] for cluster in scope["clusters"]] == [4, 4, 4]
    assert [Path(path).name for path in result["noise"]] == ["lone.png"]
    printed = capsys.readouterr().out
    assert printed.count("Topic: ") == 3
    assert printed.count("Count: 4") == 3
    assert KEY not in server.output.read_text() + server.errors.read_text()


def test_organising(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The code as it stands confirms at once and is refused; in its two halves, with the waiting that its comment asks
    for in between, it does what it says."""
    monkeypatch.setitem(sys.modules, "requests", httpx)
    library = Library(tmp_path / "library")
    fill_topics(library, each=4, folder="messy/folder")
    library.add("messy/folder/lone.png", "origami crane, folded paper, minimal")
    text = SPECIFICATION.read_text(encoding="utf-8")
    start = text.index("# Start organization job")
    code = text[start : text.index("Reference Documentation", start)]
    for place in ("messy", "organized"):
        code = code.replace(f"/{place}/folder", (library.root / place / "folder").as_posix())
    first, comment, second = code.partition("# Wait for completion then confirm")
    assert comment
    with serving(tmp_path / "home") as server:
        scope: dict[str, Any] = {"requests": httpx, "BASE_URL": server.url}

        def wait_for_status(*wanted: str) -> dict[str, Any]:
            asked = {"job_id": scope["job"]["job_id"]}
            end = time.monotonic() + WAIT_S
            while True:
                status: dict[str, Any] = httpx.get(f"{server.url}/db/organize_files_status", params=asked).json()
                if status["status"] in wanted:
                    return status
                assert time.monotonic() < end, status
                time.sleep(0.05)

        exec(compile(code, "specification", "exec"), scope)  # noqa: S102
        assert wait_for_status("preview_ready", "completed")["error"] is None
        exec(compile(first, "specification", "exec"), scope)  # noqa: S102
        waiting = wait_for_status("preview_ready")
        exec(compile(second, "specification", "exec"), scope)  # noqa: S102
        done = wait_for_status("completed")

    assert done["result"]["moved_count"] == waiting["preview"]["total_files"] == 13
    assert not list((library.root / "messy" / "folder").glob("*.png"))
    folders = {path.name for path in (library.root / "organized" / "folder").iterdir()}
    assert folders == {
        *(cluster["suggested_folder_name"] for cluster in waiting["preview"]["clusters"]),
        waiting["preview"]["noise"]["suggested_folder_name"],
    }
