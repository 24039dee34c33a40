"""Browser tests for the use of the page with the keyboard only."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect
from support.journey import DEMO_COUNT, Visit
from support.running import RunningServer

TOTAL = DEMO_COUNT + 2
FOCUSED = """() => {
  const cell = document.activeElement?.closest('[role=grid] [data-position]')
  return cell ? `${Number(cell.dataset.position) + 1} of` : ''
}"""


def focus_grid(page: Page) -> None:
    """From the search box to the pictures."""
    expect(page.get_by_role("gridcell").first).to_be_visible()
    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="Search")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_function(f"() => ({FOCUSED})().startsWith('1 of')")


def test_the_grid_is_walked_with_arrows_and_opened_with_enter(demo: RunningServer, visit: Visit) -> None:
    page = visit(demo).page
    focus_grid(page)

    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"() => ({FOCUSED})().startsWith('2 of')")
    page.keyboard.press("End")
    page.wait_for_function(f"() => ({FOCUSED})().startsWith('{TOTAL} of')")
    page.keyboard.press("Home")
    page.wait_for_function(f"() => ({FOCUSED})().startsWith('1 of')")
    page.keyboard.press("Enter")

    expect(page.get_by_role("dialog", name="Viewer").get_by_text(f"1 of {TOTAL}")).to_be_visible()


def test_escape_leads_from_the_viewer_to_the_picture_seen_last(demo: RunningServer, visit: Visit) -> None:
    page = visit(demo).page
    focus_grid(page)
    page.keyboard.press("Enter")
    viewer = page.get_by_role("dialog", name="Viewer")
    expect(viewer).to_be_visible()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(viewer.get_by_text(f"3 of {TOTAL}")).to_be_visible()
    expect(page).to_have_url(re.compile("item="))

    page.keyboard.press("Escape")

    expect(viewer).to_have_count(0)
    page.wait_for_function(f"() => ({FOCUSED})().startsWith('3 of')")


def test_a_question_mark_lists_the_keys(demo: RunningServer, visit: Visit) -> None:
    journey = visit(demo)
    page = journey.page
    expect(page.get_by_role("gridcell").first).to_be_visible()

    page.keyboard.press("?")

    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog.get_by_text("Select all")).to_be_visible()
    journey.screenshot("keys")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_pictures_are_selected_with_s(demo: RunningServer, visit: Visit) -> None:
    page = visit(demo).page
    focus_grid(page)

    page.keyboard.press("s")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("s")

    expect(page.get_by_text("2 selected")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("2 selected")).to_have_count(0)
