"""STUN binding requests as an ICE-lite agent answers them (RFC 8489, RFC 8445 7.3)."""

from __future__ import annotations

import hmac
import ipaddress
import struct
import zlib
from dataclasses import dataclass

MAGIC = 0x2112A442
BINDING_REQUEST = 0x0001
BINDING_SUCCESS = 0x0101
USERNAME = 0x0006
MESSAGE_INTEGRITY = 0x0008
XOR_MAPPED_ADDRESS = 0x0020
PRIORITY = 0x0024
USE_CANDIDATE = 0x0025
FINGERPRINT = 0x8028
FINGERPRINT_XOR = 0x5354554E
HEADER = struct.Struct("!HHI12s")
ATTRIBUTE = struct.Struct("!HH")
MAXIMUM_BYTES = 1500


class StunError(Exception):
    """A datagram that is no binding request for us; the words say why."""


@dataclass(frozen=True, slots=True)
class BindingRequest:
    """A checked request; `use_candidate` is the controlling agent's nomination."""

    transaction: bytes
    remote_ufrag: str
    use_candidate: bool


def parse_request(data: bytes, ufrag: str, password: str) -> BindingRequest:
    """The binding request in `data`, meant for `ufrag`; raises StunError unless its integrity holds."""
    transaction, attributes, integrity_at = _parse(data)
    if integrity_at is None:
        raise StunError("no message integrity")
    ours, separator, theirs = attributes.get(USERNAME, b"").partition(b":")
    if not separator or not hmac.compare_digest(ours, ufrag.encode()):
        raise StunError("a user name that is not ours")
    expected = _integrity(data[:integrity_at], password)
    if not hmac.compare_digest(expected, attributes[MESSAGE_INTEGRITY]):
        raise StunError("wrong message integrity")
    return BindingRequest(transaction, theirs.decode("ascii", "replace"), USE_CANDIDATE in attributes)


def _parse(data: bytes) -> tuple[bytes, dict[int, bytes], int | None]:
    if not HEADER.size <= len(data) <= MAXIMUM_BYTES:
        raise StunError("length out of bounds")
    kind, length, magic, transaction = HEADER.unpack_from(data)
    if kind != BINDING_REQUEST or magic != MAGIC or length + HEADER.size != len(data) or length % 4:
        raise StunError("not a binding request")
    attributes: dict[int, bytes] = {}
    integrity_at = None
    position = HEADER.size
    while position < len(data):
        number, size = ATTRIBUTE.unpack_from(data, position)
        start = position + ATTRIBUTE.size
        if start + size > len(data):
            raise StunError("an attribute runs over the end")
        if number == FINGERPRINT:
            _check_fingerprint(data, position, data[start : start + size])
        # What follows the integrity attribute is not covered by it (RFC 8489 14.5).
        elif integrity_at is None:
            attributes.setdefault(number, data[start : start + size])
            integrity_at = position if number == MESSAGE_INTEGRITY else None
        position = start + (size + 3 & ~3)
    return transaction, attributes, integrity_at


def _check_fingerprint(data: bytes, position: int, value: bytes) -> None:
    if value != struct.pack("!I", zlib.crc32(data[:position]) ^ FINGERPRINT_XOR):
        raise StunError("wrong fingerprint")


def _integrity(before: bytes, password: str) -> bytes:
    """HMAC over the message up to the attribute, with a length that includes it (RFC 8489 14.5)."""
    covered = before[:2] + struct.pack("!H", len(before) - HEADER.size + 24) + before[4:]
    return hmac.digest(password.encode(), covered, "sha1")


def success(request: BindingRequest, host: str, port: int, password: str) -> bytes:
    """The answer to a request that came from `host` and `port`."""
    body = _attribute(XOR_MAPPED_ADDRESS, _xor_address(host, port, request.transaction))
    return _finish(BINDING_SUCCESS, request.transaction, body, password)


def request(
    transaction: bytes, username: str, password: str, *, use_candidate: bool = False, priority: int = 1
) -> bytes:
    """A binding request as the controlling side sends it."""
    body = _attribute(USERNAME, username.encode()) + _attribute(PRIORITY, struct.pack("!I", priority))
    if use_candidate:
        body += _attribute(USE_CANDIDATE, b"")
    return _finish(BINDING_REQUEST, transaction, body, password)


def mapped_address(data: bytes) -> tuple[str, int] | None:
    """The address a success response tells, or None."""
    if len(data) < HEADER.size or HEADER.unpack_from(data)[0] != BINDING_SUCCESS:
        return None
    transaction = data[8:20]
    position = HEADER.size
    while position + ATTRIBUTE.size <= len(data):
        number, size = ATTRIBUTE.unpack_from(data, position)
        value = data[position + 4 : position + 4 + size]
        if number == XOR_MAPPED_ADDRESS and len(value) in (8, 20):
            port = struct.unpack_from("!H", value, 2)[0] ^ (MAGIC >> 16)
            packed = _xor(value[4:], transaction)
            return str(ipaddress.ip_address(packed)), port
        position += 4 + (size + 3 & ~3)
    return None


def _xor(packed: bytes, transaction: bytes) -> bytes:
    mask = struct.pack("!I", MAGIC) + transaction
    return bytes(byte ^ key for byte, key in zip(packed, mask, strict=False))


def _xor_address(host: str, port: int, transaction: bytes) -> bytes:
    address = ipaddress.ip_address(host.partition("%")[0])
    family = 1 if address.version == 4 else 2
    return struct.pack("!BBH", 0, family, port ^ (MAGIC >> 16)) + _xor(address.packed, transaction)


def _attribute(number: int, value: bytes) -> bytes:
    return ATTRIBUTE.pack(number, len(value)) + value + bytes(-len(value) % 4)


def _finish(kind: int, transaction: bytes, body: bytes, password: str) -> bytes:
    message = HEADER.pack(kind, len(body), MAGIC, transaction) + body
    body += _attribute(MESSAGE_INTEGRITY, _integrity(message, password))
    message = HEADER.pack(kind, len(body) + 8, MAGIC, transaction) + body
    return message + _attribute(FINGERPRINT, struct.pack("!I", zlib.crc32(message) ^ FINGERPRINT_XOR))
