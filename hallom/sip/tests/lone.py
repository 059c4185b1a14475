"""One endpoint that is spoken to by hand, message by message."""

import re

from hallom.sip.endpoint import Endpoint
from hallom.sip.events import SipEvent
from hallom.sip.flow import Flow
from hallom.sip.settings import EndpointSettings
from hallom.sip.tests.harness import OFFER, START, Book, dice

PHONE = Flow("udp", "127.0.0.1", 5299)
STRANGER = Flow("udp", "127.0.0.1", 5555)


def request(
    method: str,
    call: str = "call-1",
    cseq: int = 1,
    *,
    branch: str = "b1",
    to_tag: str = "",
    extra: str = "",
    body: str = "",
    uri: str = "sip:100@127.0.0.1:5060",
    via: str = "SIP/2.0/UDP 127.0.0.1:5299;rport",
    cseq_method: str = "",
    content_type: str = "application/sdp",
) -> bytes:
    typed = f"Content-Type: {content_type}\r\n" if body else ""
    return (
        f"{method} {uri} SIP/2.0\r\nVia: {via};branch=z9hG4bK{branch}\r\n"
        f"From: <sip:a@127.0.0.1:5299>;tag=ft\r\nTo: <sip:100@127.0.0.1:5060>{';tag=' + to_tag if to_tag else ''}\r\n"
        f"Call-ID: {call}\r\nCSeq: {cseq} {cseq_method or method}\r\nContact: <sip:a@127.0.0.1:5299>\r\n"
        f"Max-Forwards: 70\r\n{extra}{typed}Content-Length: {len(body.encode())}\r\n\r\n{body}"
    ).encode()


def invite(
    call: str = "call-1", cseq: int = 1, *, branch: str = "b1", to_tag: str = "", extra: str = ""
) -> bytes:
    return request("INVITE", call, cseq, branch=branch, to_tag=to_tag, extra=extra, body=OFFER)


def header(message: str, name: str) -> str:
    match = re.search(rf"(?im)^{name}[ \t]*:[ \t]*([^\r\n]*)", message)
    return match[1] if match else ""


def tag(message: str) -> str:
    match = re.search(r"tag=([^;\r\n]+)", header(message, "To"))
    return match[1] if match else ""


def reply(sent: str, status: int, *, to_tag: str = "ct1", extra: str = "", body: str = "") -> bytes:
    """A response to a request that the endpoint has sent."""
    vias = "".join(f"{via}\r\n" for via in re.findall(r"(?im)^Via[ \t]*:[^\r\n]+", sent))
    to = header(sent, "To")
    to = to if "tag=" in to or not to_tag else f"{to};tag={to_tag}"
    typed = "Content-Type: application/sdp\r\n" if body else ""
    return (
        f"SIP/2.0 {status} Whatever\r\n{vias}From: {header(sent, 'From')}\r\nTo: {to}\r\n"
        f"Call-ID: {header(sent, 'Call-ID')}\r\nCSeq: {header(sent, 'CSeq')}\r\n"
        f"Contact: <sip:100@127.0.0.1:5299>\r\n{extra}{typed}Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


class Lone:
    def __init__(self, book: Book | None = None, source: Flow = PHONE) -> None:
        self.book = book or Book(
            {("127.0.0.1", 5299): "trunk"}, {"7": ("secret", "agent-7"), "8": ("other", "agent-8")}
        )
        self.settings = EndpointSettings("127.0.0.1", b"key", port=5060)
        self.endpoint = Endpoint(self.settings, self.book, random=dice(7))
        self.now = START
        self.source = source

    def restart(self) -> None:
        self.endpoint = Endpoint(self.settings, self.book, random=dice(8))

    def say(self, data: bytes, source: Flow | None = None) -> list[str]:
        """What the endpoint sends at once in answer to these bytes."""
        self.endpoint.receive(data, source or self.source, self.now)
        return self.sent()

    def sent(self) -> list[str]:
        return [data.decode("latin-1") for _, data in self.endpoint.outgoing()]

    def wait(self, seconds: float) -> list[str]:
        """What the endpoint sends while time passes."""
        end = self.now + seconds
        sent = []
        while (due := self.endpoint.next_deadline()) is not None and due <= end:
            self.now = max(self.now, due)
            self.endpoint.advance(self.now)
            sent += self.sent()
        self.now = end
        return sent

    def events(self) -> list[SipEvent]:
        events = []
        while (event := self.endpoint.next_event()) is not None:
            events.append(event)
        return events

    def is_empty(self) -> bool:
        """Whether, all time being over, nothing is left in memory."""
        self.wait(8000)
        self.events()
        return not any(self.endpoint.census().values())


def starts(messages: list[str]) -> list[str]:
    """Status codes of responses, methods of requests."""
    return [one.split(" ")[1] if one.startswith("SIP/") else one.split(" ")[0] for one in messages]
