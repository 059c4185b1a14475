"""An agent's browser that stands still, as one whose network is gone: music at once, and the same agent when it moves again."""

import contextlib
import signal
import time
from collections.abc import Callable, Iterator

import psutil
from playwright.sync_api import Page, expect

from tests.browser import browsers
from tests.browser.conftest import AGENT_TONE, CUSTOMER_TONE
from tests.browser.running import Running
from tests.browser.test_conversation import AGENT, deck, is_heard, is_music
from tests.browser.test_reload import converse, finish
from tests.telephony.house import until
from tests.telephony.phone import Phone

MUSIC_SECONDS = 1.0
# So long a browser is looked at while its microphone is off: several times what would count as gone.
MUTED_SECONDS = 4.0
STILL_SECONDS = 5.0


@contextlib.contextmanager
def standing_still() -> Iterator[float]:
    """Every process of the browser is stopped; the kernel keeps its connections open and sends nothing for it."""
    family = psutil.Process().children(recursive=True)
    browsers = [one for one in family if "chrom" in one.name()]
    assert browsers
    for one in browsers:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.send_signal(signal.SIGSTOP)
    try:
        yield time.time()
    finally:
        for one in browsers:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.send_signal(signal.SIGCONT)


def test_music_within_a_second_and_the_same_agent_afterwards(
    running: Running, sign_in: Callable[..., Page], customer: Phone
) -> None:
    nora = sign_in(AGENT)
    call, key = converse(running, nora, customer)
    with standing_still() as stopped:
        lost = running.entry(key, "agent.lost")
        assert lost["data"]["reason"] == "silent"
        assert lost["at"].timestamp() - stopped < MUSIC_SECONDS
        until(lambda: is_music(call), what="music")
        until(lambda: time.time() > stopped + STILL_SECONDS, what="the time of an outage")
    running.entry(key, "agent.returned")
    until(lambda: is_heard(call, AGENT_TONE), what="the customer hears the agent again")
    deck(nora, "talking")
    assert call.is_up
    assert call.ear.longest_gap(stopped, time.time()) < 0.2, "the caller fell into silence"
    finish(nora, call)


def test_a_muted_agent_is_not_gone(running: Running, sign_in: Callable[..., Page], customer: Phone) -> None:
    nora = sign_in(AGENT)
    call, key = converse(running, nora, customer)
    nora.keyboard.press("F7")
    until(lambda: not is_heard(call, AGENT_TONE), what="the microphone off")
    nora.wait_for_timeout(MUTED_SECONDS * 1000)
    assert "agent.lost" not in [entry["kind"] for entry in running.entries(key)]
    nora.keyboard.press("F7")
    until(lambda: is_heard(call, AGENT_TONE), what="the microphone on")
    finish(nora, call)


def test_a_log_in_that_expires_amid_a_call_ends_nothing(
    running: Running, sign_in: Callable[..., Page], customer: Phone
) -> None:
    nora = sign_in(AGENT)
    call, _ = converse(running, nora, customer)
    running.query("DELETE FROM django_session")
    # Anything that asks the server: it answers with the log-in page.
    nora.keyboard.press("F8")
    expect(nora.get_by_text("You have been logged out").first).to_be_visible(timeout=10_000)
    expired = time.time()
    until(lambda: time.time() > expired + STILL_SECONDS, what="some more conversation")
    assert is_heard(call, AGENT_TONE)
    assert abs(browsers.heard(nora)["hertz"] - CUSTOMER_TONE) < 20
    call.hang_up()
    call.wait_over()
