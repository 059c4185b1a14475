"""Whom a message goes to, as people type it and as it is kept with the message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import getaddresses

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

# More than anybody addresses by hand: a list of this length has been pasted by mistake.
MOST = 50
NAME_LENGTH = 200


class NotAnAddress(ValueError):
    """``value`` is what was typed where an address should stand."""

    def __init__(self, value: str) -> None:
        super().__init__(value)
        self.value = value


@dataclass(frozen=True, slots=True)
class Person:
    address: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address

    @property
    def key(self) -> str:
        """For comparing: mailboxes that differ only in case are the same everywhere that matters."""
        return self.address.casefold()

    def kept(self) -> dict[str, str]:
        return {"name": self.name, "address": self.address}

    @classmethod
    def of(cls, kept: Mapping[str, str]) -> Person:
        return cls(kept.get("address", ""), kept.get("name", ""))


def persons(typed: str) -> tuple[Person, ...]:
    """``Carla <carla@example.org>, dan@example.org; …``, each address once; raises NotAnAddress."""
    found: dict[str, Person] = {}
    for piece in _pieces(typed):
        person = _person(piece)
        found.setdefault(person.key, person)
    if len(found) > MOST:
        raise NotAnAddress(f"{typed[:60]}…")
    return tuple(found.values())


def typed(people: Iterable[Person]) -> str:
    """What ``persons`` would read them from."""
    return ", ".join(f'"{one.name}" <{one.address}>' if _is_quoted(one.name) else str(one) for one in people)


def _is_quoted(name: str) -> bool:
    return any(sign in name for sign in ",;<>@()")


def _pieces(typed: str) -> list[str]:
    pieces, current, quoted = [], "", False
    for sign in " ".join(typed.split()):
        quoted ^= sign == '"'
        if sign in ",;" and not quoted:
            pieces.append(current)
            current = ""
        else:
            current += sign
    return [piece.strip() for piece in [*pieces, current] if piece.strip()]


def _person(piece: str) -> Person:
    read = getaddresses([piece])
    name, address = read[0] if len(read) == 1 else ("", "")
    if not address and "@" in piece and "<" in piece:
        # Names with signs that RFC 5322 wants quoted are typed unquoted all the same.
        name, _mark, rest = piece.rpartition("<")
        address = rest.rstrip("> ")
    try:
        validate_email(address)
    except ValidationError:
        raise NotAnAddress(piece) from None
    return Person(address, name.replace('"', "").strip()[:NAME_LENGTH])
