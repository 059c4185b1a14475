"""With no telephone at hand: a practice customer phones in at the press of a button, or by command."""

import subprocess
import sys
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser import browsers
from tests.browser.running import Running
from tests.browser.test_conversation import AGENT, deck, start_work, wrap_up
from tests.telephony.house import ROOT, until

# The greeting comes first; the button itself takes a second or two.
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


def test_the_button_brings_a_customer(running: Running, sign_in: Callable[..., Page]) -> None:
    nora = sign_in(AGENT)
    start_work(nora)
    deck(nora, "available")
    nora.locator(".deck").get_by_role("button", name="Practice call").click()
    answered(nora)
    finished(nora, "A practice call by the button.")
    until(
        lambda: running.query("SELECT 1 FROM tickets_note WHERE body = %s", "A practice call by the button."),
        what="the note",
    )


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
