"""What a real telephone asks of us beside calls, against the endpoint itself on a socket of its own."""

import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator

import pytest

from hallom.sip.endpoint import Endpoint
from hallom.sip.events import (
    Acknowledged,
    DialogEnded,
    InviteReceived,
    ReferReceived,
    SipEvent,
)
from hallom.sip.flow import Flow
from hallom.sip.settings import EndpointSettings
from hallom.sip.tests.harness import ANSWER, Book
from tests.telephony.baresip import HOST, Baresip
from tests.telephony.conftest import need
from tests.telephony.house import Agent, free_ports, until

AGENT = Agent(7, "seven", "secret")


class Exchange:
    """The endpoint, and every event it has had."""

    def __init__(self, port: int) -> None:
        self.port = port
        book = Book(users={AGENT.username: (AGENT.secret, "agent-7")})
        book.valid_until = time.time() + 3600
        self.endpoint = Endpoint(EndpointSettings(HOST, b"key", port=port), book)
        self.events: list[SipEvent] = []
        self.received: list[bytes] = []
        self.orders: deque[Callable[[float], None]] = deque()
        self.socket = socket.socket(type=socket.SOCK_DGRAM)
        self.socket.bind((HOST, port))
        self.socket.settimeout(0.02)

    def turn(self) -> None:
        """Take in what came, carry out what is due, send what is to be sent."""
        try:
            data, (host, port) = self.socket.recvfrom(65_536)
            self.received.append(data)
            self.endpoint.receive(data, Flow("udp", host, port), time.time())
        except TimeoutError:
            pass
        while self.orders:
            self.orders.popleft()(time.time())
        self.endpoint.advance(time.time())
        while (event := self.endpoint.next_event()) is not None:
            self.events.append(event)
            self._react(event)
        for flow, data in self.endpoint.outgoing():
            self.socket.sendto(data, (flow.host, flow.port))

    def _react(self, event: SipEvent) -> None:
        now = time.time()
        if isinstance(event, InviteReceived):
            self.endpoint.answer(event.invite, ANSWER, now)

    def order(self, order: Callable[[float], None]) -> None:
        """Have the endpoint do something between two turns."""
        self.orders.append(order)

    def has(self, kind: type[SipEvent]) -> bool:
        return any(isinstance(event, kind) for event in self.events)

    def wait_for(self, kind: type[SipEvent]) -> SipEvent:
        until(lambda: self.has(kind), seconds=15, what=kind.__name__)
        return next(event for event in self.events if isinstance(event, kind))

    def told(self, count: int) -> None:
        """Wait until the telephone has taken so many news of its transfer."""
        until(lambda: len(self.taken()) == count, what=f"{count} NOTIFYs taken")

    def taken(self) -> set[bytes]:
        """The CSeqs of those NOTIFYs in the call that the telephone has answered with 200."""
        mine = next(event.dialog for event in self.events if isinstance(event, ReferReceived)).encode()
        answers = [
            data for data in list(self.received) if data.startswith(b"SIP/2.0 200") and b"tag=" + mine in data
        ]
        return {data.split(b"CSeq: ")[1].split(b"\r\n")[0] for data in answers if b" NOTIFY" in data}


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    made = Exchange(free_ports(1)[0])
    yield made
    made.socket.close()


class Served:
    """Serves the endpoint from a thread as long as it is entered."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._is_open = True
        self._thread = threading.Thread(target=self._serve)
        self._error: Exception | None = None

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._is_open = False
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _serve(self) -> None:
        try:
            while self._is_open:
                self._exchange.turn()
        except Exception as error:
            self._error = error


def test_a_telephone_transfers_hears_how_it_goes_and_hangs_up_when_it_is_done(exchange: Exchange) -> None:
    with Served(exchange), Baresip(need("baresip"), exchange.port, agent=AGENT) as phone:
        phone.dial("100")
        exchange.wait_for(Acknowledged)
        phone.command("transfer", f"sip:202@{HOST}")
        asked = exchange.wait_for(ReferReceived)
        assert isinstance(asked, ReferReceived)
        assert asked.target_uri == f"sip:202@{HOST}"
        exchange.order(lambda now: exchange.endpoint.accept_refer(asked.refer, now))
        exchange.told(1)
        exchange.order(
            lambda now: exchange.endpoint.refer_progress(asked.refer, 180, "Ringing", now, last=False)
        )
        exchange.told(2)
        assert not exchange.has(DialogEnded)
        exchange.order(lambda now: exchange.endpoint.refer_progress(asked.refer, 200, "OK", now, last=True))
        exchange.told(3)
        ended = exchange.wait_for(DialogEnded)
        assert ended == DialogEnded(asked.dialog, by_peer=True, reason="")
        assert exchange.endpoint.census()["refers"] == 0


def test_a_telephone_shows_why_its_transfer_failed(exchange: Exchange) -> None:
    with Served(exchange), Baresip(need("baresip"), exchange.port, agent=AGENT) as phone:
        phone.dial("100")
        exchange.wait_for(Acknowledged)
        phone.command("transfer", f"sip:202@{HOST}")
        asked = exchange.wait_for(ReferReceived)
        assert isinstance(asked, ReferReceived)
        exchange.order(lambda now: exchange.endpoint.accept_refer(asked.refer, now))
        exchange.told(1)
        exchange.order(
            lambda now: exchange.endpoint.refer_progress(asked.refer, 486, "Busy Here", now, last=True)
        )
        exchange.told(2)
        until(lambda: "486 Busy Here" in phone.output(), what="the reason on its screen")
        # baresip 1.0 hangs up on a failed transfer: what becomes of the caller then is up to us.
        exchange.wait_for(DialogEnded)
        assert exchange.endpoint.census()["refers"] == 0
