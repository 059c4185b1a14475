"""Two sides that talk over a wire on which somebody adds rubbish: nothing is raised, nothing stays, nothing grows."""

from collections import Counter
from dataclasses import fields, is_dataclass
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hallom.sip.dialog_info import document
from hallom.sip.events import InviteReceived, ReferReceived, SubscriptionReceived, SubscriptionRefreshed
from hallom.sip.flow import Flow
from hallom.sip.message import BadMessage, parse
from hallom.sip.tests.harness import START, Network, Party
from hallom.sip.tests.lone import Lone
from hallom.sip.tests.rubbish import Rubbish, weight
from hallom.sip.tests.test_anything_goes import Whim
from hallom.sip.tests.test_flows import Everybody
from hallom.sip.tests.test_malformed import SEEDS

STRANGER = Flow("udp", "203.0.113.66", 5066)
# What may be larger than in an endpoint that has never heard anything: counts by name, and what expires by the clock.
GROWS = ("counters", "conduct", "_nonces")
MOST_IN_MEMORY = 5_000


class Foul(Network):
    """A wire on which everything sent comes once more in another shape, and things that nobody sent."""

    def __init__(self, seed: int, foulness: float, loss: float) -> None:
        super().__init__()
        self.chance = Random(seed)
        self.foulness = foulness
        self.loss = loss
        self.rubbish = Rubbish(self.chance, SEEDS)
        self.most = 0
        self.sent: Counter[str] = Counter()
        self.mangle = self._mangle
        if seed % 2:
            for party in (self.alice, self.bob):
                party.book = Everybody(users={"7": ("secret", "agent-7")})
                party.restart()

    def _mangle(self, sender: str, data: bytes) -> list[float]:
        self._look_at(data)
        self.rubbish.seen.append(data)
        party = self.alice if sender == "alice" else self.bob
        for receiver, chance in ((self.other(party), self.foulness), (party, self.foulness / 4)):
            if self.chance.random() < chance:
                self.throw(receiver, self.rubbish.of(data))
        copies = self.chance.choice((1, 1, 1, 2))
        return [0.01 + self.chance.random() for _ in range(copies) if self.chance.random() >= self.loss]

    def throw(self, receiver: Party, data: bytes) -> None:
        source = STRANGER if self.chance.random() < 0.1 else self.flow_to(self.other(receiver))
        self._count += 1
        self._flying.append((self.now + self.chance.random(), self._count, receiver, source, data))

    def _look_at(self, data: bytes) -> None:
        head = data.split(b"\r\n\r\n", 1)[0]
        assert b"\n" not in head.replace(b"\r\n", b"")
        assert b"\x00" not in head
        self.sent[
            head.split(b" ")[1].decode() if data.startswith(b"SIP/") else head.split(b" ")[0].decode()
        ] += 1
        try:
            parse(data)
        except BadMessage:
            # A refusal repeats what it refuses.
            assert data.startswith((b"SIP/2.0 400 ", b"SIP/2.0 505 ")), data
        self.most = max(self.most, *(sum(one.endpoint.census().values()) for one in (self.alice, self.bob)))


class Careless(Whim):
    """As the switch that answers all that comes, whether it makes sense or not."""

    def act(self) -> None:
        super().act()
        party = self.chance.choice((self.network.alice, self.network.bob))
        endpoint, now = party.endpoint, self.network.now
        for event in party.events[-6:]:
            match event:
                case ReferReceived(refer=refer):
                    self.chance.choice(
                        (endpoint.accept_refer, lambda *args: endpoint.refuse_refer(refer, 603, now))
                    )(refer, now)
                    endpoint.refer_progress(
                        refer, self.chance.choice((180, 200, 486)), "x", now, last=self.chance.random() < 0.5
                    )
                case SubscriptionReceived(subscription=name) | SubscriptionRefreshed(subscription=name):
                    endpoint.accept_subscription(name, now)
                    endpoint.notify(name, "application/dialog-info+xml", document("sip:7@h", 1, []), now)

    def finish(self) -> None:
        super().finish()
        for party in (self.network.alice, self.network.bob):
            for name in party.endpoint.subscriptions():
                party.endpoint.end_subscription(name, self.network.now)


def play(seed: int, foulness: float, loss: float, *, steps: int = 40) -> Foul:
    network = Foul(seed, foulness, loss)
    whim = Careless(network, seed + 1)
    for _ in range(steps):
        whim.act()
        for make in (network.rubbish.anything, network.rubbish.adopted):
            if network.chance.random() < foulness:
                network.throw(network.chance.choice((network.alice, network.bob)), make())
        network.run(network.chance.choice((0, 0.01, 0.3, 2, 20)))
    network.foulness = 0
    for seconds in (300, 8000):
        whim.finish()
        network.run(seconds)
    return network


def check(network: Foul) -> None:
    assert network.most < MOST_IN_MEMORY
    for party in (network.alice, network.bob):
        census = party.endpoint.census()
        assert not any(census.values()), (party.name, census)
        left = weight(party.endpoint)
        unused = weight(Party(party.name, party.port, party.book, party.seed).endpoint)
        grown = {
            path: count for path, count in left.items() if count > unused.get(path, 0) and not _may_grow(path)
        }
        assert not grown, (party.name, grown)
        for event in party.events:
            _is_legible(event)


def _may_grow(path: str) -> bool:
    return any(f".{name}" in path for name in GROWS)


def _is_legible(value: Any) -> None:
    """What goes on to the journal has to be text that a database takes."""
    if isinstance(value, str):
        value.encode()
        assert "\x00" not in value
    elif is_dataclass(value):
        for field in fields(value):
            _is_legible(getattr(value, field.name))
    elif isinstance(value, tuple | list):
        for one in value:
            _is_legible(one)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), foulness=st.floats(0.1, 1), loss=st.floats(0, 0.3))
def test_rubbish_between_two_sides_leaves_nothing_behind(seed: int, foulness: float, loss: float) -> None:
    check(play(seed, foulness, loss))


def test_the_rubbish_reaches_every_part() -> None:
    """Else the test above would show nothing: what was refused must be a part, and what was understood too."""
    sent: Counter[str] = Counter()
    heard: Counter[str] = Counter()
    counters: Counter[str] = Counter()
    for seed in range(20):
        network = play(seed, 0.7, 0.1)
        sent += network.sent
        for party in (network.alice, network.bob):
            heard.update(type(event).__name__ for event in party.events)
            counters += party.endpoint.counters
    for status in (
        "200",
        "202",
        "400",
        "401",
        "403",
        "405",
        "415",
        "416",
        "481",
        "482",
        "486",
        "489",
        "500",
        "501",
        "505",
    ):
        assert sent[status], (status, sent)
    for name in (
        "InviteReceived",
        "InviteAnswered",
        "InviteFailed",
        "DialogEnded",
        "ReferReceived",
        "SubscriptionReceived",
        "InfoReceived",
    ):
        assert heard[name], (name, heard)
    assert counters["malformed"] > 50
    assert counters["stray_response"] > 20


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), size=st.integers(1, 4000))
def test_rubbish_in_a_stream_is_cut_or_the_stream_is_closed(seed: int, size: int) -> None:
    chance, lone = Random(seed), Lone()
    stream = Flow("tcp", "127.0.0.1", 5299, 3)
    rubbish = Rubbish(chance, SEEDS)
    data = b"".join(rubbish.anything() if chance.random() < 0.5 else chance.choice(SEEDS) for _ in range(6))
    for at in range(0, len(data), size):
        lone.endpoint.receive(data[at : at + size], stream, lone.now)
        lone.endpoint.outgoing()
        if lone.endpoint.closings():
            break
    for event in lone.events():
        _is_legible(event)
        if isinstance(event, InviteReceived):
            lone.endpoint.reject(event.invite, 486, lone.now)
    lone.endpoint.flow_closed(stream, lone.now)
    assert lone.is_empty()
    assert not weight(lone.endpoint).get(".intake._framers")
    assert lone.now > START
