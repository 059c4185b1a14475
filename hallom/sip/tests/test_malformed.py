"""Whatever bytes arrive: nothing is raised, nothing gets stuck, and every answer is well formed."""

from random import Random

import pytest
import sipmessage
from hypothesis import given, settings
from hypothesis import strategies as st

from hallom.sip.events import ReferReceived, SubscriptionReceived
from hallom.sip.flow import Flow
from hallom.sip.tests.harness import ANSWER, OFFER
from hallom.sip.tests.lone import PHONE, STRANGER, Lone, header, invite, reply, request, starts, tag
from hallom.sip.tests.test_races import answered, called
from hallom.sip.tests.test_registrar import CONTACT, register

STREAM = Flow("tcp", "127.0.0.1", 5299, 1)
SOCKET = Flow("ws", "127.0.0.1", 5299, 2)
SEEDS = [
    invite(),
    request("BYE", to_tag="x"),
    request("CANCEL"),
    request("ACK", to_tag="x"),
    request("OPTIONS"),
    request("UPDATE", to_tag="x", extra="Session-Expires: 1800;refresher=uac\r\nSupported: timer\r\n"),
    request("PRACK", to_tag="x", extra="RAck: 1 1 INVITE\r\n"),
    register(
        1, 'Authorization: Digest username="7", realm="hallom", nonce="a.b.c", response="d"\r\n' + CONTACT
    ),
    reply(request("INVITE").decode(), 200, body=ANSWER),
    reply(request("INVITE").decode(), 180, extra="Require: 100rel\r\nRSeq: 4\r\n"),
    reply(request("INVITE").decode(), 302, extra="Diversion: <sip:1@h>;reason=x;counter=2, <sip:2@h>\r\n"),
    invite(
        "call-7",
        branch="b7",
        extra="Replaces: call-1;to-tag=x;from-tag=ft;early-only\r\nHistory-Info: <sip:1@h?Reason=SIP%3Bcause%3D302>;index=1, <sip:2@h>\r\n",
    ),
    request(
        "REFER",
        "call-8",
        branch="b8",
        extra="Refer-To: <sip:2@h?Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2>\r\nReferred-By: <sip:1@h>\r\n",
    ),
    request(
        "SUBSCRIBE", "call-9", branch="b9", extra="Event: dialog;id=1\r\nExpires: 600\r\nAccept: */*\r\n"
    ),
    request("SUBSCRIBE", "call-9", 2, branch="b10", to_tag="x", extra="Event: refer;id=2\r\nExpires: 0\r\n"),
]
SCRAPS = [b"\r\n", b"\n", b"\r\n\r\n", b" ", b";", b",", b'"', b"<", b">", b":", b"=", b"\x00", b"\xff", b"\xc3\xa9", b"tag", b"-1",
          b"4294967296", b"99999999999999999999", b"\xd9\xa3", b"%", b"\\", b"z9hG4bK", b"SIP/2.0", b"*", b"\r\n\t"]  # fmt: skip


def mutated(data: bytes, chance: Random) -> bytes:
    for _ in range(chance.randint(1, 6)):
        at, end = sorted((chance.randint(0, len(data)), chance.randint(0, len(data))))
        kind = chance.randrange(4)
        if kind == 0:
            data = data[:at] + chance.choice(SCRAPS) + data[at:]
        elif kind == 1:
            data = data[:at] + data[min(end, at + chance.randint(1, 20)) :]
        elif kind == 2:
            data = data[:at] + chance.choice(SCRAPS) + data[at + 1 :]
        else:
            lines = data.split(b"\r\n")
            lines.insert(chance.randrange(len(lines)), chance.choice(lines))
            data = b"\r\n".join(lines)
    return data


def check(lone: Lone, source: Flow) -> None:
    for flow, data in lone.endpoint.outgoing():
        assert flow in (source, PHONE) or flow.transport == source.transport
        if data != b"\r\n":
            head = data.split(b"\r\n\r\n", 1)[0]
            assert b"\n" not in head.replace(b"\r\n", b"")
            assert b"\x00" not in head


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 2**32), source=st.sampled_from((PHONE, STRANGER, STREAM, SOCKET)))
def test_mutations_of_good_messages_do_no_harm(seed: int, source: Flow) -> None:
    chance, lone = Random(seed), Lone()
    sent = called(lone)
    dialog = answered(lone)
    replies = [reply(sent, status) for status in (180, 200, 401, 422, 486)]
    within = [
        request(method, cseq=9, to_tag=dialog, branch=method)
        for method in ("BYE", "INVITE", "INFO", "UPDATE")
    ]
    within.append(request("REFER", cseq=9, to_tag=dialog, branch="r", extra="Refer-To: <sip:2@h>\r\n"))
    for _ in range(8):
        lone.endpoint.receive(mutated(chance.choice(SEEDS + replies + within), chance), source, lone.now)
        check(lone, source) if source is not STREAM else lone.endpoint.outgoing()
    for event in lone.events():
        str(event).encode()
        if isinstance(event, ReferReceived):
            lone.endpoint.accept_refer(event.refer, lone.now)
        elif isinstance(event, SubscriptionReceived):
            lone.endpoint.accept_subscription(event.subscription, lone.now)
            lone.endpoint.notify(event.subscription, "text/plain", event.target, lone.now)
    lone.endpoint.flow_closed(STREAM, lone.now)
    lone.endpoint.bye(dialog, lone.now)
    assert lone.is_empty()


@settings(max_examples=300, deadline=None)
@given(
    data=st.binary(max_size=300) | st.text(max_size=200).map(str.encode),
    source=st.sampled_from((PHONE, STREAM, SOCKET)),
)
def test_any_bytes_do_no_harm(data: bytes, source: Flow) -> None:
    lone = Lone()
    lone.endpoint.receive(data, source, lone.now)
    lone.endpoint.receive(data + b"\r\n\r\n", source, lone.now)
    lone.endpoint.flow_closed(source, lone.now)
    assert lone.is_empty()


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        ("CSeq: 1 INVITE", "CSeq: 1 BYE", "400"),
        ("CSeq: 1 INVITE", "CSeq: 4294967296 INVITE", "400"),
        ("CSeq: 1 INVITE", "CSeq: \u0663 INVITE", "400"),
        ("INVITE sip:100@127.0.0.1:5060 SIP/2.0", "INVITE sip:100@127.0.0.1:5060 SIP/7.0", "505"),
        ("INVITE sip:100@127.0.0.1:5060 SIP/2.0", "INVITE  sip:100@127.0.0.1:5060 SIP/2.0", "400"),
        ("INVITE sip:100@127.0.0.1:5060 SIP/2.0", "INVITE <sip:100@127.0.0.1:5060> SIP/2.0", "416"),
        ("INVITE sip:100@127.0.0.1:5060 SIP/2.0", "INVITE nobodyKnowsThisScheme:totallyopaque SIP/2.0", "416"),
        ("Max-Forwards: 70", "Max-Forwards: 0", "483"),
        ("Max-Forwards: 70", "Max-Forwards: many", "400"),
        ("Max-Forwards: 70", "Require: nothingSupportsThis, 100rel", "420"),
        ("Max-Forwards: 70", "Proxy-Require: privacy", "420"),
        ("Max-Forwards: 70", "Max-Forwards: 70\r\nContent-Length: 5", "400"),
        ("Max-Forwards: 70", "Max-Forwards: 70\r\nno colon here", "400"),
        ("Max-Forwards: 70", "Max-Forwards: 70\r\nContent-Encoding: gzip", "415"),
        ("Max-Forwards: 70", "Max-Forwards: 70\r\n" + "X: y\r\n" * 130 + "Z: z", "400"),
        ("application/sdp", "application/unknown", "415"),
        ("Contact: <sip:a@127.0.0.1:5299>", "Subject: none", "400"),
        ("Contact: <sip:a@127.0.0.1:5299>", 'Contact: "unterminated <sip:a@127.0.0.1:5299>', "400"),
        ("From: <sip:a@127.0.0.1:5299>", 'From: "Quote <sip:a@127.0.0.1:5299>', "400"),
        ("From: <sip:a@127.0.0.1:5299>", "From: <sip:a@127.0.0.1:5299", "400"),
        ("Call-ID: call-1", "Call-ID: call 1", "400"),
        ("Call-ID: call-1", "Call-ID: " + "x" * 600, "400"),
    ],
)  # fmt: skip
def test_faults_of_an_invite_get_their_status(old: str, new: str, status: str) -> None:
    lone = Lone()
    assert starts(lone.say(invite().replace(old.encode(), new.encode(), 1))) == [status]


@pytest.mark.parametrize("gone", ["Via: ", "From: ", "To: ", "Call-ID: ", "CSeq: "])
def test_what_cannot_be_answered_is_dropped_and_counted(gone: str) -> None:
    lone = Lone()
    assert lone.say(invite().replace(gone.encode(), b"X-Gone: ", 1)) == []
    assert lone.endpoint.counters["malformed"] == 1


def test_a_refusal_of_nonsense_keeps_nothing_and_is_the_same_each_time() -> None:
    lone = Lone()
    bad = invite().replace(b"CSeq: 1 INVITE", b"CSeq: 1 BYE")
    assert lone.say(bad) == lone.say(bad)
    assert not any(lone.endpoint.census().values())


@pytest.mark.parametrize(
    ("method", "status"), [("MESSAGE", "405"), ("PUBLISH", "405"), ("NOTIFY", "405"), ("DANCE", "501")]
)
def test_methods_we_do_not_serve(method: str, status: str) -> None:
    said = Lone().say(request(method))
    assert starts(said) == [status]
    assert "INVITE" in header(said[0], "Allow")


def test_options_say_what_we_can() -> None:
    said = Lone().say(request("OPTIONS"), STRANGER)
    assert starts(said) == ["200"]
    assert "UPDATE" in header(said[0], "Allow")
    assert header(said[0], "Accept") == "application/sdp"
    assert tag(said[0])


def test_names_in_old_encodings_reach_us_legibly() -> None:
    lone = Lone()
    for number, name in enumerate(("Müller".encode("latin-1"), "Müller".encode())):
        data = invite(f"call-{number}", branch=f"b{number}")
        lone.say(data.replace(b"From: <", b'From: "' + name + b'" <'))
    assert [getattr(event, "from_name", "") for event in lone.events()] == ["Müller", "Müller"]


def test_a_stray_ack_and_a_stray_response_are_counted() -> None:
    lone = Lone()
    lone.say(request("ACK", to_tag="x"))
    lone.say(reply(request("INVITE").decode(), 200))
    assert (lone.endpoint.counters["stray_ack"], lone.endpoint.counters["stray_response"]) == (1, 1)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_another_parser_understands_all_that_we_send(seed: int) -> None:
    chance, lone = Random(seed), Lone()
    sent = [called(lone)]
    for _ in range(6):
        sent += lone.say(mutated(chance.choice(SEEDS), chance))
    for one in sent:
        for line in one.split("\r\n\r\n", 1)[0].split("\r\n")[1:]:
            assert ": " in line
    parsed = sipmessage.Message.parse(sent[0].encode())
    assert parsed.cseq.method == "INVITE"
    assert parsed.body.decode() == OFFER


@pytest.mark.parametrize("hidden", [b"\r", b"\n", b"\r\r\n\n", b"\n\r", b"\x7f", b"\x1b"])
def test_half_a_line_break_or_another_control_character_within_a_header_is_refused(hidden: bytes) -> None:
    sent = request("OPTIONS").replace(b"Max-Forwards: 70", b"Max-Forwards: 70\r\nSubject: a" + hidden + b"b")
    assert hidden + b"b" in sent
    assert starts(Lone().say(sent)) == ["400"]
