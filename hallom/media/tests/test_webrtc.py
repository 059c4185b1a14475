"""WebRTC legs against a peer in Python."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from hallom.media import g711, rtcp, stun
from hallom.media.aio import certificate
from hallom.media.aio.leg import GAP_SECONDS, Surroundings
from hallom.media.aio.ports import PortPool
from hallom.media.aio.srtp import Session
from hallom.media.aio.webrtc import CONSENT_SECONDS, Dtls, WebRtcLeg
from hallom.media.g711 import Law
from hallom.media.protocol import parse_request
from hallom.media.tests.browser import Browser
from hallom.media.tests.endpoint import tone
from hallom.media.tests.running import Worker, until, write_sound

pytestmark = pytest.mark.telephony


@asynccontextmanager
async def browser_on(worker: Worker, leg: str, frequency: float, **connect: object) -> AsyncIterator[Browser]:
    opened = await worker.client.call("leg.open", leg=leg, kind="webrtc")
    browser = await Browser.open(frequency)
    arguments = browser.description | {"codec": 0, "dtmf": 126} | connect
    await worker.client.call("leg.connect", leg=leg, **arguments)
    browser.connect(opened)
    try:
        yield browser
    finally:
        browser.close()


async def counters(worker: Worker) -> dict[str, int]:
    told: dict[str, int] = (await worker.client.call("ping"))["counters"]
    return told


async def test_a_browser_and_a_telephone_hear_each_other(worker: Worker) -> None:
    customer = await worker.telephone("c-1", 400)
    async with browser_on(worker, "c-2", 1000) as browser:
        await worker.bridge("c-1", "c-2")
        await until(lambda: customer.hears() == [1000] and browser.hears() == [400])
        assert {"event": "leg.up", "leg": "c-2"} in worker.events
        opened = await worker.client.call("leg.open", leg="c-2", kind="webrtc")
        assert browser.remote_fingerprint == opened["fingerprint"]
        assert browser.mapped is not None
        await until(lambda: browser.reports, 12)
        compound = rtcp.parse(browser.reports[0])
        assert compound is not None
        assert compound.reports[0].ssrc == opened["ssrc"] == browser.heard[0].ssrc


async def test_a_browser_that_breaks_off_is_told_within_a_second_and_again_when_it_is_back(
    worker: Worker,
) -> None:
    async with browser_on(worker, "c-2", 1000) as browser:
        await until(lambda: worker.of_kind("leg.up"))
        await until(lambda: browser.is_spoken)
        browser.is_speaking = False
        stopped = time.monotonic()
        await until(lambda: worker.of_kind("leg.gap"))
        assert GAP_SECONDS - 0.1 <= time.monotonic() - stopped < 1.0
        assert not worker.of_kind("leg.heard")
        browser.is_speaking = True
        await until(lambda: worker.of_kind("leg.heard"))
        assert len(worker.of_kind("leg.gap")) == 1


async def test_a_muted_browser_sends_silence_and_has_not_broken_off(worker: Worker) -> None:
    async with browser_on(worker, "c-2", 0) as browser:
        await until(lambda: worker.of_kind("leg.up"))
        await until(lambda: browser.is_spoken)
        await until(lambda: worker.of_kind("quality"), 9)
        assert not worker.of_kind("leg.gap")


async def test_a_reloaded_page_gets_the_same_leg_with_keys_of_its_own(worker: Worker) -> None:
    customer = await worker.telephone("c-1", 400)
    async with browser_on(worker, "c-2", 1000) as browser:
        await worker.bridge("c-1", "c-2")
        await until(lambda: customer.hears() == [1000] and browser.hears() == [400])
        before = browser.heard[-1]
    async with browser_on(worker, "c-2", 2000) as browser:
        await until(lambda: customer.hears() == [2000] and browser.hears() == [400])
        assert browser.heard[0].ssrc == before.ssrc
        assert len(worker.of_kind("leg.up")) == 3


async def test_another_certificate_than_announced_is_not_heard(worker: Worker) -> None:
    customer = await worker.telephone("c-1", 400)
    async with browser_on(worker, "c-2", 1000, fingerprint=":".join(["AB"] * 32)) as browser:
        await worker.bridge("c-1", "c-2")
        async with asyncio.timeout(5):
            while not (await counters(worker)).get("wrong_fingerprint"):
                await asyncio.sleep(0.02)
        count = len(customer.heard)
        await until(lambda: len(customer.heard) > count + 30)
        assert customer.hears() == []
        assert browser.heard == []
        assert {"event": "leg.up", "leg": "c-2"} not in worker.events


async def test_checks_with_a_wrong_password_open_nothing(worker: Worker) -> None:
    opened = await worker.client.call("leg.open", leg="c-3", kind="webrtc")
    intruder = await Browser.open(1000)
    await worker.client.call("leg.connect", leg="c-3", **intruder.description, codec=0)
    intruder.connect(opened | {"pwd": "guessed"})
    async with asyncio.timeout(5):
        while not (await counters(worker)).get("malformed_stun"):
            await asyncio.sleep(0.02)
    assert intruder.mapped is None
    intruder.close()


async def test_the_handshake_may_come_before_the_answer_is_known(worker: Worker) -> None:
    customer = await worker.telephone("c-1", 400)
    opened = await worker.client.call("leg.open", leg="c-2", kind="webrtc")
    browser = await Browser.open(1000)
    browser.connect(opened)
    await until(lambda: browser.session)
    assert {"event": "leg.up", "leg": "c-2"} not in worker.events
    await worker.client.call("leg.connect", leg="c-2", **browser.description, codec=0)
    await worker.bridge("c-1", "c-2")
    await until(lambda: customer.hears() == [1000] and browser.hears() == [400])
    browser.close()


async def test_a_greeting_waits_for_the_browser_and_is_heard_from_its_first_sample(worker: Worker) -> None:
    greeting = tone(700, 8000)
    sound = write_sound(worker.data / "greeting.wav", greeting)
    opened = await worker.client.call("leg.open", leg="c-1", kind="webrtc")
    browser = await Browser.open(1000)
    await worker.client.call("leg.connect", leg="c-1", **browser.description, codec=0)
    await worker.client.call("player.start", player="p-1", files=[sound], loop=False, to=["c-1"])
    before = (await worker.client.call("ping"))["tick"]
    async with asyncio.timeout(5):
        while (await worker.client.call("ping"))["tick"] < before + 50:
            await asyncio.sleep(0.02)
    assert worker.of_kind("player.done") == []
    browser.connect(opened)
    await until(lambda: worker.of_kind("player.done") and len(browser.heard) >= 50)
    heard = b"".join(packet.payload for packet in browser.heard[:50])
    assert heard == g711.encode(greeting, Law.PCMU)
    browser.close()


async def test_rubbish_disturbs_nobody(worker: Worker) -> None:
    customer = await worker.telephone("c-1", 400)
    async with browser_on(worker, "c-2", 1000) as browser:
        await worker.bridge("c-1", "c-2")
        await until(lambda: customer.hears() == [1000] and browser.hears() == [400])
        for rubbish in (
            b"\x16\xfe\xfd" + bytes(40),
            b"\x80\x00" + bytes(1800),
            b"\x80\xc8" + bytes(30),
            b"\x00\x01" + bytes(18),
            stun.request(bytes(12), "x:y", "z"),
            b"\x80",
            b"GET / HTTP/1.1",
        ):
            browser.send(rubbish)
        count = len(customer.heard)
        await until(lambda: len(customer.heard) > count + 30)
        assert customer.hears() == [1000]
        assert browser.hears() == [400]
        told = await counters(worker)
        assert told["srtp_refused"] >= 2
        assert told["malformed_stun"] >= 2


def test_sending_stops_when_the_browser_no_longer_asks_for_it() -> None:
    around = Surroundings(emit=lambda event: None, changed=lambda: None)
    media, control = PortPool("127.0.0.1", range(44000, 44200)).open_pair()
    leg = WebRtcLeg("c-1", media, control, around, Dtls(certificate.make()))
    told = leg.describe()
    peer = {"ufrag": "wxyz", "pwd": "p", "fingerprint": told["fingerprint"], "codec": 0}
    request = parse_request(json.dumps({"do": "leg.connect", "leg": "c-1"} | peer).encode())
    leg.connect(request.command, 100.0)
    leg._session = Session(bytes(30), bytes(30))
    check = stun.request(bytes(12), f"{told['ufrag']}:wxyz", told["pwd"])
    leg.receive(check, ("127.0.0.1", 9), 100.0)
    leg.check_consent(100.0 + CONSENT_SECONDS)
    assert leg.target == ("127.0.0.1", 9)
    leg.check_consent(101.0 + CONSENT_SECONDS)
    assert leg.target is None
    leg.receive(check, ("127.0.0.1", 9), 200.0)
    assert leg.target == ("127.0.0.1", 9)
    leg.close(200.0)
