"""A leg over plain RTP, as telephones and trunks speak it."""

from __future__ import annotations

import socket

from hallom.media import rtp
from hallom.media.aio.leg import UNSPECIFIED, USUAL_BYTES, Leg, Surroundings, Usual
from hallom.media.latch import Address, Latch
from hallom.media.protocol import ConnectLeg


class PlainLeg(Leg):
    """RTP as telephones and trunks send it; follows the peer through NAT by the rules of the latch."""

    __slots__ = ("_control_is_shared", "_latch")

    def __init__(self, name: str, media: socket.socket, control: socket.socket, around: Surroundings) -> None:
        super().__init__(name, media, control, around)
        self._latch = Latch()
        self._control_is_shared = False

    def _take_address(self, peer: ConnectLeg) -> None:
        if peer.host not in UNSPECIFIED:
            self._latch.announce((peer.host or "", peer.port or 0))
        if self._latch.locked is None:
            self._guard.open()

    @property
    def target(self) -> Address | None:
        peer = self.connected
        if peer is None or not peer.receives or peer.host in UNSPECIFIED:
            return None
        return self._latch.target

    def _set_guard(self) -> None:
        both = (self._latch.locked, self._latch.announced)
        believed = dict.fromkeys(address for address in both if address is not None)
        self._guard.let_through(tuple(believed))

    def usual(self) -> Usual | None:
        source, ssrc = self._latch.locked, self.source.ssrc
        return None if source is None or ssrc is None else (source, USUAL_BYTES, self.heard_law, ssrc)

    def receive(self, data: bytes, source: Address, arrival: float) -> None:
        if source == self._latch.locked and self._hear_usual(data, arrival):
            return
        traffic = rtp.traffic_of(data)
        if traffic is rtp.Traffic.RTP:
            self._receive_audio(data, source, arrival)
        elif traffic is rtp.Traffic.RTCP:
            self._receive_shared(data, source, arrival)
        else:
            self._around.counters["not_rtp"] += 1

    def _receive_audio(self, data: bytes, source: Address, arrival: float) -> None:
        packet = rtp.parse(data)
        if packet is None:
            self._around.counters["malformed_rtp"] += 1
            return
        # All that this leg heard lately came from the source it believes.
        self._latch.heard_at = max(self._latch.heard_at, self._heard_at or 0.0)
        if source != self._latch.locked:
            if not self._latch.accepts(source, packet.ssrc, packet.sequence, arrival):
                self._around.counters["stranger"] += 1
                return
            self._around.changed()
        self._hear(packet, arrival)

    def _receive_shared(self, data: bytes, source: Address, arrival: float) -> None:
        """RTCP on the media port: only who sends audio from there may have our reports sent there (RFC 5761 5.1)."""
        if source != self._latch.target:
            self._around.counters["stranger"] += 1
            return
        self._control_is_shared = True
        self._hear_reports(data, arrival)

    def receive_control(self, data: bytes, source: Address, arrival: float) -> None:
        target = self._latch.target
        if target is None or source[0] != target[0]:
            self._around.counters["stranger"] += 1
            return
        self._hear_reports(data, arrival)

    def send_control(self, data: bytes) -> None:
        target = self._latch.target
        if target is None:
            return
        if self._control_is_shared:
            self._send(self.media, data, target)
        else:
            self._send(self.control, data, (target[0], target[1] + 1))
