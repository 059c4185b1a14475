"""A telephone company for whoever has none: answers what is called over it, on the loopback alone.

Numbers that end in 86 are busy, those in 80 ring and are not answered, those in 04 do not exist.
"""

import argparse
import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from django.conf import settings

from hallom import pulse
from hallom.calls.practice_address import HOST, port
from hallom.calls.practice_caller import spoken
from hallom.calls.practice_voice import Voice
from hallom.calls.practice_words import WORDS
from hallom.customers.region import default_region
from hallom.media.g711 import Law, Samples
from hallom.sip import events, sdp
from hallom.sip.accounts import Peer, Secret
from hallom.sip.endpoint import Endpoint
from hallom.sip.flow import Flow
from hallom.sip.message import Request
from hallom.sip.settings import EndpointSettings
from hallom.sip.uri import user_of

logger = structlog.get_logger(__name__)

RING_SECONDS = 3.0
LONGEST_SECONDS = 300.0
LONGEST_MESSAGE = 65_536
MOST_CALLS = 20
# Twenty milliseconds of voice at a time; with nobody on the line there is nothing to hurry for.
TICK_SECONDS = 0.02
IDLE_SECONDS = 0.25
ENDINGS = {"86": 486, "04": 404}
UNANSWERED = "80"


def main(arguments: Sequence[str]) -> int:
    """Runs until told to stop."""
    parser = argparse.ArgumentParser(prog="hallom practice-line", description=__doc__)
    parser.add_argument("--port", type=int, default=port())
    given = parser.parse_args(arguments)
    asyncio.run(_serve(given.port))
    return 0


async def _serve(number: int) -> None:
    language = {"HU": "hu", "PL": "pl"}.get(default_region(), "en")
    folder = Path(settings.HALLOM_DATA) / "sounds"
    samples = await asyncio.to_thread(spoken, WORDS[language], language, folder)
    stopping = asyncio.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(one, stopping.set)
    company = _company(number, samples)
    ticking = asyncio.create_task(company.run()) if company else None
    pulse.tell_ready(port=number)
    beating = asyncio.create_task(pulse.keep_beating())
    await stopping.wait()
    beating.cancel()
    if company and ticking:
        ticking.cancel()
        company.close()


def _company(number: int, samples: Samples) -> "Company | None":
    """None where the machine has no such address: the demo goes on without calls out."""
    try:
        return Company(HOST, number, samples)
    except OSError as error:
        logger.warning("practice_line.not_open", error=error.strerror)
        return None


@dataclass(slots=True)
class Answerer:
    """One call: it rings until `answer_at`, then speaks until somebody hangs up."""

    invite: str
    offer: str
    voice: Voice
    answer_at: float | None
    dialog: str = ""
    end_at: float = field(default=0.0)


class Company:
    """Every caller is answered by the same voice; of calls only the newest are kept."""

    def __init__(self, host: str, number: int, samples: Samples) -> None:
        self.host = host
        self.samples = samples
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind((host, number))
        self.endpoint = Endpoint(EndpointSettings(host, os.urandom(16), port=number), _Everybody())
        self.calls: dict[str, Answerer] = {}

    async def run(self) -> None:
        asyncio.get_running_loop().add_reader(self.socket, self._readable)
        while True:
            self._tick(time.time())
            await asyncio.sleep(TICK_SECONDS if self.calls else IDLE_SECONDS)

    def close(self) -> None:
        with contextlib.suppress(RuntimeError):
            asyncio.get_running_loop().remove_reader(self.socket)
        for call in list(self.calls.values()):
            self._forget(call)
        self.socket.close()

    def _tick(self, now: float) -> None:
        self.endpoint.advance(now)
        for call in list(self.calls.values()):
            if call.dialog:
                call.voice.listen()
                call.voice.speak(now)
                if now > call.end_at:
                    self.endpoint.bye(call.dialog, now)
            elif call.answer_at is not None and now >= call.answer_at:
                self._answer(call, now)
        self._after()

    def _readable(self) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
            while True:
                data, address = self.socket.recvfrom(LONGEST_MESSAGE)
                self.endpoint.receive(data, Flow("udp", address[0], address[1]), time.time())
        self._after()

    def _after(self) -> None:
        while (event := self.endpoint.next_event()) is not None:
            self._take(event, time.time())
        for flow, data in self.endpoint.outgoing():
            with contextlib.suppress(OSError):
                self.socket.sendto(data, (flow.host, flow.port))

    def _take(self, event: events.SipEvent, now: float) -> None:
        match event:
            case events.InviteReceived(invite=invite, request_uri=uri, sdp=offer):
                self._received(invite, user_of(uri), offer or "", now)
            case events.InviteCancelled(invite=invite):
                self._forget(self.calls.get(invite))
            case events.DialogEnded(dialog=dialog):
                self._forget(next((one for one in self.calls.values() if one.dialog == dialog), None))
            case events.ReinviteReceived(dialog=dialog, transaction=transaction, sdp=offer) if offer:
                call = next((one for one in self.calls.values() if one.dialog == dialog), None)
                if call is not None:
                    self.endpoint.answer_reinvite(transaction, self._connected(call, offer), now)

    def _received(self, invite: str, number: str, offer: str, now: float) -> None:
        status = ENDINGS.get(number[-2:]) or (503 if len(self.calls) >= MOST_CALLS else 0)
        if status or not offer:
            self.endpoint.reject(invite, status or 488, now)
            return
        answer_at = None if number.endswith(UNANSWERED) else now + RING_SECONDS
        self.calls[invite] = Answerer(invite, offer, Voice(self.host, self.samples), answer_at)
        self.endpoint.progress(invite, 180, now)

    def _answer(self, call: Answerer, now: float) -> None:
        try:
            call.dialog = self.endpoint.answer(call.invite, self._connected(call, call.offer), now)
            call.end_at = now + LONGEST_SECONDS
        except (KeyError, sdp.SdpError):
            self._forget(call)

    def _connected(self, call: Answerer, offer: str) -> str:
        session = sdp.parse(offer)
        law = next((Law(codec) for codec in session.codecs if codec in (Law.PCMA, Law.PCMU)), Law.PCMA)
        call.voice.connect(session.host, session.port, law)
        local = sdp.Session(
            host=self.host, port=call.voice.port, codecs=(int(Law.PCMA), int(Law.PCMU)), telephone_event=101
        )
        return str(sdp.answer_to(session, local))

    def _forget(self, call: Answerer | None) -> None:
        if call is not None and self.calls.pop(call.invite, None) is not None:
            call.voice.close()


class _Everybody:
    """Whoever can reach this address may call."""

    def peer_of(self, flow: Flow, request: Request) -> Peer | None:
        return Peer("trunk", "hallom")

    def secret_of(self, username: str, realm: str, now: float) -> Secret | None:
        return None
