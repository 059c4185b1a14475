"""Ctrl+K and who else looks, in Chromium."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from hallom.ui.tests.composer_stage import STAGE as COMPOSER
from hallom.ui.tests.conftest import Desk, wait_until

SHOTS = Path(__file__).parents[3] / "var" / "screenshots" / "palette"


def test_ctrl_k_goes_somewhere_within_the_frame(desk: Desk) -> None:
    page = desk.open()
    page.evaluate("document.querySelector('hallom-deck').marked = true")
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Page, ticket or customer")
    expect(field).to_be_focused()
    options = page.get_by_role("option")
    expect(options).to_have_count(10)
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.type("1")
    expect(options).to_have_count(2)
    page.keyboard.press("ArrowDown")
    assert field.get_attribute("aria-activedescendant") == options.nth(1).get_attribute("id")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Page 11")
    expect(page.locator("dialog.palette")).not_to_be_visible()
    assert page.evaluate("document.querySelector('hallom-deck').marked")
    assert page.url.endswith("/page/11/")
    assert COMPOSER.palette == ["", "1"]


def test_enter_means_what_was_typed_last_even_before_it_is_shown(desk: Desk) -> None:
    page = desk.open()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("option")).to_have_count(10)
    page.keyboard.type("Page 7")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Page 7")


def test_it_opens_while_writing_and_leaves_the_text_alone(desk: Desk) -> None:
    page = desk.open("/compose/")
    text = page.locator("#composer-body-text")
    text.click()
    page.keyboard.type("Half")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.press("Escape")
    expect(text).to_be_focused()
    page.keyboard.type(" done")
    assert page.evaluate("document.querySelector('hallom-composer').value") == "<p>Half done</p>"


def test_c_begins_a_ticket_from_anywhere(desk: Desk) -> None:
    page = desk.open("/page/4/")
    page.keyboard.press("c")
    page.wait_for_url("**/tickets/new/")
    expect(page.locator("#keys")).not_to_be_visible()
    page.go_back()
    expect(page.locator("h1")).to_have_text("Page 4")
    page.keyboard.press("?")
    page.get_by_role("link", name="New ticket").click()
    page.wait_for_url("**/tickets/new/")
    expect(page.locator("#keys")).not_to_be_visible()


def test_nothing_found_is_said(desk: Desk) -> None:
    page = desk.open()
    page.get_by_role("button", name="Search").click()
    page.keyboard.type("zzz")
    expect(page.locator(".palette-none")).to_be_visible()
    expect(page.locator("#announcer")).to_have_text("Nothing found")
    page.keyboard.press("Enter")
    expect(page.locator("dialog.palette")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_palette_is_accessible(desk: Desk, theme: str) -> None:
    desk.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page = desk.open()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("option")).to_have_count(10)
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{theme}.png")
    assert desk.violations() == []


def said(desk: Desk) -> list[dict[str, object]]:
    return [message for text in desk.live.heard if "look" in (message := json.loads(text))]


def test_others_are_told_that_one_looks_writes_and_leaves(desk: Desk) -> None:
    page = desk.open("/compose/")
    expect(page.locator(".deck")).to_be_visible()
    page.wait_for_timeout(100)
    assert said(desk) == [{"look": "ticket-1", "writing": False}]
    page.locator("#composer-body-text").click()
    page.keyboard.type("abc")
    page.wait_for_timeout(100)
    assert said(desk)[1:] == [{"look": "ticket-1", "writing": True}]
    page.click("#elsewhere")
    expect(page.locator("h1")).to_have_text("Page 2")
    page.wait_for_timeout(150)
    assert said(desk)[2:] == [{"look": None, "writing": False}]


def test_who_else_looks_is_shown_and_said(desk: Desk) -> None:
    page = desk.open("/compose/")
    expect(page.locator(".deck")).to_be_visible()
    dora = {"id": 7, "name": "Fodor Dóra", "initials": "FD", "tone": "plum", "writing": False}
    desk.live.send(json.dumps({"present": {"ticket-1": [dora]}}))
    people = page.get_by_role("list", name="Who else is here")
    expect(people).to_have_text("FDFodor Dóra looks at it")
    expect(page.locator("#announcer")).to_have_text("Fodor Dóra looks at it")
    desk.live.send(json.dumps({"present": {"ticket-1": [dora | {"writing": True}]}}))
    expect(people).to_contain_text("Fodor Dóra is writing")
    page.screenshot(path=SHOTS / "present.png")
    assert desk.violations() == []
    # A part of the page that is fetched anew comes without names.
    page.evaluate("document.querySelector('[data-presence]').replaceChildren()")
    page.evaluate("document.dispatchEvent(new Event('hallom:refreshed'))")
    expect(people).to_contain_text("Fodor Dóra is writing")
    desk.live.send(json.dumps({"present": {"ticket-1": []}}))
    expect(page.locator("[data-presence]")).to_be_hidden()


def test_after_a_lost_connection_it_says_again_that_one_looks(desk: Desk) -> None:
    page = desk.open("/compose/")
    expect(page.locator(".deck")).to_be_visible()
    wait_until(page, "true")
    desk.live.sockets[-1].close(code=1012)
    page.wait_for_timeout(1500)
    assert said(desk) == [{"look": "ticket-1", "writing": False}] * 2
