"""Navigation, keys and live updates, in Chromium."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from hallom.ui.tests.conftest import Desk
from hallom.ui.tests.stage import Stage


def come(page: Page, condition: Callable[[], bool]) -> None:
    """What the page sends is heard while it is waited for."""
    for _ in range(200):
        if condition():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it did not come")


def test_a_navigation_swaps_the_page_and_leaves_the_deck(desk: Desk) -> None:
    page = desk.open()
    page.evaluate("document.querySelector('hallom-deck').marked = true")
    page.click("#next")
    expect(page.locator("h1")).to_have_text("Page 2")
    expect(page).to_have_title("Page 2 – Hallom")
    expect(page.locator("#announcer")).to_have_text("Page 2 – Hallom")
    assert page.evaluate("document.querySelector('hallom-deck').marked")
    assert page.evaluate("document.activeElement.id") == "main"
    assert page.url.endswith("/page/2/")
    assert page.locator("main").count() == 1
    page.go_back()
    expect(page.locator("h1")).to_have_text("Page 1")
    assert page.evaluate("document.querySelector('hallom-deck').marked")
    assert page.locator("main").count() == 1


@pytest.mark.parametrize("width", [1280, 800])
def test_a_click_while_the_deck_arrives_hits_what_it_was_meant_for(desk: Desk, width: int) -> None:
    desk.page.set_viewport_size({"width": width, "height": 720})
    kept: list[Route] = []
    desk.page.route("**/deck/", lambda route: kept.append(route))
    page = desk.open()
    come(page, lambda: bool(kept))
    link = page.locator("#next").bounding_box()
    assert link is not None
    page.mouse.move(link["x"] + 5, link["y"] + 5)
    page.mouse.down()
    kept[0].continue_()
    expect(page.locator(".deck")).to_be_visible()
    page.mouse.up()
    expect(page.locator("h1")).to_have_text("Page 2")


def test_of_a_refused_form_the_first_wrong_field_is_shown_and_has_the_focus(desk: Desk) -> None:
    page = desk.open()
    page.evaluate("document.getElementById('next').setAttribute('href', '/page/400/')")
    page.click("#next")
    expect(page.locator("#wrong")).to_be_focused()
    expect(page.locator("#wrong")).to_be_in_viewport()
    expect(page.locator("h1")).to_have_text("Page 400")


# As a key does on a busy machine: at once, before anything else of the page has its turn.
AT_ONCE = """() => {
  window.notLoadedAnew = true;
  new MutationObserver((changes, observer) => {
    const link = document.querySelector('#next[href="/page/3/"]');
    if (link) observer.disconnect(), link.click();
  }).observe(document.getElementById('main'), {childList: true, subtree: true});
}"""


def test_what_is_followed_the_moment_it_appears_loads_no_page_anew(desk: Desk) -> None:
    page = desk.open()
    page.evaluate(AT_ONCE)
    page.click("#next")
    expect(page.locator("h1")).to_have_text("Page 3")
    assert page.evaluate("window.notLoadedAnew")


def test_a_fault_of_the_server_leaves_the_page_as_it_is(desk: Desk) -> None:
    page = desk.open()
    page.click("#broken")
    expect(page.locator("#toasts")).to_contain_text("The server did not understand")
    expect(page.locator("h1")).to_have_text("Page 1")
    desk.complaints.clear()


def test_a_page_outside_the_frame_is_opened_whole(desk: Desk) -> None:
    page = desk.open()
    page.click("#outside")
    expect(page.locator("h1")).to_have_text("Outside")
    assert page.locator("hallom-deck").count() == 0


def test_letters_move_in_lists_but_not_while_writing(desk: Desk) -> None:
    page = desk.open()
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.id") == "next"
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.id") == "broken"
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Page 2")
    page.fill("textarea", "")
    page.focus("textarea")
    page.keyboard.type("jk?")
    assert page.input_value("textarea") == "jk?"
    assert not page.locator("#keys").is_visible()


def test_the_list_of_keys_opens_and_closes_by_keyboard(desk: Desk) -> None:
    page = desk.open()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    assert desk.violations() == []
    page.uncheck("#single-keys")
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).not_to_be_visible()
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.id") != "next"


def test_a_note_looks_unlike_a_reply_and_ctrl_enter_sends_it(desk: Desk, stage: Stage) -> None:
    page = desk.open("/page/2/")
    expect(page.locator(".note-warning")).not_to_be_visible()
    public = page.evaluate("getComputedStyle(document.querySelector('.editor')).borderTopStyle")
    page.get_by_text("Internal note", exact=True).click()
    expect(page.locator(".note-warning")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('.editor')).borderTopStyle") != public
    page.fill("textarea", "between us")
    page.keyboard.press("Control+Enter")
    expect(page.locator("h1")).to_have_text("Page 9")
    assert stage.said == ["note: between us"]


def test_a_change_is_fetched_by_the_element_it_concerns(desk: Desk) -> None:
    page = desk.open()
    expect(page.locator(".deck")).to_be_visible()
    first = json.loads(desk.live.heard[0])
    assert "ticket-1" in first["watch"]
    assert first["since"] is None
    assert first["age"] > 0
    desk.live.send('{"id":5,"topics":["ticket-9"]}')
    expect(page.locator("#ticket-1")).to_have_text("old")
    desk.live.send('{"id":6,"topics":["ticket-1"]}')
    expect(page.locator("#ticket-1")).to_have_text("new")


def test_the_menu_still_says_where_one_is_when_it_has_changed(desk: Desk) -> None:
    page = desk.open()
    expect(page.locator("#rail [aria-current=page]")).to_have_text("Work8")
    topic = page.get_attribute("#rail", "data-live")
    with page.expect_response("**/rail/"):
        desk.live.send(f'{{"id":5,"topics":["{topic}"]}}')
    page.wait_for_timeout(200)
    expect(page.locator("#rail [aria-current=page]")).to_have_text("Work8")


def test_what_comes_with_a_navigation_is_watched_too(desk: Desk) -> None:
    page = desk.open()
    page.click("#next")
    expect(page.locator("#ticket-2")).to_have_text("old")
    come(page, lambda: "ticket-2" in json.loads(desk.live.heard[-1]).get("watch", ()))
    assert "ticket-1" not in json.loads(desk.live.heard[-1])["watch"]


def test_after_a_lost_connection_it_asks_for_what_it_missed(desk: Desk) -> None:
    page = desk.open()
    expect(page.locator(".deck")).to_be_visible()
    desk.live.send('{"id":41,"topics":[]}')
    page.wait_for_timeout(50)
    desk.live.sockets[-1].close(code=1012)
    come(page, lambda: json.loads(desk.live.heard[-1]).get("since") == 41)
    assert len(desk.live.sockets) == 2
    desk.live.send('{"reload":true}')
    expect(page.locator("#ticket-1")).to_have_text("new")


def test_a_log_out_elsewhere_is_said_and_not_tried_again(desk: Desk) -> None:
    page = desk.open()
    expect(page.locator(".deck")).to_be_visible()
    desk.live.sockets[-1].close(code=4401)
    expect(page.locator("#connection")).to_contain_text("You have been logged out")
    page.wait_for_timeout(1200)
    assert len(desk.live.sockets) == 1


def test_the_theme_changes_at_once_and_stays(desk: Desk) -> None:
    page = desk.open()
    page.click("[popovertarget=menu-me]")
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.wait_for_timeout(200)
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_another_language_changes_all_of_the_page(desk: Desk) -> None:
    page = desk.open()
    assert page.get_attribute("html", "lang") == "en"
    page.click("[popovertarget=menu-me]")
    page.get_by_role("button", name="Magyar").click()
    expect(page.locator("html")).to_have_attribute("lang", "hu")
    expect(page.locator(".deck")).to_be_visible()
    page.click("[popovertarget=menu-me]")
    expect(page.get_by_role("button", name="Magyar")).to_have_attribute("aria-current", "true")


def test_a_message_of_the_server_is_shown_once(desk: Desk) -> None:
    page = desk.open()
    page.evaluate("fetch('/noted/')")
    page.wait_for_timeout(300)
    page.click("#next")
    expect(page.locator("h1")).to_have_text("Page 2")
    expect(page.locator("[data-toast]")).to_have_count(1)
    page.get_by_role("button", name="Dismiss").click()
    expect(page.locator("[data-toast]")).to_have_count(0)
