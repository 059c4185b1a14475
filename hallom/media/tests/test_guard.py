"""Floods from strangers: the kernel drops them while the peer is heard, and whoever may be the peer comes through."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from hallom.media import stun
from hallom.media.aio import guard
from hallom.media.aio import ports as ports_module
from hallom.media.aio.engine import CARE_TICKS
from hallom.media.aio.guard import Guard, from_address, rules_for
from hallom.media.aio.leg import GUARDED_SECONDS, Leg
from hallom.media.aio.ports import ROUNDS
from hallom.media.g711 import FRAME_SAMPLES
from hallom.media.latch import SILENCE_SECONDS, Address
from hallom.media.protocol import ConnectLeg
from hallom.media.tests import test_intake
from hallom.media.tests.test_intake import House, packet

house = test_intake.house

FLOOD = 300
UFRAG = "0123abcd"
OURS, THEIRS = b"a" * FRAME_SAMPLES, b"b" * FRAME_SAMPLES


def flood(stranger: socket.socket, leg: Leg, count: int = FLOOD) -> None:
    for number in range(count):
        stranger.sendto(packet(7 * number, payload=THEIRS), ("127.0.0.1", leg.port))
        stranger.sendto(b"\x80\xc8" + os.urandom(30), ("127.0.0.1", leg.port + 1))


def guarded(house: House, telephone: socket.socket) -> Leg:
    """A leg that has heard its peer when it was looked at."""
    leg = house.leg("c-1", telephone)
    for number in range(1, CARE_TICKS + 1):
        telephone.sendto(packet(number, payload=OURS), ("127.0.0.1", leg.port))
        house.tick()
    assert leg._guard.stands
    return leg


def test_a_flood_costs_a_guarded_leg_nothing_and_is_counted(house: House, stranger: socket.socket) -> None:
    telephone = house.telephone()
    leg = guarded(house, telephone)
    received, start = house.engine.counters["received"], CARE_TICKS + 1
    for number in range(start, start + CARE_TICKS):
        flood(stranger, leg)
        telephone.sendto(packet(number, payload=OURS), ("127.0.0.1", leg.port))
        house.tick()
        assert b"b" not in leg.jitter._last
    assert leg._statistics.lost == 0
    assert house.engine.counters["received"] == received + CARE_TICKS
    assert house.engine.counters["stranger"] == CARE_TICKS * FLOOD * 2


def test_who_may_take_a_silent_peers_place_is_seen_before_he_may(house: House) -> None:
    telephone, stranger = house.telephone(), house.telephone()
    leg = guarded(house, telephone)
    assert GUARDED_SECONDS + 1 < SILENCE_SECONDS
    leg.guard(time.time() + GUARDED_SECONDS)
    assert not leg._guard.stands
    before = house.engine.counters["received"]
    stranger.sendto(packet(1, payload=THEIRS), ("127.0.0.1", leg.port))
    house.tick()
    assert house.engine.counters["received"] == before + 1


def test_a_peer_that_is_announced_anew_is_heard_at_once(house: House) -> None:
    old, new = house.telephone(), house.telephone()
    leg = guarded(house, old)
    house.engine.legs["c-1"].connect(announced_at(leg, new), time.time())
    new.sendto(packet(1, ssrc=9), ("127.0.0.1", leg.port))
    house.tick()
    assert leg._statistics.ssrc == 9


def test_the_announced_address_wins_back_what_another_has(house: House) -> None:
    announced, elsewhere = house.telephone(), house.telephone()
    leg = house.leg("c-1", announced)
    for number in range(1, CARE_TICKS + 1):
        elsewhere.sendto(packet(number, ssrc=8), ("127.0.0.1", leg.port))
        house.tick()
    assert leg._guard.stands
    announced.sendto(packet(1, ssrc=9), ("127.0.0.1", leg.port))
    house.tick()
    assert leg._statistics.ssrc == 9


def announced_at(leg: Leg, telephone: socket.socket) -> ConnectLeg:
    assert leg.connected is not None
    return replace(leg.connected, port=telephone.getsockname()[1])


@pytest.mark.parametrize(("seconds", "heard"), [(60.0, [1, 2, 3]), (0.0, [0, 0, 0])])
def test_behind_a_flood_at_an_open_leg_the_peer_is_heard_in_the_same_tick_if_there_is_time(
    monkeypatch: pytest.MonkeyPatch, seconds: float, heard: list[int]
) -> None:
    monkeypatch.setattr(ports_module, "FLOOD_SECONDS", seconds)
    house = House(test_intake.a_ring())
    telephone, stranger = house.telephone(), house.telephone()
    leg = house.leg("c-1", telephone)
    received = []
    for number in range(1, 4):
        flood(stranger, leg, 10 * ROUNDS)
        telephone.sendto(packet(number, payload=OURS), ("127.0.0.1", leg.port))
        house.tick()
        received.append(leg._statistics.received)
    house.close()
    assert received == heard


class Ports:
    """Two real ports with a guard before them."""

    def __init__(self, host: str) -> None:
        self.family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.host = host
        self.made: list[socket.socket] = []
        self.media, self.control = self.bound(), self.bound()
        self.guard = Guard(self.media, self.control)

    def bound(self, host: str = "") -> socket.socket:
        made = socket.socket(self.family, socket.SOCK_DGRAM)
        made.bind((host or self.host, 0))
        made.setblocking(False)
        self.made.append(made)
        return made

    def close(self) -> None:
        for made in self.made:
            made.close()

    def lets(self, data: bytes, *, by: socket.socket, to: socket.socket | None = None) -> bool:
        """Whether it comes through; on the loopback address it is there at once."""
        port = to or self.media
        by.sendto(data, port.getsockname()[:2])
        try:
            return port.recv(2048) == data
        except BlockingIOError:
            return False


@pytest.fixture
def stranger() -> Iterator[socket.socket]:
    """On another host."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.72", 0))
        yield made


@pytest.fixture(params=["127.0.0.1", "::1"])
def ports(request: pytest.FixtureRequest) -> Iterator[Ports]:
    made = Ports(request.param)
    yield made
    made.close()


def address(telephone: socket.socket) -> Address:
    host, port = telephone.getsockname()[:2]
    return host, port


def test_only_those_believed_come_through_to_the_media_port(ports: Ports) -> None:
    peer, another, stranger = ports.bound(), ports.bound(), ports.bound()
    ports.guard.let_through((address(peer), address(another)))
    assert ports.lets(b"x", by=peer)
    assert ports.lets(b"x", by=another)
    assert not ports.lets(b"x", by=stranger)
    assert ports.guard.news() == 1
    assert ports.guard.news() == 0
    ports.guard.open()
    assert ports.lets(b"x", by=stranger)


def test_any_port_of_the_peers_host_comes_through_to_the_port_for_reports() -> None:
    ports = Ports("127.0.0.1")
    peer, stranger = ports.bound(), ports.bound("127.0.0.72")
    ports.guard.let_through((address(peer),))
    assert ports.lets(b"x", by=ports.bound(), to=ports.control)
    assert not ports.lets(b"x", by=stranger, to=ports.control)
    assert not ports.lets(b"x", by=stranger)
    ports.close()


def test_a_browser_may_come_from_elsewhere_when_it_names_us(ports: Ports) -> None:
    browser, elsewhere = ports.bound(), ports.bound()
    ports.guard.let_through((address(browser),), UFRAG)
    assert ports.lets(b"x", by=browser)
    assert not ports.lets(b"x", by=elsewhere)
    assert not ports.lets(b"x", by=browser, to=ports.control)
    right = stun.request(os.urandom(12), f"{UFRAG}:them", "p" * 22, use_candidate=True)
    wrong = stun.request(os.urandom(12), "0123abce:them", "p" * 22, use_candidate=True)
    assert ports.lets(right, by=elsewhere)
    assert not ports.lets(wrong, by=elsewhere)
    assert not ports.lets(right[:30], by=elsewhere)


def test_whom_no_address_tells_nobody_is_kept_from() -> None:
    assert rules_for((("phone.example", 5004),)) is None
    assert rules_for((("::ffff:192.0.2.1", 5004),)) is None
    assert rules_for((("192.0.2.1", 5004), ("phone.example", 5004))) is None
    assert from_address(("192.0.2.1", 5004)) == ((0x20, 0xFFF0000C, 0xC0000201), (0x28, 0, 5004))


def test_a_system_without_it_lets_everything_through(monkeypatch: pytest.MonkeyPatch, house: House) -> None:
    monkeypatch.setattr(guard, "SO_ATTACH_FILTER", 9999)
    telephone, stranger = house.telephone(), house.telephone()
    leg = house.leg("c-1", telephone)
    for number in range(1, CARE_TICKS + 5):
        telephone.sendto(packet(number, payload=OURS), ("127.0.0.1", leg.port))
        stranger.sendto(packet(number, payload=THEIRS), ("127.0.0.1", leg.port))
        house.tick()
        assert b"b" not in leg.jitter._last
    assert not leg._guard.stands
    assert leg._statistics.lost == 0
    assert house.engine.counters["stranger"] >= CARE_TICKS
