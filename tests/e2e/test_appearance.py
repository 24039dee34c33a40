"""Browser tests for the light and dark theme and for narrow windows."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect
from support.journey import Visit
from support.running import RunningServer

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
BRIGHTNESS = """() => {
  const drawn = document.createElement('canvas').getContext('2d')
  drawn.fillStyle = getComputedStyle(document.body).backgroundColor
  drawn.fillRect(0, 0, 1, 1)
  return Math.max(...drawn.getImageData(0, 0, 1, 1).data.slice(0, 3))
}"""
WIDTHS = "() => [document.documentElement.scrollWidth, document.body.scrollWidth, innerWidth]"


def brightness(page: Page) -> int:
    """0-255 of the background."""
    expect(page.get_by_role("gridcell").first).to_be_visible()
    return int(page.evaluate(BRIGHTNESS))


def assert_fits(page: Page) -> None:
    """Nothing is wider than the screen."""
    document, body, screen = page.evaluate(WIDTHS)
    assert max(document, body) <= screen


def test_the_page_follows_a_dark_system(demo: RunningServer, visit: Visit) -> None:
    light, dark = visit(demo, color_scheme="light"), visit(demo, color_scheme="dark")

    assert brightness(light.page) > 200
    assert brightness(dark.page) < 60


def test_the_theme_is_chosen_and_kept(small: RunningServer, visit: Visit) -> None:
    page = visit(small, color_scheme="light").page
    assert brightness(page) > 200

    page.get_by_role("button", name="Theme").click()
    page.get_by_text("Dark", exact=True).click()
    page.wait_for_function(f"() => ({BRIGHTNESS})() < 60")
    page.wait_for_timeout(1500)  # preferences are stored a moment later
    page.reload()

    assert brightness(page) < 60


def test_a_phone_shows_everything_in_its_width(demo: RunningServer, visit: Visit) -> None:
    journey = visit(demo, **PHONE)
    page = journey.page
    expect(page.get_by_role("gridcell").first).to_be_visible()
    assert_fits(page)
    journey.screenshot("grid")

    page.get_by_role("button", name="Show or hide the sidebar").click()
    expect(page.get_by_role("region", name="Folders")).to_be_visible()
    assert_fits(page)
    journey.screenshot("drawer")
    page.keyboard.press("Escape")

    page.get_by_role("gridcell").first.click()
    expect(page.get_by_role("dialog", name="Viewer")).to_be_visible()
    assert_fits(page)
    page.go_back()
    expect(page).not_to_have_url(re.compile("item="))


def test_a_tablet_shows_everything_in_its_width(demo: RunningServer, visit: Visit) -> None:
    page = visit(demo, viewport={"width": 768, "height": 1024}).page
    expect(page.get_by_role("gridcell").first).to_be_visible()

    assert_fits(page)
