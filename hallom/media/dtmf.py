"""Keys pressed during a call, as RFC 4733 telephone events."""

from __future__ import annotations

import struct

KEYS = "0123456789*#ABCD"
KEY_SOUNDS = {key: f"key-{ {'*': 'star', '#': 'hash'}.get(key, key) }" for key in KEYS}
"""By key, the name of the sound it makes on the line."""
PAD = ("123A", "456B", "789C", "*0#D")
ROWS_HERTZ, COLUMNS_HERTZ = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
"""ITU-T Q.23."""
EVENT = struct.Struct("!BBH")
END = 0x80
_WRAP = 1 << 32
_HALF = 1 << 31


class KeyReceiver:
    """Tells each key press once, whichever of its packets arrive.

    All packets of one event bear the timestamp of its start (RFC 4733 2.2.2), so the first that comes tells the key
    and the others, the three end packets included, are known by that timestamp.
    """

    __slots__ = ("_latest",)

    def __init__(self) -> None:
        self._latest: int | None = None

    def receive(self, timestamp: int, payload: bytes) -> str | None:
        """The key, if this packet is the first seen of its event."""
        if len(payload) < EVENT.size or not self._is_newer(timestamp):
            return None
        self._latest = timestamp
        # Events from 16 on are flash and line signals: nobody pressed a key.
        return KEYS[payload[0]] if payload[0] < len(KEYS) else None

    def _is_newer(self, timestamp: int) -> bool:
        return self._latest is None or 0 < (timestamp - self._latest) % _WRAP < _HALF

    def restart(self) -> None:
        """A new source: its timestamps have nothing to do with the ones before."""
        self._latest = None


def frequencies(key: str) -> tuple[int, int]:
    """In Hz; raises ValueError for what is no key."""
    place = "".join(PAD).index(key)
    return ROWS_HERTZ[place // 4], COLUMNS_HERTZ[place % 4]


def pack(key: str, *, end: bool, volume: int, duration: int) -> bytes:
    """Payload of one packet; volume in -dBm0 (0 to 63), duration in timestamp units."""
    return EVENT.pack(KEYS.index(key), (END if end else 0) | volume, duration)
