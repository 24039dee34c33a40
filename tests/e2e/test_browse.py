"""Browser tests for browsing and searching the library."""

from __future__ import annotations

import re
import time
from urllib.parse import quote

from playwright.sync_api import Page, expect
from support.journey import DEMO_COUNT, Visit
from support.running import RunningServer

TOTAL = DEMO_COUNT + 2
SLOW_MS = 15_000  # a bound against hanging, not a measurement
ALL_SHOWN = """() => {
  const cells = [...document.querySelectorAll('[role=gridcell]')].filter((cell) => {
    const box = cell.getBoundingClientRect()
    return box.bottom > 0 && box.top < innerHeight
  })
  return cells.length > 5 && cells.every((cell) => {
    const picture = cell.querySelector('img.thumbnail')
    return picture !== null && picture.complete && picture.naturalWidth > 0
  })
}"""


def expect_count(page: Page, total: int) -> None:
    """The page says how many results there are."""
    said = page.get_by_role("banner").get_by_role("status")
    expect(said).to_have_text(re.compile(rf"^\s*{total:,} items?\s*$"))


def test_pictures_are_there_soon_after_opening(demo: RunningServer, visit: Visit, measured: dict[str, float]) -> None:
    for name in ("pictures, first visit", "pictures, second visit"):
        started = time.perf_counter()
        journey = visit(demo)
        journey.page.wait_for_function(ALL_SHOWN)
        measured[name] = (time.perf_counter() - started) * 1000

    expect_count(journey.page, TOTAL)
    assert measured["pictures, second visit"] < SLOW_MS


def test_typing_filters_while_one_types(demo: RunningServer, visit: Visit) -> None:
    journey = visit(demo)
    page = journey.page
    expect(page.get_by_role("gridcell").first).to_be_visible()

    page.get_by_role("combobox", name="Search").press_sequentially("auro", delay=60)
    expect(page).to_have_url(re.compile("q=auro"))

    wanted = demo.ask("/v1/results", {"q": "auro"})["total"]
    assert 0 < wanted < TOTAL
    expect_count(page, wanted)
    expect(page.get_by_role("gridcell")).to_have_count(wanted)


def test_nothing_found_offers_a_way_back(demo: RunningServer, visit: Visit) -> None:
    page = visit(demo, "/?q=qwxzvanished").page
    expect(page.get_by_text("No results")).to_be_visible()

    page.get_by_role("main").get_by_role("button", name="Clear search").click()

    expect(page.get_by_role("gridcell").first).to_be_visible()
    expect_count(page, TOTAL)


def test_a_bad_regular_expression_is_explained(demo: RunningServer, visit: Visit) -> None:
    journey = visit(demo)
    journey.allow("400")
    page = journey.page

    page.get_by_role("button", name="Regular expression").click()
    page.get_by_role("combobox", name="Search").fill("moun(")

    expect(page.get_by_text("Not a valid regular expression")).to_be_visible()


def test_a_tag_narrows_the_results(demo: RunningServer, visit: Visit) -> None:
    page = visit(demo).page
    tags = demo.ask("/db/basic_info")["tags"]
    wanted = next(tag["count"] for tag in tags if tag["name"] == "flux1-dev" and tag["type"] == "Model")

    page.get_by_role("region", name="Tags").get_by_role("button", name=re.compile("^flux1-dev")).click()

    expect(page).to_have_url(re.compile("tag="))
    expect(page.get_by_role("button", name="Remove flux1-dev")).to_be_visible()
    expect_count(page, wanted)


def test_the_folder_tree_leads_into_a_folder(demo: RunningServer, visit: Visit) -> None:
    page = visit(demo).page
    tree = page.get_by_role("region", name="Folders")
    root = demo.ask("/v1/folders")["folders"][0]["path"]
    wanted = next(
        it["total"] for it in demo.ask(f"/v1/folders?parent={quote(root)}")["folders"] if it["name"] == "space"
    )

    tree.get_by_role("button", name="Show folders in demo library").click()
    tree.get_by_role("button", name=re.compile(r"^space \d")).click()

    expect(page).to_have_url(re.compile("folder="))
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("space"))
    expect_count(page, wanted)


def test_reloading_restores_the_view(demo: RunningServer, visit: Visit) -> None:
    page = visit(demo).page
    page.get_by_role("combobox", name="Search").fill("mountains")
    expect(page).to_have_url(re.compile("q=mountains"))
    expect(page.get_by_role("gridcell").first).to_be_visible()
    wanted = demo.ask("/v1/results", {"q": "mountains"})["total"]

    page.reload()

    expect(page.get_by_role("combobox", name="Search")).to_have_value("mountains")
    expect(page.get_by_role("gridcell").first).to_be_visible()
    expect_count(page, wanted)
