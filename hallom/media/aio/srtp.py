"""SRTP where the packet lies: what `pylibsrtp.Session` does, without its copies of each packet."""

from __future__ import annotations

from typing import Any

from pylibsrtp import ERRORS, Session
from pylibsrtp import Error as SrtpError
from pylibsrtp._binding import ffi, lib

from hallom.media.packets import PacketMatrix

WORK_BYTES = 2048
"""As long as the longest datagram that is fetched from a port."""

_work = ffi.new("unsigned char[]", WORK_BYTES)
_view = ffi.buffer(_work)
_length = ffi.new("int *")


def pointers(packets: PacketMatrix) -> list[Any]:
    """Where each packet of the matrix begins; valid as long as the matrix is kept."""
    memory = ffi.from_buffer("unsigned char[]", packets.bytes)
    return [memory + row * packets.bytes.strides[0] for row in range(len(packets.bytes))]


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
    _length[0] = size
    problem = lib.srtp_unprotect(session._srtp[0], _work, _length)
    if problem:
        raise SrtpError(ERRORS[problem])
    plain: bytes = _view[0 : _length[0]]
    return plain
