"""Where responses and requests go (RFC 3261 18.2.2, RFC 3581, RFC 7118)."""

import pytest

from hallom.sip.accounts import Peer
from hallom.sip.events import InviteReceived
from hallom.sip.flow import Flow
from hallom.sip.message import Request
from hallom.sip.tests.harness import ANSWER, OFFER, Book
from hallom.sip.tests.lone import PHONE, STRANGER, Lone, header, request
from hallom.sip.tests.test_registrar import proof

BEHIND_NAT = Flow("udp", "203.0.113.9", 61_000)


@pytest.mark.parametrize(
    ("via", "source", "port"),
    [
        ("SIP/2.0/UDP 127.0.0.1:5299;rport", PHONE, 5299),
        ("SIP/2.0/UDP 127.0.0.1:5060", PHONE, 5060),
        ("SIP/2.0/UDP 127.0.0.1", PHONE, 5060),
        ("SIP/2.0/UDP 192.168.1.7:5060", BEHIND_NAT, 61_000),
        ("SIP/2.0/UDP 192.168.1.7:5060;rport", BEHIND_NAT, 61_000),
        ("SIP/2.0/WS d3h7.invalid", Flow("ws", "203.0.113.9", 61_000, 3), 61_000),
    ],
)
def test_responses_go_where_the_request_came_from(via: str, source: Flow, port: int) -> None:
    lone = Lone()
    lone.endpoint.receive(request("OPTIONS", via=via), source, lone.now)
    flow, data = lone.endpoint.outgoing()[0]
    assert (flow.port, flow.connection, flow.transport) == (port, source.connection, source.transport)
    stamped = header(data.decode(), "Via")
    assert ("received=" in stamped) == ("rport" in via or source.host not in via)
    assert (f"rport={source.port}" in stamped) == ("rport" in via)


class Everybody(Book):
    """A book in which each caller is an account."""

    def peer_of(self, flow: Flow, request: Request) -> Peer:
        return Peer("account", "agent-7")


@pytest.mark.parametrize(
    ("book", "port"), [(Book({("127.0.0.1", 5299): "trunk"}), 5300), (Everybody(), 5299)]
)
def test_a_trunks_dialog_follows_its_contact_and_a_phones_its_source(book: Book, port: int) -> None:
    lone = Lone(book)
    elsewhere = request("INVITE", body=OFFER).replace(
        b"Contact: <sip:a@127.0.0.1:5299>", b"Contact: <sip:a@127.0.0.1:5300>"
    )
    lone.say(elsewhere)
    event = lone.events()[0]
    assert isinstance(event, InviteReceived)
    dialog = lone.endpoint.answer(event.invite, ANSWER, lone.now)
    lone.say(request("ACK", branch="a", to_tag=dialog))
    lone.endpoint.bye(dialog, lone.now)
    flow, data = lone.endpoint.outgoing()[0]
    assert flow.port == port
    assert data.startswith(b"BYE sip:a@127.0.0.1:5300 SIP/2.0\r\n")


def test_routes_are_followed_in_order() -> None:
    lone = Lone()
    routes = "Record-Route: <sip:127.0.0.1:7001;lr>, <sip:127.0.0.1:7002;lr>\r\n"
    lone.say(request("INVITE", body=OFFER, extra=routes))
    event = lone.events()[0]
    assert isinstance(event, InviteReceived)
    dialog = lone.endpoint.answer(event.invite, ANSWER, lone.now)
    assert lone.sent()[0].count("Record-Route: ") == 2
    lone.say(request("ACK", branch="a", to_tag=dialog))
    lone.endpoint.bye(dialog, lone.now)
    flow, data = lone.endpoint.outgoing()[0]
    assert flow.port == 7001
    assert b"\r\nRoute: <sip:127.0.0.1:7001;lr>\r\nRoute: <sip:127.0.0.1:7002;lr>\r\n" in data


def test_a_strict_router_gets_itself_as_request_uri() -> None:
    lone = Lone()
    lone.say(request("INVITE", body=OFFER, extra="Record-Route: <sip:127.0.0.1:7001>\r\n"))
    event = lone.events()[0]
    assert isinstance(event, InviteReceived)
    dialog = lone.endpoint.answer(event.invite, ANSWER, lone.now)
    lone.say(request("ACK", branch="a", to_tag=dialog))
    lone.endpoint.bye(dialog, lone.now)
    data = lone.endpoint.outgoing()[0][1]
    assert data.startswith(b"BYE sip:127.0.0.1:7001 SIP/2.0\r\n")
    assert b"\r\nRoute: <sip:a@127.0.0.1:5299>\r\n" in data


def test_too_many_transactions_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hallom.sip.reception.MAX_TRANSACTIONS", 2)
    lone = Lone()
    calls = [request("INVITE", f"c{number}", branch=f"b{number}") for number in range(4)]
    assert [lone.say(call)[0][8:11] for call in calls] == ["100", "100", "503", "503"]
    assert lone.endpoint.counters["overload"] == 2


def test_strangers_leave_nothing_in_memory() -> None:
    lone = Lone()
    for method in ("INVITE", "REGISTER", "OPTIONS", "MESSAGE", "BYE", "CANCEL"):
        said = lone.say(request(method, branch=method), STRANGER)
        assert said == [] or len(said) == 1
    assert not any(lone.endpoint.census().values())


def test_an_account_that_loses_its_connection_while_it_calls_has_given_up() -> None:
    lone = Lone(Book(users={"7": ("secret", "agent-7")}))
    socket = Flow("ws", "203.0.113.9", 61_000, 3)
    challenged = lone.say(request("INVITE", body=OFFER), socket)
    auth = proof(challenged[0], method="INVITE", uri="sip:100@127.0.0.1:5060")
    lone.say(request("INVITE", cseq=2, branch="b2", body=OFFER, extra=auth), socket)
    lone.endpoint.flow_closed(socket, lone.now)
    assert [type(event).__name__ for event in lone.events()] == ["InviteReceived", "InviteCancelled"]
    assert lone.is_empty()
