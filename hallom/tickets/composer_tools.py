"""What can be put into an answer from outside: templates, macros and articles. The room that keeps them hands them in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from hallom.staff.models import User
from hallom.storage.models import Blob
from hallom.tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class Offered:
    """``kind`` is template, macro or article."""

    id: str
    kind: str
    label: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A file that a text brings along."""

    blob: Blob
    name: str
    content_type: str


@dataclass(frozen=True, slots=True)
class Snippet:
    """``html`` goes into the text, a missing variable as ``<mark data-missing="name">its name</mark>``; ``acts`` say in
    sentences what else happens on sending; ``macro`` is its id when it is one; ``pictures`` are those of the text, by the
    address they have in it."""

    html: str
    missing: tuple[str, ...] = ()
    acts: tuple[str, ...] = ()
    macro: str | None = None
    pictures: Mapping[str, Picture] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Macro:
    id: str
    label: str
    acts: tuple[str, ...]


class Snippets(Protocol):
    """``kind`` is public or note; ``language`` the one asked for, empty for the customer's."""

    def offered(self, user: User, ticket: Ticket, *, q: str, kind: str, language: str) -> Sequence[Offered]:
        """Best first."""

    def snippet(
        self, user: User, ticket: Ticket, key: str, *, kind: str, language: str
    ) -> Snippet | None: ...

    def macros(self, user: User, ticket: Ticket, keys: Sequence[str]) -> Sequence[Macro]:
        """Those of them that the user may use, with what they will do now."""

    def carry_out(self, ticket: Ticket, keys: Sequence[str], *, by: User, now: datetime) -> None:
        """What the chosen macros do beside their words, in the transaction of the answer."""

    def signature(self, user: User, ticket: Ticket, *, language: str, chosen: str = "") -> str:
        """HTML under an answer; empty for none. ``chosen``: a key of ``signatures``, else the usual one."""

    def signatures(self, user: User, ticket: Ticket) -> Sequence[tuple[str, str]]:
        """Keys and labels of those that the user may put under an answer of this ticket."""


_snippets: list[Snippets] = []


def register(snippets: Snippets) -> None:
    _snippets[:] = [snippets]


def snippets() -> Snippets | None:
    return _snippets[0] if _snippets else None
