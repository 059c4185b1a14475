"""`kill -9` of a part amid a conversation with a browser: the conversation goes on."""

import time
from collections.abc import Callable

import numpy as np
import psutil
import pytest
from playwright.sync_api import Page, expect

from hallom.media import g711
from tests.browser.conftest import AGENT_TONE, CUSTOMER_TONE
from tests.browser.running import Running
from tests.browser.test_conversation import AGENT, deck, is_heard
from tests.browser.test_reload import converse, finish
from tests.telephony.hearing import FRAME, level_dbfs, share_of_tone
from tests.telephony.house import until
from tests.telephony.phone import Phone, PhoneCall

MOST_SILENCE = 0.1
CONTROLLABLE_SECONDS = 5.0
MOVED_SECONDS = 3.0
# Shorter than the sounding part of the agent's tone, long enough to know it by its frequency.
WINDOW_SECONDS = 0.16
# Writes down what the page plays, and out of which stream, for as long as the page lives.
LISTEN = """() => {
  const context = new AudioContext(), written = (window.written = []);
  const analyser = new AnalyserNode(context, {fftSize: 8192, smoothingTimeConstant: 0});
  const bins = new Float32Array(analyser.frequencyBinCount);
  let stream = null, source = null, turn = 0;
  setInterval(() => {
    const audio = document.querySelector('hallom-deck audio');
    if (audio.srcObject !== stream) {
      source?.disconnect();
      stream = audio.srcObject;
      turn += 1;
      source = stream && context.createMediaStreamSource(stream);
      source?.connect(analyser);
    }
    analyser.getFloatFrequencyData(bins);
    const top = bins.reduce((found, level, index) => level > bins[found] ? index : found, 0);
    written.push({at: Date.now() / 1000, turn, hertz: top * context.sampleRate / 8192, level: bins[top]});
  }, 50);
}"""


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


def customer_hears(call: PhoneCall, hertz: float, since: float) -> float | None:
    """When the first window that sounds of the tone began."""
    packets = [packet for packet in list(call.ear.packets) if packet[0] > since]
    width = round(WINDOW_SECONDS / FRAME)
    for first in range(len(packets) - width):
        part = packets[first : first + width]
        sound = np.concatenate([g711.decode(one.payload, g711.Law(one.payload_type)) for _, one in part])
        if level_dbfs(sound) > -40 and share_of_tone(sound, hertz, width=25) > 0.5:
            return part[0][0]
    return None


def agent_hears(page: Page, hertz: float, since: float) -> float | None:
    """When the page first played the tone out of another stream than it did until `since`."""
    written = page.evaluate("() => window.written")
    before = max(one["turn"] for one in written if one["at"] < since)
    for one in written:
        if one["turn"] > before and abs(one["hertz"] - hertz) < 20 and one["level"] > -60:
            at: float = one["at"]
            return at
    return None


def kill_worker_of(running: Running, key: str) -> float:
    """`kill -9` of the media worker that mixes the call; when."""
    opened = [entry for entry in running.entries(key) if entry["kind"] == "leg.opened"]
    # It takes a while to ask who it is.
    worker = psutil.Process(running.pid(opened[-1]["data"]["worker"]))
    killed = time.time()
    worker.kill()
    return killed


def test_a_dead_media_workers_call_goes_on_by_another(
    running: Running, sign_in: Callable[..., Page], customer: Phone
) -> None:
    nora = sign_in(AGENT)
    call, key = converse(running, nora, customer)
    nora.evaluate(LISTEN)
    until(lambda: nora.evaluate("() => window.written.length") > 5, what="the page listened to")
    killed = kill_worker_of(running, key)
    heard = until(lambda: customer_hears(call, AGENT_TONE, killed + 0.1), what="the customer hears the agent")
    hears = until(lambda: agent_hears(nora, CUSTOMER_TONE, killed), what="the agent hears the customer")
    assert max(heard, hears) - killed < MOVED_SECONDS
    expect(nora.locator(".deck[data-state=talking]")).to_be_visible()

    # Whoever is muted stays so when the line is mended.
    until(running.is_ready, seconds=30, what="the worker running again")
    nora.keyboard.press("F7")
    until(lambda: not is_heard(call, AGENT_TONE), what="the microphone off")
    killed = kill_worker_of(running, key)
    until(lambda: kinds(running, key).count("agent.returned") == 2, what="the agent back a second time")
    until(lambda: agent_hears(nora, CUSTOMER_TONE, killed), what="the agent hears the customer again")
    nora.wait_for_timeout(1000)
    assert customer_hears(call, AGENT_TONE, killed + 0.1) is None
    expect(nora.locator(".deck [data-act=mute][aria-pressed=true]")).to_be_enabled()
    nora.keyboard.press("F7")
    until(lambda: is_heard(call, AGENT_TONE), what="the microphone on")
    finish(nora, call)
    check_record(running, key, call)


def kinds(running: Running, key: str) -> list[str]:
    return [entry["kind"] for entry in running.entries(key)]


def check_record(running: Running, key: str, call: PhoneCall) -> None:
    """One call, ended by the agent, its talk and its music adding up, each worker's recording finished."""
    rows = "SELECT * FROM calls_call WHERE id = %s AND ended_at IS NOT NULL"
    (record,) = until(lambda: running.query(rows, key), what="the call record")
    assert record["ended_by"] == "agent"
    assert record["ended_at"].timestamp() == pytest.approx(call.ended_at, abs=0.1)
    since = running.entry(key, "call.bridged")["at"].timestamp()
    whole = record["ended_at"].timestamp() - since
    assert record["talk_seconds"] + record["hold_seconds"] == pytest.approx(whole, abs=0.1)
    tapes = running.query("SELECT * FROM calls_recording WHERE call_id = %s", key)
    assert len(tapes) == 3
    assert all(tape["stopped_at"] for tape in tapes)
