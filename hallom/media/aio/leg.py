"""A leg: one port, one SSRC and one sequence for life, whatever is connected to it."""

from __future__ import annotations

import secrets
import socket
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hallom.media import rtcp, rtp
from hallom.media.aio.guard import Guard
from hallom.media.dtmf import KeyReceiver
from hallom.media.g711 import FRAME_SAMPLES, SILENCE, Law
from hallom.media.jitter import JitterBuffer
from hallom.media.latch import Address
from hallom.media.mix import LevelMeter
from hallom.media.packets import OutgoingStream
from hallom.media.pressing import KeySender
from hallom.media.protocol import ConnectLeg, RequestError
from hallom.media.quality import Quality, ReceiverStatistics, mos

CNAME = "hallom"
SILENT_AFTER_SECONDS = (5, 30, 60, 300)
"""When a leg's silence is told: soon for the desk, later for the one who ends dead calls."""
GAP_SECONDS = 0.8
"""A browser sends 50 packets a second, muted or not; with this its customer hears music within a second of its death."""
GUARDED_SECONDS = 0.9
"""A peer heard so lately is guarded. Looked at once a second, so that before another may take his place (after two,
see the latch) all who try are seen."""
UNSPECIFIED = ("0.0.0.0", "::")
"""How telephones older than RFC 3264 put a call on hold; sending there would reach ourselves."""
USUAL_BYTES = rtp.HEADER_BYTES + FRAME_SAMPLES
Usual = tuple[Address | None, int, int, int]
"""Source (None where decryption tells who it is), size, payload type and SSRC."""
LAWS = frozenset(int(law) for law in Law)


def _drop(timestamp: int, payload: bytes) -> None:
    """While the peer is not to be heard."""


@dataclass(slots=True)
class Surroundings:
    """What a leg may do to the worker around it."""

    emit: Callable[[dict[str, Any]], None]
    changed: Callable[[], None]
    counters: Counter[str] = field(default_factory=Counter)


class Leg(ABC):
    """What plain and WebRTC legs share: what is heard, what is sent, how good it is."""

    # With a dictionary for each leg instead, a browser's took 1.6 KiB for it.
    __slots__ = (
        "_around", "_connected_at", "_guard", "_is_gap_told", "_is_heard", "_key_type", "_keys",
        "_peer_report", "_round_trip", "_silences_told", "buffer", "connected", "control", "family", "heard_law", "host", "is_up",
        "law", "media", "meter", "name", "phase", "port", "pressing", "source", "stream",
    )  # fmt: skip
    kind = "rtp"
    is_protected = False

    def __init__(self, name: str, media: socket.socket, control: socket.socket, around: Surroundings) -> None:
        self.name = name
        self.media = media
        self.control = control
        self.host, self.port = media.getsockname()[:2]
        self.family = media.family
        self.connected: ConnectLeg | None = None
        self.is_up = False
        self.law = self.heard_law = Law.PCMU
        self.buffer = JitterBuffer(SILENCE[Law.PCMU])
        self.phase = 0
        self.stream = OutgoingStream(secrets.randbits(32), secrets.randbits(15), secrets.randbits(31))
        self.meter = LevelMeter()
        self.pressing = KeySender()
        self._guard = Guard(media, control)
        self._around = around
        self.source = ReceiverStatistics()
        self._keys = KeyReceiver()
        self._key_type = -1
        self._is_heard = False
        self._connected_at: float | None = None
        self._silences_told = 0
        self._is_gap_told = False
        self._round_trip: float | None = None
        self._peer_report: tuple[int, float] = (0, 0.0)

    def describe(self) -> dict[str, Any]:
        """The reply to `leg.open`, the same every time."""
        return {"host": self.host, "port": self.port, "ssrc": self.stream.ssrc}

    def connect(self, peer: ConnectLeg, now: float) -> None:
        """Takes what the peer's SDP says, for the first time or anew (re-INVITE)."""
        self._check(peer)
        if peer.codec is not self.law:
            self.law = peer.codec
            self._hear_in(peer.codec)
        self._key_type = -1 if peer.dtmf is None else peer.dtmf
        if self._is_heard != peer.sends:
            self.buffer.restart()
        self._is_heard = peer.sends
        if self.connected is None or peer.sends != self.connected.sends:
            self._connected_at, self._silences_told = now, 0
        self.connected = peer
        self._take_address(peer)
        self._around.changed()

    def _check(self, peer: ConnectLeg) -> None:
        if peer.port is None:
            raise RequestError("an rtp leg needs host and port")
        if (":" in (peer.host or "")) != (self.family == socket.AF_INET6):
            raise RequestError("host is of another address family than the media port")

    def press(self, digits: str) -> None:
        """Sends keys, by telephone events where the peer knows them. Raises RequestError."""
        if not self.pressing.has_room(digits):
            raise RequestError("too many keys wait to be sent")
        self.pressing.press(digits)
        self._around.changed()

    @property
    def event_type(self) -> int | None:
        """The payload type by which the peer hears keys."""
        return self.connected.dtmf if self.connected else None

    @abstractmethod
    def _take_address(self, peer: ConnectLeg) -> None: ...

    @property
    @abstractmethod
    def target(self) -> Address | None:
        """Where audio is to go now; None while the peer cannot or will not hear it."""

    @property
    def is_awaited(self) -> bool:
        """Whether sound for this leg would be lost now, but will be heard in a moment."""
        return False

    def protect(self, packet: Any, size: int) -> int:
        """Encrypts a packet where it lies, if it is not sent as it is, and returns its new size."""
        return size

    @abstractmethod
    def receive(self, data: bytes, source: Address, arrival: float) -> None:
        """Anything that came to the media port; what cannot be understood is dropped and counted."""

    @abstractmethod
    def receive_control(self, data: bytes, source: Address, arrival: float) -> None:
        """Anything that came to the odd port next to the media port."""

    @abstractmethod
    def send_control(self, data: bytes) -> None: ...

    @abstractmethod
    def usual(self) -> Usual | None:
        """What nearly all packets of this leg look like, once it is known whom it hears."""

    def open_usual(self, packet: Any, size: int) -> bool:
        """Decrypts a packet where it lies, if it did not come as it is; False when it was refused, and counted."""
        return True

    def _hear_usual(self, data: bytes, arrival: float) -> bool:
        """The short way for the packet that nearly all are: 20 ms of the usual law from the usual source."""
        if len(data) != USUAL_BYTES or data[0] != rtp.VERSION or data[1] != self.heard_law:
            return False
        _, _, sequence, timestamp, ssrc = rtp.HEADER.unpack_from(data)
        if ssrc != self.source.ssrc:
            return False
        self._statistics.go_on(sequence, timestamp, arrival)
        self.put(timestamp, data[rtp.HEADER_BYTES :])
        return True

    @property
    def put(self) -> Callable[[int, bytes], None]:
        """What takes the frame of a usual packet, until the leg is connected anew."""
        return self.buffer.put if self._is_heard else _drop

    @property
    def _statistics(self) -> ReceiverStatistics:
        """The source with its numbers brought up to date."""
        self.source.take_back()
        return self.source

    @property
    def jitter(self) -> JitterBuffer:
        """The buffer as it is now."""
        self.buffer.take_back()
        return self.buffer

    @property
    def _heard_at(self) -> float | None:
        return self.source.heard_at

    def _hear(self, packet: rtp.Packet, arrival: float) -> None:
        payload_type, _, sequence, timestamp, ssrc, payload = packet
        if ssrc != self.source.ssrc:
            self.buffer.restart()
            self._keys.restart()
        self._statistics.update(ssrc, sequence, timestamp, arrival)
        if not self.is_up:
            self._come_up()
        if payload_type == self.heard_law:
            if self._is_heard:
                self.buffer.put(timestamp, payload)
        elif payload_type == self._key_type:
            self._hear_key(timestamp, payload)
        elif payload_type in LAWS:
            # Both laws were offered and the peer sends the other one: RFC 3264 5.1 lets it.
            self._hear_in(Law(payload_type))
        else:
            self._around.counters["unknown_payload"] += 1

    def _hear_in(self, law: Law) -> None:
        self.heard_law = law
        self.buffer.silence = SILENCE[law]
        self.buffer.restart()
        self._around.changed()

    def _hear_key(self, timestamp: int, payload: bytes) -> None:
        digit = self._keys.receive(timestamp, payload)
        if digit is not None:
            self._around.emit({"event": "dtmf", "leg": self.name, "digit": digit})

    def _come_up(self) -> None:
        self.is_up = True
        self._around.emit({"event": "leg.up", "leg": self.name})

    def _hear_reports(self, data: bytes, arrival: float) -> None:
        compound = rtcp.parse(data)
        if compound is None:
            self._around.counters["malformed_rtcp"] += 1
            return
        for report in compound.reports:
            if report.ntp is not None:
                self._peer_report = (report.middle, arrival)
            for block in report.blocks:
                if block.ssrc == self.stream.ssrc:
                    round_trip = rtcp.round_trip_seconds(block, arrival)
                    self._round_trip = self._round_trip if round_trip is None else round_trip

    def report(self, now: float) -> bytes:
        """Our RTCP: a sender report with what we hear of the peer."""
        blocks = () if self.source.ssrc is None else (self._block(now),)
        stream = self.stream
        report = rtcp.Report(
            stream.ssrc, rtcp.ntp_time(now), stream.timestamp, stream.packets, stream.octets, blocks
        )
        return rtcp.pack(report, CNAME)

    def _block(self, now: float) -> rtcp.ReportBlock:
        statistics = self._statistics
        last_sr, came_at = self._peer_report
        delay = int((now - came_at) * 65536) & 0xFFFFFFFF if last_sr else 0
        return rtcp.ReportBlock(
            statistics.ssrc or 0, statistics.recent_loss, statistics.lost, statistics.extended_highest,
            int(statistics.jitter), last_sr, delay,
        )  # fmt: skip

    def recent_quality(self) -> Quality:
        """What was heard since the last time this was asked."""
        return self._quality(self._statistics.interval_loss(), self.meter.recent())

    def whole_quality(self) -> Quality:
        """What was heard over the whole life of the leg."""
        statistics = self._statistics
        loss = max(0.0, statistics.lost / statistics.expected) if statistics.expected else 0.0
        return self._quality(loss, self.meter.whole())

    def _quality(self, loss: float, level: float) -> Quality:
        jitter_ms = self._statistics.jitter / 8
        round_trip_ms = None if self._round_trip is None else self._round_trip * 1000
        opinion = mos(loss, jitter_ms, round_trip_ms, self.buffer.depth * 20)
        return Quality(loss, jitter_ms, round_trip_ms, opinion, level)

    def silent_seconds(self, now: float) -> float:
        """How long a peer that should send has sent nothing; 0 on hold."""
        since = max(self._heard_at or 0.0, self._connected_at or 0.0)
        return max(0.0, now - since) if self._is_heard and since else 0.0

    def tell_silence(self, now: float) -> None:
        """Tells once each time the silence passes one of its marks."""
        seconds = self.silent_seconds(now)
        if seconds < SILENT_AFTER_SECONDS[0] and not self._silences_told:
            return
        passed = sum(seconds >= mark for mark in SILENT_AFTER_SECONDS)
        if passed > self._silences_told:
            mark = SILENT_AFTER_SECONDS[passed - 1]
            self._around.emit({"event": "leg.silent", "leg": self.name, "seconds": mark})
        elif self._silences_told and not passed and not self.is_protected:
            # Of a browser the end of its gap has told so already.
            self._around.emit({"event": "leg.heard", "leg": self.name})
        self._silences_told = passed

    def tell_gap(self, now: float) -> None:
        """Tells once when a peer that was heard breaks off, and once when it is heard again."""
        was_heard = self._heard_at is not None and self._heard_at >= (self._connected_at or 0.0)
        is_gap = was_heard and self.silent_seconds(now) >= GAP_SECONDS
        if is_gap == self._is_gap_told:
            return
        self._is_gap_told = is_gap
        if is_gap:
            self._around.emit({"event": "leg.gap", "leg": self.name, "seconds": GAP_SECONDS})
        else:
            self._around.emit({"event": "leg.heard", "leg": self.name})

    def guard(self, now: float) -> None:
        """While the peer is heard the kernel drops what others send here; to be called once a second."""
        dropped = self._guard.news()
        if dropped:
            self._around.counters["stranger" if self._guard.stands else "no_room"] += dropped
        is_heard = self._heard_at is not None and now - self._heard_at < GUARDED_SECONDS
        if is_heard:
            self._set_guard()
        else:
            self._guard.open()

    @abstractmethod
    def _set_guard(self) -> None:
        """Lets through who is believed, while the peer is heard."""

    def close(self, now: float) -> None:
        self.send_control(self.report(now) + rtcp.pack_bye(self.stream.ssrc))
        self.media.close()
        self.control.close()

    def _send(self, endpoint: socket.socket, data: bytes, target: Address) -> None:
        try:
            endpoint.sendto(data, target)
        except (OSError, OverflowError):
            self._around.counters["send_failed"] += 1
