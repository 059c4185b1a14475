"""An agent who reloads, closes or doubles the page does not lose the caller."""

import time
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import AGENT_TONE, DIRECT
from tests.browser.running import Running
from tests.browser.test_conversation import AGENT, KATALIN, deck, is_heard, start_work
from tests.telephony.house import until
from tests.telephony.phone import Phone, PhoneCall

BACK_SECONDS = 5.0


def converse(
    running: Running, page: Page, customer: Phone, *, caller: str = KATALIN, hertz: float = AGENT_TONE
) -> tuple[PhoneCall, str]:
    """Bring a customer and the agent of a page, whose voice is a tone of `hertz`, together."""
    start_work(page)
    began = time.time()
    call = customer.call(DIRECT, caller=caller).wait_up()
    key = running.newest_call(began)
    deck_ringing(page)
    page.keyboard.press("F2")
    deck(page, "talking")
    until(lambda: is_heard(call, hertz), what="the customer hears the agent")
    return call, key


def deck_ringing(page: Page) -> None:
    expect(page.locator(".deck[data-state=ringing]")).to_be_visible(timeout=40_000)


def finish(page: Page, call: PhoneCall) -> None:
    page.keyboard.press("Shift+F9")
    call.wait_over()
    deck(page, "wrap_up")
    form = page.locator(".deck form.wrapup")
    form.locator("select[name=disposition]").select_option(index=1)
    form.get_by_role("button").last.click()
    deck(page, "available")


def test_back_in_the_conversation_after_f5(
    running: Running, sign_in: Callable[..., Page], customer: Phone
) -> None:
    nora = sign_in(AGENT)
    call, key = converse(running, nora, customer)
    nora.on("dialog", lambda dialog: dialog.accept())
    pressed = time.time()
    nora.reload()
    deck(nora, "talking")
    returned = running.entry(key, "agent.returned", seconds=2 * BACK_SECONDS)
    assert returned["at"].timestamp() - pressed < BACK_SECONDS
    until(
        lambda: is_heard(call, AGENT_TONE) and len(call.ear.since(pressed + 0.5)) > 4_000,
        seconds=max(0.5, pressed + BACK_SECONDS + 1 - time.time()),
        what="the customer hears the agent again",
    )
    assert call.is_up
    assert call.ear.longest_gap(pressed, time.time()) < 0.2, "the caller fell into silence"
    finish(nora, call)
    bridged = running.entry(key, "call.bridged")["at"].timestamp()
    record = until(
        lambda: running.query(
            "SELECT talk_seconds FROM calls_call WHERE id = %s AND ended_at IS NOT NULL", key
        ),
        what="the call record",
    )[0]
    # What was said after the page came back counts as talk too.
    assert record["talk_seconds"] > pressed - bridged
    assert record["talk_seconds"] <= call.ended_at - bridged + 0.1


def test_a_call_survives_going_from_page_to_page(
    running: Running, sign_in: Callable[..., Page], customer: Phone
) -> None:
    nora = sign_in(AGENT)
    call, _ = converse(running, nora, customer)
    began = time.time()
    for name in ("Customers", "Calls", "Work"):
        nora.get_by_role("navigation").first.get_by_role("link", name=name).click()
        expect(nora.locator("#main h1").first).to_be_attached()
        expect(nora.locator(".deck[data-state=talking]")).to_be_visible()
    until(lambda: is_heard(call, AGENT_TONE), what="the agent still heard")
    assert call.ear.longest_gap(began, time.time()) < 0.1
    finish(nora, call)


def test_a_second_tab_does_not_take_the_phone(
    running: Running, sign_in: Callable[..., Page], customer: Phone
) -> None:
    nora = sign_in(AGENT)
    call, _ = converse(running, nora, customer)
    second = nora.context.new_page()
    second.goto(running.url)
    expect(second.get_by_text("another tab")).to_be_visible()
    until(lambda: is_heard(call, AGENT_TONE), what="the agent still heard")
    second.close()
    finish(nora, call)
