"""RTCP encrypted and signed as SRTP's profile AES128_CM_SHA1_80 wants it (RFC 3711 3.4, 4; RFC 5764 4.1.2).

libsrtp does it as well, but holds 1.6 KiB of ciphers ready each way, for a packet in seconds.
"""

from __future__ import annotations

import hmac
import struct

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

MASTER_KEY_BYTES, MASTER_SALT_BYTES = 16, 14
KEY_BYTES, SALT_BYTES, AUTHENTICATION_BYTES = 16, 14, 20
TAG_BYTES = 10
HEADER_BYTES = 8
"""Of the first packet of a compound: stays readable, its second half is the sender's SSRC."""
ENCRYPTED = 1 << 31
"""The bit before the index."""
LAST_INDEX = ENCRYPTED - 1
CIPHER_LABEL, AUTHENTICATION_LABEL, SALT_LABEL = 3, 4, 5
WINDOW = 128
"""Packets back from the newest of which each is taken once; older ones are refused (RFC 3711 3.3.2: 64 at least)."""
MOST_SOURCES = 16
"""SSRCs of one peer: a browser has one for each of its streams, and each costs a window that is kept for the call."""
_WHOLE_WINDOW = (1 << WINDOW) - 1
_TRAILER = struct.Struct("!I")


def keystream(key: bytes, counter: int, data: bytes) -> bytes:
    """`data` in AES counter mode, from this value of the counter on; the same again takes it back (RFC 3711 4.1.1)."""
    return Cipher(AES(key), CTR(counter.to_bytes(16, "big"))).encryptor().update(data)


def derive(master: bytes, label: int, size: int) -> bytes:
    """A session key from master key and salt; keys are derived once, never anew (RFC 3711 4.3.1)."""
    salt = int.from_bytes(master[MASTER_KEY_BYTES:], "big")
    return keystream(master[:MASTER_KEY_BYTES], (salt ^ label << 48) << 16, bytes(size))


class _Keys:
    """What both directions do with the keys of one; raises ValueError when the master key is of another length."""

    # One text of bytes: three would take 80 bytes more, of each leg twice.
    __slots__ = ("_keys",)

    def __init__(self, master: bytes) -> None:
        if len(master) != MASTER_KEY_BYTES + MASTER_SALT_BYTES:
            raise ValueError("master key and salt have 30 bytes together")
        self._keys = (
            derive(master, CIPHER_LABEL, KEY_BYTES)
            + derive(master, SALT_LABEL, SALT_BYTES)
            + derive(master, AUTHENTICATION_LABEL, AUTHENTICATION_BYTES)
        )

    def _crypt(self, body: bytes, ssrc: int, index: int) -> bytes:
        salt = int.from_bytes(self._keys[KEY_BYTES : KEY_BYTES + SALT_BYTES], "big")
        return keystream(self._keys[:KEY_BYTES], salt << 16 ^ ssrc << 64 ^ index << 16, body)

    def _tag(self, signed: bytes) -> bytes:
        return hmac.digest(self._keys[KEY_BYTES + SALT_BYTES :], signed, "sha1")[:TAG_BYTES]


class Sealer(_Keys):
    """Of what we send: numbers the packets, so that no part of the key stream is used twice."""

    __slots__ = ("_index",)

    def __init__(self, master: bytes) -> None:
        super().__init__(master)
        self._index = 0

    def seal(self, compound: bytes) -> bytes:
        """Raises ValueError for what is no RTCP, OverflowError when the numbers are used up (in 300 years)."""
        if len(compound) < HEADER_BYTES:
            raise ValueError("RTCP has eight bytes at least")
        if self._index >= LAST_INDEX:
            raise OverflowError("SRTCP numbers are used up")
        # The first is 1, as libsrtp counts; nobody minds that 0 is left out.
        self._index += 1
        body = self._crypt(compound[HEADER_BYTES:], _ssrc_of(compound), self._index)
        signed = compound[:HEADER_BYTES] + body + _TRAILER.pack(ENCRYPTED | self._index)
        return signed + self._tag(signed)


class Opener(_Keys):
    """Of what the peer sends; each of its SSRCs counts for itself."""

    __slots__ = ("_seen",)

    def __init__(self, master: bytes) -> None:
        super().__init__(master)
        self._seen: dict[int, tuple[int, int]] = {}

    def open(self, data: bytes) -> bytes | None:
        """The compound packet; None when it is forged, damaged, not encrypted, came before, or is of one source too many."""
        if len(data) < HEADER_BYTES + _TRAILER.size + TAG_BYTES:
            return None
        signed, tag = data[:-TAG_BYTES], data[-TAG_BYTES:]
        (trailer,) = _TRAILER.unpack_from(signed, len(signed) - _TRAILER.size)
        if not hmac.compare_digest(self._tag(signed), tag) or not trailer & ENCRYPTED:
            return None
        ssrc, index = _ssrc_of(signed), trailer & LAST_INDEX
        # Only what is signed by the peer may move the window.
        if not self._take(ssrc, index):
            return None
        body = signed[HEADER_BYTES : -_TRAILER.size]
        return signed[:HEADER_BYTES] + self._crypt(body, ssrc, index)

    def _take(self, ssrc: int, index: int) -> bool:
        """Whether this number is new; bit n of what was seen stands for the one n before the newest."""
        if ssrc not in self._seen and len(self._seen) >= MOST_SOURCES:
            return False
        newest, seen = self._seen.get(ssrc, (-1, 0))
        ahead = index - newest
        if ahead > 0:
            # A number far ahead would make a number of as many bits.
            kept = seen << ahead & _WHOLE_WINDOW if ahead < WINDOW else 0
            self._seen[ssrc] = index, kept | 1
            return True
        if -ahead >= WINDOW or seen >> -ahead & 1:
            return False
        self._seen[ssrc] = newest, seen | 1 << -ahead
        return True


def _ssrc_of(compound: bytes) -> int:
    return int.from_bytes(compound[4:HEADER_BYTES], "big")
