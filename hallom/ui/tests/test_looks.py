"""Every component in both themes: accessible, within the policy, within the window."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from hallom.ui.tests.conftest import Desk
from hallom.ui.tests.stage import Stage

SHOTS = Path(__file__).parents[3] / "var" / "screenshots" / "components"
STATES = ("offline", "available", "ringing", "talking", "held", "wrap_up", "paused")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_all_components_are_accessible(desk: Desk, theme: str) -> None:
    desk.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page = desk.open("/components/")
    page.wait_for_timeout(300)
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{theme}.png", full_page=True)
    # One deck is a landmark of its page; eight of them on one page are this page's own.
    found = [problem for problem in desk.violations() if problem[0] != "landmark-unique"]
    assert found == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_every_state_of_the_deck_fits_a_small_screen(
    desk: Desk, stage: Stage, state: str, theme: str
) -> None:
    stage.state = state
    desk.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page = desk.open()
    expect(page.locator(".deck")).to_have_attribute("data-state", state)
    assert page.evaluate(
        "document.documentElement.scrollWidth <= innerWidth && document.documentElement.scrollHeight <= innerHeight"
    )
    wide = page.evaluate(
        "[...document.querySelectorAll('.deck button')].filter(b => b.offsetParent && b.getBoundingClientRect().right > innerWidth - 10).length"
    )
    assert wide == 0
    assert desk.violations() == []


@pytest.mark.parametrize(
    "path", ["/accounts/login/", "/settings/", "/accounts/2fa/", "/accounts/password/change/", "/nowhere/"]
)
def test_the_frame_around_everything_is_accessible(desk: Desk, path: str) -> None:
    if path == "/accounts/login/":
        desk.page.context.clear_cookies()
    desk.open(path)
    desk.page.wait_for_timeout(200)
    assert desk.violations() == []
    desk.complaints.clear()


def test_the_first_tab_stop_leads_past_the_frame(desk: Desk) -> None:
    page = desk.open()
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    assert page.locator(".skip").evaluate("link => link.getBoundingClientRect().top >= 0")
    page.wait_for_timeout(50)
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_motion_stops_for_those_who_ask(desk: Desk, stage: Stage) -> None:
    stage.state = "ringing"
    desk.page.emulate_media(reduced_motion="reduce")
    page = desk.open()
    expect(page.locator(".deck")).to_have_attribute("data-state", "ringing")
    assert (
        page.evaluate("getComputedStyle(document.querySelector('.pulse'), '::before').animationName")
        == "none"
    )
