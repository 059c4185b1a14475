"""With no telephone at hand: a practice customer phones in at the press of a button, or by command."""

import subprocess
import sys
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser import browsers
from tests.browser.running import Running
from tests.browser.test_conversation import AGENT, deck, start_work, wrap_up
from tests.telephony.house import ROOT, until

ARRIVING_SECONDS = 8
# The greeting comes first.
RINGING_SECONDS = 30
QUIET_DB = -75


def answered(page: Page) -> None:
    """It rings with the practice customer, who is heard once the agent has answered."""
    expect(page.locator(".deck[data-state=ringing]")).to_be_visible(timeout=RINGING_SECONDS * 1000)
    page.locator(".deck [data-act=answer]").click()
    deck(page, "talking")
    until(lambda: browsers.heard(page)["level"] > QUIET_DB, what="the customer's voice")


def finished(page: Page, note: str) -> None:
    page.locator(".deck [data-act=hangup]").click()
    deck(page, "wrap_up")
    wrap_up(page, note)
    deck(page, "available")


@pytest.mark.parametrize(
    ("place", "button"), [(".deck", "Practice call"), ("#main", "Have a practice customer phone in")]
)
def test_the_button_brings_a_customer(
    place: str, button: str, running: Running, sign_in: Callable[..., Page]
) -> None:
    nora = sign_in(AGENT)
    start_work(nora)
    deck(nora, "available")
    pressed = time.time()
    nora.locator(place).get_by_role("button", name=button).click()
    key = running.newest_call(pressed)
    arrived = running.entry(key, "call.arrived")
    assert arrived["data"]["name"] == "Practice caller"
    assert arrived["at"].timestamp() - pressed < ARRIVING_SECONDS
    answered(nora)
    note = f"A practice call by the button of {place}."
    finished(nora, note)
    until(lambda: running.query("SELECT 1 FROM tickets_note WHERE body = %s", note), what="the note")
    assert running.entry(key, "call.ended")["data"]["by"] == "agent"


def test_the_command_brings_a_customer(running: Running, sign_in: Callable[..., Page]) -> None:
    nora = sign_in(AGENT)
    start_work(nora)
    deck(nora, "available")
    caller = subprocess.Popen(
        [sys.executable, "-m", "hallom.config.cli", "practice-call", "--seconds", "60"],
        env=running.environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        answered(nora)
        finished(nora, "A practice call by the command.")
        output, errors = caller.communicate(timeout=30)
    finally:
        caller.kill()
        caller.wait()
    assert caller.returncode == 0, errors
    assert "ended by the agent" in output
