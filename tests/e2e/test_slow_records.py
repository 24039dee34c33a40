"""Browser tests for actions before the records of the pictures are loaded, as on a slow network."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect
from support.journey import DEMO_COUNT, Visit
from support.running import RunningServer

TOTAL = DEMO_COUNT + 2
LATE = """
const fetchNow = window.fetch
window.fetch = async (...what) => {
  const address = what[0] instanceof Request ? what[0].url : String(what[0])
  if (address.includes('/columns?')) await new Promise((go) => setTimeout(go, 2000))
  return fetchNow(...what)
}
"""
POSITION = "document.activeElement?.closest('[role=grid] [data-position]')?.dataset.position"


def visit_late(visit: Visit, server: RunningServer) -> Page:
    """A page whose records take their time."""
    page = visit(server).page
    expect(page.get_by_role("gridcell").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.add_init_script(LATE)
    page.reload(wait_until="commit")
    expect(page.get_by_role("gridcell").first).to_be_visible()
    return page


def test_a_click_before_the_record_came_opens_the_picture(demo: RunningServer, visit: Visit) -> None:
    page = visit_late(visit, demo)

    page.get_by_role("gridcell").nth(1).click()

    expect(page.get_by_role("dialog", name="Viewer").get_by_text(f"2 of {TOTAL}")).to_be_visible()


def test_pictures_are_selected_before_their_records_came(demo: RunningServer, visit: Visit) -> None:
    page = visit_late(visit, demo)
    page.keyboard.press("/")
    page.keyboard.press("Enter")
    page.wait_for_function(f"() => {POSITION} === '0'")

    page.keyboard.press("s")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("s")
    page.get_by_role("gridcell").nth(2).click(modifiers=["ControlOrMeta"])

    expect(page.get_by_text("3 selected")).to_be_visible()


def test_the_keyboard_keeps_its_place_when_records_come(demo: RunningServer, visit: Visit) -> None:
    page = visit_late(visit, demo)
    page.keyboard.press("/")
    page.keyboard.press("Enter")
    page.wait_for_function(f"() => {POSITION} === '0'")
    page.keyboard.press("ArrowRight")

    with page.expect_response(re.compile(r"/thumbnail")):
        pass

    page.wait_for_function(f"() => {POSITION} === '1'")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Viewer").get_by_text(f"2 of {TOTAL}")).to_be_visible()


def test_a_viewer_that_closes_before_the_record_came_leads_to_its_place(demo: RunningServer, visit: Visit) -> None:
    page = visit_late(visit, demo)
    page.get_by_role("gridcell").first.click()
    viewer = page.get_by_role("dialog", name="Viewer")
    expect(viewer.get_by_text(f"1 of {TOTAL}")).to_be_visible()
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 8})

    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(viewer.get_by_text(f"3 of {TOTAL}")).to_be_visible()
    page.keyboard.press("Escape")

    expect(viewer).to_have_count(0)
    page.wait_for_function(f"() => {POSITION} === '2'")
