import re
from functools import lru_cache

from hallom.sip.header import BadHeader, NameAddr, Via, split_commas
from hallom.sip.limits import MAX_HEADERS, MAX_MESSAGE, MAX_TOKEN

Headers = dict[str, list[str]]

COMPACT = {
    "a": "accept-contact", "b": "referred-by", "c": "content-type", "d": "request-disposition",
    "e": "content-encoding", "f": "from", "i": "call-id", "j": "reject-contact", "k": "supported",
    "l": "content-length", "m": "contact", "o": "event", "r": "refer-to", "s": "subject", "t": "to",
    "u": "allow-events", "v": "via", "x": "session-expires", "y": "identity",
}  # fmt: skip
LISTS = frozenset(("via", "route", "record-route", "contact", "path", "service-route"))


class Spelled(dict[str, str]):
    """By header name: how a line of it begins. Names that nobody asked for yet are spelled as most are."""

    def __missing__(self, name: str) -> str:
        begins = "-".join(part.capitalize() for part in name.split("-")) + ": "
        if len(self) < 256:
            self[name] = begins
        return begins


SPELLED = Spelled({
    "call-id": "Call-ID: ", "cseq": "CSeq: ", "rack": "RAck: ", "rseq": "RSeq: ", "min-se": "Min-SE: ",
    "www-authenticate": "WWW-Authenticate: ", "mime-version": "MIME-Version: ",
})  # fmt: skip
CANONICAL: dict[str, str] = {}
REQUEST_LINE = re.compile(r"([A-Za-z0-9\-.!%*_+`'~]{1,64}) (\S+) SIP/([0-9]+\.[0-9]+)\Z", re.I)
STATUS_LINE = re.compile(r"SIP/2\.0 ([1-6][0-9][0-9])(?: (.*))?\Z", re.S | re.I)
CSEQ = re.compile(r"([0-9]{1,10})\s+([A-Za-z0-9\-.!%*_+`'~]{1,64})\Z")
FOLD = re.compile(r"[ \t]*\r\n[ \t]+")
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
# Deleting every other byte is fifty times as fast as a search for these.
HARMLESS = bytes(set(range(256)) - set(range(9)) - set(range(10, 32)) - {127})
NUMBER = re.compile(r"[0-9]{1,10}")
CONTENT_LENGTH = re.compile(r"[0-9]{1,6}\Z")
WORD = re.compile(r"[\x21-\x7e]+\Z")
# Every method there is, written out; strangers are not to fill the memory with longer ones.
USUAL_LIST = 200
ESSENTIAL = ("via", "from", "to", "call-id", "cseq")


class Message:
    """What requests and responses share; header names are lower case, values stripped text."""

    __slots__ = ("body", "branch", "call_id", "cseq", "from_tag", "headers", "to_tag", "via")

    def __init__(self, headers: Headers, body: bytes = b"") -> None:
        self.headers = headers
        self.body = body
        self.call_id = self.branch = self.from_tag = self.to_tag = ""
        self.cseq = 0
        self.via: Via | None = None

    @property
    def start_line(self) -> str:
        return ""

    def __bytes__(self) -> bytes:
        lines = [self.start_line]
        lines += [SPELLED[name] + value for name, values in self.headers.items() for value in values]
        lines.append(f"Content-Length: {len(self.body)}\r\n\r\n")
        return "\r\n".join(lines).encode("utf-8", "surrogateescape") + self.body

    def first(self, name: str) -> str:
        values = self.headers.get(name)
        return values[0] if values else ""

    def tokens(self, name: str) -> frozenset[str]:
        text = ",".join(self.headers.get(name, ()))
        return _usual_tokens(text) if len(text) <= USUAL_LIST else _tokens(text)

    def number(self, name: str) -> int | None:
        """The leading decimal of a header field, None when there is none."""
        match = NUMBER.match(self.first(name))
        return int(match[0]) if match else None

    @property
    def sdp(self) -> str | None:
        if not self.body or not self.first("content-type").lower().startswith("application/sdp"):
            return None
        return self.body.decode("utf-8", "replace").replace("\x00", "")

    def contact(self) -> NameAddr | None:
        """The first Contact that is an address, None when there is none to be read."""
        try:
            return NameAddr.parse(self.first("contact")) if "contact" in self.headers else None
        except BadHeader:
            return None


class Request(Message):
    __slots__ = ("method", "uri")

    def __init__(self, method: str, uri: str, headers: Headers, body: bytes = b"") -> None:
        super().__init__(headers, body)
        self.method = method
        self.uri = uri

    @property
    def start_line(self) -> str:
        return f"{self.method} {self.uri} SIP/2.0"

    def respond(self, status: int, reason: str = "", tag: str = "") -> "Response":
        """A response to this request with the headers it must carry (RFC 3261 8.2.6.2)."""
        own = self.headers
        headers = {name: own[name] for name in ESSENTIAL}
        if tag and not self.to_tag:
            headers["to"] = [f"{own['to'][0]};tag={tag}"]
        if "record-route" in own and 100 < status < 300:
            headers["record-route"] = own["record-route"]
        response = Response(status, reason or REASONS.get(status, "Unspecified"), headers)
        response.method = self.method
        response.cseq = self.cseq
        return response


class Response(Message):
    """`method` is that of the CSeq."""

    __slots__ = ("method", "reason", "status")

    def __init__(self, status: int, reason: str, headers: Headers, body: bytes = b"") -> None:
        super().__init__(headers, body)
        self.status = status
        self.reason = reason
        self.method = ""

    @property
    def start_line(self) -> str:
        return f"SIP/2.0 {self.status} {self.reason}"


class BadMessage(ValueError):
    """Bytes that are no SIP message; `request` is there when an answer with `status` is due."""

    def __init__(self, status: int, reason: str, request: Request | None = None) -> None:
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason
        self.request = request


def parse(data: bytes, *, is_datagram: bool = True) -> Request | Response:
    """One message from its bytes (RFC 3261 7, limits of `limits`); raises BadMessage."""
    head, end, body = data.partition(b"\r\n\r\n")
    if not end or len(data) > MAX_MESSAGE:
        raise BadMessage(0, "No whole message")
    text = head.decode("utf-8", "surrogateescape")
    if "\r\n " in text or "\r\n\t" in text:
        text = FOLD.sub(" ", text)
    lines = text.split("\r\n")
    if status := STATUS_LINE.match(lines[0]):
        return _response(Response(int(status[1]), status[2] or "", {}, body), head, lines, is_datagram)
    return _request(head, lines, body, is_datagram)


def _response(response: Response, head: bytes, lines: list[str], is_datagram: bool) -> Response:
    try:
        _check_head(head, lines)
        response.headers = _headers(lines)
        response.method = _identify(response)
        response.body = _trimmed(response, is_datagram)
    except BadHeader as error:
        raise BadMessage(0, str(error)) from error
    return response


def _request(head: bytes, lines: list[str], body: bytes, is_datagram: bool) -> Request:
    line = REQUEST_LINE.match(lines[0])
    request = Request(line[1], line[2], {}, body) if line else Request("", "", {}, body)
    status, problem = 400, ""
    try:
        request.headers = _headers(lines)
        method = _identify(request)
        _check_head(head, lines)
        request.body = _trimmed(request, is_datagram)
        if line is None:
            problem = "Malformed Request Line"
        elif method != request.method:
            problem = "CSeq Method Mismatch"
        elif line[3] != "2.0":
            status, problem = 505, "Version Not Supported"
    except BadHeader as error:
        problem = str(error)
    if not problem:
        return request
    # What was meant as a response is never answered: the other side would answer that.
    is_ours = not lines[0][:4].upper().startswith("SIP/") and _is_answerable(request)
    raise BadMessage(status, problem, request if is_ours else None)


def _check_head(head: bytes, lines: list[str]) -> None:
    if len(lines) > MAX_HEADERS + 1:
        raise BadHeader("Too Many Headers")
    # What is left are line breaks; where they do not all come in pairs there is more of them.
    if len(head.translate(None, HARMLESS)) != 2 * head.count(b"\r\n"):
        raise BadHeader("Control Character in Header")


def _headers(lines: list[str]) -> Headers:
    headers: Headers = {}
    for line in lines[1 : MAX_HEADERS + 1]:
        name, colon, value = line.partition(":")
        if not colon:
            # What stands before is kept: it is enough to answer 400 by.
            headers.setdefault("", []).append(line)
            continue
        try:
            name = CANONICAL[name]
        except KeyError:
            name = _canonical(name)
        value = value.strip()
        values = split_commas(value) if name in LISTS and "," in value else [value]
        if name in headers:
            headers[name] += values
        else:
            headers[name] = values
    return headers


def _canonical(name: str) -> str:
    lower = name.strip().lower()
    lower = COMPACT.get(lower, lower) if len(lower) == 1 else lower
    # Names come from peers: only as many as the protocol has are kept.
    if len(CANONICAL) < 256 and name.isascii():
        CANONICAL[name] = lower
    return lower


def _identify(message: Message) -> str:
    """Fill in what transactions and dialogs are matched by; the CSeq method."""
    headers = message.headers
    try:
        via, (sender,), (receiver,) = headers["via"][0], headers["from"], headers["to"]
        (call_id,), (numbered,) = headers["call-id"], headers["cseq"]
    except (KeyError, IndexError, ValueError):
        raise BadHeader(_missing(headers)) from None
    message.via = Via.parse(via)
    branch = message.branch = message.via.parameters.get("branch", "")
    message.call_id = call_id
    cseq = CSEQ.match(numbered)
    if cseq is None or (number := int(cseq[1])) >= 2**31:
        raise BadHeader("Malformed CSeq")
    message.cseq = number
    from_tag = message.from_tag = NameAddr.parse(sender).parameters.get("tag", "")
    to_tag = message.to_tag = NameAddr.parse(receiver).parameters.get("tag", "")
    if not WORD.match(call_id) or "" in headers:
        raise BadHeader("Malformed Header")
    if isinstance(message, Request) and not message.uri.isascii():
        raise BadHeader("Malformed Request-URI")
    words = f"{branch}{call_id}{from_tag}{to_tag}"
    if not words.isascii() or (
        len(words) > MAX_TOKEN and max(map(len, (branch, call_id, from_tag, to_tag))) > MAX_TOKEN
    ):
        raise BadHeader("Malformed Identifier")
    return cseq[2]


def _missing(headers: Headers) -> str:
    wrong = (
        name for name in ESSENTIAL if not headers.get(name) or (name != "via" and len(headers[name]) > 1)
    )
    return f"Missing or Repeated {next(wrong).title()}"


def _trimmed(message: Message, is_datagram: bool) -> bytes:
    """The body as long as Content-Length says (RFC 3261 18.3)."""
    lengths = message.headers.pop("content-length", None)
    if lengths is None:
        if is_datagram:
            return message.body
        raise BadHeader("Missing Content-Length")
    if (len(lengths) > 1 and len(set(lengths)) > 1) or not CONTENT_LENGTH.match(lengths[0]):
        raise BadHeader("Bad Content-Length")
    length = int(lengths[0])
    if length > len(message.body):
        raise BadHeader("Bad Content-Length")
    return message.body[:length]


def _is_answerable(request: Request) -> bool:
    """Whether a 400 can go out without repeating something dangerous (RFC 3261 8.2.6, 17.1.1.3)."""
    if request.method == "ACK" or request.via is None:
        return False
    if not all(request.headers.get(name) for name in ESSENTIAL):
        return False
    return not any(CONTROL.search(value) for name in ESSENTIAL for value in request.headers[name])


def _tokens(text: str) -> frozenset[str]:
    return frozenset(item.strip().lower() for item in text.split(",")) - {""}


# A peer says what it supports and allows in the same words each time, and is asked several times a message.
_usual_tokens = lru_cache(maxsize=256)(_tokens)


REASONS = {
    100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded", 182: "Queued", 183: "Session Progress",
    200: "OK", 202: "Accepted", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 406: "Not Acceptable", 407: "Proxy Authentication Required",
    408: "Request Timeout", 410: "Gone", 413: "Request Entity Too Large", 415: "Unsupported Media Type",
    416: "Unsupported URI Scheme", 420: "Bad Extension", 422: "Session Interval Too Small",
    423: "Interval Too Brief", 439: "First Hop Lacks Outbound Support", 480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist", 482: "Loop Detected", 483: "Too Many Hops", 484: "Address Incomplete",
    486: "Busy Here", 487: "Request Terminated", 488: "Not Acceptable Here", 489: "Bad Event",
    491: "Request Pending", 500: "Server Internal Error", 501: "Not Implemented", 503: "Service Unavailable",
    504: "Server Time-out", 505: "Version Not Supported", 513: "Message Too Large", 600: "Busy Everywhere",
    603: "Decline", 606: "Not Acceptable",
}  # fmt: skip
