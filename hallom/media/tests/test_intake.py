"""Packets in and out: all in one go by the ring, or port by port, with the same outcome."""

from __future__ import annotations

import errno
import os
import socket
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from hallom.media import dtmf, rtp
from hallom.media.aio import batch, certificate, intake
from hallom.media.aio import ring as rings
from hallom.media.aio.batch import PLACES, RingOutbox, SingleOutbox, open_ring, pack_address, parse_address
from hallom.media.aio.engine import Engine
from hallom.media.aio.leg import Leg
from hallom.media.aio.ports import ROUNDS, PortPool
from hallom.media.aio.ring import Ring
from hallom.media.aio.srtp import Session
from hallom.media.aio.webrtc import Dtls, WebRtcLeg
from hallom.media.g711 import FRAME_SAMPLES, Law
from hallom.media.packets import PACKET_BYTES, OutgoingStream, PacketMatrix
from hallom.media.protocol import ConnectLeg

WAYS = ("together", "port by port")


def a_ring() -> Ring:
    made, reason = open_ring()
    if made is None:
        # Containers may forbid it; where the product is built, it must be there.
        assert os.environ.get("CI") != "true", reason
        pytest.skip(f"no io_uring here: {reason}")
    return made


@pytest.fixture
def ring() -> Iterator[Ring]:
    made = a_ring()
    yield made
    made.close()


class House:
    """An engine and telephones around it, on the loopback address."""

    def __init__(self, ring: Ring | None, host: str = "127.0.0.1") -> None:
        self.events: list[dict[str, object]] = []
        self.host = host
        ports = PortPool(host, range(45200, 45900))
        self.engine = Engine(ports, Dtls(certificate.make()), self.events.append, ring=ring)
        self.telephones: list[socket.socket] = []

    def telephone(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        made = socket.socket(family, socket.SOCK_DGRAM)
        made.bind((self.host, 0))
        made.settimeout(2.0)
        self.telephones.append(made)
        return made

    def leg(self, name: str, telephone: socket.socket, law: Law = Law.PCMU) -> Leg:
        leg = self.engine.open_leg(name, "rtp")
        leg.connect(
            ConnectLeg(
                leg=name, host=self.host, port=telephone.getsockname()[1], codec=law, dtmf=101,
                sends=True, receives=True, ufrag=None, pwd=None, fingerprint=None,
            ), time.time(),
        )  # fmt: skip
        return leg

    def tick(self, times: int = 1) -> None:
        for _ in range(times):
            self.engine.tick(time.time())

    def close(self) -> None:
        self.engine.close()
        for telephone in self.telephones:
            telephone.close()


@pytest.fixture(params=WAYS)
def house(request: pytest.FixtureRequest) -> Iterator[House]:
    made = House(a_ring() if request.param == "together" else None)
    yield made
    made.close()


def packet(number: int, *, ssrc: int = 7, law: int = 0, payload: bytes = b"") -> bytes:
    audio = payload or bytes([number % 256]) * FRAME_SAMPLES
    return rtp.pack(rtp.Packet(law, False, number % 65536, number * FRAME_SAMPLES, ssrc, audio))


def test_the_ring_carries_out_more_than_it_holds_and_tells_what_each_call_returned(ring: Ring) -> None:
    pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    inbox = batch.Inbox(ring)
    for round_ in range(9):
        pair[0].send(bytes(round_ + 1))
        sizes = inbox.fetch(np.array([pair[1].fileno(), pair[1].fileno(), 9999], np.int32))
        assert sizes.tolist() == [round_ + 1, -errno.EAGAIN, -errno.EBADF]
    many = rings.entries(600, rings.RECVMSG, socket.MSG_DONTWAIT)
    rings.set_descriptors(many, np.full(600, 9999, np.int32))
    for _ in range(5):
        assert ring.submit(many).tolist() == [-errno.EFAULT] * 600
    for end in pair:
        end.close()


def test_where_the_ring_is_forbidden_the_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rings, "SETUP", 999_999)
    assert open_ring() == (None, "ENOSYS")


@pytest.mark.parametrize(
    ("address", "family"),
    [(("192.0.2.7", 40000), socket.AF_INET), (("2001:db8::7", 65535), socket.AF_INET6)],
)
def test_an_address_is_the_same_there_and_back(address: tuple[str, int], family: int) -> None:
    assert parse_address(pack_address(address, family)) == address


def test_what_is_no_address_is_sent_nowhere() -> None:
    assert not any(pack_address(("192.0.2.7", 70000), socket.AF_INET))
    assert not any(pack_address(("2001:db8::7", 5), socket.AF_INET))


def test_an_unusual_day_ends_the_same_either_way() -> None:
    outcomes = [unusual_day(House(a_ring())), unusual_day(House(None))]
    assert outcomes[0] == outcomes[1]
    counters, events, heard, quality = outcomes[0]
    assert {"stranger", "malformed_rtp", "not_rtp", "unknown_payload"} <= counters.keys()
    assert {"event": "dtmf", "leg": "c-1", "digit": "5"} in events
    assert len(set(heard)) > 10
    assert quality.loss > 0


def unusual_day(house: House) -> tuple[object, ...]:
    """Loss, two orders, keys, the other law, another source, rubbish, a new SSRC: what came of it."""
    telephone, intruder = house.telephone(), house.telephone()
    leg = house.leg("c-1", telephone)
    way = ("127.0.0.1", leg.port)
    heard = []
    key = dtmf.pack("5", end=False, volume=10, duration=160)
    for number in range(1, 60):
        if number not in (20, 31, 50):
            telephone.sendto(packet(number, ssrc=7 if number < 45 else 8), way)
        if number == 25:
            telephone.sendto(packet(number, payload=key, law=101), way)
            telephone.sendto(packet(number, payload=bytes(160), law=13), way)
        if number == 30:
            telephone.sendto(packet(32), way)
            telephone.sendto(packet(31), way)
        if number == 40:
            telephone.sendto(packet(41, law=8), way)
        intruder.sendto(packet(number, payload=b"x" * FRAME_SAMPLES), way)
        if number == 10:
            for rubbish in (b"", b"\x80", b"\x8f\x00" + bytes(12), b"\x16\xfe\xfd" + bytes(40), bytes(1900)):
                telephone.sendto(rubbish, way)
        house.tick()
        heard.append(leg.jitter._last)
    quality = leg.whole_quality()
    counters = {name: count for name, count in house.engine.counters.items() if count}
    house.close()
    # Times of arrival differ from run to run.
    return counters, house.events, heard, replace(quality, jitter_ms=0, mos=0)


def test_who_looks_right_but_comes_from_elsewhere_is_not_heard(house: House) -> None:
    telephone, intruder = house.telephone(), house.telephone()
    leg = house.leg("c-1", telephone)
    for number in range(1, 40):
        telephone.sendto(packet(number, payload=b"a" * FRAME_SAMPLES), ("127.0.0.1", leg.port))
        intruder.sendto(packet(number + 1, payload=b"b" * FRAME_SAMPLES), ("127.0.0.1", leg.port))
        house.tick()
        assert b"b" not in leg.jitter._last
    assert house.engine.counters["stranger"] == 39
    assert leg._statistics.received == 39


def test_a_new_announced_address_counts_before_the_next_packet(house: House) -> None:
    old, new = house.telephone(), house.telephone()
    leg = house.leg("c-1", old)
    for number in range(1, 5):
        old.sendto(packet(number), ("127.0.0.1", leg.port))
        house.tick()
    house.engine.legs["c-1"].connect(replace(leg.connected, port=new.getsockname()[1]), time.time())
    old.sendto(packet(5), ("127.0.0.1", leg.port))
    house.tick()
    assert leg._statistics.received == 4
    assert house.engine.counters["stranger"] == 1


def test_packets_that_waited_come_all_together_and_a_flood_holds_up_nobody(house: House) -> None:
    telephone, flooder = house.telephone(), house.telephone()
    leg, flooded = house.leg("c-1", telephone), house.leg("c-2", flooder)
    for number in range(1, 6):
        telephone.sendto(packet(number), ("127.0.0.1", leg.port))
    for number in range(1, 51):
        flooder.sendto(packet(number), ("127.0.0.1", flooded.port))
    house.tick()
    assert leg._statistics.received == 5
    assert flooded._statistics.received == ROUNDS
    house.tick(6)
    assert flooded._statistics.received == 50


def test_a_packet_in_rhythm_ends_the_looking_and_one_ahead_of_its_time_comes_next_tick(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = House(a_ring())
    telephone = house.telephone()
    leg = house.leg("c-1", telephone)
    beats = [100.0, 100.02, 100.04, 100.0401, 100.06]
    monkeypatch.setattr(batch.Inbox, "arrivals", lambda inbox, count: np.array([beats.pop(0)]))
    counts = []
    for now, number in ((100.001, 1), (100.021, 2), (100.041, 3), (100.061, 5)):
        telephone.sendto(packet(number), ("127.0.0.1", leg.port))
        if number == 3:
            telephone.sendto(packet(4), ("127.0.0.1", leg.port))
        monkeypatch.setattr(intake.time, "time", lambda now=now: now)
        house.engine.tick(now)
        counts.append(leg._statistics.received)
    monkeypatch.undo()
    house.close()
    assert counts == [1, 2, 3, 5]


@pytest.mark.parametrize(
    ("is_stranger", "age", "looks"), [(True, 0.001, 2), (False, 0.001, 1), (False, 0.019, 1)]
)
def test_a_packet_in_rhythm_ends_the_looking_until_the_next_is_due_but_a_stranger_has_none(
    monkeypatch: pytest.MonkeyPatch, is_stranger: bool, age: float, looks: int
) -> None:
    house = House(a_ring())
    telephone, stranger = house.telephone(), house.telephone()
    leg = house.leg("c-1", telephone)
    beats = [99.98, 100.0, 100.02, 100.0201]
    monkeypatch.setattr(batch.Inbox, "arrivals", lambda inbox, count: np.array([beats.pop(0)]))
    for number in (1, 2, 3):
        sender = stranger if is_stranger and number == 3 else telephone
        sender.sendto(packet(number), ("127.0.0.1", leg.port))
        if number == 3:
            telephone.sendto(packet(4), ("127.0.0.1", leg.port))
        now = beats[0] + age
        monkeypatch.setattr(intake.time, "time", lambda now=now: now)
        house.engine.tick(now)
    monkeypatch.undo()
    house.close()
    assert leg._statistics.received == 3
    assert len(beats) == 2 - looks


def test_more_legs_than_places(house: House) -> None:
    pairs = []
    for number in range(PLACES + 20):
        telephone = house.telephone()
        pairs.append((telephone, house.leg(f"c-{number}", telephone)))
    for number in range(1, 5):
        for telephone, leg in pairs:
            telephone.sendto(packet(number, ssrc=leg.port), ("127.0.0.1", leg.port))
        house.tick()
    assert all(leg._statistics.received == 4 for _, leg in pairs)
    for telephone, leg in pairs:
        sent = rtp.parse(telephone.recv(2048))
        assert sent is not None
        assert sent.ssrc == leg.stream.ssrc


def test_a_leg_that_closes_leaves_the_others_as_they_were(house: House) -> None:
    telephones = [house.telephone() for _ in range(3)]
    legs = [house.leg(f"c-{index}", telephone) for index, telephone in enumerate(telephones)]
    for number in range(1, 10):
        for telephone, leg in zip(telephones, legs, strict=True):
            telephone.sendto(packet(number, ssrc=leg.port), ("127.0.0.1", leg.port))
        if number == 5:
            house.engine.close_leg(legs[0], time.time())
        house.tick()
    assert [leg._statistics.received for leg in legs] == [4, 9, 9]


@pytest.mark.parametrize("way", WAYS)
def test_telephones_with_the_new_addresses_are_heard_too(way: str) -> None:
    house = House(a_ring() if way == "together" else None, "::1")
    telephone = house.telephone()
    leg = house.leg("c-1", telephone)
    for number in range(1, 10):
        telephone.sendto(packet(number), ("::1", leg.port))
        house.tick()
    assert leg._statistics.received == 9
    sent = rtp.parse(telephone.recv(2048))
    assert sent is not None
    assert sent.ssrc == leg.stream.ssrc
    house.close()


@pytest.mark.parametrize("way", WAYS)
def test_what_cannot_be_sent_is_counted_and_what_is_held_back_is_not_sent(way: str) -> None:
    ring = a_ring() if way == "together" else None
    ends = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(3)]
    for end in ends:
        end.bind(("127.0.0.1", 0))
        end.setblocking(False)
    packets = PacketMatrix([OutgoingStream(1, 1, 1) for _ in range(3)], [Law.PCMU] * 3)
    packets.fill(np.zeros((3, FRAME_SAMPLES), np.uint8))
    packets.lengths[1] = 0
    ways = [
        (ends[0], ends[2].getsockname()),
        (ends[0], ends[2].getsockname()),
        (ends[1], ("127.0.0.1", 70000)),
    ]
    outbox = SingleOutbox(packets, ways) if ring is None else RingOutbox(ring, packets, ways)
    assert outbox.send() == 1
    assert len(ends[2].recv(2048)) == PACKET_BYTES
    with pytest.raises(BlockingIOError):
        ends[2].recv(2048)
    for end in ends:
        end.close()
    if ring is not None:
        ring.close()


def test_a_packet_that_was_tampered_with_is_refused_where_it_lies(house: House) -> None:
    telephone = house.telephone()
    leg = house.engine.open_leg("c-1", "webrtc")
    assert isinstance(leg, WebRtcLeg)
    key = os.urandom(30)
    leg._session = Session(key, bytes(30))
    theirs = Session(bytes(30), key)
    leg.is_up = leg._is_heard = True
    for number in range(1, 20):
        sealed = theirs.protect(packet(number))
        if number == 10:
            sealed = sealed[:50] + bytes([sealed[50] ^ 1]) + sealed[51:]
        telephone.sendto(sealed, ("127.0.0.1", leg.port))
        house.tick()
    assert leg._statistics.received == 18
    assert house.engine.counters["srtp_refused"] == 1
    assert leg.jitter._last in {bytes([number]) * FRAME_SAMPLES for number in range(15, 20)}
