"""The practice caller's telephone: our own SIP endpoint and one RTP stream on the loop of the process."""

import asyncio
import contextlib
import os
import socket
import time
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hallom.calls.practice import Summary
from hallom.calls.practice_voice import Voice, silence
from hallom.media.aio.prompts import synthesise
from hallom.media.g711 import Law, Samples
from hallom.sip import events, sdp
from hallom.sip.accounts import Peer, Secret
from hallom.sip.credentials import Credentials
from hallom.sip.endpoint import Endpoint
from hallom.sip.flow import Flow
from hallom.sip.message import Request
from hallom.sip.settings import EndpointSettings
from hallom.sip.target import Target

INVITE = "practice"
PAUSE_SECONDS = 1.5
LAST_WORDS_SECONDS = 5.0
LONGEST_MESSAGE = 65_536
ANYWHERE = frozenset({"0.0.0.0", "::", ""})


class Caller:
    """Calls once. Whoever hangs up first, the summary says what was heard."""

    def __init__(self, host: str, port: int, samples: Samples, credentials: Credentials) -> None:
        place = "127.0.0.1" if host in ANYWHERE else host
        self.exchange = Flow("udp", place, port)
        self.credentials = credentials
        self.voice = Voice(place, samples)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind((place, 0))
        own_port = int(self.socket.getsockname()[1])
        self.endpoint = Endpoint(EndpointSettings(place, os.urandom(16), port=own_port), _OnlyCalls())
        self.dialog = ""
        self.status = 0
        self.ended_by = ""
        self.answered_at = 0.0
        self.ended_at = 0.0
        self._over = asyncio.Event()

    async def call(self, number: str, caller: str, name: str, seconds: float) -> Summary:
        """Hangs up after `seconds`, counted from the start, when nobody did before."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self.socket, self._readable)
        loop.add_reader(self.voice.socket, self.voice.listen)
        speaking = asyncio.create_task(self._speak())
        ticking = asyncio.create_task(self._tick())
        try:
            self._dial(number, caller, name)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), seconds)
            if not self._over.is_set():
                self._hang_up()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._over.wait(), LAST_WORDS_SECONDS)
        finally:
            speaking.cancel()
            ticking.cancel()
            loop.remove_reader(self.socket)
            loop.remove_reader(self.voice.socket)
            self.socket.close()
            self.voice.close()
        return self._summary()

    def _dial(self, number: str, caller: str, name: str) -> None:
        place = f"{self.exchange.host}:{self.exchange.port}"
        self.endpoint.invite(
            INVITE,
            Target(f"sip:{number}@{place}", self.exchange, credentials=self.credentials),
            time.time(),
            from_uri=f"sip:{caller.replace(' ', '')}@{place}",
            from_name=name,
            sdp=str(sdp.offer_of(self._session())),
        )
        self._after()

    def _hang_up(self) -> None:
        self.ended_by = "caller"
        if self.dialog:
            self.endpoint.bye(self.dialog, time.time())
        else:
            self.endpoint.cancel(INVITE, time.time())
        self._after()

    def _session(self) -> sdp.Session:
        return sdp.Session(
            host=self.exchange.host, port=self.voice.port, codecs=(int(Law.PCMA), int(Law.PCMU))
        )

    def _readable(self) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
            while True:
                data, address = self.socket.recvfrom(LONGEST_MESSAGE)
                self.endpoint.receive(data, Flow("udp", address[0], address[1]), time.time())
        self._after()

    def _after(self) -> None:
        while (event := self.endpoint.next_event()) is not None:
            self._take(event)
        for flow, data in self.endpoint.outgoing():
            with contextlib.suppress(OSError):
                self.socket.sendto(data, (flow.host, flow.port))

    def _take(self, event: events.SipEvent) -> None:
        match event:
            case events.InviteAnswered(dialog=dialog, sdp=answer):
                self.dialog, self.status, self.answered_at = dialog, 200, time.time()
                self._connect(answer or "")
            case events.InviteFailed(status=status):
                self.status = status
                self._end("exchange")
            case events.DialogEnded(by_peer=by_peer):
                self._end("agent" if by_peer else "caller")
            case events.ReinviteReceived(transaction=transaction, sdp=offer) if offer is not None:
                session = sdp.answer_to(sdp.parse(offer), self._session())
                self.endpoint.answer_reinvite(transaction, str(session), time.time())
                self._connect(offer)

    def _connect(self, text: str) -> None:
        session = sdp.parse(text)
        law = next((Law(codec) for codec in session.codecs if codec in (Law.PCMA, Law.PCMU)), Law.PCMA)
        self.voice.connect(session.host, session.port, law)

    def _end(self, who: str) -> None:
        self.ended_by = self.ended_by or who
        self.ended_at = time.time()
        self._over.set()

    async def _speak(self) -> None:
        while True:
            await asyncio.sleep(max(0.0, self.voice.speak(time.time()) - time.time()))

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(0.05)
            self.endpoint.advance(time.time())
            self._after()

    def _summary(self) -> Summary:
        return Summary(
            answered=bool(self.answered_at),
            status=self.status,
            seconds=max(0.0, (self.ended_at or time.time()) - self.answered_at) if self.answered_at else 0.0,
            packets=self.voice.packets,
            level_dbfs=self.voice.level_dbfs,
            loudest_dbfs=self.voice.loudest_dbfs,
            ended_by=self.ended_by or "caller",
        )


class _OnlyCalls:
    """In the dialog of its own call the caller answers; nobody can call it."""

    def peer_of(self, flow: Flow, request: Request) -> Peer | None:
        return None

    def secret_of(self, username: str, realm: str, now: float) -> Secret | None:
        return None


def spoken(sentences: Sequence[str], language: str, folder: Path) -> Samples:
    """The sentences with pauses between them. Blocks while they are being spoken for the first time."""
    parts: list[Samples] = []
    for sentence in sentences:
        with wave.open(str(synthesise(sentence, language, folder)), "rb") as file:
            parts.append(np.frombuffer(file.readframes(file.getnframes()), np.int16))
        parts.append(silence(PAUSE_SECONDS))
    return np.concatenate(parts)
