"""Messages that are nearly right, made of right ones; and how much an endpoint holds in memory."""

import re
from collections import deque
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from hallom.sip.endpoint import Endpoint

# What has been the end of other people's parsers (RFC 4475, RFC 5118, and numbers at the edges of their types).
VALUES = (
    "", " ", ",", ";", ";;,;,", "<>", "<", '"', '"\\', '""<', "*", "0", "-1", "1e9", "00000000000000000001", "2147483647",
    "2147483648", "4294967295", "4294967296", "99999999999999999999", "\u0663", "\udcff", "\udcc3(", "\x00", "\x7f", "\t", "x" * 600,
    "x" * 9000, "sip:", "sip:@", "sip:a@", "sip:a@[", "sip:a@[::1]:99999", "sip:a@h:0", "sip:a@h;transport=", "<sip:a@h;lr>", "tel:+1",
    "sips:a@h", "http://h/", "<sip:a@127.0.0.1:5070>;tag=", "<sip:a@h>;tag=x;tag=y", '"a" <sip:a@h', "SIP/2.0/UDP h", "SIP/2.0/UDP [::1]",
    "SIP/2.0/TCP h:0;branch=z9hG4bK", "SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKx;rport=99999;received=x", "1 INVITE", "1 ACK", "0 BYE",
    "2147483647 INFO", "100rel", "timer,100rel,replaces", "nothingKnowsThis", "1 1 INVITE", "active;expires=0", "terminated;reason=x",
    "dialog", "refer;id=1", "message-summary", "application/sdp", "multipart/mixed;boundary=x", "message/sipfrag;version=2.0",
    "1800;refresher=uac", "90;refresher=uas", "5", "Digest", 'Digest username="7",realm="hallom",nonce="a",uri="x",response="d",nc=zz,qop=auth',
    "a;to-tag=b;from-tag=c", "<sip:1@h?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc>", "<sip:1@h;method=INVITE>", "<sip:%00@h>",
    "<sip:1@h>;reason=x;counter=99999999999", "<sip:1@h?Reason=SIP%3Bcause%3D302>;index=1", "SIP;cause=200;text=\"x\"", "<sip:h;lr>,<sip:h>",
)  # fmt: skip
NAMES = (
    "Via", "From", "To", "Call-ID", "CSeq", "Contact", "Max-Forwards", "Content-Length", "Content-Type", "Require", "Supported", "Route",
    "Record-Route", "RSeq", "RAck", "Session-Expires", "Min-SE", "Event", "Subscription-State", "Expires", "Refer-To", "Referred-By",
    "Replaces", "Authorization", "WWW-Authenticate", "Diversion", "History-Info", "P-Asserted-Identity", "Reason", "Retry-After", "Accept",
    "Allow", "Path", "v", "f", "t", "i", "m", "l", "c", "k", "x", "r", "b", "o", "X-None", "",
)  # fmt: skip
STARTS = (
    "INVITE sip:100@127.0.0.1:5060 SIP/2.0", "ACK sip:x SIP/2.0", "BYE sip:x SIP/2.0", "CANCEL sip:100@127.0.0.1 SIP/2.0",
    "REFER sip:x SIP/2.0", "SUBSCRIBE sip:7@127.0.0.1 SIP/2.0", "NOTIFY sip:x SIP/2.0", "PRACK sip:x SIP/2.0", "UPDATE sip:x SIP/2.0",
    "INFO sip:x SIP/2.0", "REGISTER sip:127.0.0.1 SIP/2.0", "OPTIONS sip:x SIP/2.0", "invite sip:x SIP/2.0", "INVITE x SIP/2.0",
    "INVITE sip:x SIP/9.9", "SIP/2.0 100 x", "SIP/2.0 183 x", "SIP/2.0 199 x", "SIP/2.0 200 OK", "SIP/2.0 202 x", "SIP/2.0 300 x", "SIP/2.0 302 x",
    "SIP/2.0 401 x", "SIP/2.0 407 x", "SIP/2.0 422 x", "SIP/2.0 423 x", "SIP/2.0 481 x", "SIP/2.0 491 x", "SIP/2.0 503 x", "SIP/2.0 603 x",
    "SIP/2.0 699 x", "SIP/2.0 700 x", "SIP/2.0 000 x", "",
)  # fmt: skip
BODIES = (
    "", "v=0\r\n", "v=0\r\nm=audio 0 RTP/AVP 0\r\n", "v=0\r\nm=audio 99999 RTP/AVP 0\r\n", "v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 4 RTP/AVP 999\r\n",
    "\x00" * 20, "Signal=1\r\nDuration=", "Signal=\r\n", "SIP/2.0 200 OK\r\n", "<?xml version=\"1.0\"?>", "x" * 60_000, "\udcff" * 9,
)  # fmt: skip
PARAMETER = re.compile(rb"(tag|branch|rport|received|expires|refresher|nonce|response|q|id)=[^;,\r\n]*")


class Rubbish:
    """Whatever it has seen comes back changed: a field from another message, a value from a bad place, half of it missing."""

    def __init__(self, chance: Random, seen: list[bytes]) -> None:
        self.chance = chance
        self._kinds = tuple(seen)
        self.seen: deque[bytes] = deque(seen, maxlen=60)

    def of(self, data: bytes) -> bytes:
        ways = (
            self._field,
            self._field,
            self._borrowed,
            self._borrowed,
            self._start,
            self._body,
            self._parameter,
            self._bytes,
        )
        for _ in range(self.chance.choice((1, 1, 1, 2, 4))):
            data = self.chance.choice(ways)(data)
        return data

    def anything(self) -> bytes:
        return self.of(self.adopted() if self.chance.random() < 0.5 else self.chance.choice(self.seen))

    def adopted(self) -> bytes:
        """A right request of one kind or another, put into a call that was seen."""
        lines, body = self._lines(self.chance.choice(self._kinds))
        call = {line.partition(b":")[0]: line for line in self._lines(self.chance.choice(self.seen))[0]}
        lines = [
            call.get(line.partition(b":")[0], line) if line.startswith((b"From", b"To", b"Call-ID")) else line
            for line in lines
        ]
        number, branch = b"%d" % self.chance.randrange(1, 2**31), b"z9hG4bK%d" % self.chance.getrandbits(60)
        lines = [
            re.sub(
                rb"^(CSeq: )[0-9]+", rb"\g<1>" + number, re.sub(rb"branch=[^;]*", b"branch=" + branch, line)
            )
            for line in lines
        ]
        return self._join(lines, body)

    def _lines(self, data: bytes) -> tuple[list[bytes], bytes]:
        head, _, body = data.partition(b"\r\n\r\n")
        return head.split(b"\r\n"), body

    def _join(self, lines: list[bytes], body: bytes) -> bytes:
        return b"\r\n".join(lines) + b"\r\n\r\n" + body

    def _field(self, data: bytes) -> bytes:
        """A field with another value, twice, without a value, folded, or gone."""
        lines, body = self._lines(data)
        at = self.chance.randrange(len(lines))
        name = lines[at].partition(b":")[0] if self.chance.random() < 0.7 else self._word(NAMES)
        line = name + self.chance.choice((b": ", b":", b" :\r\n ")) + self._word(VALUES)
        match self.chance.randrange(4):
            case 0:
                lines[at] = line
            case 1:
                lines.insert(at + 1, line)
            case 2:
                del lines[at]
            case 3:
                lines.append(lines[at])
        return self._join(lines, body)

    def _borrowed(self, data: bytes) -> bytes:
        """A field of another message: its branch, its tag, its number, its call."""
        lines, body = self._lines(data)
        other = self._lines(self.chance.choice(self.seen))[0]
        line = self.chance.choice(other)
        name = line.partition(b":")[0].lower()
        for at, own in enumerate(lines):
            if own.partition(b":")[0].lower() == name:
                lines[at] = line
                break
        return self._join(lines, body)

    def _start(self, data: bytes) -> bytes:
        lines, body = self._lines(data)
        start = self.chance.choice(
            (*STARTS, *(self._lines(one)[0][0].decode("latin-1") for one in self.seen))
        )
        lines[0] = start.encode("utf-8", "surrogateescape")
        method = start.split(" ")[0]
        if self.chance.random() < 0.7 and not start.startswith("SIP/"):
            lines = [
                re.sub(rb"(?i)^(cseq *: *[0-9]+ ).*", rb"\g<1>" + method.encode(), line) for line in lines
            ]
        return self._join(lines, body)

    def _body(self, data: bytes) -> bytes:
        lines, body = self._lines(data)
        body = self.chance.choice(
            (self._word(BODIES), body[: self.chance.randrange(len(body) + 1)], body + body)
        )
        if self.chance.random() < 0.8:
            length = b"Content-Length: %d" % len(body)
            lines = [length if line.lower().startswith(b"content-length") else line for line in lines]
        return self._join(lines, body)

    def _parameter(self, data: bytes) -> bytes:
        found = list(PARAMETER.finditer(data))
        if not found:
            return data
        one = self.chance.choice(found)
        value = self.chance.choice((self._word(VALUES), b"x%d" % self.chance.randrange(9)))
        return data[: one.start()] + one[1] + b"=" + value + data[one.end() :]

    def _bytes(self, data: bytes) -> bytes:
        at = self.chance.randrange(len(data) + 1)
        cut = self.chance.choice((0, 0, 1, 4, 60))
        return data[:at] + self.chance.randbytes(self.chance.choice((0, 1, 2))) + data[at + cut :]

    def _word(self, words: tuple[str, ...]) -> bytes:
        return self.chance.choice(words).encode("utf-8", "surrogateescape")


def weight(endpoint: Endpoint) -> dict[str, int]:
    """By attribute path, how many things each container of an endpoint holds; empty ones are left out."""
    sizes: dict[str, int] = {}
    seen: set[int] = set()
    waiting: list[tuple[str, Any]] = [("", endpoint)]
    while waiting:
        path, one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        for name, part in _parts(one):
            if isinstance(part, dict | list | set | deque):
                if id(part) not in seen and part:
                    sizes[f"{path}.{name}"] = len(part)
                waiting.append((f"{path}.{name}", part))
            elif type(part).__module__.startswith("hallom.sip"):
                waiting.append((f"{path}.{name}", part))
    return sizes


def _parts(one: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(one, Mapping):
        yield from (("*", part) for part in one.values())
    elif isinstance(one, list | set | deque | tuple):
        yield from (("*", part) for part in one)
    else:
        names = [*getattr(one, "__dict__", ())]
        names += [name for kind in type(one).__mro__ for name in getattr(kind, "__slots__", ())]
        yield from ((name, getattr(one, name, None)) for name in names)
