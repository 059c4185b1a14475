"""Messages in the manner of RFC 4475: what is odd but right is served, what is wrong is refused."""

import pytest

from hallom.sip.events import InviteReceived
from hallom.sip.message import BadMessage, Request, Response, parse
from hallom.sip.tests.harness import Book
from hallom.sip.tests.lone import Lone, starts

WSINV = (  # 3.1.1.1 A short tortuous INVITE
    "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\r\n"
    "TO :\r\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\r\n"
    'from   : "J Rosenberg \\\\\\"" <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8\r\n'
    "MaX-fOrWaRdS: 0068\r\nCall-ID: wsinv.ndaksdj@192.0.2.1\r\nContent-Length   : 150\r\ncseq: 0009\r\n  INVITE\r\n"
    "Via  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw\r\ns :\r\nNewFangledHeader:   newfangled value\r\n"
    " continued newfangled value\r\nUnknownHeaderWithUnusualValue: ;;,,;;,;\r\nContent-Type: application/sdp\r\n"
    "Route:\r\n <sip:services.example.com;lr;unknownwith=value;unknown-no-value>\r\n"
    "v:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n"
    " SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239\r\n"
    'm:"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam =\r\n      newvalue ;\r\n  secondparam ; q = 0.33\r\n\r\n'
)
BODY = "v=0\r\no=mhandley 29739 7272939 IN IP4 192.0.2.3\r\ns=-\r\nc=IN IP4 192.0.2.4\r\nt=0 0\r\nm=audio 49217 RTP/AVP 0\r\n"
BODY += "a=" + "x" * (150 - len(BODY) - 4) + "\r\n"


def simple(start: str, **changes: str) -> bytes:
    headers = {
        "To": "sip:user@example.com",
        "From": "sip:caller@example.net;tag=323",
        "Max-Forwards": "70",
        "Call-ID": "torture.1@192.0.2.1",
        "CSeq": f"8 {start.split(' ')[0]}",
        "Via": "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKkdjuw",
        "Contact": "<sip:caller@192.0.2.1>",
    }
    headers |= {name.replace("_", "-"): value for name, value in changes.items()}
    text = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value is not None)
    return f"{start} SIP/2.0\r\n{text}Content-Length: 0\r\n\r\n".encode()


def test_a_short_tortuous_invite() -> None:
    message = parse((WSINV + BODY).encode())
    assert isinstance(message, Request)
    assert (message.to_tag, message.from_tag, message.cseq) == ("1918181833n", "98asjd8", 9)
    assert [len(message.headers["via"]), message.branch, len(message.body)] == [3, "390skdjuw", 150]
    contact = message.contact()
    assert contact is not None
    assert (contact.name, contact.parameters["newparam"]) == ('Quoted string ""', "newvalue")
    assert message.headers["subject"] == [""]


@pytest.mark.parametrize(
    "data",
    [
        simple("!interesting-Method0123456789_*+`.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com"),
        simple("INVITE sip:sips%3Auser%40example.com@example.net"),
        simple("RE%47IST%45R sip:registrar.example.com"),
        simple("OPTIONS sip:user@example.com", Contact='"%Z%45" <sip:resource@example.com>'),
        simple("OPTIONS sip:user@example.com", From='"caller"<sip:caller@example.com>;tag=323'),
        simple("OPTIONS sip:user@example.com;transport=tcp", Via="SIP/2.0/UDP t1.example.org;branch=z9hG4bKkdjuw;x=\";,\""),
        simple("INVITE sip:user@example.com", Warning='1812 overture "In Progress"', Expires="0 0l@company.com", Date="Fri"),
        simple("OPTIONS sip:user@example.com", To="<sip:user@example.com;unknown=x>;tag=1"),
        simple("OPTIONS tel:+48221234567"),
        # 3.1.2.1 calls this wrong, but nothing in it can be taken in two ways.
        simple("INVITE sip:user@example.com", Via="SIP/2.0/UDP 192.0.2.15;;,;,,"),
        b"SIP/2.0 200 = 2**3 * 5**2 \xd0\xbd\xd0\xbe\r\nVia: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923\r\nCall-ID: unreason\r\n"
        b"CSeq: 35 INVITE\r\nFrom: sip:user@example.com;tag=11141343\r\nTo: sip:user@example.edu;tag=2229\r\nContent-Length: 0\r\n\r\n",
        b"SIP/2.0 100 \r\nVia: SIP/2.0/UDP 192.0.2.105;branch=z9hG4bK2398ndaoe\r\nCall-ID: noreason\r\nCSeq: 35 INVITE\r\n"
        b"From: <sip:user@example.com>;tag=39ansfi3\r\nTo: <sip:user@example.edu>;tag=902jndnke3\r\nContent-Length: 0\r\n\r\n",
    ],
)  # fmt: skip
def test_odd_but_right(data: bytes) -> None:
    assert isinstance(parse(data), Request | Response)


@pytest.mark.parametrize(
    "data",
    [
        simple("INVITE sip:user@example.com", Via="SIP/2.0/UDP 192.0.2.15:99999;branch=z9hG4bKx"),
        simple("INVITE sip:user@example.com", CSeq="36893488147419103232 REGISTER"),
        simple("OPTIONS sip:user@example.com", CSeq="8 INVITE"),
        simple("INVITE sip:user@example.com; lr"),
        simple("INVITE  sip:user@example.com"),
        simple("INVITE sip:user@example.com "),
        simple("INVITE sip:user@example.com", To='"Mr. J. User <sip:j.user@example.com>'),
        simple("INVITE sip:user@example.com", To="<>"),
        simple("INVITE sip:user@example.com").replace(b"Content-Length: 0", b"Content-Length: -999"),
        simple("INVITE sip:user@example.com").replace(b"Content-Length: 0", b"Content-Length: 9999"),
        simple("OPTIONS sip:user@example.com").replace(b"SIP/2.0\r\n", b"SIP/7.0\r\n", 1),
        simple("INVITE sip:user@example.com").replace(b"Max-", b"From: sip:other@x;tag=2\r\nMax-"),
        b"SIP/2.0 4294967301 better not break\r\nVia: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK13\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n"
        b"From: sip:a@b;tag=1\r\nTo: sip:c@d;tag=2\r\n\r\n",
    ],
)  # fmt: skip
def test_wrong(data: bytes) -> None:
    with pytest.raises(BadMessage):
        parse(data)


def test_a_call_to_a_scheme_of_escaped_letters_is_for_us_to_judge() -> None:
    lone = Lone(Book({("127.0.0.1", 5299): "trunk"}))
    assert starts(lone.say(simple("INVITE sip:sips%3Auser%40example.com@example.net"))) == ["100"]
    event = lone.events()[0]
    assert isinstance(event, InviteReceived)
    assert event.request_uri == "sip:sips%3Auser%40example.com@example.net"


def test_an_old_phone_without_cookie_is_served() -> None:
    lone = Lone()
    old = simple("INVITE sip:user@example.com", Via="SIP/2.0/UDP 192.0.2.15")
    assert starts(lone.say(old)) == ["100"]
    assert starts(lone.say(old)) == ["100"]
    cancel = simple("CANCEL sip:user@example.com", Via="SIP/2.0/UDP 192.0.2.15")
    assert starts(lone.say(cancel)) == ["200", "487"]
    assert lone.is_empty()
