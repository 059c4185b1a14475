"""A WebRTC leg against a real browser, both ways."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright

from hallom.media.tests.running import DEADLINE_SECONDS, Worker, until

pytestmark = pytest.mark.browser

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required", "--allow-loopback-in-peer-connection",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
]  # fmt: skip
PAGE_URL = "http://localhost/phone"
PAGE = """<!doctype html><title>phone</title><script>
let connection, analyser, context;
async function offer(frequency) {
  context = new AudioContext();
  const voice = context.createOscillator();
  voice.frequency.value = frequency;
  const gain = context.createGain();
  gain.gain.value = 0.3;
  const output = context.createMediaStreamDestination();
  voice.connect(gain).connect(output);
  voice.start();
  connection = new RTCPeerConnection();
  for (const track of output.stream.getTracks()) connection.addTrack(track, output.stream);
  connection.ontrack = (event) => {
    const sound = new Audio();
    sound.srcObject = event.streams[0];
    sound.play();
    analyser = context.createAnalyser();
    analyser.fftSize = 8192;
    analyser.smoothingTimeConstant = 0;
    context.createMediaStreamSource(event.streams[0]).connect(analyser);
  };
  await connection.setLocalDescription(await connection.createOffer());
  return connection.localDescription.sdp;
}
const accept = (sdp) => connection.setRemoteDescription({type: "answer", sdp});
function peak() {
  if (!analyser) return null;
  const bins = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(bins);
  const highest = bins.indexOf(Math.max(...bins));
  return bins[highest] < -70 ? 0 : Math.round(highest * context.sampleRate / analyser.fftSize / 10) * 10;
}
const press = (digits) => connection.getSenders()[0].dtmf.insertDTMF(digits, 120, 80);
async function figures() {
  const found = {};
  for (const entry of (await connection.getStats()).values())
    if (entry.type === "inbound-rtp" || entry.type === "remote-inbound-rtp") found[entry.type] = entry;
  return found;
}
</script>"""


def attribute(sdp: str, name: str) -> str:
    return next(line for line in sdp.splitlines() if line.startswith(f"a={name}:")).split(":", 1)[1]


def key_type(sdp: str) -> int:
    lines = [line for line in sdp.splitlines() if line.endswith("telephone-event/8000")]
    return int(lines[0].removeprefix("a=rtpmap:").split()[0])


def answer(leg: dict[str, Any], keys: int) -> str:
    lines = [
        "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=ice-lite", "a=group:BUNDLE 0",
        f"m=audio {leg['port']} UDP/TLS/RTP/SAVPF 0 {keys}", f"c=IN IP4 {leg['host']}", "a=mid:0",
        "a=rtpmap:0 PCMU/8000", f"a=rtpmap:{keys} telephone-event/8000", "a=ptime:20", "a=sendrecv",
        "a=rtcp-mux", "a=setup:passive", f"a=fingerprint:sha-256 {leg['fingerprint']}",
        f"a=ice-ufrag:{leg['ufrag']}", f"a=ice-pwd:{leg['pwd']}",
        f"a=candidate:1 1 udp 2130706431 {leg['host']} {leg['port']} typ host", "a=end-of-candidates",
        f"a=ssrc:{leg['ssrc']} cname:hallom", "a=msid:hallom audio",
    ]  # fmt: skip
    return "\r\n".join([*lines, ""])


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await browser.new_page()
        await page.route(PAGE_URL, lambda route: route.fulfill(body=PAGE, content_type="text/html"))
        await page.goto(PAGE_URL)
        yield page
        await browser.close()


async def test_chromium_and_a_telephone_hear_each_other(worker: Worker, page: Page) -> None:
    customer = await worker.telephone("c-1", 400)
    leg = await worker.client.call("leg.open", leg="c-2", kind="webrtc")
    offer = await page.evaluate("offer(1000)")
    peer = {
        "ufrag": attribute(offer, "ice-ufrag"), "pwd": attribute(offer, "ice-pwd"),
        "fingerprint": attribute(offer, "fingerprint"), "codec": 0, "dtmf": key_type(offer),
    }  # fmt: skip
    await worker.client.call("leg.connect", leg="c-2", **peer)
    await worker.bridge("c-1", "c-2")
    await page.evaluate(f"accept({json.dumps(answer(leg, key_type(offer)))})")
    await until(lambda: {"event": "leg.up", "leg": "c-2"} in worker.events)
    await until(lambda: customer.hears() == [1000])
    await page.wait_for_function("peak() === 400", timeout=DEADLINE_SECONDS * 1000)
    await page.evaluate("press('159')")
    await until(lambda: len(worker.of_kind("dtmf")) == 3)
    assert [event["digit"] for event in worker.of_kind("dtmf")] == ["1", "5", "9"]
    await until(lambda: customer.hears() == [1000])
    # Hold and retrieve are edits of the mix: nothing is negotiated, the browser stays connected.
    await worker.client.call("mix", edits=[["c-1", "c-2", 0], ["c-2", "c-1", 0]])
    await page.wait_for_function("peak() === 0", timeout=DEADLINE_SECONDS * 1000)
    await worker.bridge("c-1", "c-2")
    await page.wait_for_function("peak() === 400", timeout=DEADLINE_SECONDS * 1000)
    figures: dict[str, Any] = {}
    async with asyncio.timeout(DEADLINE_SECONDS):
        while "roundTripTime" not in figures.get("remote-inbound-rtp", {}):
            await asyncio.sleep(0.1)
            figures = await page.evaluate("figures()")
    assert figures["inbound-rtp"]["packetsLost"] == 0
    assert figures["remote-inbound-rtp"]["roundTripTime"] < 0.5
    await until(lambda: any(event["leg"] == "c-2" for event in worker.of_kind("quality")))
