"""Browser tests for long file operations: progress, stopping and undo."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.library import make_library
from playwright.sync_api import expect
from support.journey import Serve, Visit

MANY = 6_000
SCREENS = {
    "desk": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "has_touch": True},
}


@pytest.mark.parametrize("screen", SCREENS)
def test_a_long_deletion_shows_how_far_it_is_and_is_stopped_and_undone(
    tmp_path: Path, serve: Serve, visit: Visit, screen: str
) -> None:
    made = make_library(tmp_path / "many", MANY)
    server = serve(made.root)
    server.wait_for_count(made.count)
    journey = visit(server, **SCREENS[screen])
    journey.allow("400")  # what was stopped is told as not deleted
    page = journey.page
    page.get_by_role("gridcell").first.wait_for()
    page.get_by_role("gridcell").first.focus()
    page.keyboard.press("Control+a")
    page.get_by_role("region", name="Selection").get_by_role("button", name="Move to trash").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Move to trash").click()

    progress = page.get_by_role("progressbar", name="to trash")
    expect(progress).to_be_visible()
    expect(dialog).to_have_count(0)
    journey.screenshot(f"{screen}-moving")
    page.get_by_role("button", name="Stop", exact=True).last.click()

    notice = page.get_by_text("moved to trash. Stopped. The remaining files were not changed.")
    expect(notice).to_be_visible()
    expect(progress).to_have_count(0)
    journey.screenshot(f"{screen}-stopped")
    left = server.ask("/db/basic_info")["img_count"]
    assert 0 < left < made.count

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone", exact=True)).to_be_visible(timeout=60_000)
    assert server.ask("/db/basic_info")["img_count"] == made.count
