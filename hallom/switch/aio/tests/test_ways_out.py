"""Calls out over real endpoints on both sides: the policy asked, trunks tried in turn, probed, limited."""

import contextlib
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import hallom
from hallom.sip.credentials import Credentials
from hallom.sip.endpoint import Endpoint
from hallom.sip.events import InviteAnswered, InviteFailed, InviteReceived, ProbeAnswered, ProgressReceived
from hallom.sip.flow import Flow
from hallom.sip.settings import EndpointSettings
from hallom.sip.tests.harness import ANSWER, OFFER, START, Book
from hallom.switch import effects
from hallom.switch.aio.ways_out import WAYS, WaysOut
from hallom.switch.journal import JournalEntry
from hallom.switch.line_out import LineOut
from hallom.switch.messages import DialRefused, Invited, Limited, Message
from hallom.switch.numbers import Plan, Sort
from hallom.switch.tests.dialled_table import OK, TABLE, Row
from hallom.switch.tests.test_toll_table import PLAN, POLICY
from hallom.switch.toll import Rules, Way

AGENT = 7
MOBILE = "+36301234567"
PORTS = {"north": 5081, "south": 5082}
Behaviour = Callable[["Outside", str, InviteReceived], None]


def lines(**changes: object) -> list[LineOut]:
    return [
        replace(
            LineOut(name, f"{name}.example", f"sip:127.0.0.1:{port}", Flow("udp", "127.0.0.1", port)),
            **changes,
        )  # type: ignore[arg-type]
        for name, port in PORTS.items()
    ]


def rules(**changes: object) -> Rules:
    policy = replace(POLICY, **changes)  # type: ignore[arg-type]
    return Rules(PLAN, {"all": policy}, {AGENT: "all"}, replace(POLICY, ways={}, trunks=()))


class Outside:
    """Our endpoint, and one for each trunk that behaves as told; a dead one swallows everything."""

    def __init__(self, behaviour: dict[str, Behaviour] | None = None, **changes: object) -> None:
        self.now = START
        self.book = book = Book(
            trunks={("127.0.0.1", 5060): "us", **{("127.0.0.1", port): n for n, port in PORTS.items()}}
        )
        self.ours = Endpoint(EndpointSettings("127.0.0.1", b"ours", port=5060), book)
        self.trunks = {
            name: Endpoint(EndpointSettings("127.0.0.1", name.encode(), port=port), book)
            for name, port in PORTS.items()
        }
        self.behaviour = behaviour or {}
        self.dead: set[str] = set()
        self.got: list[tuple[str, InviteReceived]] = []
        self.sent: list[tuple[str, bytes]] = []
        self.heard: list[object] = []
        self.told: list[Message] = []
        self.ways = WaysOut(self.ours)
        self.ways.configure(rules(**changes), lines(is_probed=False), self.now)

    def dial(
        self, number: str = MOBILE, *, leg: str = "call-1", purpose: str = "dial", **more: object
    ) -> Message:
        made = {"leg": leg, "number": number, "by": AGENT}
        self.ways.note([JournalEntry("dial.made", self.now, "call", AGENT, made)])
        effect = effects.Dial(leg, number, AGENT, "call", purpose, OFFER, **more)  # type: ignore[arg-type]
        message = self.ways.dial(effect, self.now)
        self.tell(message)
        self.run()
        return message

    def tell(self, message: Message) -> None:
        self.told.append(message)
        if isinstance(message, Invited):
            entry = {"leg": message.invite, "invite": dict(message.state)}
            self.ways.note([JournalEntry("leg.invited", self.now, "call", None, entry)])

    def run(self) -> None:
        moved = True
        while moved:
            moved = self._carry() or self._hear()

    def _carry(self) -> bool:
        moved = False
        for flow, data in self.ours.outgoing():
            moved = True
            name = next(name for name, port in PORTS.items() if port == flow.port)
            self.sent.append((name, data))
            if name not in self.dead:
                self.trunks[name].receive(data, Flow("udp", "127.0.0.1", 5060), self.now)
        for name, trunk in self.trunks.items():
            for _, data in trunk.outgoing():
                moved = True
                self.ours.receive(data, Flow("udp", "127.0.0.1", PORTS[name]), self.now)
        return moved

    def _hear(self) -> bool:
        moved = False
        for name, trunk in self.trunks.items():
            while (event := trunk.next_event()) is not None:
                moved = True
                if isinstance(event, InviteReceived):
                    self.got.append((name, event))
                    self.behaviour.get(name, answer)(self, name, event)
        while (event := self.ours.next_event()) is not None:
            moved = True
            if isinstance(event, ProgressReceived | InviteAnswered | InviteFailed):
                reaction, message = self.ways.judge(event, self.now)
                self.heard += [reaction] if reaction else []
                if message is not None:
                    self.tell(message)
            elif isinstance(event, ProbeAnswered):
                self.ways.watch.answered(event.name, event.status, self.now)
        return moved

    def wait(self, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end:
            dues = [one.next_deadline() for one in (self.ours, self.ways, *self.trunks.values())]
            self.now = min([due for due in dues if due is not None and due > self.now] + [end])
            for endpoint in (self.ours, *self.trunks.values()):
                endpoint.advance(self.now)
            for message in self.ways.advance(self.now):
                self.tell(message)
            self.run()

    @property
    def asked(self) -> list[str]:
        return [name for name, _ in self.got]


def answer(world: Outside, name: str, event: InviteReceived) -> None:
    with contextlib.suppress(KeyError):
        # Given up in the meantime.
        world.trunks[name].answer(event.invite, ANSWER, world.now)


def refuse(status: int) -> Behaviour:
    return lambda world, name, event: world.trunks[name].reject(event.invite, status, world.now)


def ring(world: Outside, name: str, event: InviteReceived) -> None:
    world.trunks[name].progress(event.invite, 180, world.now)


def ring_and_fail(world: Outside, name: str, event: InviteReceived) -> None:
    ring(world, name, event)
    world.trunks[name].reject(event.invite, 503, world.now)


def test_the_first_trunk_in_the_order_carries_the_call_with_a_number_of_ours() -> None:
    world = Outside()
    world.dial("06 30 123 4567")
    assert world.asked == ["north"]
    event = world.got[0][1]
    assert event.request_uri == f"sip:{MOBILE}@127.0.0.1:5081"
    assert event.from_uri == "sip:+3615550100@north.example"
    assert event.asserted == "sip:+3615550100@north.example"
    assert [type(one) for one in world.heard] == [InviteAnswered]
    assert world.heard[0].invite == "call-1"  # type: ignore[attr-defined]


@pytest.mark.parametrize("status", [408, 500, 503, 403, 488])
def test_a_trunk_that_fails_is_followed_by_the_next(status: int) -> None:
    world = Outside({"north": refuse(status)})
    world.dial()
    assert world.asked == ["north", "south"]
    assert [one.state["trunk"] for one in world.told if isinstance(one, Invited)] == ["north", "south"]
    assert [(type(one), one.invite) for one in world.heard] == [(InviteAnswered, "call-1")]  # type: ignore[attr-defined]


@pytest.mark.parametrize("status", [486, 404, 603, 302])
def test_what_the_other_side_says_is_the_end_and_no_redirection_is_followed(status: int) -> None:
    world = Outside({"north": refuse(status)})
    world.dial()
    assert world.asked == ["north"]
    assert [(one.status, one.contacts) for one in world.heard] == [(status, ())]  # type: ignore[attr-defined]


def test_nobody_is_rung_twice() -> None:
    world = Outside({"north": ring_and_fail})
    world.dial()
    assert world.asked == ["north"]
    assert [type(one) for one in world.heard] == [ProgressReceived, InviteFailed]


def test_a_trunk_that_says_nothing_is_left_after_four_seconds_and_ended_should_it_answer_late() -> None:
    world = Outside({"south": answer})
    world.dead = {"north"}
    world.dial()
    world.wait(3.9)
    assert world.asked == []
    world.wait(0.2)
    assert world.asked == ["south"]
    assert [type(one) for one in world.heard] == [InviteAnswered]
    world.dead = set()
    world.wait(30)
    assert [type(one) for one in world.heard] == [InviteAnswered]


def test_when_every_trunk_fails_no_line_is_free() -> None:
    world = Outside({"north": refuse(503), "south": refuse(503)})
    world.dial()
    assert world.told[-1] == DialRefused("call-1", "no_line_free")


def test_a_full_trunk_is_passed_over_until_a_call_ends() -> None:
    world = Outside()
    world.ways.configure(rules(), lines(is_probed=False, calls_most=1), world.now)
    for leg in ("a-1", "b-1"):
        world.dial(leg=leg)
    assert world.asked == ["north", "south"]
    assert world.dial(leg="c-1") == DialRefused("c-1", "no_line_free")
    world.ways.note([JournalEntry("leg.ended", world.now, "a", None, {"leg": "a-1"})])
    world.dial(leg="d-1")
    assert world.asked == ["north", "south", "north"]


def test_a_dead_trunk_is_left_after_two_probes_and_back_after_one_answer() -> None:
    world = Outside()
    world.dead = {"north"}
    world.ways.configure(rules(), lines(), world.now)
    world.wait(5.5)
    assert not world.ways.watch.state("north").is_dead
    world.wait(11)
    assert world.ways.watch.state("north").is_dead
    world.dial(leg="a-1")
    assert world.asked == ["south"]
    world.dead = set()
    world.wait(25)
    assert not world.ways.watch.state("north").is_dead
    world.dial(leg="b-1")
    assert world.asked == ["south", "north"]
    told = [(one.data["trunk"], one.data["failed_probes"]) for one in world.ways.watch.news]
    assert told == [("south", 0), ("north", 1), ("north", 2), ("north", 0)]


def test_a_trunk_where_we_are_not_registered_is_passed_over() -> None:
    world = Outside()
    world.ways.watch.registered("north", 403, world.now, is_registered=False)
    world.dial()
    assert world.asked == ["south"]


def test_whoever_calls_for_help_gets_through_whatever_the_trunks_and_the_policy() -> None:
    world = Outside({"south": refuse(503)}, ways={})
    for name in PORTS:
        world.ways.watch.registered(name, 403, world.now, is_registered=False)
    world.dial("112", is_signed_in=False)
    assert world.asked == ["south", "north"]
    assert world.got[-1][1].request_uri == "sip:112@127.0.0.1:5081"


def test_another_number_than_the_houses_is_never_shown() -> None:
    world = Outside()
    message = world.dial(caller_number="+36301112222")
    assert message == DialRefused("call-1", "caller_number_refused", {"number": "+36301112222"})
    assert world.sent == []


def test_a_caller_from_outside_is_not_passed_on_to_a_number_outside() -> None:
    world = Outside()
    assert world.dial(purpose="transfer", party_on_trunk=True) == DialRefused("call-1", "trunk_to_trunk")
    assert world.dial(purpose="diversion", party_on_trunk=True, leg="c-1") == DialRefused(
        "c-1", "trunk_to_trunk"
    )
    world.ways.configure(rules(joins_trunks=True), lines(is_probed=False), world.now)
    world.dial(purpose="diversion", party_on_trunk=True, leg="d-1")
    assert (
        b"Diversion: <sip:+3615550100@north.example>;reason=unconditional"
        in world.sent[-2][1] + world.sent[0][1]
    )


def test_a_trunk_that_asks_for_a_password_gets_it() -> None:
    world = Outside()
    del world.book.trunks["127.0.0.1", 5060]
    world.book.users["us"] = ("secret", "us")
    world.ways.configure(rules(), lines(is_probed=False), world.now)
    world.dial(leg="a-1")
    assert world.told[-1] == DialRefused("a-1", "no_line_free")
    world.ways.configure(rules(), lines(is_probed=False, credentials=Credentials("us", "secret")), world.now)
    world.dial(leg="b-1")
    assert [type(one) for one in world.heard] == [InviteAnswered]
    assert world.asked == ["north"]


def test_a_trunk_by_tls_is_called_where_its_name_points() -> None:
    world = Outside()
    line = LineOut("east", "sip.example", "sip:sip.example:5061;transport=tls", is_probed=False)
    world.ways.configure(rules(trunks=("east",)), [line], world.now)
    effect = effects.Dial("a-1", MOBILE, AGENT, "call", "dial", OFFER)
    assert isinstance(world.ways.dial(effect, world.now), Invited)
    ((flow, data),) = world.ours.outgoing()
    assert flow == Flow("tls", "sip.example", 5061)
    assert data.startswith(f"INVITE sip:{MOBILE}@sip.example:5061;transport=tls SIP/2.0".encode())


def test_who_gives_up_is_given_up_where_the_call_is_now() -> None:
    world = Outside({"north": refuse(503), "south": ring})
    world.dial()
    assert world.ways.cancel("call-1", "", world.now)
    world.run()
    assert [name for name, data in world.sent if data.startswith(b"CANCEL")] == ["south"]
    assert world.heard[-1].status == 487  # type: ignore[attr-defined]


def test_a_restarted_switch_goes_on_with_the_next_trunk() -> None:
    first = Outside({"north": ring})
    message = first.dial()
    assert isinstance(message, Invited)
    second = Outside()
    second.ways.restore(message.state, second.now)
    failed = InviteFailed("call-1", 503, "")
    reaction, news = second.ways.judge(failed, second.now)
    second.run()
    assert reaction is None
    assert isinstance(news, Invited)
    assert second.asked[-1] == "south"


def test_a_cap_is_told_for_every_call_of_the_agent_when_it_moves() -> None:
    world = Outside(seconds_a_day=600.0)
    world.dial(leg="a-1")
    world.ways.note([JournalEntry("leg.answered", world.now, "a", AGENT, {"leg": "a-1"})])
    assert list(world.ways.limits(world.now)) == [Limited("a-1", world.now + 600)]
    world.now += 100
    world.dial(leg="b-1")
    world.ways.note([JournalEntry("leg.answered", world.now, "b", AGENT, {"leg": "b-1"})])
    assert list(world.ways.limits(world.now)) == [
        Limited("a-1", world.now + 250),
        Limited("b-1", world.now + 250),
    ]
    assert list(world.ways.limits(world.now)) == []


def test_caps_count_what_the_journal_tells() -> None:
    world = Outside(seconds_a_day=600.0, calls_most=1)
    world.dial(leg="a-1")
    assert world.dial(leg="b-1") == DialRefused("b-1", "too_many_calls", {"most": "1"})
    world.ways.note([JournalEntry("leg.ended", world.now, "b", AGENT, {"leg": "b-1"})])
    world.ways.note([JournalEntry("leg.answered", world.now, "a", AGENT, {"leg": "a-1"})])
    world.ways.note([JournalEntry("leg.ended", world.now + 600, "a", AGENT, {"leg": "a-1"})])
    world.now += 601
    assert world.dial(leg="c-1") == DialRefused("c-1", "minutes_used_up", {"minutes": "10"})


# Every number in every spelling on every way out


@pytest.mark.parametrize("purpose", sorted(WAYS))
def test_nothing_leaves_that_the_policy_does_not_allow(purpose: str) -> None:
    way = WAYS[purpose]
    for number, row in enumerate(TABLE):
        world = Outside()
        world.dial(row.spelling, leg=f"{number}-1", purpose=purpose)
        called = world.ways.rules.read(row.spelling)
        expected = _expected(row, way, getattr(called, "sort", None))
        invites = [data for _, data in world.sent if data.startswith(b"INVITE")]
        if expected == OK:
            assert [event.request_uri for _, event in world.got] == [
                f"sip:{row.number}@127.0.0.1:{_port(world)}"
            ]
        else:
            assert invites == [], row.spelling
            assert isinstance(world.told[0], DialRefused)
            assert world.told[0].code == expected, row.spelling


def _port(world: Outside) -> int:
    return PORTS[world.asked[0]]


def _expected(row: Row, way: Way, sort: Sort | None) -> str:
    """What is of the house does not leave it."""
    if sort in (Sort.EXTENSION, Sort.SERVICE):
        return "no_such_number"
    return str(row.fate._asdict()[way.value])


def test_invites_are_sent_to_registered_telephones_and_through_this_door_and_from_nowhere_else() -> None:
    folder = Path(hallom.__file__).parent
    found = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.py")
        if "tests" not in path.parts and re.search(r"endpoint\.invite\(", path.read_text())
    }
    assert found == {"switch/aio/hands.py", "switch/aio/ways_out.py"} | {
        path for path in found if path.startswith(("calls/practice", "calls/demo"))
    }


def test_the_plan_of_an_empty_house_lets_nothing_out() -> None:
    world = Outside()
    world.ways.configure(Rules(Plan()), lines(is_probed=False), world.now)
    assert world.dial() == DialRefused("call-1", "no_policy")
