"""What the endpoint does with messages of the categories of RFC 4475 and RFC 5118; the messages are our own.

Whatever comes: the answer is the one that is due or none, a good call made afterwards works, and nothing stays behind.
"""

import pytest

from hallom.sip import sdp
from hallom.sip.events import InviteReceived, ReferReceived
from hallom.sip.flow import Flow
from hallom.sip.message import parse
from hallom.sip.target import Target
from hallom.sip.tests.harness import ANSWER, OFFER, Book
from hallom.sip.tests.lone import PHONE, STRANGER, Lone, header, invite, reply, request, starts
from hallom.sip.tests.test_races import answered, called
from hallom.sip.uri import flow_to, parse_uri

SIX = Flow("udp", "2001:db8::9", 5299)
SIX_BOOK = Book({("2001:db8::9", 5299): "trunk", ("127.0.0.1", 5299): "trunk"})


def edited(old: str, new: str, data: bytes | None = None) -> bytes:
    """A good INVITE with one thing wrong or odd."""
    data = invite() if data is None else data
    assert old.encode() in data, old
    return data.replace(old.encode(), new.encode("utf-8", "surrogateescape"), 1)


LINE = "INVITE sip:100@127.0.0.1:5060 SIP/2.0"
FROM = "From: <sip:a@127.0.0.1:5299>;tag=ft"
TO = "To: <sip:100@127.0.0.1:5060>"
VIA = "Via: SIP/2.0/UDP 127.0.0.1:5299;rport;branch=z9hG4bKb1"
CONTACT = "Contact: <sip:a@127.0.0.1:5299>"
HOPS = "Max-Forwards: 70"

# RFC 4475 3.1.1: odd but right. Each is a call that comes in.
ODD = {
    "folded and spaced": edited(HOPS, "Max-Forwards :\r\n\t 070"),
    "names in any case": edited(HOPS, "mAx-FoRwArDs: 70"),
    "compact names": edited("Content-Type:", "c:", edited("Call-ID:", "i:", edited("Contact:", "m:"))),
    "empty field": edited(HOPS, HOPS + "\r\nSubject:\r\ns:"),
    "escapes in user": edited(LINE, "INVITE sip:%31%30%30%00x@127.0.0.1:5060 SIP/2.0"),
    "wide range of characters": edited(
        TO, 'To: "x!#$%^&*()_+|}{[]:;/?><.," <sip:1_unusual.URI~(to-be!sure)&isn\'t+it$/crazy@h>'
    ),
    "escaped quotes": edited(FROM, 'From: "a \\"quoted\\" \\\\ name" <sip:a@127.0.0.1:5299>;tag=ft'),
    "no space before <": edited(FROM, 'From: "a"<sip:a@127.0.0.1:5299>;tag=ft'),
    "separators in a name": edited(FROM, "From: a b c <sip:a@127.0.0.1:5299>;tag=ft"),
    "semicolon in the user": edited(LINE, "INVITE sip:100;par=u%40h@127.0.0.1:5060 SIP/2.0"),
    "escaped headers in the URI": edited(LINE, "INVITE sip:100@127.0.0.1:5060?Route=%3Csip:x%3E SIP/2.0"),
    "long values": edited(HOPS, HOPS + "\r\nSubject: " + "x" * 8000 + "\r\nX-" + "y" * 400 + ": z"),
    "many Vias": edited(
        VIA, VIA + "".join(f"\r\nVia: SIP/2.0/UDP h{n};branch=z9hG4bK{n}" for n in range(60))
    ),
    "unknown transport in a later Via": edited(VIA, VIA + "\r\nVia: SIP/2.0/UNKNOWN h;branch=z9hG4bK9"),
    "unknown parameters": edited(CONTACT, CONTACT + ';p;q=0.3;r="a;b,c"'),
    "unknown URI parameters": edited(LINE, "INVITE sip:100@127.0.0.1:5060;unknown=x;lr;ttl=999 SIP/2.0"),
    "several bodies' worth of header": edited(HOPS, HOPS + "\r\nAccept: a/b, c/d;e=f\r\nAccept: g/h"),
    "bytes that are no UTF-8": edited(FROM, 'From: "\udcff\udcfe" <sip:a@127.0.0.1:5299>;tag=ft'),
    "NUL in the body": edited("s=-", "s=\x00"),
    "body longer than said": invite() + b"INVITE sip:x@y SIP/2.0\r\n\r\n",
    "unknown scheme in From": edited(FROM, "From: <isbn:2983792873>;tag=ft"),
    "unknown scheme of authorization": edited(
        HOPS, HOPS + "\r\nAuthorization: NoOneKnowsThisScheme opaque=x, y"
    ),
    "no Max-Forwards": edited(HOPS + "\r\n", ""),
    "old caller without branch": edited(";branch=z9hG4bKb1", ""),
    "old caller's cookie alone": edited("z9hG4bKb1", "z9hG4bK"),
}

# RFC 4475 3.1.2, 3.3: wrong. The status that is due, "" where no answer can be given.
WRONG = {
    "separators in Via": (edited(VIA, "Via: SIP/2.0/UDP ;;,branch=z9hG4bKb1"), ""),
    "length larger than the body": (edited("Content-Length: ", "Content-Length: 9"), "400"),
    "negative length": (edited("Content-Length: ", "Content-Length: -"), "400"),
    "CSeq too large": (edited("CSeq: 1 ", "CSeq: 36893488147419103232 "), "400"),
    "CSeq negative": (edited("CSeq: 1 ", "CSeq: -1 "), "400"),
    "no quote at the end": (edited(FROM, 'From: "a <sip:a@127.0.0.1:5299>;tag=ft'), "400"),
    "URI in angle brackets": (edited(LINE, "INVITE <sip:100@127.0.0.1:5060> SIP/2.0"), "416"),
    "space in the URI": (edited(LINE, "INVITE sip:100@127.0.0.1:5060; lr SIP/2.0"), "400"),
    "two spaces": (edited(LINE, "INVITE  sip:100@127.0.0.1:5060 SIP/2.0"), "400"),
    "space at the end": (edited(LINE, LINE + " "), "400"),
    "unknown version": (edited("SIP/2.0\r\n", "SIP/7.0\r\n"), "505"),
    "method and CSeq differ": (edited("CSeq: 1 INVITE", "CSeq: 1 OPTIONS"), "400"),
    "unknown method": (request("NEWMETHOD"), "501"),
    "unknown method, other CSeq": (request("NEWMETHOD", cseq_method="INVITE"), "400"),
    "no identifier": (edited(TO + "\r\n", ""), ""),
    "no tag and no Call-ID": (edited("Call-ID: call-1\r\n", ""), ""),
    "unknown scheme": (edited(LINE, "INVITE nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0"), "416"),
    "inapplicable scheme": (edited(LINE, "INVITE soap.beep://192.0.2.103:3002 SIP/2.0"), "416"),
    "Require and Proxy-Require": (edited(HOPS, "Require: noOneKnows\r\nProxy-Require: norDoesAny"), "420"),
    "unknown kind of body": (edited("application/sdp", "application/unknownformat"), "415"),
    # RFC 4475 3.3.8 would have a 400, which would carry both back.
    "several values of what there is one of": (edited(HOPS, HOPS + "\r\nCSeq: 2 INVITE\r\nFrom: <sip:b@h>;tag=2"), ""),
    "two lengths": (edited(HOPS, HOPS + "\r\nContent-Length: 8"), "400"),
    "no hops left": (edited(HOPS, "Max-Forwards: 0"), "483"),
    "hops out of range": (edited(HOPS, "Max-Forwards: 300000"), "400"),
    "no Contact": (edited(CONTACT + "\r\n", ""), "400"),
    "bare line feeds": (edited(HOPS, "Max-Forwards: 70\nX: y"), "400"),
    "NUL in a name": (edited(FROM, 'From: "a\x00b" <sip:a@127.0.0.1:5299>;tag=ft'), ""),
    "request line alone": (b"INVITE sip:x SIP/2.0\r\n\r\n", ""),
    "a date no one knows": (edited(HOPS, HOPS + "\r\nDate: Fri, 01 Jan 2010 16:00:00 EST\r\nno colon"), "400"),
}  # fmt: skip

# The same for the requests that came later.
LATER = {
    "REFER without Refer-To": ("REFER", "", "400"),
    "REFER to several": ("REFER", "Refer-To: <sip:1@h>\r\nRefer-To: <sip:2@h>\r\n", "400"),
    "REFER to nothing": ("REFER", "Refer-To:\r\n", "400"),
    "REFER to bytes": ("REFER", "Refer-To: <sip:1@h?Replaces=%00%ff%0d%0a>\r\n", "400"),
    "REFER that would smuggle a line": ("REFER", "Refer-To: <sip:1@h?Replaces=a%3Bto-tag%3D1%0d%0aX:y%3Bfrom-tag%3D2>\r\n", "400"),
    "REFER by several": ("REFER", "Refer-To: <sip:1@h>\r\nb: <sip:2@h>\r\nb: <sip:3@h>\r\n", "400"),
    "REFER to an unknown scheme": ("REFER", "Refer-To: <nobody:knows>\r\n", "416"),
    "REFER for a REFER": ("REFER", "Refer-To: <sip:1@h;method=REFER>\r\n", "603"),
    "SUBSCRIBE to nothing": ("SUBSCRIBE", "", "489"),
    "SUBSCRIBE to everything": ("SUBSCRIBE", "Event: dialog, message-summary\r\n", "489"),
    "SUBSCRIBE to what is quoted": ("SUBSCRIBE", 'Event: "dialog"\r\n', "489"),
    "NOTIFY out of the blue": ("NOTIFY", "Event: dialog\r\nSubscription-State: active\r\n", "405"),
}  # fmt: skip


def works(lone: Lone) -> None:
    """A good call that comes, is answered and ends."""
    lone.now += 100
    lone.endpoint.advance(lone.now)
    lone.sent()
    lone.events()
    dialog = answered(lone, "good")
    assert starts(lone.say(request("BYE", "good", 2, branch="bye", to_tag=dialog))) == ["200"]
    for event in lone.events():
        str(event).encode()


@pytest.mark.parametrize("name", ODD)
def test_what_is_odd_but_right_is_a_call(name: str) -> None:
    lone = Lone()
    assert starts(lone.say(ODD[name])) == ["100"], name
    event = lone.events()[0]
    assert isinstance(event, InviteReceived)
    str(event).encode()
    lone.endpoint.answer(event.invite, ANSWER, lone.now)
    state = lone.endpoint.dialog_state(event.dialog_key)
    assert "\x00" not in str(state)
    assert starts(lone.sent()) == ["200"]
    lone.endpoint.bye(event.dialog_key, lone.now)
    works(lone)
    assert lone.is_empty()


@pytest.mark.parametrize("name", ODD)
def test_what_is_odd_but_right_survives_a_restart(name: str) -> None:
    lone = Lone()
    lone.say(ODD[name])
    event = lone.events()[0]
    assert isinstance(event, InviteReceived)
    state = lone.endpoint.invite_state(event.invite)
    lone.restart()
    assert lone.endpoint.restore_invite(state, lone.now) == event.invite
    lone.endpoint.reject(event.invite, 486, lone.now)
    assert starts(lone.sent()) == ["486"]
    assert lone.is_empty()


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_refused(name: str) -> None:
    data, status = WRONG[name]
    lone = Lone()
    assert starts(lone.say(data)) == ([status] if status else []), name
    assert lone.events() == []
    works(lone)
    assert lone.is_empty()


@pytest.mark.parametrize("name", LATER)
def test_what_is_wrong_within_a_call_leaves_the_call_alone(name: str) -> None:
    method, extra, status = LATER[name]
    lone = Lone()
    dialog = answered(lone)
    lone.events()
    said = lone.say(request(method, cseq=2, branch="later", to_tag=dialog, extra=extra))
    assert starts(said) == [status], name
    assert lone.events() == []
    assert starts(lone.say(request("BYE", cseq=3, branch="bye", to_tag=dialog))) == ["200"]
    assert lone.is_empty()


@pytest.mark.parametrize("name", [*WRONG, *ODD])
def test_a_stranger_is_told_no_more_than_a_challenge_and_nothing_is_kept(name: str) -> None:
    data = WRONG[name][0] if name in WRONG else ODD[name]
    lone = Lone()
    said = starts(lone.say(data, STRANGER))
    assert said in ([], ["400"], ["401"], ["405"], ["415"], ["416"], ["420"], ["501"], ["505"], ["483"])
    assert not any(lone.endpoint.census().values())


@pytest.mark.parametrize(
    "via",
    [
        # RFC 4475 3.3.10: a 200 that would be for somebody else's Via, too.
        "Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bKother\r\n",
        "Via: SIP/2.0/UDP h2;branch=z9hG4bKsecond\r\n",
    ],
)
def test_a_response_that_is_not_for_us_alone_is_dropped(via: str) -> None:
    lone = Lone()
    sent = called(lone)
    good = reply(sent, 200, body=ANSWER)
    bad = good.replace(b"From:", via.encode() + b"From:", 1)
    assert lone.say(bad) == []
    assert lone.events() == []
    assert lone.endpoint.counters["stray_response"] == 1
    assert starts(lone.say(good)) == ["ACK"]


@pytest.mark.parametrize(
    "line",
    [
        "SIP/2.0 200",
        "SIP/2.0 200 ",
        "SIP/2.0 200 = 2**3 * 5**2 \u0441\u0442\u043e",
        "SIP/2.0 299 Never Heard Of",
        "sip/2.0 200 OK",
    ],
)
def test_a_strange_reason_is_as_good_as_any(line: str) -> None:
    lone = Lone()
    sent = called(lone)
    lone.say(reply(sent, 200, body=ANSWER).replace(b"SIP/2.0 200 Whatever", line.encode(), 1))
    assert [type(event).__name__ for event in lone.events()] == ["InviteAnswered"]


@pytest.mark.parametrize(
    "line", ["SIP/2.0 4294967301 x", "SIP/2.0 99 x", "SIP/2.0 700 x", "SIP/3.0 200 OK", "SIP/2.0  200 OK"]
)
def test_a_status_that_is_none_is_dropped(line: str) -> None:
    lone = Lone()
    sent = called(lone)
    assert lone.say(reply(sent, 200, body=ANSWER).replace(b"SIP/2.0 200 Whatever", line.encode(), 1)) == []
    assert lone.events() == []


# RFC 5118.


def six(data: bytes) -> bytes:
    return data.replace(b"127.0.0.1", b"[2001:db8::9]")


def test_a_call_over_ipv6() -> None:
    lone = Lone(SIX_BOOK, source=SIX)
    assert starts(lone.say(six(invite()))) == ["100"]
    event = lone.events()[0]
    assert isinstance(event, InviteReceived)
    assert event.request_uri == "sip:100@[2001:db8::9]:5060"
    dialog = lone.endpoint.answer(event.invite, ANSWER, lone.now)
    lone.say(six(request("ACK", branch="a", to_tag=dialog)))
    lone.sent()
    lone.endpoint.bye(dialog, lone.now)
    flow, data = lone.endpoint.outgoing()[0]
    assert flow == SIX
    assert data.startswith(b"BYE sip:a@[2001:db8::9]:5299 SIP/2.0\r\n")
    lone.say(reply(data.decode(), 200))
    lone.events()
    assert lone.is_empty()


@pytest.mark.parametrize(
    "uri",
    [
        "sip:[2001:db8::10]",
        "sip:a@[2001:db8::10]:5070",
        "sip:[2001:db8::9:5060]",
        "sip:[::ffff:192.0.2.1]:5060;transport=tcp",
    ],
)
def test_references_to_ipv6_are_read(uri: str) -> None:
    assert ":" in parse_uri(uri).host
    assert ":" in flow_to(uri).host
    assert flow_to(uri).port in (5060, 5070)
    assert starts(Lone().say(edited(LINE, f"INVITE {uri} SIP/2.0"))) == ["100"]


@pytest.mark.parametrize(
    "uri", ["sip:2001:db8::10", "sip:a@2001:db8::10", "sip:a@[2001:db8::10", "sip:a@[2001:db8::zz]"]
)
def test_ipv6_without_brackets_or_sense_is_no_address_of_ours(uri: str) -> None:
    """4.2: we hand on what the caller dialled, and call no such address ourselves."""
    lone = Lone()
    lone.endpoint.invite("leg", Target(uri), lone.now, from_uri="sip:a@h", sdp=OFFER)
    assert lone.sent() == []
    assert [getattr(event, "status", 0) for event in lone.events()] == [484]


@pytest.mark.parametrize("received", ["[2001:db8::9:255]", "2001:db8::9:255"])
def test_received_is_read_with_and_without_brackets(received: str) -> None:
    """4.5: implementations write both."""
    lone = Lone()
    sent = called(lone)
    answer = reply(sent, 200, body=ANSWER).replace(b";rport;", f";rport;received={received};".encode(), 1)
    assert b"received=" in answer
    assert starts(lone.say(answer)) == ["ACK"]


@pytest.mark.parametrize(
    "via",
    [
        "SIP/2.0/UDP [2001:db8::9]:5299",
        "SIP/2.0/UDP [2001:db8::9]",
        "SIP/2.0/UDP [::1]:5299;received=[2001:db8::9]",
        "SIP/2.0/UDP [:::1]",
    ],
)
def test_vias_over_ipv6_are_answered_where_they_came_from(via: str) -> None:
    lone = Lone(SIX_BOOK)
    lone.endpoint.receive(request("OPTIONS", via=via + ";rport"), SIX, lone.now)
    flow, data = lone.endpoint.outgoing()[0]
    assert flow == SIX
    assert header(data.decode(), "Via").startswith(via.partition(";")[0])


@pytest.mark.parametrize(
    ("connection", "host"),
    [
        ("IN IP6 2001:db8::20", "2001:db8::20"),
        ("IN IP6 ::ffff:192.0.2.10", "::ffff:192.0.2.10"),
        ("IN IP4 192.0.2.10", "192.0.2.10"),
    ],
)
def test_sound_over_ipv6(connection: str, host: str) -> None:
    session = sdp.parse(OFFER.replace("c=IN IP4 127.0.0.1", f"c={connection}"))
    assert session.host == host
    assert f"c={connection}" in str(session)
    assert sdp.parse(str(session)).host == host


def test_each_stream_may_have_its_own_kind_of_address() -> None:
    """4.7, 4.8."""
    text = OFFER.replace("c=IN IP4 127.0.0.1", "c=IN IP4 192.0.2.1") + "c=IN IP6 2001:db8::1\r\n"
    assert sdp.parse(text + "m=video 6000 RTP/AVP 31\r\nc=IN IP4 192.0.2.2\r\n").host == "2001:db8::1"
    lone = Lone()
    vias = VIA + "\r\nVia: SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bKas3"
    assert starts(lone.say(edited(VIA, vias))) == ["100"]


def test_a_refer_to_an_address_of_ipv6() -> None:
    lone = Lone()
    dialog = answered(lone)
    lone.events()
    lone.say(
        request("REFER", cseq=2, branch="r", to_tag=dialog, extra="Refer-To: <sip:2@[2001:db8::10]:5070>\r\n")
    )
    event = lone.events()[0]
    assert isinstance(event, ReferReceived)
    assert event.target_uri == "sip:2@[2001:db8::10]:5070"


def test_messages_of_a_stream_are_cut_by_their_length_alone() -> None:
    """RFC 4475 3.1.1.10 over TCP: what looks like a second request in a body is none."""
    stream = Flow("tcp", PHONE.host, PHONE.port, 4)
    lone = Lone(source=stream)
    inner = request("OPTIONS", "inner", branch="inner").decode()
    outer = request("INVITE", body=inner, content_type="application/sdp")
    assert starts(lone.say(outer + request("OPTIONS", "next", branch="next"))) == ["100", "200"]
    assert parse(outer).body.decode() == inner
