"""A telephone for tests: SIP by our own endpoint, RTP with the kernel's time stamps, a thread of its own."""

import contextlib
import os
import select
import socket
import threading
import time
from dataclasses import dataclass, field
from itertools import pairwise

from hallom.calls.practice_voice import Voice
from hallom.media.g711 import Law, Samples
from hallom.sip import events, sdp
from hallom.sip.accounts import Peer, Secret
from hallom.sip.credentials import Credentials
from hallom.sip.endpoint import Endpoint
from hallom.sip.flow import Flow
from hallom.sip.message import Request
from hallom.sip.settings import EndpointSettings
from hallom.sip.target import Target
from hallom.sip.trunk import Trunk
from hallom.switch.aio.datagrams import NOTE_ROOM, SO_TIMESTAMPNS, came_at
from tests.telephony.hearing import Ear, tone
from tests.telephony.house import Agent, until

HOST = "127.0.0.1"


class AnyPeer:
    """A phone takes calls from whoever reaches it."""

    def peer_of(self, flow: Flow, request: Request) -> Peer | None:
        return Peer("trunk", "exchange")

    def secret_of(self, username: str, realm: str, now: float) -> Secret | None:
        return None


class Mouth(Voice):
    """`sent` is when each frame left: a telephone whose thread has to wait speaks late, and what is heard has a gap."""

    def __init__(self, samples: Samples, ear: Ear) -> None:
        super().__init__(HOST, samples, heard=ear.heard)
        self.sent: list[float] = []

    def longest_pause(self, begin: float, end: float) -> float:
        """The longest time between two frames that reaches into the time from `begin` to `end`."""
        pairs = pairwise(list(self.sent))
        return max((late - early for early, late in pairs if late >= begin and early <= end), default=0.0)

    def _send_frame(self) -> None:
        super()._send_frame()
        if self._peer is not None:
            self.sent.append(time.time())


@dataclass(slots=True)
class PhoneCall:
    """One call of a phone; `seen` are the events in order with the time each came."""

    phone: "Phone"
    invite: str
    voice: Mouth
    ear: Ear
    is_incoming: bool
    dialog: str = ""
    offer: str | None = None
    seen: list[tuple[float, events.SipEvent]] = field(default_factory=list)
    status: int = 0
    answered_at: float = 0.0
    ended_at: float = 0.0
    ended_by_peer: bool = False

    @property
    def is_up(self) -> bool:
        return bool(self.answered_at) and not self.ended_at

    @property
    def is_over(self) -> bool:
        return bool(self.ended_at)

    def answer(self) -> None:
        self.phone.answer(self)

    def reject(self, status: int = 486) -> None:
        with self.phone.working():
            self.phone.endpoint.reject(self.invite, status, time.time())
            self.phone.finish(self, by_peer=False)

    def hang_up(self) -> float:
        """End it however far it has come; returns when."""
        with self.phone.working():
            at = time.time()
            if self.dialog:
                self.phone.endpoint.bye(self.dialog, at)
            else:
                self.phone.endpoint.cancel(self.invite, at)
        return at

    def wait_up(self, seconds: float = 10.0) -> "PhoneCall":
        until(lambda: self.is_up, seconds=seconds, what="the call answered")
        return self

    def wait_over(self, seconds: float = 10.0) -> "PhoneCall":
        until(lambda: self.is_over, seconds=seconds, what="the call over")
        return self


class Phone:
    """`on_ring`: ring, answer, reject or ignore."""

    def __init__(
        self,
        sip_port: int,
        *,
        hertz: float = 440.0,
        on_ring: str = "ring",
        law: Law = Law.PCMU,
        host: str = HOST,
    ) -> None:
        self.host = host
        self.reject_status = 486
        self.exchange = Flow("udp", HOST, sip_port)
        self.samples: Samples = tone(hertz)
        self.on_ring = on_ring
        self.law = law
        self.calls: list[PhoneCall] = []
        self.registered = False
        self.ring_status = 180
        self.key_type: int | None = None
        self._lock = threading.RLock()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.bind((host, 0))
        self.port = int(self._socket.getsockname()[1])
        self.endpoint = Endpoint(EndpointSettings(host, os.urandom(16), port=self.port), AnyPeer())
        self._wake_in, self._wake_out = os.pipe()
        self.died: BaseException | None = None
        self._stopping = False
        self._thread = threading.Thread(target=self._run, daemon=True, name=f"phone {self.port}")
        self._thread.start()

    def __enter__(self) -> "Phone":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        for call in self.calls:
            if not call.is_over:
                with contextlib.suppress(KeyError):
                    call.hang_up()
        self._stopping = True
        os.write(self._wake_out, b"x")
        self._thread.join(5)
        self._socket.close()
        for call in self.calls:
            call.voice.close()
        if self.died is not None:
            raise RuntimeError("the telephone's thread died") from self.died

    def register(self, agent: Agent) -> "Phone":
        credentials = Credentials(agent.username, agent.secret)
        with self.working():
            self.endpoint.register_trunk(
                Trunk(
                    name="exchange",
                    registrar=Target(f"sip:{HOST}:{self.exchange.port}", self.exchange),
                    aor=f"sip:agent-{agent.id}@{HOST}",
                    credentials=credentials,
                    user=f"agent-{agent.id}",
                ),
                time.time(),
            )
        until(lambda: self.registered, what="registration")
        return self

    def call(self, number: str, *, caller: str = "+36201234567", name: str = "") -> PhoneCall:
        call = self._new_call(f"out-{len(self.calls)}", is_incoming=False)
        offer = sdp.offer_of(self._session(call))
        with self.working():
            self.endpoint.invite(
                call.invite,
                Target(f"sip:{number}@{HOST}:{self.exchange.port}", self.exchange),
                time.time(),
                from_uri=f"sip:{caller}@{HOST}:{self.port}",
                from_name=name,
                sdp=str(offer),
            )
        return call

    def answer(self, call: PhoneCall) -> None:
        with self.working():
            if call.answered_at or call.is_over:
                return
            offer = sdp.parse(call.offer or "")
            answer = sdp.answer_to(offer, self._session(call))
            call.dialog = self.endpoint.answer(call.invite, str(answer), time.time())
            self._connect(call, offer)

    def ringing(self, seconds: float = 10.0) -> PhoneCall:
        """The newest incoming call that has not been answered and is not over."""

        def found() -> PhoneCall | None:
            waiting = [
                call for call in self.calls if call.is_incoming and not call.answered_at and not call.is_over
            ]
            return waiting[-1] if waiting else None

        call: PhoneCall = until(found, seconds=seconds, what="the phone to ring")
        return call

    def talking(self, seconds: float = 10.0, *, besides: PhoneCall | None = None) -> PhoneCall:
        """The newest call that is up; one that has had its time is `besides` this until its end has been told."""

        def found() -> list[PhoneCall]:
            return [call for call in list(self.calls) if call.is_up and call is not besides]

        newest: PhoneCall = until(found, seconds=seconds, what="a call up")[-1]
        return newest

    @contextlib.contextmanager
    def working(self):  # type: ignore[no-untyped-def]
        with self._lock:
            yield
            self._after()
        os.write(self._wake_out, b"x")

    def finish(self, call: PhoneCall, *, by_peer: bool, at: float = 0.0) -> None:
        if not call.ended_at:
            call.ended_at = at or time.time()
            call.ended_by_peer = by_peer

    def _new_call(self, invite: str, *, is_incoming: bool) -> PhoneCall:
        ear = Ear()
        call = PhoneCall(self, invite, Mouth(self.samples, ear), ear, is_incoming)
        self.calls.append(call)
        return call

    def _session(self, call: PhoneCall) -> sdp.Session:
        return sdp.Session(
            host=HOST, port=call.voice.port, codecs=(int(self.law),), telephone_event=self.key_type
        )

    def _connect(self, call: PhoneCall, session: sdp.Session, *, at: float = 0.0) -> None:
        call.voice.connect(session.host, session.port, self.law)
        call.answered_at = call.answered_at or at or time.time()

    def _run(self) -> None:
        try:
            self._serve()
        except BaseException as error:
            self.died = error

    def _serve(self) -> None:
        while not self._stopping:
            now = time.time()
            with self._lock:
                voices = {call.voice.socket: call.voice for call in self.calls if not call.is_over}
                due = [voice.speak(now) for voice in voices.values()]
                deadline = self.endpoint.next_deadline()
            due += [deadline] if deadline is not None else []
            pause = max(0.0, min([*due, now + 1.0]) - time.time())
            readable = _readable([self._socket, self._wake_in, *voices], pause)
            with self._lock:
                self._receive(readable)
                for ready in readable:
                    if ready in voices:
                        voices[ready].listen()
                self.endpoint.advance(time.time())
                self._after()

    def _receive(self, readable: list[socket.socket | int]) -> None:
        if self._wake_in in readable:
            os.read(self._wake_in, 4096)
        if self._socket not in readable:
            return
        with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
            while True:
                data, notes, _, address = self._socket.recvmsg(65_536, NOTE_ROOM)
                self.hear(data, Flow("udp", address[0], address[1]))
                # When it came, not when this thread had its turn.
                self._take_events(came_at(notes))

    def hear(self, data: bytes, source: Flow) -> None:
        self.endpoint.receive(data, source, time.time())

    def _take_events(self, at: float) -> None:
        while (event := self.endpoint.next_event()) is not None:
            self._take(event, at)

    def _after(self) -> None:
        self._take_events(time.time())
        for flow, data in self.endpoint.outgoing():
            with contextlib.suppress(OSError):
                self._socket.sendto(data, (flow.host, flow.port))

    def _take(self, event: events.SipEvent, at: float) -> None:
        call = self._call_of(event)
        if call is not None:
            call.seen.append((at, event))
        match event:
            case events.InviteReceived():
                self._ring(event)
            case events.InviteCancelled() if call is not None:
                self.finish(call, by_peer=True, at=at)
            case events.ProgressReceived(status=status) if call is not None:
                call.status = status
            case events.InviteAnswered(dialog=dialog, sdp=answer) if call is not None:
                call.status, call.dialog = 200, dialog
                self._connect(call, sdp.parse(answer or ""), at=at)
            case events.InviteFailed(status=status) if call is not None:
                call.status = status
                self.finish(call, by_peer=True, at=at)
            case events.DialogEnded(by_peer=by_peer) if call is not None:
                self.finish(call, by_peer=by_peer, at=at)
            case events.ReinviteReceived(transaction=transaction, sdp=offer) if call is not None:
                session = sdp.parse(offer or "")
                self.endpoint.answer_reinvite(
                    transaction, str(sdp.answer_to(session, self._session(call))), time.time()
                )
                call.voice.connect(session.host, session.port, self.law)
            case events.TrunkChanged(registered=registered):
                self.registered = registered

    def _call_of(self, event: events.SipEvent) -> PhoneCall | None:
        invite, dialog = getattr(event, "invite", None), getattr(event, "dialog", None)
        for call in self.calls:
            if invite == call.invite or (dialog is not None and dialog == call.dialog):
                return call
        return None

    def _ring(self, event: events.InviteReceived) -> None:
        call = self._new_call(event.invite, is_incoming=True)
        call.offer = event.sdp
        call.seen.append((time.time(), event))
        now = time.time()
        match self.on_ring:
            case "answer":
                self.answer(call)
            case "reject":
                self.endpoint.reject(event.invite, self.reject_status, now)
                self.finish(call, by_peer=False)
            case "ring":
                self.endpoint.progress(event.invite, self.ring_status, now)


def _readable(sources: list[socket.socket | int], seconds: float) -> list[socket.socket | int]:
    """As select(), which knows no descriptor above 1,023: a test of many calls has more."""
    poll = select.poll()
    by_number = {source if isinstance(source, int) else source.fileno(): source for source in sources}
    for number in by_number:
        poll.register(number, select.POLLIN)
    return [by_number[number] for number, _ in poll.poll(seconds * 1000)]
