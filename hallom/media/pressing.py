"""Keys on their way out of a leg, one after the other, a packet a tick: as telephone events, else as tones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from hallom.media import dtmf
from hallom.media.g711 import FRAME_SAMPLES, RATE, Samples

PAUSE = ","
PAUSE_TICKS = 100
"""Two seconds, as on every mobile telephone."""
KEY_TICKS = 10
"""A fifth of a second from one key to the next: ITU-T Q.24 asks for 40 ms of either, old machines for twice that."""
TONE_TICKS = 5
END_PACKETS = 3
"""RFC 4733 2.5.1.4: the end of a key is told three times, as a lost end is a key that goes on."""
VOLUME = 10
"""-dBm0, told of events; of tones each of the two is as loud as -10 dBm0."""
TONE_AMPLITUDE = 7000
MAXIMUM_WAITING = 128
"""A card's number, a PIN and pauses between are 40."""


@dataclass(frozen=True, slots=True)
class KeyPacket:
    """What goes out this tick in place of sound: `elapsed` timestamp units after the key began."""

    payload: bytes
    elapsed: int

    @property
    def is_first(self) -> bool:
        return not self.elapsed


class KeySender:
    """Of one leg; what waits is forgotten with it."""

    __slots__ = ("_tick", "_waiting")

    def __init__(self) -> None:
        # Not a deque, which takes 760 bytes of every leg for keys that hardly any leg sends.
        self._waiting = ""
        self._tick = 0

    @property
    def is_busy(self) -> bool:
        return bool(self._waiting)

    def has_room(self, digits: str) -> bool:
        return len(self._waiting) + len(digits) <= MAXIMUM_WAITING

    def press(self, digits: str) -> None:
        self._waiting += digits

    def next_packet(self) -> KeyPacket | None:
        """None is sound as ever, between keys."""
        step = self._step()
        if step is None or step[1] >= TONE_TICKS - 1 + END_PACKETS:
            return None
        key, tick = step
        # RFC 4733 2.3.5: how long the key has lasted so far; a packet of the end tells how long it was.
        lasted = FRAME_SAMPLES * min(tick + 1, TONE_TICKS)
        payload = dtmf.pack(key, end=tick >= TONE_TICKS - 1, volume=VOLUME, duration=lasted)
        return KeyPacket(payload, FRAME_SAMPLES * tick)

    def next_frame(self) -> Samples | None:
        """The same for a peer that knows no telephone events: a frame of the tone, or of the silence around it."""
        step = self._step()
        return None if step is None else frames_of(step[0])[step[1]]

    def _step(self) -> tuple[str, int] | None:
        key, tick = self._waiting[0], self._tick
        self._tick += 1
        if self._tick == (PAUSE_TICKS if key == PAUSE else KEY_TICKS):
            self._waiting = self._waiting[1:]
            self._tick = 0
        return None if key == PAUSE else (key, tick)


@lru_cache(maxsize=len(dtmf.KEYS))
def frames_of(key: str) -> Samples:
    """KEY_TICKS frames: the two frequencies of the key (ITU-T Q.23), then silence."""
    times = np.arange(TONE_TICKS * FRAME_SAMPLES) / RATE
    low, high = dtmf.frequencies(key)
    tone = np.sin(2 * np.pi * low * times) + np.sin(2 * np.pi * high * times)
    frames = np.zeros((KEY_TICKS, FRAME_SAMPLES), np.int16)
    frames[:TONE_TICKS] = (TONE_AMPLITUDE * tone).astype(np.int16).reshape(TONE_TICKS, FRAME_SAMPLES)
    return frames
