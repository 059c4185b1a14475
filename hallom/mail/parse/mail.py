from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Address:
    name: str
    addr: str

    @property
    def key(self) -> str:
        """For comparing: lower case, the domain in Unicode."""
        return address_key(self.addr)

    def __str__(self) -> str:
        return f"{self.name} <{self.addr}>" if self.name else self.addr


def address_key(addr: str) -> str:
    local, at, domain = addr.strip().strip("<>").strip().rpartition("@")
    domain = domain.rstrip(".").lower()
    if "xn--" in domain:
        with contextlib.suppress(UnicodeError):
            domain = domain.encode("ascii").decode("idna")
    return f"{local.lower()}{at}{domain.lower()}"


@dataclass(frozen=True, slots=True)
class Part:
    """``content_id`` has no angle brackets; ``is_inline``: the HTML shows it."""

    name: str
    content_type: str
    data: bytes
    content_id: str = ""
    is_inline: bool = False


class Wrapper(StrEnum):
    NONE = ""
    SMIME_SIGNED = "smime_signed"
    SMIME_OPAQUE = "smime_opaque"
    SMIME_ENCRYPTED = "smime_encrypted"
    PGP_SIGNED = "pgp_signed"
    PGP_ENCRYPTED = "pgp_encrypted"

    def __reduce_ex__(self, proto: object) -> tuple[type[Wrapper], tuple[str]]:
        """By its value: Python 3.11.2 (Debian 12) pickles a member as a call of `getattr`, and no reader of values may
        allow that."""
        return Wrapper, (str(self.value),)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The first event. Times without ``zone`` and tzinfo are floating; ``is_all_day`` has midnights."""

    method: str = ""
    summary: str = ""
    starts: datetime | None = None
    ends: datetime | None = None
    is_all_day: bool = False
    zone: str = ""
    location: str = ""
    organiser: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """Message ids are bare, without angle brackets; ``references`` stand oldest first, as sent."""

    subject: str = ""
    from_: Address | None = None
    sender: Address | None = None
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    delivered_to: tuple[str, ...] = ()
    return_path: str | None = None
    date: datetime | None = None
    message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    text: str = ""
    html: str = field(default="", repr=False)
    attachments: tuple[Part, ...] = field(default=(), repr=False)
    content_type: str = "text/plain"
    headers: dict[str, str] = field(default_factory=dict)
    wrapper: Wrapper = Wrapper.NONE
    calendar: Calendar | None = None
    problems: tuple[str, ...] = ()

    def header(self, name: str) -> str:
        return self.headers.get(name.lower(), "")
