"""Browser tests for the viewer of one picture."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect
from support.journey import DEMO_COUNT, Visit
from support.running import RunningServer

TOTAL = DEMO_COUNT + 2


def open_first(page: Page) -> None:
    """Open the newest picture, with its parameters."""
    page.get_by_role("gridcell").first.click()
    viewer = page.get_by_role("dialog", name="Viewer")
    expect(viewer).to_be_visible()
    if not viewer.get_by_role("tablist").is_visible():
        viewer.get_by_role("button", name="Information").first.click()


def test_the_viewer_shows_how_a_picture_was_made(demo: RunningServer, visit: Visit) -> None:
    page = visit(demo).page

    open_first(page)

    viewer = page.get_by_role("dialog", name="Viewer")
    expect(viewer.get_by_text("Prompt", exact=True)).to_be_visible()
    for name in ("Negative prompt", "Sampler", "Steps", "Seed", "CFG scale"):
        expect(viewer.get_by_text(name, exact=True).first).to_be_visible()
    expect(viewer.get_by_role("button", name="Copy Prompt", exact=True)).to_be_visible()
    expect(viewer.get_by_role("img").first).to_be_visible()


def test_next_and_previous_walk_through_the_results(demo: RunningServer, visit: Visit) -> None:
    page = visit(demo).page
    open_first(page)
    viewer = page.get_by_role("dialog", name="Viewer")
    expect(viewer.get_by_text(f"1 of {TOTAL}")).to_be_visible()

    page.keyboard.press("ArrowRight")
    expect(viewer.get_by_text(f"2 of {TOTAL}")).to_be_visible()
    viewer.get_by_role("button", name="Next").click()
    expect(viewer.get_by_text(f"3 of {TOTAL}")).to_be_visible()
    viewer.get_by_role("button", name="Previous").click()

    expect(viewer.get_by_text(f"2 of {TOTAL}")).to_be_visible()


def test_back_closes_the_viewer_and_stays_in_the_page(demo: RunningServer, visit: Visit) -> None:
    page = visit(demo, "/?q=space").page
    open_first(page)
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("item="))

    page.go_back()

    expect(page.get_by_role("dialog", name="Viewer")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"q=space$"))
    expect(page.get_by_role("gridcell").first).to_be_visible()


def test_reloading_keeps_the_picture_open(demo: RunningServer, visit: Visit) -> None:
    page = visit(demo).page
    open_first(page)
    expect(page).to_have_url(re.compile("item="))
    viewer = page.get_by_role("dialog", name="Viewer")
    for position in (2, 3):
        before = page.url
        page.keyboard.press("ArrowRight")
        expect(viewer.get_by_text(f"{position} of {TOTAL}")).to_be_visible()
        expect(page).not_to_have_url(before)  # the address follows

    page.reload()

    expect(viewer.get_by_text(f"3 of {TOTAL}")).to_be_visible()


def test_a_small_picture_rests_at_its_actual_size_and_zoom_comes_back_to_it(demo: RunningServer, visit: Visit) -> None:
    page = visit(demo).page
    open_first(page)
    percent = page.get_by_role("dialog", name="Viewer").get_by_role("button", name=re.compile(r"^\d+%"))
    expect(percent).to_have_text(re.compile("^100%"))

    page.keyboard.press("z")
    expect(percent).not_to_have_text(re.compile("^100%"))

    page.keyboard.press("z")
    expect(percent).to_have_text(re.compile("^100%"))


def test_a_video_plays(demo: RunningServer, visit: Visit) -> None:
    page = visit(demo, "/?kind=video").page
    page.get_by_role("gridcell").first.click()
    expect(page.locator("video")).to_be_visible()

    page.wait_for_function("() => document.querySelector('video').currentTime > 0.2")
