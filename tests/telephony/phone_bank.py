"""Many telephones in one thread: agents that answer or ring, and callers; each speaks a tone of its own.

A `Phone` decodes each packet it hears; with eighty of them that is a core. Here packets are made once, and what was
heard is kept as it came and looked at only when a test asks.
"""

import contextlib
import os
import select
import socket
import struct
import threading
import time
from collections import deque
from dataclasses import dataclass, field

import numpy as np

from hallom.media import g711
from hallom.media.g711 import FRAME_SAMPLES, Law, Samples
from hallom.sip import events, sdp
from hallom.sip.credentials import Credentials
from hallom.sip.endpoint import Endpoint
from hallom.sip.flow import Flow
from hallom.sip.settings import EndpointSettings
from hallom.sip.target import Target
from hallom.sip.trunk import Trunk
from hallom.switch.aio.datagrams import NOTE_ROOM, SO_TIMESTAMPNS, came_at
from tests.telephony.hearing import level_dbfs, share_of_tone, tone
from tests.telephony.house import Agent, until
from tests.telephony.phone import HOST, AnyPeer

TICK = 0.02
KEPT_PACKETS = 25
RTP_HEADER = struct.Struct("!BBHII")
# Narrow, for the tones of the bank lie 20 Hz apart.
WIDTH = 8.0


class BankDied(AssertionError):
    """The thread of the telephones ended; its cause is the cause of this."""


@dataclass(slots=True, eq=False)
class Line:
    """One telephone's end of one call."""

    invite: str
    hertz: float
    socket: socket.socket
    frames: list[bytes]
    agent: int | None = None
    dialog: str = ""
    offer: str | None = None
    status: int = 0
    began_at: float = field(default_factory=time.time)
    answered_at: float = 0.0
    ended_at: float = 0.0
    ended_by_peer: bool = False
    peer: tuple[str, int] | None = None
    sent: int = 0
    heard: deque[tuple[float, bytes]] = field(default_factory=lambda: deque(maxlen=KEPT_PACKETS))

    @property
    def is_up(self) -> bool:
        return bool(self.answered_at) and not self.ended_at

    @property
    def is_over(self) -> bool:
        return bool(self.ended_at)

    def sound(self, seconds: float = 1.0) -> Samples:
        """What came in the last `seconds`, half a second of it at most."""
        since = time.time() - seconds
        parts = [
            g711.decode(data[RTP_HEADER.size :], Law(data[1] & 0x7F))
            for at, data in list(self.heard)
            if at >= since and data[1] & 0x7F in (0, 8)
        ]
        return np.concatenate(parts) if parts else np.zeros(0, np.int16)

    def hears(self, hertz: float) -> bool:
        sound = self.sound()
        return len(sound) > FRAME_SAMPLES * 20 and share_of_tone(sound, hertz, width=WIDTH) > 0.8

    def hears_anything(self) -> bool:
        return level_dbfs(self.sound()) > -55.0

    def speak(self) -> None:
        if self.peer is None:
            return
        number = self.sent
        header = RTP_HEADER.pack(
            0x80,
            int(Law.PCMA) | (0x80 if not number else 0),
            number & 0xFFFF,
            (number * FRAME_SAMPLES) & 0xFFFFFFFF,
            id(self) & 0xFFFFFFFF,
        )
        self.sent += 1
        with contextlib.suppress(OSError):
            self.socket.sendto(header + self.frames[number % len(self.frames)], self.peer)

    def listen(self, now: float) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                with contextlib.suppress(ConnectionRefusedError):
                    data = self.socket.recv(2048)
                    if len(data) > RTP_HEADER.size and data[0] == 0x80:
                        self.heard.append((now, data))


class PhoneBank:
    """`on_ring` of an agent: answer or ring."""

    def __init__(self, sip_port: int, *, speaks: bool = True) -> None:
        self.exchange = Flow("udp", HOST, sip_port)
        self.lines: list[Line] = []
        self.on_ring: dict[int, str] = {}
        self.speaks = speaks
        self.died: BaseException | None = None
        self._tones: dict[int, float] = {}
        self._registered: set[str] = set()
        self._calls = 0
        self._lock = threading.RLock()
        self._socket = _bound(buffer=1 << 22)
        self.port = int(self._socket.getsockname()[1])
        self._endpoint = Endpoint(EndpointSettings(HOST, os.urandom(16), port=self.port), AnyPeer())
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, daemon=True, name="phone bank")

    def __enter__(self) -> "PhoneBank":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_stopping = True
        self._thread.join(5)
        self._socket.close()
        for line in self.lines:
            line.socket.close()
        self.check()

    def check(self) -> None:
        if self.died is not None:
            raise BankDied("the telephones' thread died") from self.died

    def register(self, agent: Agent, *, hertz: float, on_ring: str = "answer") -> None:
        self.on_ring[agent.id] = on_ring
        self._tones[agent.id] = hertz
        with self._lock:
            self._endpoint.register_trunk(
                Trunk(
                    name=f"agent-{agent.id}",
                    registrar=Target(f"sip:{HOST}:{self.exchange.port}", self.exchange),
                    aor=f"sip:agent-{agent.id}@{HOST}",
                    credentials=Credentials(agent.username, agent.secret),
                    user=f"agent-{agent.id}",
                ),
                time.time(),
            )

    def wait_registered(self, count: int, *, seconds: float = 60.0) -> None:
        self.until(lambda: len(self._registered) >= count, seconds=seconds, what="all phones registered")

    def until(self, condition, *, seconds: float = 10.0, what: str = ""):  # type: ignore[no-untyped-def]
        """As the function of that name, but a dead thread of telephones says so."""

        def look():  # type: ignore[no-untyped-def]
            self.check()
            return condition()

        return until(look, seconds=seconds, what=what)

    def call(self, number: str, *, caller: str, hertz: float) -> Line:
        with self._lock:
            self._calls += 1
            line = self._new_line(f"out-{self._calls}", hertz)
            self._endpoint.invite(
                line.invite,
                Target(f"sip:{number}@{HOST}:{self.exchange.port}", self.exchange),
                time.time(),
                from_uri=f"sip:{caller}@{HOST}:{self.port}",
                from_name="",
                sdp=str(sdp.offer_of(self._session(line))),
            )
            self._after()
        return line

    def hang_up(self, line: Line) -> float:
        at = time.time()
        with self._lock:
            if line.dialog:
                self._endpoint.bye(line.dialog, at)
            else:
                self._endpoint.cancel(line.invite, at)
            self._after()
        return at

    def of_agent(self, agent: int) -> Line | None:
        """The line on which this agent talks."""
        return next((line for line in reversed(self.lines) if line.agent == agent and line.is_up), None)

    def ringing(self, agent: int) -> Line | None:
        return next(
            (
                line
                for line in reversed(self.lines)
                if line.agent == agent and not line.is_over and not line.answered_at
            ),
            None,
        )

    def _new_line(self, invite: str, hertz: float, agent: int | None = None) -> Line:
        line = Line(invite, hertz, _bound(buffer=1 << 17), _frames(hertz), agent)
        self.lines.append(line)
        return line

    def _session(self, line: Line) -> sdp.Session:
        return sdp.Session(HOST, int(line.socket.getsockname()[1]), codecs=(int(Law.PCMA),))

    def _run(self) -> None:
        try:
            self._serve()
        except BaseException as error:
            self.died = error

    def _serve(self) -> None:
        # Not select(): it knows no descriptor above 1,023.
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        due = time.time()
        while not self._is_stopping:
            poll.poll(max(0.0, due - time.time()) * 1000)
            now = time.time()
            with self._lock:
                self._receive(now)
                self._endpoint.advance(now)
                self._after()
                if now >= due:
                    if self.speaks:
                        self._sound(now)
                    due = max(due + TICK, now - 5 * TICK)

    def _sound(self, now: float) -> None:
        for line in self.lines:
            if line.is_up:
                line.speak()
                line.listen(now)

    def _receive(self, now: float) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                with contextlib.suppress(ConnectionRefusedError):
                    data, notes, _, address = self._socket.recvmsg(65_536, NOTE_ROOM)
                    self._endpoint.receive(data, Flow("udp", address[0], address[1]), now)
                    # So many telephones in one process read it up to tenths of a second later.
                    self._take_events(came_at(notes))

    def _take_events(self, at: float) -> None:
        while (event := self._endpoint.next_event()) is not None:
            self._take(event, at)

    def _after(self) -> None:
        self._take_events(time.time())
        for flow, data in self._endpoint.outgoing():
            with contextlib.suppress(OSError):
                self._socket.sendto(data, (flow.host, flow.port))

    def _take(self, event: events.SipEvent, at: float) -> None:
        line = self._line_of(event)
        match event:
            case events.TrunkChanged(trunk=name, registered=True):
                self._registered.add(name)
            case events.InviteReceived():
                self._ring(event)
            case events.ProgressReceived(status=status) if line is not None:
                line.status = status
            case events.InviteAnswered(dialog=dialog, sdp=answer) if line is not None:
                line.status, line.dialog = 200, dialog
                self._connect(line, sdp.parse(answer or ""))
            case events.InviteFailed(status=status) if line is not None:
                line.status = status
                _finish(line, at, by_peer=True)
            case events.InviteCancelled() if line is not None:
                _finish(line, at, by_peer=True)
            case events.DialogEnded(by_peer=by_peer) if line is not None:
                _finish(line, at, by_peer=by_peer)
            case events.ReinviteReceived(transaction=transaction, sdp=offer) if line is not None:
                answer = sdp.answer_to(sdp.parse(offer or ""), self._session(line))
                self._endpoint.answer_reinvite(transaction, str(answer), time.time())
                self._connect(line, sdp.parse(offer or ""))

    def _ring(self, event: events.InviteReceived) -> None:
        agent = int(event.request_uri.partition("agent-")[2].partition("@")[0])
        line = self._new_line(event.invite, self._tones[agent], agent)
        line.offer = event.sdp
        if self.on_ring[agent] == "answer":
            self._answer(line)
        else:
            self._endpoint.progress(event.invite, 180, time.time())

    def _answer(self, line: Line) -> None:
        offer = sdp.parse(line.offer or "")
        # Cancelled meanwhile: the event that says so is next in the line.
        with contextlib.suppress(KeyError):
            answer = sdp.answer_to(offer, self._session(line))
            line.dialog = self._endpoint.answer(line.invite, str(answer), time.time())
            self._connect(line, offer)

    def _connect(self, line: Line, session: sdp.Session) -> None:
        line.peer = (session.host, session.port)
        line.answered_at = line.answered_at or time.time()

    def _line_of(self, event: events.SipEvent) -> Line | None:
        invite, dialog = getattr(event, "invite", None), getattr(event, "dialog", None)
        for line in reversed(self.lines):
            if invite == line.invite or (dialog and dialog == line.dialog):
                return line
        return None


def _finish(line: Line, at: float, *, by_peer: bool) -> None:
    if not line.ended_at:
        line.ended_at, line.ended_by_peer = at, by_peer


def _bound(*, buffer: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    made.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    made.bind((HOST, 0))
    return made


def _frames(hertz: float) -> list[bytes]:
    """A second of the tone as payloads."""
    samples = tone(hertz)
    return [
        g711.encode(np.ascontiguousarray(samples[at : at + FRAME_SAMPLES]), Law.PCMA)
        for at in range(0, len(samples), FRAME_SAMPLES)
    ]
