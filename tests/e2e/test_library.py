"""Browser tests for a library that grows, is empty, is unreachable, or needs a key."""

from __future__ import annotations

from pathlib import Path

from benchmarks.library import make_library
from playwright.sync_api import expect
from support.journey import Serve, Visit
from support.library import Library
from support.running import RunningServer

MANY = 1_500
KEY = "open sesame"


def test_a_new_file_is_announced_and_shown(small: RunningServer, library: Library, visit: Visit) -> None:
    journey = visit(small)
    page = journey.page
    expect(page.get_by_role("gridcell")).to_have_count(12)
    page.wait_for_timeout(1500)  # the watcher of the server needs a moment, too

    library.add("new.png", "a new picture")

    pill = page.get_by_role("button", name="1 new")
    expect(pill).to_be_visible()
    journey.screenshot("pill")
    pill.click()
    expect(page.get_by_role("gridcell")).to_have_count(13)
    expect(page.get_by_role("banner").get_by_role("status")).to_contain_text("13 items")


def test_progress_is_shown_while_the_library_is_read(tmp_path: Path, serve: Serve, visit: Visit) -> None:
    made = make_library(tmp_path / "many", MANY)
    server = serve(made.root, update=False)
    journey = visit(server)
    page = journey.page
    expect(page.get_by_text("Up to date")).to_be_visible()

    page.get_by_role("button", name="Scan for new files").click()

    expect(page.get_by_role("progressbar").first).to_be_visible()
    journey.screenshot("reading")
    expect(page.get_by_text("Up to date")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("gridcell").first).to_be_visible()
    assert server.ask("/db/basic_info")["img_count"] == made.count


def test_an_empty_library_asks_for_a_folder(serve: Serve, library: Library, visit: Visit) -> None:
    library.fill(3)
    server = serve()
    journey = visit(server)
    page = journey.page
    expect(page.get_by_text("Add a folder with your pictures")).to_be_visible()
    journey.screenshot("welcome")

    page.get_by_role("textbox", name="Folder on the server").fill(str(library.root))
    page.get_by_role("button", name="Add", exact=True).click()

    expect(page.get_by_role("gridcell")).to_have_count(3)


def test_an_unreachable_server_is_reported(serve: Serve, library: Library, visit: Visit) -> None:
    library.fill(3)
    server = serve(library.root)
    server.wait_for_count(3)
    journey = visit(server)
    journey.allow("ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE|Failed to load resource")
    page = journey.page
    expect(page.get_by_role("gridcell")).to_have_count(3)

    server.stop()

    expect(page.get_by_text("Server not reachable. Retrying…")).to_be_visible()
    page.get_by_role("combobox", name="Search").fill("cat")
    expect(page.get_by_text("Cannot reach the server")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


def test_files_with_problems_are_listed(serve: Serve, library: Library, visit: Visit) -> None:
    library.fill(2)
    library.add("broken.png", content=b"not a picture at all")
    server = serve(library.root)
    server.wait_for_count(3)
    journey = visit(server)
    journey.allow("422")
    page = journey.page

    page.get_by_role("button", name="1 file with problems").click()

    expect(page.get_by_role("dialog", name="Files with problems").get_by_text("broken.png")).to_be_visible()


def test_a_locked_server_asks_for_its_key(serve: Serve, library: Library, visit: Visit) -> None:
    library.fill(3)
    server = serve(library.root, secret=KEY)
    server.wait_for_count(3)
    journey = visit(server)
    journey.allow("401")
    page = journey.page
    key = page.get_by_label("Secret key")
    expect(key).to_be_visible()

    key.fill("wrong")
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_text("Wrong secret key.")).to_be_visible()
    journey.screenshot("refused")
    key.fill(KEY)
    page.get_by_role("button", name="Unlock").click()

    expect(page.get_by_role("gridcell")).to_have_count(3)
    assert page.evaluate("document.cookie") == "", "no script may read the key's cookie"
    (cookie,) = [item for item in page.context.cookies() if item["name"] == "IIB_S"]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
    page.reload()
    expect(page.get_by_role("gridcell")).to_have_count(3)
