"""What a call costs the SIP endpoint: a caller and a phone made of text, the endpoint between them, no sockets."""

from __future__ import annotations

import gc
import time
import tracemalloc
from typing import Any

from hallom.sip.accounts import Peer, Secret
from hallom.sip.endpoint import Endpoint
from hallom.sip.events import DialogEnded, InviteAnswered, InviteReceived
from hallom.sip.flow import Flow
from hallom.sip.message import Request
from hallom.sip.settings import EndpointSettings
from hallom.sip.target import Target

CALLS = 2_000
WARM_UP = 200
CALLS_PER_SECOND = 300
CALLER = Flow("udp", "127.0.0.1", 5299)
CALLEE = Flow("udp", "127.0.0.1", 5280)
SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 0 101\r\n"
    + ("a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n")
)


class OneTrunk:
    def peer_of(self, flow: Flow, request: Request) -> Peer | None:
        return Peer("trunk", "bench")

    def secret_of(self, username: str, realm: str, now: float) -> Secret | None:
        return None


class Bridge:
    """The least that a B2BUA does: call the phone, pass its answer on, pass the BYE on."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0
        settings = EndpointSettings("127.0.0.1", b"bench", port=5060)
        self.endpoint = Endpoint(settings, OneTrunk())
        self.other: dict[str, str] = {}
        self.spent = 0.0
        self.calls = 0

    def say(self, data: bytes, source: Flow) -> list[bytes]:
        """Only the endpoint's share of the work is counted."""
        started = time.process_time()
        self.endpoint.receive(data, source, self.now)
        self._react()
        sent = [message for _, message in self.endpoint.outgoing()]
        self.spent += time.process_time() - started
        return sent

    def wait(self, seconds: float) -> None:
        started = time.process_time()
        self.now += seconds
        self.endpoint.advance(self.now)
        self._react()
        self.endpoint.outgoing()
        self.spent += time.process_time() - started

    def _react(self) -> None:
        endpoint = self.endpoint
        while (event := endpoint.next_event()) is not None:
            if isinstance(event, InviteReceived):
                target = Target("sip:100@127.0.0.1:5280", CALLEE)
                endpoint.invite(event.invite, target, self.now, from_uri=event.from_uri, sdp=event.sdp or "")
            elif isinstance(event, InviteAnswered):
                dialog = endpoint.answer(event.invite, event.sdp or "", self.now)
                self.other[dialog], self.other[event.dialog] = event.dialog, dialog
            elif isinstance(event, DialogEnded):
                other = self.other.pop(event.dialog, None)
                if other is not None:
                    endpoint.bye(other, self.now)

    def call(self) -> None:
        """INVITE, 180, 200, ACK, BYE, 200 on either side."""
        self.calls += 1
        name = f"bench-{self.calls}"
        invite = next(
            one for one in self.say(_request("INVITE", name, 1, body=SDP), CALLER) if one[:6] == b"INVITE"
        )
        self.say(_reply(invite, "180 Ringing"), CALLEE)
        sent = self.say(_reply(invite, "200 OK", SDP), CALLEE)
        answer = next(one for one in sent if one[:11] == b"SIP/2.0 200")
        tag = _header(answer, "To").partition("tag=")[2]
        self.say(_request("ACK", name, 1, tag), CALLER)
        sent = self.say(_request("BYE", name, 2, tag), CALLER)
        bye = next(one for one in sent if one[:3] == b"BYE")
        self.say(_reply(bye, "200 OK"), CALLEE)
        self.wait(1 / CALLS_PER_SECOND)


def run() -> list[dict[str, Any]]:
    return [*_cost_of_a_call(), *_memory()]


def _cost_of_a_call() -> list[dict[str, Any]]:
    bridge = Bridge()
    for _ in range(WARM_UP):
        bridge.call()
    bridge.spent = 0.0
    # As the switch runs: the cyclic collector was the main cost of a call.
    gc.collect()
    gc.freeze()
    thresholds = gc.get_threshold()
    gc.set_threshold(50_000, 20, 1000)
    try:
        for _ in range(CALLS):
            bridge.call()
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
    how = f"{CALLS} calls INVITE 180 200 ACK BYE 200 on both sides in memory, {CALLS_PER_SECOND} a second of virtual time"
    spent = bridge.spent / CALLS * 1000
    bridge.wait(4000)
    left = sum(bridge.endpoint.census().values())
    return [
        {"name": "SIP CPU per bridged call", "value": spent, "unit": "ms", "target": 1.0, "how": how},
        {
            "name": "SIP left in memory afterwards",
            "value": left,
            "unit": "",
            "target": 0,
            "how": "transactions, dialogs, timers",
        },
    ]


def _memory() -> list[dict[str, Any]]:
    bridge = Bridge()
    for _ in range(WARM_UP):
        bridge.call()
    bridge.wait(4000)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(CALLS // 2):
        bridge.call()
    gc.collect()
    used = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    census = bridge.endpoint.census()
    transactions = census["client_transactions"] + census["server_transactions"]
    how = f"tracemalloc after {CALLS // 2} ended calls whose {transactions} transactions still wait for retransmissions, timers included"
    return [
        {
            "name": "SIP memory per completed transaction",
            "value": used / transactions,
            "unit": "B",
            "target": 3000,
            "how": how,
        }
    ]


def _request(method: str, name: str, cseq: int, tag: str = "", body: str = "") -> bytes:
    typed = "Content-Type: application/sdp\r\n" if body else ""
    return (
        f"{method} sip:100@127.0.0.1:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5299;rport;branch=z9hG4bK{name}{method}\r\n"
        f'Max-Forwards: 70\r\nFrom: "Bench" <sip:bench@127.0.0.1:5299>;tag={name}\r\n'
        f"To: <sip:100@127.0.0.1:5060>{';tag=' + tag if tag else ''}\r\nCall-ID: {name}@127.0.0.1\r\nCSeq: {cseq} {method}\r\n"
        f"Contact: <sip:bench@127.0.0.1:5299>\r\nAllow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE\r\nSupported: timer\r\n"
        f"User-Agent: bench\r\n{typed}Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def _reply(request: bytes, status: str, body: str = "") -> bytes:
    to = _header(request, "To")
    to = to if "tag=" in to else f"{to};tag=callee"
    typed = "Content-Type: application/sdp\r\n" if body else ""
    return (
        f"SIP/2.0 {status}\r\nVia: {_header(request, 'Via')}\r\nFrom: {_header(request, 'From')}\r\nTo: {to}\r\n"
        f"Call-ID: {_header(request, 'Call-ID')}\r\nCSeq: {_header(request, 'CSeq')}\r\n"
        f"Contact: <sip:100@127.0.0.1:5280>\r\n{typed}Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def _header(message: bytes, name: str) -> str:
    after = message.decode().partition(f"\r\n{name}: ")[2]
    return after.partition("\r\n")[0]


if __name__ == "__main__":
    for row in run():
        print(f"{row['name']}: {row['value']:.3f} {row['unit']} ({row['how']})")
