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


@pytest.mark.parametrize("name", ["web", "live", "worker", "relay", "postgres", "switch"])
def test_the_conversation_goes_on(
    name: str, running: Running, sign_in: Callable[..., Page], customer: Phone
) -> None:
    nora = sign_in(AGENT)
    call, key = converse(running, nora, customer)
    killed = time.time()
    running.kill(name)
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
