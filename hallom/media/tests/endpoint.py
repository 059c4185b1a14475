"""A telephone as the tests need it: sends a tone over plain RTP, keeps what it hears."""

from __future__ import annotations

import asyncio
import random

import numpy as np

from hallom.media import dtmf, g711, rtp
from hallom.media.g711 import Law

FRAME = g711.FRAME_SAMPLES
KEEP_FRAMES = 500


def tone(frequency: float, samples: int, amplitude: float = 8000) -> g711.Samples:
    return (amplitude * np.sin(2 * np.pi * frequency * np.arange(samples) / g711.RATE)).astype(np.int16)


def loudest(samples: np.ndarray, count: int = 1) -> list[float]:
    """The strongest frequencies in Hz, loudest first; [] when there is next to nothing to hear."""
    signal = np.asarray(samples, float)
    if signal.size < FRAME or np.sqrt((signal**2).mean()) < 50:
        return []
    spectrum = np.abs(np.fft.rfft(signal * np.hanning(signal.size)))
    frequencies = np.fft.rfftfreq(signal.size, 1 / g711.RATE)
    found = []
    for _ in range(count):
        peak = float(frequencies[spectrum.argmax()])
        found.append(peak)
        spectrum[np.abs(frequencies - peak) < 30] = 0
    return found


class Telephone(asyncio.DatagramProtocol):
    """One RTP endpoint on the loopback address."""

    def __init__(self, frequency: float, law: Law, key_type: int) -> None:
        self.law = law
        self.frequency = frequency
        self.heard: list[rtp.Packet] = []
        self.reports: list[bytes] = []
        self.sources: set[tuple[str, int]] = set()
        self.port = 0
        self.is_speaking = True
        self._key_type = key_type
        self._keys: list[str] = []
        self._target: tuple[str, int] | None = None
        self._ssrc = random.getrandbits(32)
        self._sequence = random.getrandbits(16)
        self._timestamp = random.getrandbits(32)
        self._sender: asyncio.Task[None] | None = None
        self._transport: asyncio.DatagramTransport

    @classmethod
    async def ring_up(
        cls, frequency: float = 0, *, law: Law = Law.PCMU, key_type: int = 101, port: int = 0
    ) -> Telephone:
        loop = asyncio.get_running_loop()
        _, telephone = await loop.create_datagram_endpoint(
            lambda: cls(frequency, law, key_type), local_addr=("127.0.0.1", port)
        )
        telephone.port = telephone._transport.get_extra_info("sockname")[1]
        return telephone

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, source: tuple[str, int]) -> None:
        self.sources.add(source)
        if rtp.traffic_of(data) is rtp.Traffic.RTCP:
            self.reports.append(data)
            return
        packet = rtp.parse(data)
        if packet is not None:
            self.heard.append(packet)
            del self.heard[:-KEEP_FRAMES]

    def speak_to(self, port: int) -> None:
        self._target = ("127.0.0.1", port)
        self._sender = asyncio.ensure_future(self._speak())

    def send(self, data: bytes) -> None:
        self._transport.sendto(data, self._target)

    def press(self, keys: str) -> None:
        self._keys += keys

    def samples(self, frames: int = 25) -> np.ndarray:
        """What was heard last."""
        payload = b"".join(packet.payload for packet in self.heard[-frames:])
        return g711.decode(payload, self.law)

    def hears(self, count: int = 1) -> list[float]:
        """The loudest frequencies of the last half second, to ten Hz."""
        if len(self.heard) < 25:
            return []
        return [round(frequency, -1) for frequency in loudest(self.samples(), count)]

    async def _speak(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        position = 0
        while True:
            due += 0.02
            await asyncio.sleep(max(0.0, due - loop.time()))
            if self._keys:
                position += self._send_key(self._keys.pop(0))
            elif self.is_speaking:
                angle = np.arange(position, position + FRAME) * 2 * np.pi * self.frequency / g711.RATE
                samples = (8000 * np.sin(angle)).astype(np.int16)
                self.send(rtp.pack(self._packet(g711.encode(samples, self.law))))
                self._sequence = (self._sequence + 1) % 65536
            self._timestamp = (self._timestamp + FRAME) % (1 << 32)
            position += FRAME

    def _packet(self, payload: bytes) -> rtp.Packet:
        return rtp.Packet(int(self.law), False, self._sequence, self._timestamp, self._ssrc, payload)

    def _send_key(self, key: str) -> int:
        for number in range(1, 7):
            payload = dtmf.pack(key, end=number > 3, volume=10, duration=160 * min(number, 4))
            packet = self._packet(payload)._replace(payload_type=self._key_type, marker=number == 1)
            self.send(rtp.pack(packet))
            self._sequence = (self._sequence + 1) % 65536
        self._timestamp = (self._timestamp + 3 * FRAME) % (1 << 32)
        return 3 * FRAME

    def hang_up(self) -> None:
        if self._sender is not None:
            self._sender.cancel()
        self._transport.close()
