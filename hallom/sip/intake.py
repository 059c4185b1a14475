from hallom.sip.client import ClientTransactions
from hallom.sip.flow import Flow
from hallom.sip.framing import PONG, Framer, FramingLost
from hallom.sip.limits import MAX_PARTIAL_STREAMS
from hallom.sip.message import BadMessage, Response, parse
from hallom.sip.reception import Reception
from hallom.sip.server import response_flow
from hallom.sip.wire import Wire


class Intake:
    """Turns bytes into messages and hands each to the part that it is for."""

    def __init__(self, wire: Wire, clients: ClientTransactions, reception: Reception) -> None:
        self._wire = wire
        self._clients = clients
        self._reception = reception
        self._framers: dict[Flow, Framer] = {}

    def receive(self, data: bytes, source: Flow) -> None:
        if source.transport in ("tcp", "tls"):
            self._from_stream(data, source)
        elif not data.strip(b"\r\n"):
            # RFC 5626 4.4.1 is for streams; over UDP the same bytes only hold a NAT open.
            if source.is_websocket and data == b"\r\n\r\n":
                self._wire.send(source, PONG)
        else:
            self._message(data.lstrip(b"\r\n"), source, is_datagram=True)

    def forget(self, flow: Flow) -> None:
        self._framers.pop(flow, None)

    def _from_stream(self, data: bytes, source: Flow) -> None:
        framer = self._framers.get(source) or Framer()
        try:
            messages = framer.feed(data)
            if (
                len(self._framers) >= MAX_PARTIAL_STREAMS
                and source not in self._framers
                and not framer.is_empty
            ):
                raise FramingLost
        except FramingLost:
            self._wire.counters["framing_lost"] += 1
            self._wire.conduct.append(("malformed", source))
            self._framers.pop(source, None)
            self._wire.closing.append(source)
            return
        for _ in range(framer.pings):
            self._wire.send(source, PONG)
        framer.pings = 0
        if framer.is_empty:
            self._framers.pop(source, None)
        else:
            self._framers[source] = framer
        for message in messages:
            self._message(message, source, is_datagram=False)

    def _message(self, data: bytes, source: Flow, *, is_datagram: bool) -> None:
        try:
            message = parse(data, is_datagram=is_datagram)
        except BadMessage as error:
            self._refuse(error, source)
            return
        if isinstance(message, Response):
            self._clients.receive(message, source)
        else:
            self._reception.receive(message, source)

    def _refuse(self, error: BadMessage, source: Flow) -> None:
        """Answer a malformed request without keeping anything of it; its tag is the same each time."""
        self._wire.counters["malformed"] += 1
        self._wire.conduct.append(("malformed", source))
        request = error.request
        if request is not None:
            tag = self._wire.derived("refusal", request.call_id, request.branch)
            response = request.respond(error.status, error.reason, tag)
            self._wire.send(response_flow(request, source), response)
