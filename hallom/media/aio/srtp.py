"""SRTP where the packet lies: what `pylibsrtp.Session` does, without its memory and its copies of each packet."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pylibsrtp import ERRORS, Policy
from pylibsrtp import Error as SrtpError
from pylibsrtp._binding import ffi, lib

TRAILER_BYTES = 148
"""What encryption may put behind a packet (SRTP_MAX_SRTCP_TRAILER_LEN of libsrtp)."""
WORK_BYTES = 2048 + TRAILER_BYTES
"""For the longest datagram that is fetched from a port."""

_work = ffi.new("unsigned char[]", WORK_BYTES)
_view = ffi.buffer(_work)
_length = ffi.new("int *")


class Session:
    """As that of pylibsrtp, without the 1.5 KiB in which each of its sessions works, two of them a leg."""

    __slots__ = ("_srtp",)

    def __init__(self, policy: Policy) -> None:
        srtp = ffi.new("srtp_t *")
        _check(lib.srtp_create(srtp, policy._policy))
        self._srtp = ffi.gc(srtp, _deallocate)

    def protect(self, data: bytes) -> bytes:
        """Raises SrtpError."""
        return self._carry_out(lib.srtp_protect, data)

    def unprotect(self, data: bytes) -> bytes:
        """Raises SrtpError."""
        return self._carry_out(lib.srtp_unprotect, data)

    def protect_rtcp(self, data: bytes) -> bytes:
        """Raises SrtpError."""
        return self._carry_out(lib.srtp_protect_rtcp, data)

    def unprotect_rtcp(self, data: bytes) -> bytes:
        """Raises SrtpError."""
        return self._carry_out(lib.srtp_unprotect_rtcp, data)

    def _carry_out(self, act: Any, data: bytes) -> bytes:
        size = len(data)
        if size + TRAILER_BYTES > WORK_BYTES:
            raise SrtpError("packet is too long")
        _view[0:size] = data
        _length[0] = size
        _check(act(self._srtp[0], _work, _length))
        done: bytes = _view[0 : _length[0]]
        return done


def _deallocate(srtp: Any) -> None:
    lib.srtp_dealloc(srtp[0])


def _check(problem: int) -> None:
    if problem:
        raise SrtpError(ERRORS[problem])


def pointers(rows: NDArray[np.uint8]) -> list[Any]:
    """Where each row of bytes begins; valid as long as the array is kept."""
    if not len(rows):
        return []
    memory = ffi.from_buffer("unsigned char[]", rows)
    return [memory + row * rows.strides[0] for row in range(len(rows))]


def protect_in_place(session: Session, packet: Any, size: int) -> int:
    """The new size; a row of the matrix has room for it. Raises SrtpError."""
    _length[0] = size
    problem = lib.srtp_protect(session._srtp[0], packet, _length)
    if problem:
        raise SrtpError(ERRORS[problem])
    return int(_length[0])


def unprotect_in_place(session: Session, packet: Any, size: int) -> int:
    """The size of the plain packet, which lies where the other lay; raises SrtpError."""
    _length[0] = size
    problem = lib.srtp_unprotect(session._srtp[0], packet, _length)
    if problem:
        raise SrtpError(ERRORS[problem])
    return int(_length[0])
