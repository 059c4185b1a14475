"""What was heard, measured: which tone, how loud, and where the sound stopped."""

import time
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hallom.media import g711, rtp
from hallom.media.dtmf import KeyReceiver
from hallom.media.g711 import Law, Samples

RATE = g711.RATE
FRAME = g711.FRAME_SAMPLES / RATE
# A telephone's thread reads what has come when it gets its turn; a stream that goes on is read again by then.
READING_SECONDS = 2.0
# Of a piece that is looked at for whether there is sound all through it.
PARTS = 4


def tone(hertz: float, *, seconds: float = 1.0, level: float = 0.4) -> Samples:
    """A whole number of periods, so that it loops without a click."""
    count = int(RATE * seconds)
    hertz = round(hertz * seconds) / seconds
    return (np.sin(2 * np.pi * hertz * np.arange(count) / RATE) * level * 32_767).astype(np.int16)


def share_of_tone(samples: NDArray[np.int16], hertz: float, *, width: float = 15.0) -> float:
    """How much of the energy lies within `width` Hz of the tone, 0 to 1."""
    if len(samples) < RATE // 10:
        return 0.0
    window = samples.astype(np.float64) * np.hanning(len(samples))
    power = np.abs(np.fft.rfft(window)) ** 2
    frequencies = np.fft.rfftfreq(len(samples), 1 / RATE)
    total = float(power.sum())
    return float(power[np.abs(frequencies - hertz) <= width].sum()) / total if total > 0 else 0.0


def level_dbfs(samples: NDArray[np.int16]) -> float:
    if not len(samples):
        return -96.0
    root = float(np.sqrt(np.mean(samples.astype(np.float64) ** 2)))
    return 20 * float(np.log10(root / 32_768)) if root else -96.0


def tones_heard(samples: NDArray[np.int16], *, least_share: float = 0.02) -> int:
    """In how many bands of 50 Hz there is sound: a tone has one or two, music and voice many."""
    if len(samples) < RATE // 4:
        return 0
    power = np.abs(np.fft.rfft(samples.astype(np.float64) * np.hanning(len(samples)))) ** 2
    bands = np.add.reduceat(
        power, np.searchsorted(np.fft.rfftfreq(len(samples), 1 / RATE), np.arange(0, 4000, 50))
    )
    return int((bands > least_share * bands.sum()).sum()) if bands.sum() else 0


def is_sounding_throughout(samples: NDArray[np.int16], quiet_dbfs: float) -> bool:
    """Whether no quarter of it is quiet: what was still under way when a stream ended is not a stream."""
    return len(samples) >= PARTS and all(
        level_dbfs(part) > quiet_dbfs for part in np.array_split(samples, PARTS)
    )


@dataclass(slots=True)
class Ear:
    """Every packet of a phone with the kernel's time of its arrival."""

    packets: list[tuple[float, rtp.Packet]] = field(default_factory=list)
    events: list[tuple[float, rtp.Packet]] = field(default_factory=list)

    def heard(self, at: float, packet: rtp.Packet) -> None:
        if packet.payload_type in (0, 8):
            self.packets.append((at, packet))
        else:
            self.events.append((at, packet))

    @property
    def keys(self) -> str:
        """Told by RFC 4733, each once."""
        receiver = KeyReceiver()
        told = [receiver.receive(packet.timestamp, packet.payload) for _, packet in list(self.events)]
        return "".join(key for key in told if key)

    def last(self, seconds: float, *, since: float = 0.0) -> Samples:
        """The newest `seconds` of sound; nothing while not all of them came after `since`."""
        count = int(seconds / FRAME)
        newest = self.packets[-count:]
        if since and (len(newest) < count or newest[0][0] < since):
            return np.zeros(0, np.int16)
        return self._sound(newest)

    def since(self, at: float, until: float = float("inf")) -> Samples:
        return self._sound([packet for packet in list(self.packets) if at <= packet[0] < until])

    def quiet_moments(self, begin: float, *, packets: int, quiet_dbfs: float) -> list[float]:
        """When each row of so many packets came that is quiet all through."""
        heard = [packet for packet in list(self.packets) if packet[0] >= begin]
        rows = [heard[start : start + packets] for start in range(len(heard) - packets + 1)]
        return [row[0][0] for row in rows if level_dbfs(self._sound(row)) <= quiet_dbfs]

    def longest_gap(self, begin: float, end: float) -> float:
        """The longest time between two arrivals from `begin` to `end`, both ends counted as arrivals."""
        # What has come by the end may not have been read yet.
        give_up = time.monotonic() + READING_SECONDS
        while (not self.packets or self.packets[-1][0] < end) and time.monotonic() < give_up:
            time.sleep(FRAME)
        times = [begin, *(at for at, _ in list(self.packets) if begin < at < end), end]
        return max(later - earlier for earlier, later in pairwise(times))

    def _sound(self, packets: list[tuple[float, rtp.Packet]]) -> Samples:
        parts = [g711.decode(packet.payload, Law(packet.payload_type)) for _, packet in packets]
        return np.concatenate(parts) if parts else np.zeros(0, np.int16)
