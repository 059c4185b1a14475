"""Many desk phones behind one socket that answer every call at once and speak no RTP: load for the switch alone."""

import contextlib
import os
import select
import socket
import threading
import time
from collections.abc import Iterable

from hallom.sip import events, sdp
from hallom.sip.credentials import Credentials
from hallom.sip.endpoint import Endpoint
from hallom.sip.flow import Flow
from hallom.sip.settings import EndpointSettings
from hallom.sip.target import Target
from hallom.sip.trunk import Trunk
from tests.telephony.house import Agent, until
from tests.telephony.phone import HOST, AnyPeer

NOBODY_LISTENS = 9


class AnsweringPhones:
    def __init__(self, sip_port: int, agents: Iterable[Agent]) -> None:
        self.exchange = Flow("udp", HOST, sip_port)
        self.answered = 0
        self._registered: set[str] = set()
        self._agents = list(agents)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._socket.bind((HOST, 0))
        self.port = int(self._socket.getsockname()[1])
        self._endpoint = Endpoint(EndpointSettings(HOST, os.urandom(16), port=self.port), AnyPeer())
        self.died: BaseException | None = None
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "AnsweringPhones":
        for agent in self._agents:
            self._endpoint.register_trunk(self._registration(agent), time.time())
        self._thread.start()
        until(self._are_registered, seconds=60, what="all phones registered")
        return self

    def __exit__(self, *_: object) -> None:
        self._is_stopping = True
        self._thread.join(5)
        self._socket.close()
        self._check()

    def _are_registered(self) -> bool:
        self._check()
        return len(self._registered) == len(self._agents)

    def _check(self) -> None:
        if self.died is not None:
            raise RuntimeError("the telephones' thread died") from self.died

    def _registration(self, agent: Agent) -> Trunk:
        return Trunk(
            name=f"agent-{agent.id}",
            registrar=Target(f"sip:{HOST}:{self.exchange.port}", self.exchange),
            aor=f"sip:agent-{agent.id}@{HOST}",
            credentials=Credentials(agent.username, agent.secret),
            user=f"agent-{agent.id}",
            # Whoever takes their place at the port does not register anew.
            expires=3600,
        )

    def _run(self) -> None:
        try:
            self._serve()
        except BaseException as error:
            # A thread that ends in silence looks like a switch that loses calls.
            self.died = error

    def _serve(self) -> None:
        # Not select(): it knows no descriptor above 1,023, and a test of many calls has more.
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        while not self._is_stopping:
            poll.poll(20)
            with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
                while True:
                    data, address = self._socket.recvfrom(65_536)
                    self._endpoint.receive(data, Flow("udp", address[0], address[1]), time.time())
            self._endpoint.advance(time.time())
            while (event := self._endpoint.next_event()) is not None:
                self._take(event)
            for flow, data in self._endpoint.outgoing():
                with contextlib.suppress(OSError):
                    self._socket.sendto(data, (flow.host, flow.port))

    def _take(self, event: events.SipEvent) -> None:
        match event:
            case events.InviteReceived(invite=invite, sdp=offer):
                answer = sdp.answer_to(
                    sdp.parse(offer or ""), sdp.Session(HOST, NOBODY_LISTENS, codecs=(8, 0))
                )
                # Cancelled meanwhile: the event that says so is next in the line.
                with contextlib.suppress(KeyError):
                    self._endpoint.answer(invite, str(answer), time.time())
                    self.answered += 1
            case events.TrunkChanged(trunk=name, registered=True):
                self._registered.add(name)
