"""Whose packets the kernel lets through to a port: a flood of strangers' is dropped before it costs anything.

Classic BPF on a socket (socket(7), SO_ATTACH_FILTER): needs no privilege. Without it strangers' packets took the room in
the port's queue from the peer's: 600 a second on one port cost a twentieth of the frames, 6,000 all of them.
"""

from __future__ import annotations

import ctypes
import ipaddress
import socket
import struct
from collections.abc import Iterable
from contextlib import suppress

from hallom.media.latch import Address

SO_ATTACH_FILTER, SO_DETACH_FILTER, SO_MEMINFO = 26, 27, 55
"""Linux socket options; Python has no names for them."""
DROPS = struct.Struct("=32xI")
"""What the kernel dropped, in the answer to SO_MEMINFO (linux/sock_diag.h)."""
INSTRUCTION = struct.Struct("=HBBI")
LOAD_WORD, LOAD_HALF, JUMP_EQUAL, RETURN = 0x20, 0x28, 0x15, 0x06
NETWORK = 0xFFF00000
"""Offsets from here on count from the IP header; others from the UDP header (SKF_NET_OFF)."""
SOURCE_4, SOURCE_6 = NETWORK + 12, NETWORK + 8
SOURCE_PORT, PAYLOAD = 0, 8
STUN_REQUEST, STUN_COOKIE, STUN_NAME = 0x0001, 0x2112A442, 24
WHOLE = 0xFFFF

Test = tuple[int, int, int]
"""How much is loaded, from where, and what it must be."""
Clause = tuple[Test, ...]
Rules = tuple[tuple[Clause, ...], tuple[Clause, ...]]
"""What is let through to the media port, and to the odd port next to it."""


class Guard:
    """Of one leg's two ports; where the system has no such thing, everything is let through as before."""

    __slots__ = ("_believed", "_control", "_dropped", "_media", "stands")

    def __init__(self, media: socket.socket, control: socket.socket) -> None:
        self._media, self._control = media, control
        # Not the rules made of it: those of a leg take 1.2 KiB.
        self._believed: tuple[Address, ...] = ()
        self._dropped = 0
        self.stands = False

    def open(self) -> None:
        """Lets everything through."""
        if not self._believed:
            return
        self._believed, self.stands = (), False
        with suppress(OSError):
            detach(self._media)
            detach(self._control)

    def let_through(self, believed: tuple[Address, ...], ufrag: str = "") -> None:
        """These alone, and with `ufrag` who names us; everything when one of them cannot be told by its address."""
        if believed == self._believed:
            return
        self.open()
        rules = rules_for(believed, ufrag)
        if rules is None:
            return
        self._believed = believed
        with suppress(OSError):
            attach(self._media, rules[0])
            attach(self._control, rules[1])
            self.stands = True

    def news(self) -> int:
        """How many packets the kernel has dropped since this was last asked."""
        before, self._dropped = self._dropped, drops(self._media) + drops(self._control)
        return max(0, self._dropped - before)


def rules_for(believed: tuple[Address, ...], ufrag: str = "") -> Rules | None:
    """None when one of them cannot be told by its address."""
    try:
        sources = tuple(from_address(address) for address in believed)
        hosts = tuple(from_host(address[0]) for address in believed)
    except ValueError:
        return None
    # Browsers send everything to the media port.
    return ((*sources, check_for(ufrag)), ()) if ufrag else (sources, hosts)


def from_address(address: Address) -> Clause:
    """One peer; raises ValueError for what is no numeric address, or an IPv4 one written as IPv6."""
    return (*from_host(address[0]), (LOAD_HALF, SOURCE_PORT, address[1]))


def from_host(host: str) -> Clause:
    """Any port of a host; raises ValueError likewise."""
    address = ipaddress.ip_address(host)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        raise ValueError("IPv4 in IPv6")
    first = SOURCE_4 if address.version == 4 else SOURCE_6
    return tuple((LOAD_WORD, first + 4 * at, word) for at, word in enumerate(_words(address.packed)))


def check_for(ufrag: str) -> Clause:
    """A STUN request that names us first, as browsers write it (RFC 8445 7.1): a browser that comes from elsewhere."""
    name = tuple(
        (LOAD_WORD, PAYLOAD + STUN_NAME + 4 * at, word) for at, word in enumerate(_words(ufrag.encode()))
    )
    return (
        (LOAD_HALF, PAYLOAD, STUN_REQUEST),
        (LOAD_WORD, PAYLOAD + 4, STUN_COOKIE),
        *name,
    )


def _words(data: bytes) -> tuple[int, ...]:
    return struct.unpack_from(f"!{len(data) // 4}I", data)


def program(clauses: tuple[Clause, ...]) -> bytes:
    """Lets through what fulfils one clause; a packet too short for a test fulfils none."""
    made = []
    for clause in clauses:
        left = 2 * len(clause) + 1
        for load, offset, value in clause:
            left -= 2
            made.append(INSTRUCTION.pack(load, 0, 0, offset))
            made.append(INSTRUCTION.pack(JUMP_EQUAL, 0, left, value))
        made.append(INSTRUCTION.pack(RETURN, 0, 0, WHOLE))
    made.append(INSTRUCTION.pack(RETURN, 0, 0, 0))
    return b"".join(made)


def attach(endpoint: socket.socket, clauses: Iterable[Clause]) -> None:
    """In place of what stood before; raises OSError where the system has no such thing."""
    code = program(tuple(clauses))
    memory = ctypes.create_string_buffer(code, len(code))
    told = struct.pack("@HP", len(code) // INSTRUCTION.size, ctypes.addressof(memory))
    endpoint.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, told)


def detach(endpoint: socket.socket) -> None:
    """Raises OSError where none is attached."""
    endpoint.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)


def drops(endpoint: socket.socket) -> int:
    """Packets that the kernel has dropped at this port, by the guard or for want of room; 32 bits."""
    try:
        told = endpoint.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, DROPS.size)
        return int(DROPS.unpack(told)[0])
    except (OSError, struct.error):
        return 0
