"""A customer calls, hears who we are, waits with music, the agent's browser rings with her card, they talk."""

import re
import time
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser import browsers
from tests.browser.conftest import AGENT_TONE, CUSTOMER_TONE, SCREENSHOTS
from tests.browser.running import Running
from tests.telephony.hearing import level_dbfs, share_of_tone, tones_heard
from tests.telephony.house import until
from tests.telephony.phone import Phone, PhoneCall

NUMBER = "+3615550100"
KATALIN = "+36305124478"
AGENT = "nora"
SUPERVISOR = "marta"


def is_heard(call: PhoneCall, hertz: float) -> bool:
    """The agent's tone comes and goes, so its level is asked for too."""
    sound = call.ear.last(1.0)
    return level_dbfs(sound) > -40 and share_of_tone(sound, hertz, width=25) > 0.5


def is_music(call: PhoneCall) -> bool:
    sound = call.ear.last(1.0)
    return (
        level_dbfs(sound) > -50
        and tones_heard(sound) >= 3
        and share_of_tone(sound, AGENT_TONE, width=25) < 0.4
    )


def deck(page: Page, state: str, *, look: bool = False) -> None:
    """The call bar comes to show a state; `look`: and axe finds nothing to complain of then."""
    expect(page.locator(f".deck[data-state={state}]")).to_be_visible(timeout=10_000)
    if look:
        page.screenshot(path=str(SCREENSHOTS / f"deck-{state}.png"))
        assert not browsers.violations(page)


def state_of(page: Page) -> str:
    deck = page.locator(".deck")
    expect(deck).to_be_visible(timeout=10_000)
    return deck.get_attribute("data-state") or ""


def choose_state(page: Page, value: str) -> None:
    """Through the menu of the call bar, from whatever state the test before left."""
    if state_of(page) == "wrap_up":
        wrap_up(page, "")
        deck(page, "available")
    if state_of(page) == value:
        return
    page.locator(".deck .me button[popovertarget]").click()
    page.locator(f"#deck-states button[value={value}]").click()


def start_work(page: Page) -> None:
    choose_state(page, "available")
    # Somebody may be waiting already, and rings at once.
    expect(page.locator(".deck[data-state=available], .deck[data-state=ringing]")).to_be_visible(
        timeout=10_000
    )


def test_the_whole_way_of_a_call(running: Running, sign_in: Callable[..., Page], customer: Phone) -> None:
    nora = sign_in(AGENT)
    choose_state(nora, "offline")
    deck(nora, "offline")
    began = time.time()
    call = customer.call(NUMBER, caller=KATALIN, name="Szilagyi Katalin").wait_up()
    key = running.newest_call(began)

    # Nobody is at work yet.
    greeting_then_music(running, key, call)
    supervisor = sign_in(SUPERVISOR)
    supervisor.goto(f"{running.url}/wallboard/")
    waited_for = supervisor.locator(".qc").filter(has=supervisor.locator(".sub .lw"))
    expect(waited_for.locator(".n")).to_have_text(re.compile("^1"))

    start_work(nora)
    deck(nora, "ringing", look=True)
    expect(nora.locator(".deck")).to_contain_text("Szilágyi Katalin")
    # The page of the customer or her ticket came up by itself while it rings.
    expect(nora.locator("#main")).to_contain_text("Szilágyi Katalin", timeout=5_000)
    nora.locator(".deck [data-act=answer]").click()
    deck(nora, "talking", look=True)

    until(lambda: is_heard(call, AGENT_TONE), what="the customer hears the agent")
    agent_hears = browsers.heard(nora)
    assert agent_hears["hertz"] == pytest.approx(CUSTOMER_TONE, abs=15)
    assert agent_hears["level"] > -60

    # It changes by itself.
    expect(supervisor.locator(".qc .lw")).to_have_count(0, timeout=10_000)
    expect(supervisor.locator(".ag").filter(has_text="Bíró Nóra")).to_contain_text(
        "on a call", timeout=10_000
    )

    nora.locator(".deck [data-act=hold]").click()
    deck(nora, "held", look=True)
    until(lambda: is_music(call), what="music on hold")
    nora.locator(".deck [data-act=hold]").click()
    deck(nora, "talking")
    until(lambda: is_heard(call, AGENT_TONE), what="the agent again after hold")
    assert browsers.heard(nora)["hertz"] == pytest.approx(CUSTOMER_TONE, abs=15)

    nora.locator(".deck [data-act=hangup]").click()
    call.wait_over()
    assert call.ended_by_peer
    deck(nora, "wrap_up", look=True)
    wrap_up(nora, "The parcel is on its way.")
    deck(nora, "available")
    check_memory(running, key, call, note="The parcel is on its way.")


def greeting_then_music(running: Running, key: str, call: PhoneCall) -> None:
    until(
        lambda: level_dbfs(call.ear.last(1.0)) > -45 and tones_heard(call.ear.last(1.0)) >= 3,
        what="the greeting",
    )
    greeted_at = time.time()
    # Only then comes the music, which is as loud.
    assert running.entry(key, "queue.entered", seconds=40)["at"].timestamp() > greeted_at
    until(lambda: is_music(call), what="music in the queue")


def shown_on_the_wall(running: Running, supervisor: Page, name: str) -> None:
    supervisor.goto(f"{running.url}/wallboard/")
    expect(supervisor.locator(".ag").filter(has_text=name)).to_contain_text("on a call")


def wrap_up(page: Page, note: str) -> None:
    form = page.locator(".deck form.wrapup")
    form.locator("select[name=disposition]").select_option(index=1)
    form.locator("textarea[name=note]").fill(note)
    form.get_by_role("button").last.click()


def check_memory(running: Running, key: str, call: PhoneCall, *, note: str) -> None:
    """Recording, call record, timeline and ticket of a call that is over."""
    kinds = [entry["kind"] for entry in running.entries(key)]
    assert kinds.count("call.ended") == 1
    record = until(
        lambda: running.query("SELECT * FROM calls_call WHERE id = %s AND ended_at IS NOT NULL", key),
        what="the call record",
    )[0]
    assert record["answered_at"].timestamp() == pytest.approx(call.answered_at, abs=0.1)
    assert record["ended_at"].timestamp() == pytest.approx(call.ended_at, abs=0.1)
    started = running.entry(key, "recording.started")["data"]
    running.entry(key, "recording.stopped")
    left, right = channels(Path(started["path"]))
    assert share_of_tone(left, CUSTOMER_TONE) > 0.5
    assert share_of_tone(right, AGENT_TONE, width=25) > 0.5
    assert share_of_tone(left, AGENT_TONE, width=25) < 0.01
    assert share_of_tone(right, CUSTOMER_TONE) < 0.01
    assert running.query("SELECT 1 FROM timeline_event WHERE call = %s AND kind = 'call.ended'", key)
    assert record["ticket_id"]
    notes = running.query("SELECT body FROM tickets_note WHERE ticket_id = %s", record["ticket_id"])
    assert any(note in row["body"] for row in notes)


def channels(path: Path) -> tuple[np.ndarray, np.ndarray]:
    with wave.open(str(path)) as file:
        assert file.getnchannels() == 2
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    return sound[:, 0], sound[:, 1]


def test_the_whole_way_by_keyboard_alone(
    running: Running, sign_in: Callable[..., Page], customer: Phone
) -> None:
    nora = sign_in(AGENT)
    choose_state(nora, "offline")
    deck(nora, "offline")
    nora.reload()
    deck(nora, "offline")
    tab_to(nora, lambda focused: focused["name"] == "Start work")
    deck(nora, "available")
    began = time.time()
    call = customer.call(NUMBER, caller=KATALIN).wait_up()
    key = running.newest_call(began)
    running.entry(key, "offer.made", seconds=40)
    deck(nora, "ringing")
    nora.keyboard.press("F2")
    deck(nora, "talking")
    until(lambda: is_heard(call, AGENT_TONE), what="the customer hears the agent")
    nora.keyboard.press("F8")
    deck(nora, "held")
    until(lambda: is_music(call), what="music on hold")
    nora.keyboard.press("F8")
    deck(nora, "talking")
    nora.keyboard.press("Shift+F9")
    call.wait_over()
    deck(nora, "wrap_up")
    tab_to(nora, lambda focused: focused["tag"] == "SELECT" and focused["field"] == "disposition", press=None)
    nora.keyboard.press("ArrowDown")
    tab_to(nora, lambda focused: focused["field"] == "note", press=None)
    nora.keyboard.type("Written without a mouse.")
    tab_to(nora, lambda focused: focused["name"] == "Done")
    deck(nora, "available")
    until(
        lambda: running.query("SELECT 1 FROM tickets_note WHERE body LIKE %s", "%Written without a mouse.%"),
        what="the note",
    )


FOCUSED = """() => { const one = document.activeElement; return {tag: one.tagName, field: one.name ?? '',
  name: (one.innerText || one.getAttribute('aria-label') || '').trim()}; }"""
MOST_TABS = 120


def tab_to(page: Page, wanted: Callable[[dict[str, str]], bool], *, press: str | None = "Enter") -> None:
    """Go there with the Tab key, as somebody without a mouse, then press a key."""
    for _ in range(MOST_TABS):
        if wanted(page.evaluate(FOCUSED)):
            if press:
                page.keyboard.press(press)
            return
        page.keyboard.press("Tab")
    raise AssertionError("cannot be reached by keyboard")
