"""A desk phone with its keys: hold, a second call, transfer, pick-up by a lamp; it is known by its password, not its address."""

import re
import time
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from hallom.media import dtmf, rtp
from hallom.sip import sdp
from hallom.sip.credentials import Credentials
from hallom.sip.digest import authorization
from hallom.sip.flow import Flow
from hallom.sip.target import Target
from tests.telephony.house import Agent, until
from tests.telephony.phone import HOST, Phone, PhoneCall

# Not the trunk's address: who calls from here has to say who he is.
DESK_HOST = "127.0.0.2"

NOWHERE = "0.0.0.0"


class DeskPhone(Phone):
    """`news` is what each NOTIFY said, by what it was about; `replies` are final answers to our own requests, by CSeq."""

    def __init__(
        self, sip_port: int, agent: Agent, *, hertz: float = 1000.0, on_ring: str = "answer"
    ) -> None:
        super().__init__(sip_port, hertz=hertz, on_ring=on_ring, host=DESK_HOST)
        self.agent = agent
        self.news: list[tuple[str, str]] = []
        self.replies: dict[str, bytes] = {}
        self.diverts_to = ""
        self._cseq = 100

    def enter(self) -> "DeskPhone":
        self.register(self.agent)
        return self

    @property
    def told(self) -> list[str]:
        """The states of its transfer, in order."""
        return [
            body.split()[1] for event, body in self.news if event == "refer" and body.startswith("SIP/2.0")
        ]

    def hear(self, data: bytes, source: Flow) -> None:
        if data.startswith(b"NOTIFY "):
            self._notified(data, source)
            return
        if self.diverts_to and data.startswith((b"INVITE ", b"ACK ")):
            if data.startswith(b"INVITE "):
                contact = f"Contact: <sip:{self.diverts_to}@{HOST}:{self.exchange.port}>"
                self._answer(data, source, "302 Moved Temporarily", contact)
            return
        cseq = _header(data, "CSeq")
        if data.startswith(b"SIP/2.0 ") and cseq.endswith(("REFER", "SUBSCRIBE", "INFO")):
            if not data.startswith(b"SIP/2.0 1"):
                self.replies[cseq] = data
            return
        super().hear(data, source)

    def dial(
        self, number: str, headers: Mapping[str, str] | None = None, *, is_bare: bool = False
    ) -> PhoneCall:
        call = self._new_call(f"desk-{len(self.calls)}", is_incoming=False)
        with self.working():
            self.endpoint.invite(
                call.invite,
                Target(
                    f"sip:{number}@{HOST}:{self.exchange.port}",
                    self.exchange,
                    credentials=Credentials(self.agent.username, self.agent.secret),
                ),
                time.time(),
                from_uri=f"sip:agent-{self.agent.id}@{HOST}",
                from_name="",
                sdp=str(sdp.offer_of(self._session(call))),
                headers=headers or {},
            )
        return call

    def hold(self, call: PhoneCall, direction: str = "sendonly") -> None:
        """`direction` may be NOWHERE: the way of telephones older than RFC 3264."""
        self._reinvite(call, direction)

    def resume(self, call: PhoneCall) -> None:
        self._reinvite(call, "sendrecv")

    def _reinvite(self, call: PhoneCall, direction: str) -> None:
        is_nowhere = direction == NOWHERE
        session = sdp.Session(
            host=NOWHERE if is_nowhere else HOST,
            port=call.voice.port,
            codecs=(int(self.law),),
            direction="sendrecv" if is_nowhere else direction,
            version=self._next(),
        )
        with self.working():
            self.endpoint.reinvite(call.dialog, str(sdp.offer_of(session)), time.time())

    def mute(self, call: PhoneCall) -> None:
        call.voice.samples = np.zeros(8000, np.int16)

    def press(self, call: PhoneCall, key: int) -> None:
        """A key by RFC 4733, as a telephone sends it: every packet of it with one timestamp, the last three times."""
        voice = call.voice
        assert voice._peer is not None
        # The telephone's own thread speaks with the same numbers: a key whose packets bear two timestamps is two keys.
        with self._lock:
            began = voice._timestamp
            for number, is_end in ((1, False), (2, False), (3, True), (3, True), (3, True)):
                payload = dtmf.pack(str(key), end=is_end, volume=10, duration=number * 160)
                packet = rtp.Packet(101, number == 1, voice._sequence, began, voice._ssrc, payload)
                voice._sequence = (voice._sequence + 1) & 0xFFFF
                voice.socket.sendto(rtp.pack(packet), voice._peer)

    def _session(self, call: PhoneCall) -> sdp.Session:
        return replace(super()._session(call), telephone_event=101)

    def refer(self, call: PhoneCall, target: str, *, over: PhoneCall | None = None) -> str:
        """The transfer key; with `over` the other call is the one that is handed over. The final answer's status line."""
        uri = f"sip:{target}@{HOST}:{self.exchange.port}"
        if over is not None:
            found = self._dialog(over)
            text = f"{found.call_id};to-tag={found.remote_tag};from-tag={found.id}"
            uri += "?Replaces=" + text.replace(";", "%3B").replace("=", "%3D").replace("@", "%40")
        return self._within(call, "REFER", f"Refer-To: <{uri}>\r\n")

    def info(self, call: PhoneCall, content_type: str, body: str) -> str:
        return self._within(call, "INFO", f"Content-Type: {content_type}\r\n", body)

    def subscribe(self, target: str, *, event: str = "dialog", seconds: int = 600) -> str:
        """The status line of the final answer; what is told then is in `news`."""
        uri = f"sip:{target}@{HOST}:{self.exchange.port}"
        call_id = f"sub-{self._next()}@{self.host}"
        fields = (
            f"From: <sip:agent-{self.agent.id}@{HOST}>;tag=s{self.port}\r\nTo: <{uri}>\r\n"
            f"Call-ID: {call_id}\r\nEvent: {event}\r\nExpires: {seconds}\r\n"
        )
        challenged = self._ask("SUBSCRIBE", uri, fields)
        if b" 401 " not in challenged.split(b"\r\n")[0]:
            return challenged.split(b"\r\n")[0].decode()
        credentials = authorization(
            [_header(challenged, "WWW-Authenticate")],
            self.agent.username,
            self.agent.secret,
            method="SUBSCRIBE",
            uri=uri,
            cnonce="c",
        )
        answer = self._ask("SUBSCRIBE", uri, fields + f"Authorization: {credentials}\r\n")
        return answer.split(b"\r\n")[0].decode()

    def _within(self, call: PhoneCall, method: str, fields: str, body: str = "") -> str:
        found = self._dialog(call)
        ours, theirs = (found.local_uri, found.remote_uri)
        head = f"From: <{ours}>;tag={found.id}\r\nTo: <{theirs}>;tag={found.remote_tag}\r\nCall-ID: {found.call_id}\r\n"
        # Later requests of the endpoint's own must go on counting after ours.
        found.local_cseq += 1
        answer = self._ask(method, found.target, head + fields, body, cseq=found.local_cseq)
        return answer.split(b"\r\n")[0].decode()

    def _ask(self, method: str, uri: str, fields: str, body: str = "", *, cseq: int = 0) -> bytes:
        number = f"{cseq or self._next()} {method}"
        text = (
            f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {self.host}:{self.port};branch=z9hG4bK{self.port}x{self._next()}\r\n"
            f"Max-Forwards: 70\r\n{fields}CSeq: {number}\r\nContact: <sip:agent-{self.agent.id}@{self.host}:{self.port}>\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )
        self.replies.pop(number, None)
        with self.working():
            self._socket.sendto(text.encode(), (self.exchange.host, self.exchange.port))
        return bytes(until(lambda: self.replies.get(number), what=f"an answer to {method}"))

    def _dialog(self, call: PhoneCall):  # type: ignore[no-untyped-def]
        found = self.endpoint._dialogs.get(call.dialog)
        assert found is not None
        return found

    def _next(self) -> int:
        self._cseq += 1
        return self._cseq

    def _notified(self, data: bytes, source: Flow) -> None:
        body = data.partition(b"\r\n\r\n")[2]
        self._answer(data, source, "200 OK")
        self.news.append((_header(data, "Event").partition(";")[0], body.decode()))

    def _answer(self, data: bytes, source: Flow, status: str, *fields: str) -> None:
        head = data.partition(b"\r\n\r\n")[0].decode()
        kept = [line for line in head.split("\r\n") if re.match(r"(?i)(via|from|call-id|cseq):", line)]
        to = _header(data, "To")
        tagged = to if ";tag=" in to else f"{to};tag=t{self.port}"
        text = "\r\n".join(
            [f"SIP/2.0 {status}", *kept, f"To: {tagged}", *fields, "Content-Length: 0", "", ""]
        )
        self._socket.sendto(text.encode(), (source.host, source.port))


def _header(data: bytes, name: str) -> str:
    match = re.search(rf"(?im)^{name}:\s*(.*?)\r?$", data.partition(b"\r\n\r\n")[0].decode(errors="replace"))
    return match[1] if match else ""
