"""A caller's mouth and ear: one RTP stream each way on a socket of its own."""

import math
import secrets
import socket
import struct
from collections.abc import Callable

import numpy as np

from hallom.media import g711, rtp
from hallom.media.g711 import FRAME_SAMPLES, Law, Samples

FRAME_SECONDS = FRAME_SAMPLES / g711.RATE
LARGEST_DATAGRAM = 2_048
FULL_SCALE = 32_768.0
SILENCE_DBFS = -96.0
# A late tick sends what it owes at once, up to this; more would only make the far side throw it away.
CATCH_UP_FRAMES = 5
# The kernel's own time of arrival (Linux SO_TIMESTAMPNS): our scheduling does not blur it.
SO_TIMESTAMPNS = 35
TIMESPEC = struct.Struct("@ll")

Heard = Callable[[float, rtp.Packet], None]


class Voice:
    """Non-blocking: the owner calls `speak` every 20 ms and `listen` when the socket is readable."""

    def __init__(self, host: str, samples: Samples, *, heard: Heard | None = None) -> None:
        self.samples = samples
        self.heard = heard
        self.law = Law.PCMU
        self.packets = 0
        self.loudest_dbfs = SILENCE_DBFS
        self.energy = 0.0
        self._peer: tuple[str, int] | None = None
        self._at = 0
        self._due = 0.0
        self._sequence = secrets.randbelow(1 << 15)
        self._timestamp = secrets.randbelow(1 << 31)
        self._ssrc = secrets.randbits(32)
        self.socket = _socket(host)

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    @property
    def level_dbfs(self) -> float:
        """Mean level of all that was heard."""
        return _dbfs(math.sqrt(self.energy / self.packets)) if self.packets else SILENCE_DBFS

    def connect(self, host: str, port: int, law: Law) -> None:
        self._peer = (host, port)
        self.law = law

    def speak(self, now: float) -> float:
        """Send what is due; returns when the next frame is."""
        if not self._due or now - self._due > CATCH_UP_FRAMES * FRAME_SECONDS:
            self._due = now
        while self._due <= now:
            self._send_frame()
            self._due += FRAME_SECONDS
        return self._due

    def listen(self) -> None:
        while True:
            try:
                data, ancillary, _, _ = self.socket.recvmsg(LARGEST_DATAGRAM, 64)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                # The far side's port has gone: an ICMP error of an earlier frame.
                continue
            packet = rtp.parse(data) if rtp.traffic_of(data) is rtp.Traffic.RTP else None
            if packet is not None:
                self._hear(_arrival(ancillary), packet)

    def close(self) -> None:
        self.socket.close()

    def _hear(self, at: float, packet: rtp.Packet) -> None:
        if packet.payload_type in (Law.PCMU, Law.PCMA) and packet.payload:
            samples = g711.decode(packet.payload, Law(packet.payload_type)).astype(np.float64)
            mean_square = float(np.mean(samples * samples))
            self.packets += 1
            self.energy += mean_square
            self.loudest_dbfs = max(self.loudest_dbfs, _dbfs(math.sqrt(mean_square)))
        if self.heard is not None:
            self.heard(at, packet)

    def _send_frame(self) -> None:
        if self._peer is None:
            return
        packet = rtp.Packet(
            int(self.law),
            self._at == 0,
            self._sequence,
            self._timestamp,
            self._ssrc,
            g711.encode(self._next_frame(), self.law),
        )
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._timestamp = (self._timestamp + FRAME_SAMPLES) & 0xFFFFFFFF
        try:
            self.socket.sendto(rtp.pack(packet), self._peer)
        except OSError:
            return

    def _next_frame(self) -> Samples:
        indices = np.arange(self._at, self._at + FRAME_SAMPLES) % len(self.samples)
        self._at += FRAME_SAMPLES
        return np.ascontiguousarray(self.samples[indices])


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * g711.RATE), np.int16)


def _dbfs(level: float) -> float:
    return max(SILENCE_DBFS, 20 * math.log10(level / FULL_SCALE)) if level > 0 else SILENCE_DBFS


def _socket(host: str) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    made.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    made.bind((host, 0))
    return made


def _arrival(ancillary: list[tuple[int, int, bytes]]) -> float:
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS and len(data) >= TIMESPEC.size:
            seconds, nanoseconds = TIMESPEC.unpack_from(data)
            return float(seconds + nanoseconds / 1e9)
    return 0.0
