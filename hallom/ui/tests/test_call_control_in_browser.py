"""Transfer, consultation, parking, promises and diversion by keyboard alone, in Chromium, with the test as server."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from hallom.ui.deck_samples import decks
from hallom.ui.tests.conftest import Desk, wait_until
from hallom.ui.tests.stage import Stage
from hallom.ui.tests.test_deck_in_browser import Switch, connect, ring, switch

__all__ = ["switch"]
CALL = "01J0CALL"


def shown(state: str, **wanted: Any) -> dict[str, Any]:
    """The sample deck in this state that has all of it."""
    return next(
        one
        for one in decks(time.time())
        if one["state"] == state and all(_has(one, name, value) for name, value in wanted.items())
    )


def _has(deck: dict[str, Any], name: str, value: Any) -> bool:
    consult = deck.get("call", {}).get("consult", {})
    return bool(deck.get(name) or consult.get(name)) == value


def paint(desk: Desk, stage: Stage, deck: dict[str, Any]) -> Page:
    stage.state, stage.changes = deck["state"], {**deck, "phone": ""}
    page = desk.open()
    expect(page.locator(".deck")).to_have_attribute("data-state", deck["state"])
    return page


def asked(stage: Stage) -> tuple[str, str, dict[str, str]]:
    return stage.asked[-1]


def search(page: Page, typed: str) -> None:
    dialog = page.locator("dialog.search")
    expect(dialog).to_be_visible()
    page.keyboard.type(typed)
    expect(page.locator(".search [aria-selected=true]")).to_contain_text(typed, ignore_case=True)


def test_a_caller_is_transferred_with_four_keys_and_a_name(desk: Desk, stage: Stage) -> None:
    page = paint(desk, stage, shown("talking"))
    page.keyboard.press("F9")
    expect(page.locator(".search-title")).to_have_text("Transfer Szilágyi Katalin to…")
    search(page, "farkas")
    page.keyboard.press("Enter")
    expect(page.locator("dialog.search")).to_be_hidden()
    assert asked(stage) == ("POST", "/deck/transfer/", {"call": CALL, "to": "agent:8"})
    expect(page.locator("#toasts")).to_contain_text("Sent on to Farkas Gergő")


@pytest.mark.parametrize(("typed", "to"), [("farkas", "agent:8"), ("billing", "queue:1")])
def test_shift_enter_announces_and_says_whom_one_cannot_announce_to(
    desk: Desk, stage: Stage, typed: str, to: str
) -> None:
    page = paint(desk, stage, shown("talking"))
    page.keyboard.press("F9")
    search(page, "park")
    page.keyboard.press("Shift+Enter")
    expect(page.locator(".search-error")).to_have_text("Nobody can be asked at a parking place.")
    assert stage.asked == []
    page.keyboard.press("ControlOrMeta+a")
    search(page, typed)
    expect(page.locator(".search-error")).to_be_hidden()
    page.keyboard.press("Shift+Enter")
    expect(page.locator("dialog.search")).to_be_hidden()
    assert asked(stage) == ("POST", "/deck/consultation/", {"call": CALL, "to": to})


def test_what_is_refused_is_said_and_somebody_else_can_be_chosen(desk: Desk, stage: Stage) -> None:
    page = paint(desk, stage, shown("talking"))
    stage.status = 409
    stage.changes |= {"problem": "This is your own number."}
    page.keyboard.press("F9")
    search(page, "farkas")
    page.keyboard.press("Enter")
    expect(page.locator(".search-error")).to_have_text("This is your own number.")
    expect(page.locator("dialog.search input[role=combobox]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("dialog.search")).to_be_hidden()
    assert desk.complaints.pop().startswith(
        "Failed to load resource: the server responded with a status of 409"
    )


def test_parking_at_any_place_or_a_certain_one(desk: Desk, stage: Stage) -> None:
    page = paint(desk, stage, shown("talking"))
    page.keyboard.press("F9")
    expect(page.locator("dialog.search")).to_be_visible()
    page.keyboard.press("Alt+p")
    expect(page.locator("dialog.search")).to_be_hidden()
    assert asked(stage) == ("POST", "/deck/parking/", {"call": CALL, "place": ""})
    stage.asked.clear()
    page.locator("#main").focus()
    page.keyboard.press("p")
    wait_until(page, "document.querySelector('.deck')")
    expect(page.locator(".deck")).to_have_attribute("data-state", "talking")
    page.wait_for_timeout(100)
    assert asked(stage) == ("POST", "/deck/parking/", {"call": CALL})


def test_news_of_colleagues_do_not_overtake_what_was_typed(desk: Desk, stage: Stage) -> None:
    page = paint(desk, stage, shown("talking"))
    page.keyboard.press("F9")
    expect(page.locator(".search [role=option]")).to_have_count(8)
    asked_for: list[Route] = []
    typed = lambda route: "q=kiss" in (route.request.post_data or "")  # noqa: E731
    page.route(
        "**/deck/destinations/", lambda route: asked_for.append(route) if typed(route) else route.fallback()
    )
    page.keyboard.type("kiss")
    _until(page, lambda: bool(asked_for))
    page.evaluate("document.querySelector('#search-results').dispatchEvent(new Event('live'))")
    page.keyboard.press("Enter")
    page.wait_for_timeout(100)
    assert stage.asked == []
    asked_for.pop().continue_()
    expect(page.locator("dialog.search")).to_be_hidden()
    assert asked(stage) == ("POST", "/deck/transfer/", {"call": CALL, "to": "agent:9"})


def test_an_emptied_field_shows_everybody_again(desk: Desk, stage: Stage) -> None:
    page = paint(desk, stage, shown("talking"))
    page.keyboard.press("F9")
    search(page, "farkas")
    expect(page.locator(".search [role=option]")).to_have_count(1)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.press("Backspace")
    expect(page.locator(".search [role=option]")).to_have_count(8)


def test_the_letter_p_in_a_name_parks_nobody(desk: Desk, stage: Stage) -> None:
    page = paint(desk, stage, shown("talking"))
    page.keyboard.press("F9")
    expect(page.locator("dialog.search")).to_be_visible()
    page.keyboard.type("ppp")
    expect(page.locator(".search-none")).to_be_visible()
    assert stage.asked == []


def test_who_is_busy_is_promised_for(desk: Desk, stage: Stage) -> None:
    page = paint(desk, stage, shown("talking"))
    page.keyboard.press("F9")
    search(page, "farkas")
    expect(page.locator(".search-promise")).to_be_hidden()
    page.keyboard.press("ControlOrMeta+a")
    search(page, "kiss")
    expect(page.locator(".search-promise-title")).to_have_text("When Kiss-Balogh Ágnes is free:")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("instalments")
    page.keyboard.press("Alt+2")
    expect(page.locator("dialog.search")).to_be_hidden()
    promised = {"kind": "call_customer", "agent": "9", "call": CALL, "minutes": "60", "why": "instalments"}
    assert asked(stage) == ("POST", "/deck/promise/", promised)


def test_while_one_asks_a_colleague_every_key_does_what_it_does_elsewhere(desk: Desk, stage: Stage) -> None:
    page = paint(desk, stage, shown("consulting", is_answered=True, is_asked=False))
    for key, address in (("F8", "/deck/swap/"), ("Shift+F8", "/deck/conference/"), ("F9", "/deck/handover/")):
        stage.asked.clear()
        page.keyboard.press(key)
        _until(page, lambda: stage.asked)
        assert asked(stage) == ("POST", address, {"call": CALL})
    page.keyboard.press("F4")
    page.wait_for_timeout(100)
    assert asked(stage) == ("DELETE", "/deck/consultation/", {"call": CALL})


def _until(page: Page, happened: Callable[[], Any]) -> None:
    for _ in range(100):
        if happened():
            return
        page.wait_for_timeout(20)


def test_parked_callers_are_fetched_by_keyboard(desk: Desk, stage: Stage) -> None:
    page = paint(desk, stage, shown("available", parked=True))
    page.get_by_role("button", name="2 callers parked").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#deck-parked")).to_be_visible()
    expect(page.locator("#deck-parked")).to_contain_text("Horváth Bence")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Fetch Horváth Bence")).to_be_focused()
    page.keyboard.press("Enter")
    _until(page, lambda: stage.asked)
    assert asked(stage) == ("DELETE", "/deck/parking/", {"place": "1"})


def test_a_promise_is_kept_called_and_refused_with_a_reason(desk: Desk, stage: Stage) -> None:
    page = paint(desk, stage, shown("available", owed=True))
    page.get_by_role("button", name="2 promises to look after").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Call Pálfi Kinga").press("Enter")
    _until(page, lambda: stage.asked)
    assert asked(stage) == ("POST", "/deck/dial/", {"to": "+36 70 214 8890", "promise": "01J0PROMISE1"})
    stage.asked.clear()
    reason = page.locator("#refuse-01J0PROMISE1 input[name=reason]")
    reason.focus()
    page.keyboard.type("on holiday")
    page.evaluate("document.querySelector('hallom-deck').refresh()")
    expect(reason).to_have_value("on holiday")
    page.keyboard.press("Enter")
    _until(page, lambda: stage.asked)
    assert asked(stage) == (
        "POST",
        "/deck/promise-refused/",
        {"promise": "01J0PROMISE1", "reason": "on holiday"},
    )


def test_calls_are_diverted_from_the_state_menu(desk: Desk, stage: Stage) -> None:
    page = paint(desk, stage, shown("available", telephone=True))
    page.locator("[popovertarget=deck-states]").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="When I am busy: divert…").press("Enter")
    expect(page.locator(".search-title")).to_have_text("When I am busy: send my calls to…")
    search(page, "farkas")
    page.keyboard.press("Enter")
    expect(page.locator("dialog.search")).to_be_hidden()
    assert asked(stage) == ("POST", "/deck/diversion/", {"when": "busy", "to": "agent:8"})
    stage.asked.clear()
    page.locator("[popovertarget=deck-states]").press("Enter")
    page.get_by_role("button", name="Do not disturb").press("Enter")
    _until(page, lambda: stage.asked)
    assert asked(stage)[:2] == ("POST", "/deck/do-not-disturb/")


def test_calling_out_and_picking_up(desk: Desk, stage: Stage) -> None:
    page = paint(desk, stage, shown("available"))
    page.keyboard.press("F9")
    search(page, "farkas")
    page.keyboard.press("Enter")
    expect(page.locator("dialog.search")).to_be_hidden()
    assert asked(stage) == ("POST", "/deck/dial/", {"to": "agent:8"})
    page.keyboard.press("F9")
    search(page, "noémi")
    page.keyboard.press("Shift+Enter")
    expect(page.locator("dialog.search")).to_be_hidden()
    assert asked(stage) == ("POST", "/deck/pickup/", {"agent": "10"})
    page.keyboard.press("F9")
    expect(page.locator("dialog.search")).to_be_visible()
    page.keyboard.press("Alt+u")
    expect(page.locator("dialog.search")).to_be_hidden()
    assert asked(stage) == ("POST", "/deck/pickup/", {})


@pytest.mark.parametrize("purpose", ["dial", "retrieve", "pickup", "listen"])
def test_what_one_has_asked_for_answers_by_itself(
    desk: Desk, stage: Stage, switch: Switch, purpose: str
) -> None:
    page = desk.open()
    switch.wait_for("REGISTER")
    from hallom.ui.tests.test_deck_in_browser import CALLER

    sdp = page.evaluate(CALLER)
    switch.request("INVITE", f"X-Hallom-Purpose: {purpose}", sdp=sdp)
    connect(page, switch)


def test_a_transferred_call_waits_for_the_agents_hand(desk: Desk, stage: Stage, switch: Switch) -> None:
    page = ring(desk, stage, switch, "X-Hallom-Purpose: transfer")
    page.wait_for_timeout(300)
    assert not [answer for answer in switch.answers if answer.startswith("SIP/2.0 200")]
    page.keyboard.press("F2")
    connect(page, switch)


def test_lamps_in_the_open_search_change_by_themselves_and_the_choice_stays(desk: Desk, stage: Stage) -> None:
    page = paint(desk, stage, shown("talking"))
    page.keyboard.press("F9")
    expect(page.locator(".search [aria-selected=true]")).to_contain_text("Farkas")
    page.keyboard.press("ArrowDown")
    wait_until(page, "document.querySelector('#search-results').dataset.live === 'wallboard'")
    page.evaluate("document.querySelector('#search-results').dispatchEvent(new CustomEvent('live'))")
    page.wait_for_timeout(200)
    expect(page.locator(".search [aria-selected=true]")).to_contain_text("Kiss-Balogh")


def test_search_and_menus_are_without_barriers(desk: Desk, stage: Stage) -> None:
    page = paint(desk, stage, shown("talking", parked=True))
    page.keyboard.press("F9")
    expect(page.locator(".search [aria-selected=true]")).to_be_visible()
    page.keyboard.press("ArrowDown")
    assert desk.violations() == []
    page.keyboard.press("Escape")
    for name in ("2 callers parked", "2 promises to look after"):
        page.get_by_role("button", name=name).press("Enter")
        assert desk.violations() == []
        page.keyboard.press("Escape")


def pressed(stage: Stage) -> str:
    """Every key that was sent, in the order of its coming."""
    found = ""
    for method, url, values in stage.asked:
        assert (method, url, values["call"]) == ("POST", "/deck/keys/", CALL)
        found += values["digits"]
    return found


def test_keys_are_typed_while_the_keypad_is_open_and_come_in_their_order(desk: Desk, stage: Stage) -> None:
    page = paint(desk, stage, shown("talking"))
    page.keyboard.type("12")
    page.keyboard.press("F6")
    expect(page.get_by_role("group", name="Keys for the other side")).to_be_visible()
    page.keyboard.type("49#1*")
    expect(page.locator("#deck-keys [role=status]")).to_have_text("Keys sent: 5")
    page.get_by_role("button", name="star").click()
    page.get_by_role("button", name="7", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#deck-keys [role=status]")).to_have_text("Keys sent: 7")
    expect(page.get_by_role("button", name="7", exact=True)).to_be_focused()
    _until(page, lambda: pressed(stage) == "49#1**7")
    page.keyboard.press("Escape")
    expect(page.locator("#deck-keys")).to_be_hidden()
    page.keyboard.type("8")
    page.wait_for_timeout(100)
    assert pressed(stage) == "49#1**7"


def test_who_writes_while_the_keypad_is_open_sends_no_keys(desk: Desk, stage: Stage) -> None:
    page = paint(desk, stage, shown("talking"))
    page.keyboard.press("F6")
    page.locator("#main").evaluate("main => main.append(document.createElement('textarea'))")
    page.locator("#main > textarea").focus()
    page.keyboard.type("123")
    expect(page.locator("#main > textarea")).to_have_value("123")
    page.wait_for_timeout(100)
    assert stage.asked == []


def test_keys_that_are_refused_are_told_and_the_rest_is_not_sent(desk: Desk, stage: Stage) -> None:
    page = paint(desk, stage, shown("talking"))
    stage.status = 409
    stage.changes |= {"problem": "Not possible at the moment."}
    page.keyboard.press("F6")
    page.keyboard.type("1")
    expect(page.locator("#toasts")).to_contain_text("Not possible at the moment.")
    assert desk.complaints.pop().startswith("Failed to load resource")


def test_keys_behind_a_number_are_in_no_address(desk: Desk, stage: Stage) -> None:
    page = paint(desk, stage, shown("available"))
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    page.keyboard.press("F9")
    search(page, "balogh és")
    page.keyboard.type(",,4929")
    page.wait_for_timeout(300)
    page.keyboard.press("Enter")
    expect(page.locator("dialog.search")).to_be_hidden()
    assert asked(stage) == ("POST", "/deck/dial/", {"to": "outside:+3622514300,,4929"})
    assert [one for one in addresses if "4929" in one] == []
