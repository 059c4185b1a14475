import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hallom.calls import practice
from hallom.calls.models import Number, Queue
from hallom.calls.practice import NobodyToCall, Summary
from hallom.calls.practice_caller import Caller
from hallom.calls.practice_voice import SILENCE_DBFS, Voice, silence
from hallom.calls.practice_words import WORDS
from hallom.media.g711 import RATE, Law
from hallom.sip import events, sdp
from hallom.sip.accounts import Peer, Secret
from hallom.sip.credentials import Credentials
from hallom.sip.endpoint import Endpoint
from hallom.sip.flow import Flow
from hallom.sip.message import Request
from hallom.sip.settings import EndpointSettings

HOST = "127.0.0.1"
TONE = (np.sin(np.arange(RATE) * 2 * np.pi * 500 / RATE) * 16_000).astype(np.int16)


class Open:
    def peer_of(self, flow: Flow, request: Request) -> Peer | None:
        return Peer("trunk", "any")

    def secret_of(self, username: str, realm: str, now: float) -> Secret | None:
        return None


class Exchange:
    """Answers, plays a tone, and hangs up after `packets` were heard."""

    def __init__(self, *, status: int = 200, packets: int | None = None) -> None:
        self.status = status
        self.packets = packets
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind((HOST, 0))
        self.port = int(self.socket.getsockname()[1])
        self.endpoint = Endpoint(EndpointSettings(HOST, os.urandom(16), port=self.port), Open())
        self.voice = Voice(HOST, TONE, heard=self.heard)
        self.dialog = ""
        self.from_uri = ""

    def heard(self, at: float, packet: object) -> None:
        if self.packets is not None and self.voice.packets == self.packets:
            self.endpoint.bye(self.dialog, time.time())

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                while True:
                    data, address = self.socket.recvfrom(65_536)
                    self.endpoint.receive(data, Flow("udp", *address), time.time())
            except BlockingIOError:
                pass
            self.voice.listen()
            self.voice.speak(time.time())
            while (event := self.endpoint.next_event()) is not None:
                self.take(event)
            for flow, data in self.endpoint.outgoing():
                await loop.sock_sendto(self.socket, data, (flow.host, flow.port))
            await asyncio.sleep(0.01)

    def take(self, event: events.SipEvent) -> None:
        if not isinstance(event, events.InviteReceived):
            return
        self.from_uri = event.from_uri
        if self.status != 200:
            self.endpoint.reject(event.invite, self.status, time.time())
            return
        offer = sdp.parse(event.sdp or "")
        answer = sdp.answer_to(offer, sdp.Session(HOST, self.voice.port, codecs=(0, 8)))
        self.dialog = self.endpoint.answer(event.invite, str(answer), time.time())
        self.voice.connect(offer.host, offer.port, Law(answer.codecs[0]))


@pytest.fixture
async def exchange(request: pytest.FixtureRequest) -> AsyncIterator[Exchange]:
    exchange = Exchange(**request.param)
    task = asyncio.create_task(exchange.run())
    yield exchange
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    exchange.socket.close()
    exchange.voice.close()


async def call(exchange: Exchange, seconds: float) -> Summary:
    caller = Caller(HOST, exchange.port, TONE, Credentials("0:1", "x"))
    return await caller.call("+3615550100", "+36 20 123 4567", "Somebody", seconds)


@pytest.mark.parametrize("exchange", [{}], indirect=True)
async def test_the_caller_hears_and_is_heard_and_hangs_up_in_the_end(exchange: Exchange) -> None:
    summary = await call(exchange, 1.0)
    assert summary.answered
    assert summary.ended_by == "caller"
    assert summary.packets > 10
    assert -15 < summary.level_dbfs <= summary.loudest_dbfs < 0
    assert exchange.voice.packets > 10
    assert "+36201234567" in exchange.from_uri


@pytest.mark.parametrize("exchange", [{"packets": 20}], indirect=True)
async def test_an_agent_who_hangs_up_ends_the_call(exchange: Exchange) -> None:
    summary = await call(exchange, 30.0)
    assert (summary.answered, summary.ended_by) == (True, "agent")
    assert summary.seconds < 10


@pytest.mark.parametrize("exchange", [{"status": 404}], indirect=True)
async def test_a_refused_call_says_so(exchange: Exchange) -> None:
    summary = await call(exchange, 30.0)
    assert (summary.answered, summary.status, summary.ended_by) == (False, 404, "exchange")
    assert str(summary) == "not answered: SIP status 404"


async def test_a_late_tick_sends_what_it_owes_but_no_flood() -> None:
    heard: list[float] = []
    ear = Voice(HOST, silence(1.0), heard=lambda at, _: heard.append(at))
    mouth = Voice(HOST, TONE)
    mouth.connect(HOST, ear.port, Law.PCMU)
    assert mouth.speak(100.0) == pytest.approx(100.02)
    mouth.speak(100.06)
    mouth.speak(200.0)
    await asyncio.sleep(0.05)
    ear.listen()
    assert len(heard) == 5
    assert ear.level_dbfs > -15
    assert mouth.level_dbfs == SILENCE_DBFS
    for voice in (ear, mouth):
        voice.close()


@pytest.mark.django_db
def test_without_a_number_there_is_nobody_to_call(capsys: pytest.CaptureFixture[str]) -> None:
    assert practice.main([]) == 1
    assert "No number is set up" in capsys.readouterr().out
    with pytest.raises(NobodyToCall):
        practice.run()


@pytest.mark.django_db
def test_the_first_number_is_called_in_its_language(monkeypatch: Any) -> None:
    Number.objects.create(number="+36 1 555 0100", queue=Queue.objects.create(name="Q"), language="hu")
    asked: list[tuple[Any, ...]] = []

    async def practice_call(number: str, caller: str, language: str, *, seconds: float) -> Summary:
        asked.append((number, caller, language, seconds))
        return Summary(True, 200, 1.0, 50, -20.0, -10.0, "agent")

    monkeypatch.setattr(practice, "practice_call", practice_call)
    assert practice.main(["--seconds", "5"]) == 0
    assert asked == [("+3615550100", practice.UNKNOWN_CALLER, "hu", 5.0)]


def test_the_caller_has_words_in_every_language_of_the_house(settings: Any) -> None:
    assert set(WORDS) == {code for code, _ in settings.LANGUAGES}


async def test_the_voice_is_spoken_once_and_kept(tmp_path: Path) -> None:
    from hallom.calls.practice_caller import spoken

    samples = await asyncio.to_thread(spoken, WORDS["en"][:1], "en", tmp_path)
    assert len(samples) > RATE
    assert np.abs(samples).max() > 1_000
    assert len(os.listdir(tmp_path)) == 1
