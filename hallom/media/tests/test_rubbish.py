"""A leg among strangers, and with a peer that sends nonsense: nothing is raised, nothing of theirs is heard."""

from __future__ import annotations

import contextlib
import math
import os
import socket
import struct
from collections import Counter
from random import Random
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from OpenSSL import SSL

from hallom.media import dtmf, rtcp, rtp, stun
from hallom.media.aio import certificate
from hallom.media.aio.leg import Leg, Surroundings
from hallom.media.aio.plain import PlainLeg
from hallom.media.aio.webrtc import CIPHERS, SRTP_PROFILE, Dtls, WebRtcLeg, srtp_session
from hallom.media.g711 import FRAME_SAMPLES, Law
from hallom.media.jitter import CAPACITY
from hallom.media.protocol import ConnectLeg

PHONE, NEIGHBOUR, STRANGER = ("192.0.2.1", 4000), ("192.0.2.1", 4002), ("203.0.113.66", 5004)
OURS, THEIRS = b"a" * FRAME_SAMPLES, b"b" * FRAME_SAMPLES
START = 1_700_000_000.0
DTLS = Dtls(certificate.make())
PEERS = certificate.make()


class Port:
    """A socket without a network: what is sent is kept."""

    family = socket.AF_INET

    def __init__(self, number: int) -> None:
        self.number = number
        self.sent: list[tuple[bytes, Any]] = []

    def getsockname(self) -> tuple[str, int]:
        return "192.0.2.50", self.number

    def sendto(self, data: bytes, target: Any) -> None:
        self.sent.append((bytes(data), target))

    def setsockopt(self, level: int, option: int, value: object) -> None:
        pass

    def close(self) -> None:
        pass


class Scene:
    """One leg, its peer, and whoever else sends to its port."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.events: list[dict[str, Any]] = []
        self.counters: Counter[str] = Counter()
        self.around = Surroundings(self.events.append, lambda: None, self.counters)
        self.media, self.control = Port(20000), Port(20001)
        self.now = START
        self.seen: list[bytes] = [
            rtcp.pack(rtcp.Report(7, rtcp.ntp_time(START), 1, 1, 1), "x"),
            rtcp.pack_bye(7),
            stun.request(bytes(12), "wxyz:abcd", "p" * 22, use_candidate=True),
            b"\x16\xfe\xfd" + bytes(60),
            bytes(1900),
        ]

    def plain(self) -> PlainLeg:
        leg = PlainLeg("c-1", self.media, self.control, self.around)  # type: ignore[arg-type]
        leg.connect(ConnectLeg("c-1", *PHONE, Law.PCMU, 101, True, True), self.now)
        return leg

    def packet(self, number: int, payload: bytes, *, kind: int = 0, ssrc: int = 7) -> bytes:
        return rtp.pack(
            rtp.Packet(kind, False, number % 65536, number * FRAME_SAMPLES % 2**32, ssrc, payload)
        )

    def mangled(self, data: bytes) -> bytes:
        """Bits flipped, cut, grown, with another type, number, time or length."""
        edited = bytearray(data)
        for _ in range(self.chance.choice((0, 1, 1, 3, 9))):
            at = self.chance.randrange(len(edited)) if edited else 0
            match self.chance.randrange(6):
                case 0 if edited:
                    edited[at] ^= 1 << self.chance.randrange(8)
                case 1 if edited:
                    edited[self.chance.randrange(min(12, len(edited)))] = self.chance.choice(
                        (0, 1, 127, 128, 200, 255)
                    )
                case 2:
                    del edited[at:]
                case 3:
                    edited += self.chance.randbytes(self.chance.choice((1, 4, 40, 1600)))
                case 4 if len(edited) >= 12:
                    struct.pack_into(
                        "!I", edited, self.chance.choice((4, 8)), self.chance.choice((0, 1, 2**31, 2**32 - 1))
                    )
                case 5 if len(edited) >= 4:
                    struct.pack_into("!H", edited, 2, self.chance.choice((0, 1, 5000, 32768, 65535)))
        return bytes(edited[:2048])

    def anything(self) -> bytes:
        return self.mangled(self.chance.choice(self.seen[-40:] + self.seen[:5]))

    def look_at(self, leg: Leg) -> None:
        """What the worker asks of a leg again and again."""
        report = rtcp.parse(leg.report(self.now))
        assert report is not None
        assert report.reports[0].ssrc == leg.stream.ssrc
        for quality in (leg.recent_quality(), leg.whole_quality()):
            assert all(math.isfinite(value) for value in quality.as_dict().values() if value is not None)
            assert 1 <= quality.mos <= 4.5
            assert 0 <= quality.loss <= 1
        leg.tell_silence(self.now)
        leg.tell_gap(self.now)
        assert len(leg.jitter._frames) <= 2 * CAPACITY + 1


def strangers_speak(scene: Scene, leg: Leg, number: int) -> None:
    """In step with the peer and with its numbers, as one who listens on the wire could; or just anything."""
    for _ in range(scene.chance.choice((0, 1, 3))):
        source = scene.chance.choice((STRANGER, NEIGHBOUR, ("192.0.2.1", 0)))
        key = dtmf.pack("9", end=False, volume=10, duration=160)
        data = scene.chance.choice(
            (
                scene.packet(number + 1, THEIRS),
                scene.packet(number + scene.chance.randrange(30), THEIRS, ssrc=scene.chance.choice((7, 8))),
                scene.packet(number, key, kind=101),
                scene.mangled(scene.packet(number, THEIRS)),
                scene.anything(),
            )
        )
        receive = leg.receive if scene.chance.random() < 0.8 else leg.receive_control
        receive(data, source, scene.now)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_strangers_are_never_heard_and_change_nothing(seed: int) -> None:
    strangers_about(seed)


def strangers_about(seed: int) -> Counter[str]:
    scene = Scene(seed)
    leg = scene.plain()
    number = scene.chance.choice((1, 65_500, 2**32 // FRAME_SAMPLES - 40))
    heard = Counter[bytes]()
    for step in range(120):
        scene.now += 0.02
        # Pauses of the peer are shorter than what makes room for another source.
        if not 60 < step < 120 - scene.chance.randrange(60):
            leg.receive(scene.packet(number, OURS), PHONE, scene.now)
        number += 1
        if step:
            strangers_speak(scene, leg, number)
        heard[leg.jitter.get()[:1]] += 1
        assert leg.target == PHONE
    scene.look_at(leg)
    assert b"b" not in heard
    assert heard[b"a"] > 40
    assert leg._statistics.ssrc == 7
    assert not [event for event in scene.events if event["event"] == "dtmf"]
    leg.send_control(b"report")
    assert (scene.control.sent[-1], scene.media.sent) == ((b"report", (PHONE[0], PHONE[1] + 1)), [])
    assert scene.counters["stranger"]
    return scene.counters


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_peer_may_send_what_it_likes(seed: int) -> None:
    a_mad_peer(seed)


def a_mad_peer(seed: int) -> Counter[str]:
    scene = Scene(seed)
    leg = scene.plain()
    number = scene.chance.choice((1, 65_500, 2**32 // FRAME_SAMPLES - 40))
    for step in range(150):
        scene.now += scene.chance.choice((0, 0.02, 0.02, 0.4))
        number += scene.chance.choice((1, 1, 1, 0, 2, 3000, 40_000))
        good = scene.packet(number, OURS, kind=scene.chance.choice((0, 0, 8, 101, 13)))
        scene.seen.append(good)
        for data in (good, scene.mangled(good), scene.anything()):
            receive = leg.receive if scene.chance.random() < 0.9 else leg.receive_control
            receive(data, PHONE, scene.now)
        assert len(leg.jitter.get()) == FRAME_SAMPLES
        if step % 10 == 0:
            scene.look_at(leg)
    leg.close(scene.now)
    return scene.counters


class Browser:
    """The controlling side of ICE and the client of DTLS, one datagram at a time."""

    address = ("198.51.100.7", 61000)

    def __init__(self, leg: WebRtcLeg) -> None:
        told = leg.describe()
        self.check = stun.request(os.urandom(12), f"{told['ufrag']}:wxyz", told["pwd"], use_candidate=True)
        context = SSL.Context(SSL.DTLS_METHOD)
        context.use_privatekey(PEERS.key)
        context.use_certificate(PEERS.certificate)
        context.set_verify(SSL.VERIFY_PEER, lambda *_: True)
        context.set_cipher_list(CIPHERS)
        context.set_tlsext_use_srtp(SRTP_PROFILE)
        self.connection = SSL.Connection(context)
        self.connection.set_connect_state()
        self.is_done = False

    def says(self, heard: list[bytes]) -> list[bytes]:
        """The next flight, after what was heard."""
        for data in heard:
            self.connection.bio_write(data)
        with contextlib.suppress(SSL.Error):
            self.connection.do_handshake()
            self.is_done = True
        with contextlib.suppress(SSL.WantReadError):
            return [self.connection.bio_read(16_384)]
        return []


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), is_peer_mad=st.just(False))
@example(seed=1, is_peer_mad=True)
@example(seed=2, is_peer_mad=True)
@example(seed=3, is_peer_mad=True)
def test_a_browser_comes_through_whatever_strangers_send(seed: int, is_peer_mad: bool) -> None:
    a_browser(seed, is_peer_mad=is_peer_mad)


def a_browser(seed: int, *, is_peer_mad: bool = False) -> Counter[str]:
    scene = Scene(seed)
    leg = WebRtcLeg("c-2", scene.media, scene.control, scene.around, DTLS)  # type: ignore[arg-type]
    peer = ConnectLeg("c-2", None, None, Law.PCMU, 101, True, True, "wxyz", "p" * 22, PEERS.fingerprint)
    leg.connect(peer, scene.now)
    browser = Browser(leg)

    def strangers() -> None:
        for _ in range(4):
            source = browser.address if is_peer_mad else scene.chance.choice((STRANGER, NEIGHBOUR))
            data = scene.anything()
            if is_peer_mad or data not in scene.seen or rtp.traffic_of(data) is not rtp.Traffic.STUN:
                receive = leg.receive if scene.chance.random() < 0.9 else leg.receive_control
                receive(data, source, scene.now)

    strangers()
    leg.receive(browser.check, browser.address, scene.now)
    scene.seen.append(browser.check.replace(b":wxyz", b":zzzz"))
    flight = browser.says([])
    for _ in range(8):
        scene.seen += flight
        strangers()
        for data in flight:
            leg.receive(data, browser.address, scene.now)
        strangers()
        answers = [data for data, target in scene.media.sent if rtp.traffic_of(data) is rtp.Traffic.DTLS]
        scene.media.sent.clear()
        scene.seen += answers
        flight = browser.says(answers) if not browser.is_done else []
    scene.look_at(leg)
    if is_peer_mad:
        return scene.counters
    assert leg.is_up
    assert leg.target == browser.address
    sealed = srtp_session(browser.connection, is_server=False)
    for number in range(1, 60):
        scene.now += 0.02
        data = sealed.protect(scene.packet(number, OURS))
        scene.seen.append(data)
        strangers()
        leg.receive(data, browser.address, scene.now)
        leg.receive(scene.packet(number, THEIRS), browser.address, scene.now)
        assert b"b" not in leg.jitter.get()
    assert leg._statistics.received == 59
    assert leg.target == browser.address
    scene.look_at(leg)
    leg.close(scene.now)
    return scene.counters


SCENES = (strangers_about, a_mad_peer, a_browser, lambda seed: a_browser(seed, is_peer_mad=True))
