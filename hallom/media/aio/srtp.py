"""SRTP where the packet lies: what `pylibsrtp.Session` does, without its copies of each packet."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pylibsrtp import ERRORS, Session
from pylibsrtp import Error as SrtpError
from pylibsrtp._binding import ffi, lib

WORK_BYTES = 2048
"""As long as the longest datagram that is fetched from a port."""

_work = ffi.new("unsigned char[]", WORK_BYTES)
_view = ffi.buffer(_work)
_length = ffi.new("int *")


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


def unprotect(session: Session, data: bytes) -> bytes:
    """The plain packet; raises SrtpError."""
    size = len(data)
    if size > WORK_BYTES:
        raise SrtpError("packet is too long")
    _view[0:size] = data
    plain: bytes = _view[0 : unprotect_in_place(session, _work, size)]
    return plain


def unprotect_in_place(session: Session, packet: Any, size: int) -> int:
    """The size of the plain packet, which lies where the other lay; raises SrtpError."""
    _length[0] = size
    problem = lib.srtp_unprotect(session._srtp[0], packet, _length)
    if problem:
        raise SrtpError(ERRORS[problem])
    return int(_length[0])
