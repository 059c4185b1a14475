"""SRTP where the packet lies: what `pylibsrtp.Session` does, without its memory and its copies of each packet."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pylibsrtp import ERRORS
from pylibsrtp import Error as SrtpError
from pylibsrtp._binding import ffi, lib

from hallom.media.srtcp import Opener, Sealer

INBOUND, OUTBOUND = 0, 1
TRAILER_BYTES = 148
"""What encryption may put behind a packet (SRTP_MAX_SRTCP_TRAILER_LEN of libsrtp)."""
WORK_BYTES = 2048 + TRAILER_BYTES
"""For the longest datagram that is fetched from a port."""

_work = ffi.new("unsigned char[]", WORK_BYTES)
_view = ffi.buffer(_work)
_length = ffi.new("int *")
_protect, _unprotect = lib.srtp_protect, lib.srtp_unprotect


class Session:
    """Both directions of a leg, each with a key of its own, in 1.6 KiB less each way than two sessions of pylibsrtp have.

    libsrtp keeps ciphers ready for what comes 50 times a second; RTCP is sealed without them.
    """

    __slots__ = ("_inbound", "_opener", "_outbound", "_sealer", "_srtp")

    def __init__(self, theirs: bytes, ours: bytes) -> None:
        """Of master key and salt of either side; raises SrtpError."""
        srtp = ffi.gc(ffi.new("srtp_t[2]"), _deallocate)
        _create(srtp + INBOUND, theirs, lib.ssrc_any_inbound)
        _create(srtp + OUTBOUND, ours, lib.ssrc_any_outbound)
        self._srtp = srtp
        # Taken out here, not with every packet.
        self._inbound, self._outbound = srtp[INBOUND], srtp[OUTBOUND]
        self._opener, self._sealer = Opener(theirs), Sealer(ours)

    def protect(self, data: bytes) -> bytes:
        """Raises SrtpError."""
        return self._carry_out(_protect, self._outbound, data)

    def unprotect(self, data: bytes) -> bytes:
        """Raises SrtpError."""
        return self._carry_out(_unprotect, self._inbound, data)

    def protect_rtcp(self, data: bytes) -> bytes:
        return self._sealer.seal(data)

    def unprotect_rtcp(self, data: bytes) -> bytes:
        """Raises SrtpError."""
        compound = self._opener.open(data)
        if compound is None:
            raise SrtpError("forged, damaged or known")
        return compound

    def protect_in_place(self, packet: Any, size: int) -> int:
        """The new size; a row of the matrix has room for it. Raises SrtpError."""
        _length[0] = size
        problem = _protect(self._outbound, packet, _length)
        if problem:
            raise SrtpError(ERRORS[problem])
        length: int = _length[0]
        return length

    def unprotect_in_place(self, packet: Any, size: int) -> int:
        """The size of the plain packet, which lies where the other lay; raises SrtpError."""
        _length[0] = size
        problem = _unprotect(self._inbound, packet, _length)
        if problem:
            raise SrtpError(ERRORS[problem])
        length: int = _length[0]
        return length

    def _carry_out(self, act: Any, srtp: Any, data: bytes) -> bytes:
        size = len(data)
        if size + TRAILER_BYTES > WORK_BYTES:
            raise SrtpError("packet is too long")
        _view[0:size] = data
        _length[0] = size
        _check(act(srtp, _work, _length))
        done: bytes = _view[0 : _length[0]]
        return done


def _create(place: Any, key: bytes, kind: int) -> None:
    policy, master = ffi.new("srtp_policy_t *"), ffi.new("unsigned char[]", key)
    profile = lib.srtp_profile_aes128_cm_sha1_80
    # Of RTCP nothing is set: then libsrtp makes no ciphers for it. It is never asked to protect any.
    _check(lib.srtp_crypto_policy_set_from_profile_for_rtp(ffi.addressof(policy.rtp), profile))
    policy.key, policy.ssrc.type = master, kind
    _check(lib.srtp_create(place, policy))


def _deallocate(srtp: Any) -> None:
    for direction in (INBOUND, OUTBOUND):
        if srtp[direction]:
            lib.srtp_dealloc(srtp[direction])


def _check(problem: int) -> None:
    if problem:
        raise SrtpError(ERRORS[problem])


def pointers(rows: NDArray[np.uint8]) -> list[Any]:
    """Where each row of bytes begins; valid as long as the array is kept."""
    if not len(rows):
        return []
    memory = ffi.from_buffer("unsigned char[]", rows)
    return [memory + row * rows.strides[0] for row in range(len(rows))]
