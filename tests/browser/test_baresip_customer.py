"""The whole way with a telephone that is not ours: baresip calls from outside, the agent sits at a browser."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from hallom.media.g711 import RATE
from tests.browser import browsers
from tests.browser.conftest import AGENT_TONE, CUSTOMER_TONE
from tests.browser.running import Running
from tests.browser.test_conversation import (
    AGENT,
    KATALIN,
    NUMBER,
    SUPERVISOR,
    channels,
    choose_state,
    deck,
    start_work,
    wrap_up,
)
from tests.telephony.baresip import Baresip
from tests.telephony.conftest import need
from tests.telephony.hearing import level_dbfs, share_of_tone, tones_heard
from tests.telephony.house import until

CDR_TOLERANCE = 0.1


@pytest.fixture
def baresip(running: Running) -> Iterator[Baresip]:
    with Baresip(need("baresip"), running.sip_port, number=KATALIN, hertz=CUSTOMER_TONE) as phone:
        yield phone


def lately(phone: Baresip, seconds: float = 1.0) -> np.ndarray:
    return phone.heard()[-int(RATE * seconds) :]


def is_sound(phone: Baresip) -> bool:
    """Speech or music: loud enough, and more than one tone."""
    return level_dbfs(lately(phone)) > -50 and tones_heard(lately(phone)) >= 3


def is_music(phone: Baresip) -> bool:
    return is_sound(phone) and share_of_tone(lately(phone), AGENT_TONE, width=25) < 0.4


def is_agent(phone: Baresip) -> bool:
    return level_dbfs(lately(phone)) > -40 and share_of_tone(lately(phone), AGENT_TONE, width=25) > 0.5


def test_a_customer_with_a_telephone_of_another_make(
    running: Running, sign_in: Callable[..., Page], baresip: Baresip
) -> None:
    nora = sign_in(AGENT)
    choose_state(nora, "offline")
    deck(nora, "offline")
    began = time.time()
    baresip.dial(NUMBER)
    baresip.wait_for("CALL_ESTABLISHED")
    key = running.newest_call(began)

    until(lambda: is_sound(baresip), what="the greeting")
    running.entry(key, "queue.entered", seconds=40)
    until(lambda: is_music(baresip), what="music in the queue")

    start_work(nora)
    deck(nora, "ringing")
    expect(nora.locator("#main")).to_contain_text("Szilágyi Katalin", timeout=5_000)
    nora.locator(".deck [data-act=answer]").click()
    deck(nora, "talking")
    until(lambda: is_agent(baresip), what="the customer hears the agent")
    heard = browsers.heard(nora)
    assert heard["hertz"] == pytest.approx(CUSTOMER_TONE, abs=15)
    assert heard["level"] > -60

    supervisor = sign_in(SUPERVISOR)
    supervisor.goto(f"{running.url}/wallboard/")
    expect(supervisor.locator(".agents li, .agents .ag").filter(has_text="Bíró Nóra")).to_contain_text("call")

    nora.locator(".deck [data-act=hold]").click()
    deck(nora, "held")
    until(lambda: is_music(baresip), what="music on hold")
    nora.locator(".deck [data-act=hold]").click()
    deck(nora, "talking")
    until(lambda: is_agent(baresip), what="the agent again after hold")

    hung_up_at = time.time()
    baresip.hang_up()
    deck(nora, "wrap_up")
    wrap_up(nora, "Called from a telephone of another make.")
    expect(nora.locator(".deck[data-state=available]")).to_be_visible(timeout=10_000)
    check_memory(running, key, hung_up_at)


def check_memory(running: Running, key: str, hung_up_at: float) -> None:
    record = until(
        lambda: running.query("SELECT * FROM calls_call WHERE id = %s AND ended_at IS NOT NULL", key),
        what="the call record",
    )[0]
    assert (record["outcome"], record["ended_by"]) == ("answered", "customer")
    assert record["ended_at"].timestamp() == pytest.approx(hung_up_at, abs=CDR_TOLERANCE)
    started = running.entry(key, "recording.started")["data"]
    running.entry(key, "recording.stopped")
    left, right = channels(Path(started["path"]))
    assert share_of_tone(left, CUSTOMER_TONE) > 0.5
    assert share_of_tone(right, AGENT_TONE, width=25) > 0.5
    notes = until(
        lambda: running.query("SELECT body FROM tickets_note WHERE ticket_id = %s", record["ticket_id"]),
        what="the note",
    )
    assert any("another make" in row["body"] for row in notes)
