"""`kill -9` of a part amid a conversation with a browser: the conversation goes on."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import AGENT_TONE
from tests.browser.running import Running
from tests.browser.test_conversation import AGENT, deck, is_heard
from tests.browser.test_reload import converse, finish
from tests.telephony.house import until
from tests.telephony.phone import Phone

MOST_SILENCE = 0.1
CONTROLLABLE_SECONDS = 5.0


def hold(page: Page) -> bool:
    """Press the key until it takes: an order given while the switch is away is refused after a moment."""
    if page.locator(".deck[data-state=held]").count():
        return True
    page.keyboard.press("F8")
    page.wait_for_timeout(200)
    return bool(page.locator(".deck[data-state=held]").count())


def retrieve(page: Page) -> bool:
    if page.locator(".deck[data-state=talking]").count():
        return True
    page.keyboard.press("F8")
    page.wait_for_timeout(500)
    return bool(page.locator(".deck[data-state=talking]").count())


@pytest.mark.parametrize("name", ["web", "live", "worker", "relay", "postgres", "switch"])
def test_the_conversation_goes_on(
    name: str, running: Running, sign_in: Callable[..., Page], customer: Phone
) -> None:
    nora = sign_in(AGENT)
    call, key = converse(running, nora, customer)
    killed = time.time()
    running.kill(name)
    if name == "switch":
        until(
            lambda: hold(nora),
            seconds=killed + CONTROLLABLE_SECONDS - time.time(),
            what="control of the call",
        )
        until(lambda: retrieve(nora), what="the call off hold")
    until(running.is_ready, seconds=30, what=f"{name} running again")
    until(lambda: is_heard(call, AGENT_TONE), what="the customer still hears the agent")
    assert call.is_up
    assert call.ear.longest_gap(killed, time.time()) < MOST_SILENCE
    nora.locator(".deck [data-act=hold]").click()
    deck(nora, "held")
    nora.locator(".deck [data-act=hold]").click()
    deck(nora, "talking")
    finish(nora, call)
    ended = [entry for entry in running.entries(key) if entry["kind"] == "call.ended"]
    assert len(ended) == 1
    assert ended[0]["data"]["ended_at"] == pytest.approx(call.ended_at, abs=0.1)
