"""Signed reply addresses and Message-IDs: they say which ticket a mail answers, and cannot be made up.

A token says where a mail belongs, never that its sender does: people forward mails.
"""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass

DIGITS = "0123456789abcdefghijklmnopqrstuv"
# 16 digits of 5 bits: 80 bits, more than anybody can try through a mail server.
MAC_LENGTH = 16
MAX_NUMBER = 2**63 - 1
# RFC 5321 4.5.3.1.1
MAX_LOCAL = 64
BODY = r"t([0-9a-v]{1,13})(?:-([0-9a-v]{1,13}))?"
ADDRESS = re.compile(rf"(?:.*\+)?{BODY}\.([0-9a-v]{{{MAC_LENGTH}}})@[^@]+\Z", re.I)
MESSAGE_ID = re.compile(rf"{BODY}\.([0-9a-z-]{{1,64}})\.([0-9a-v]{{{MAC_LENGTH}}})@[^@]+\Z", re.I)
UNIQUE = re.compile(r"[0-9a-z-]{1,64}\Z")


@dataclass(frozen=True, slots=True)
class Token:
    """A ticket's id, and the id of a conversation beside it with a third party."""

    ticket: int
    side: int | None = None

    def __str__(self) -> str:
        side = "" if self.side is None else f"-{_digits(self.side)}"
        return f"t{_digits(self.ticket)}{side}"


def make_address(mailbox: str, token: Token, key: bytes) -> str:
    """``help+t1hd.<mac>@example.com``; the mailbox as it is where the name would grow beyond 64 characters."""
    local, at, domain = mailbox.rpartition("@")
    longer = f"{local}+{token}.{_mac('address', str(token), key)}"
    return f"{longer}{at}{domain}" if at and len(longer.encode()) <= MAX_LOCAL else mailbox


def make_message_id(domain: str, token: Token, key: bytes, *, unique: str) -> str:
    """Without angle brackets; ValueError unless ``unique`` is 1 to 64 of a-z, 0-9 and the hyphen."""
    if UNIQUE.match(unique) is None:
        raise ValueError(unique)
    body = f"{token}.{unique}"
    return f"{body}.{_mac('message-id', body, key)}@{domain}"


def token_of_address(address: str, keys: Sequence[bytes]) -> Token | None:
    """None unless one of the keys signed it."""
    match = ADDRESS.match(address.strip().strip("<>"))
    if match is None:
        return None
    token = _token(match[1], match[2])
    return token if token and _is_signed("address", str(token), match[3], keys) else None


def token_of_message_id(message_id: str, keys: Sequence[bytes]) -> Token | None:
    """None unless one of the keys signed it."""
    match = MESSAGE_ID.match(message_id.strip().strip("<>"))
    if match is None:
        return None
    token = _token(match[1], match[2])
    body = f"{token}.{match[3].lower()}"
    return token if token and _is_signed("message-id", body, match[4], keys) else None


def _token(ticket: str, side: str | None) -> Token | None:
    token = Token(int(ticket, 32), int(side, 32) if side else None)
    return token if max(token.ticket, token.side or 0) <= MAX_NUMBER else None


def _is_signed(purpose: str, body: str, mac: str, keys: Sequence[bytes]) -> bool:
    return any(hmac.compare_digest(_mac(purpose, body, key), mac.lower()) for key in keys)


def _mac(purpose: str, body: str, key: bytes) -> str:
    digest = hmac.digest(key, f"{purpose}|{body}".encode(), "sha256")
    return _digits(int.from_bytes(digest, "big")).rjust(52, "0")[-MAC_LENGTH:]


def _digits(number: int) -> str:
    if number < 0:
        raise ValueError(number)
    written = ""
    while True:
        number, digit = divmod(number, 32)
        written = DIGITS[digit] + written
        if not number:
            return written
