"""An agent's browser that stands still, is offline, closed or has crashed: music at once, and the same agent, or the next one."""

import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import psutil
import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from hallom.media.aio.leg import GAP_SECONDS
from tests.browser import browsers
from tests.browser.conftest import AGENT_TONE, CUSTOMER_TONE
from tests.browser.running import Running
from tests.browser.test_conversation import AGENT, NUMBER, choose_state, deck, is_heard, is_music, wrap_up
from tests.browser.test_reload import converse, deck_ringing, finish
from tests.telephony.house import until
from tests.telephony.phone import Phone, PhoneCall

COLLEAGUE = "gergo"
COLLEAGUE_TONE = 1100.0
MUSIC_SECONDS = 1.0
# So long a browser is looked at while its microphone is off: several times what would count as gone.
MUTED_SECONDS = 4.0
STILL_SECONDS = 5.0
SHORT_SECONDS, LONGER_SECONDS, TOO_LONG_SECONDS = 5.0, 15.0, 60.0
# So soon after his network the agent is back, and talks without a break from then on.
BACK_SECONDS = 2.0
OTHERS = ("+36201112233", "+36204445566")


# On a machine with other work the whole browser may have to wait. Then it does not count either: one that counts but
# does not send is not excused.
COUNT_SENT = """() => {
  window.sent = [];
  const begin = RTCPeerConnection.prototype.setLocalDescription;
  RTCPeerConnection.prototype.setLocalDescription = function (...given) {
    window.calling = this;
    return begin.apply(this, given);
  };
  setInterval(async () => {
    for (const entry of (await window.calling?.getStats())?.values() ?? [])
      if (entry.type === 'outbound-rtp') window.sent.push([entry.timestamp / 1000, entry.packetsSent]);
  }, 100);
}"""
PACKET_SECONDS = 0.02


def longest_pause(page: Page) -> float:
    """How long, in seconds, the browser stood still and sent nothing."""
    sent: list[tuple[float, int]] = page.evaluate("() => window.sent")
    assert len(sent) > MUTED_SECONDS, "what it sent was counted"
    return max(
        later - earlier - (count - before) * PACKET_SECONDS
        for (earlier, before), (later, count) in pairwise(sent)
    )


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
    nora.evaluate(COUNT_SENT)
    call, key = converse(running, nora, customer)
    nora.keyboard.press("F7")
    until(lambda: not is_heard(call, AGENT_TONE), what="the microphone off")
    nora.wait_for_timeout(MUTED_SECONDS * 1000)
    stood_still = longest_pause(nora) >= GAP_SECONDS
    is_gone = "agent.lost" in [entry["kind"] for entry in running.entries(key)]
    assert stood_still or not is_gone, "it sent all the time"
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


def test_whoever_opens_a_closed_or_crashed_page_again_is_back_in_the_conversation(
    running: Running, sign_in: Callable[..., Page], customer: Phone
) -> None:
    page = sign_in(AGENT)
    call, key = converse(running, page, customer)
    for turn, leave in enumerate((Page.close, crash), start=1):
        went = time.time()
        leave(page)
        lost = until(lambda turn=turn: times(running, key, "agent.lost")[turn - 1 :], what="the agent lost")
        assert lost[0] - went < MUSIC_SECONDS
        until(lambda: is_music(call), what="music")
        page = page.context.new_page()
        page.goto(running.url)
        until(lambda turn=turn: len(times(running, key, "agent.returned")) == turn, what="the agent back")
        until(lambda: is_heard(call, AGENT_TONE), what="the customer hears the agent again")
        deck(page, "talking")
        assert call.ear.longest_gap(went, time.time()) < 0.2, "the caller fell into silence"
    finish(page, call)


def crash(page: Page) -> None:
    """The process of the page is gone, as after a fault or for want of memory."""
    with contextlib.suppress(Exception):
        page.goto("chrome://crash", timeout=2_000)


@pytest.fixture
def other_chromium(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Another machine, with a network of its own."""
    file = browsers.microphone(tmp_path_factory.mktemp("other") / "colleague.wav", COLLEAGUE_TONE)
    browser = browsers.launch(playwright, file)
    yield browser
    browser.close()


@pytest.fixture
def gergo(running: Running, other_chromium: Browser) -> Page:
    running.query("UPDATE staff_user SET language = 'en' WHERE username = %s", COLLEAGUE)
    page = browsers.person(other_chromium).new_page()
    running.pages.append(page)  # type: ignore[attr-defined]
    page.goto(running.login_url(COLLEAGUE))
    page.locator("form.form button.go").click()
    page.wait_for_url(f"{running.url}/**")
    page.goto(running.url)
    choose_state(page, "offline")
    deck(page, "offline")
    return page


@contextlib.contextmanager
def offline(page: Page) -> Iterator[float]:
    """A cable pulled out behind the router: nothing goes out or comes in, nobody closes anything, and the page goes on.

    Stops the one process that holds all sockets of the browser; it is stopped with whatever waits to be sent or read.
    """
    browser = page.context.browser
    assert browser is not None
    told = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    (main,) = [one["id"] for one in told if one["type"] == "browser"]
    family = psutil.Process(main).children(recursive=True)
    (network,) = [one for one in family if any("NetworkService" in word for word in one.cmdline())]
    network.suspend()
    try:
        yield time.time()
    finally:
        network.resume()


def times(running: Running, key: str, kind: str) -> list[float]:
    return [entry["at"].timestamp() for entry in running.entries(key) if entry["kind"] == kind]


def check_back_after(running: Running, page: Page, call: PhoneCall, key: str, seconds: float) -> None:
    """Offline so long: music within a second; then at once the same agent again, who is lost no second time."""
    before = len(times(running, key, "agent.lost"))
    with offline(page) as gone:
        lost = until(lambda: times(running, key, "agent.lost")[before:], what="the agent lost")
        assert lost[0] - gone < MUSIC_SECONDS
        until(lambda: is_music(call), what="music")
        until(lambda: time.time() > gone + seconds, seconds=seconds + 1, what="the time of an outage")
    back = time.time()
    until(lambda: is_heard(call, COLLEAGUE_TONE), seconds=BACK_SECONDS, what="the agent heard again")
    until(lambda: time.time() > back + BACK_SECONDS, what="some more conversation")
    assert is_heard(call, COLLEAGUE_TONE)
    assert len(times(running, key, "agent.lost")) == before + 1
    assert call.is_up
    deck(page, "talking")


def test_offline_for_five_fifteen_and_sixty_seconds(
    running: Running, sign_in: Callable[..., Page], customer: Phone, gergo: Page
) -> None:
    """One agent is away for too long, another twice for a while meanwhile; he then takes the caller of the first."""
    nora = sign_in(AGENT)
    call, key = converse(running, nora, customer)
    other, other_key = converse(running, gergo, customer, caller=OTHERS[0], hertz=COLLEAGUE_TONE)
    with offline(nora) as gone:
        assert running.entry(key, "agent.lost")["at"].timestamp() - gone < MUSIC_SECONDS
        until(lambda: is_music(call), what="music")
        check_back_after(running, gergo, other, other_key, SHORT_SECONDS)
        waiting = customer.call(NUMBER, caller=OTHERS[1]).wait_up()
        check_back_after(running, gergo, other, other_key, LONGER_SECONDS)
        until(
            lambda: len(times(running, key, "queue.entered")) == 2, seconds=15, what="the head of the queue"
        )
        assert times(running, key, "queue.entered")[1] - gone == pytest.approx(30.5, abs=1)
        gergo.keyboard.press("Shift+F9")
        other.wait_over()
        deck(gergo, "wrap_up")
        wrap_up(gergo, "")
        # Before the one who waits already, and with the reason.
        deck_ringing(gergo)
        why = "came back from Bíró Nóra: the agent's connection was lost, 30 s"
        expect(gergo.locator(".deck")).to_contain_text(why)
        gergo.keyboard.press("F2")
        deck(gergo, "talking")
        expect(gergo.locator(".deck")).to_contain_text(why)
        until(lambda: is_heard(call, COLLEAGUE_TONE), what="the customer hears the next agent")
        waiting.hang_up()
        until(lambda: time.time() > gone + TOO_LONG_SECONDS, seconds=TOO_LONG_SECONDS, what="a minute")
    # She reads what has become of her, and disturbs nobody.
    deck(nora, "paused")
    expect(nora.locator(".deck")).to_contain_text("connection lost")
    assert is_heard(call, COLLEAGUE_TONE)
    assert call.ear.longest_gap(gone, time.time()) < 0.2, "the caller fell into silence"
    finish(gergo, call)
    choose_state(nora, "available")
    deck(nora, "available")
