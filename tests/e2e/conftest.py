"""Browser tests of the page with a real server, in an installed Chromium.

`IIB_SCREENSHOTS=FOLDER` keeps a picture of each journey (and `measured.json`) there.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect, sync_playwright
from support.journey import DEMO_COUNT, Journey, Serve, Visit, screenshots
from support.library import Library
from support.running import RunningServer, run_server

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / "tools"
if str(TOOLS) not in sys.path:
    sys.path.insert(0, str(TOOLS))

import make_demo  # noqa: E402
from setup_browser import find_browser  # noqa: E402

ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
)  # fmt: skip
TIMEOUT_MS = 20_000
DESK = {"width": 1280, "height": 800}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs a browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's Chromium; tests are skipped where there is none, or no page is built."""
    path = find_browser()
    if path is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    if not (ROOT / "src" / "iib" / "web_dist" / "index.html").is_file():
        pytest.skip("the page is not built (make web)")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield opened
        opened.close()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start servers; they end after the pages that look at them."""
    with ExitStack() as stack:
        yield lambda *roots, **options: stack.enter_context(run_server(tmp_path / "home", *roots, **options))


@pytest.fixture
def visit(browser: Browser, serve: Serve, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """Open a page of a server; at the end nothing foreign was asked for and nothing was complained about."""
    del serve  # asked for so that servers outlive pages
    journeys: list[tuple[Journey, str]] = []
    expect.set_options(timeout=TIMEOUT_MS)
    with ExitStack() as stack:

        def open_page(server: RunningServer, path: str = "/", **context: object) -> Journey:
            made = browser.new_context(**{"viewport": DESK, "locale": "en-US", **context})  # type: ignore[arg-type]
            stack.callback(made.close)
            made.set_default_timeout(TIMEOUT_MS)
            journey = Journey(made.new_page(), request.node.name.removeprefix("test_"))
            journeys.append((journey, urlsplit(server.address).netloc))
            journey.page.goto(server.address + path, wait_until="commit")
            return journey

        yield open_page
        for journey, host in journeys:
            journey.screenshot("end")
            assert journey.foreign(host) == []
            assert journey.unexpected() == []


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server of a small demo library, for journeys that change nothing."""
    home = tmp_path_factory.mktemp("demo")
    make_demo.make_demo(home / "demo library", DEMO_COUNT)
    with run_server(home, home / "demo library") as server:
        server.wait_for_count(DEMO_COUNT + 2)
        yield server


@pytest.fixture
def small(serve: Serve, library: Library) -> RunningServer:
    """A server of twelve pictures, for journeys that change something."""
    library.fill(12)
    server = serve(library.root)
    server.wait_for_count(12)
    return server


@pytest.fixture(scope="session")
def measured() -> Iterator[dict[str, float]]:
    """Times in milliseconds, kept beside the screenshots."""
    found: dict[str, float] = {}
    yield found
    folder = screenshots()
    if folder is not None and found:
        (folder / "measured.json").write_text(json.dumps(found, indent=1), encoding="utf-8")


@pytest.fixture(scope="session", autouse=True)
def _fresh_screenshots() -> None:
    """No picture of an earlier run stays among the new ones."""
    folder = screenshots()
    if folder is not None:
        shutil.rmtree(folder)
        folder.mkdir()
