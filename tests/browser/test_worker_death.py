"""`kill -9` of the media worker between colleagues in their browsers: they go on talking, whoever called whom."""

import time
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import AGENT_TONE, CUSTOMER_TONE
from tests.browser.running import Running
from tests.browser.test_conversation import AGENT, choose_state, deck, is_music, start_work
from tests.browser.test_crashes import LISTEN, MOVED_SECONDS, agent_hears, kill_worker_of
from tests.browser.test_reload import converse, finish
from tests.browser.test_transfer_story import (
    COLLEAGUE_TONE,
    gergo,
    hears,
    other_chromium,
    pick_up,
    search,
)
from tests.telephony.house import until
from tests.telephony.phone import Phone

__all__ = ["gergo", "other_chromium"]

REGISTERED = "() => Boolean(document.querySelector('hallom-deck').phone?.isRegistered)"


def listen(page: Page) -> None:
    page.evaluate(LISTEN)
    until(lambda: page.evaluate("() => window.written.length") > 5, what="the page listened to")


def seconds_until_heard(nora: Page, gergo: Page, killed: float) -> float:
    """Until each plays the other's tone by a new session."""
    at_nora = until(lambda: agent_hears(nora, COLLEAGUE_TONE, killed), what="Nóra hears Gergő")
    at_gergo = until(lambda: agent_hears(gergo, AGENT_TONE, killed), what="Gergő hears Nóra")
    print(f"Nóra hears after {at_nora - killed:.2f} s, Gergő after {at_gergo - killed:.2f} s")
    return max(at_nora, at_gergo) - killed


def test_two_browsers_of_the_house_go_on_by_another_worker(
    running: Running, sign_in: Callable[..., Page], gergo: Page
) -> None:
    nora = sign_in(AGENT)
    for page in (nora, gergo):
        start_work(page)
        until(lambda page=page: page.evaluate(REGISTERED), what="the telephone registered")
    began = time.time()
    search(nora, "farkas", "Enter")
    key = placed(running, began)
    deck(gergo, "ringing")
    pick_up(gergo)
    deck(gergo, "talking")
    hears(nora, COLLEAGUE_TONE)
    hears(gergo, AGENT_TONE)
    listen(nora)
    listen(gergo)
    killed = kill_worker_of(running, key)
    assert seconds_until_heard(nora, gergo, killed) < MOVED_SECONDS
    for page in (nora, gergo):
        expect(page.locator(".deck[data-state=talking]")).to_be_visible()
    until(running.is_ready, seconds=30, what="the worker running again")
    hears(nora, COLLEAGUE_TONE)
    hears(gergo, AGENT_TONE)
    assert not [entry for entry in running.entries(key) if entry["kind"] == "call.ending"]
    nora.keyboard.press("Shift+F9")
    running.entry(key, "call.ended")
    for page in (nora, gergo):
        deck(page, "available")
        choose_state(page, "offline")


def placed(running: Running, since: float) -> str:
    rows = "SELECT call FROM switch_journal WHERE kind = 'call.placed' AND at >= to_timestamp(%s) ORDER BY id"
    key: str = until(lambda: running.query(rows, since), what="the call placed")[0]["call"]
    return key


def test_whoever_is_asked_stays_asked(
    running: Running, sign_in: Callable[..., Page], gergo: Page, customer: Phone
) -> None:
    nora = sign_in(AGENT)
    call, key = converse(running, nora, customer)
    search(nora, "farkas", "Shift+Enter")
    deck(gergo, "ringing")
    pick_up(gergo)
    expect(nora.locator(".deck .hears")).to_contain_text("You two talk", timeout=10_000)
    hears(nora, COLLEAGUE_TONE)
    listen(nora)
    listen(gergo)
    killed = kill_worker_of(running, key)
    assert seconds_until_heard(nora, gergo, killed) < MOVED_SECONDS
    until(lambda: is_music(call), what="music for the customer")
    deck(nora, "consulting")
    until(running.is_ready, seconds=30, what="the worker running again")
    nora.keyboard.press("Shift+F8")
    deck(nora, "conference")
    hears(gergo, AGENT_TONE, CUSTOMER_TONE)
    gergo.keyboard.press("Shift+F9")
    deck(nora, "talking")
    assert not [entry for entry in running.entries(key) if entry["kind"] == "call.ending"]
    finish(nora, call)
