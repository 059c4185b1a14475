"""Which ticket a mail belongs to: the rules of docs/algorithms/threading.md. Pure: who is asked looks things up."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from hallom.mail.automatic import Automatic, automatic_of
from hallom.mail.parse.mail import ParsedMail
from hallom.mail.tokens import Token, token_of_address, token_of_message_id

# The newest references say most; the first is the root that siblings share.
MOST_CANDIDATES = 50
MOST_NUMBERS = 5
# A ticket merged into one that was merged … further than anybody ever did.
MOST_MERGES = 20


class State(StrEnum):
    OPEN = "open"
    SOLVED = "solved"
    CLOSED = "closed"
    DELETED = "deleted"


class Standing(StrEnum):
    """What the sender is to the ticket."""

    REQUESTER = "requester"
    CC = "cc"
    COLLEAGUE = "colleague"
    SIDE = "side"
    STAFF = "staff"
    STRANGER = "stranger"


class Kind(StrEnum):
    REPLY = "reply"
    STRANGER = "stranger"
    NEW = "new"
    ASIDE = "aside"


class Why(StrEnum):
    ADDRESS_TOKEN = "address_token"
    MESSAGE_TOKEN = "message_token"
    MESSAGE_ID = "message_id"
    NUMBER = "number"
    SIBLING = "sibling"
    NOTHING = "nothing"
    CLOSED_LONG_AGO = "closed_long_ago"
    DELETED = "deleted"
    AUTOMATIC = "automatic"


@dataclass(frozen=True, slots=True)
class Numbering:
    """How numbers stand in subjects: ``[#48213]``; a tag with letters also without brackets. Others are not ours."""

    tags: tuple[str, ...] = ("#",)
    least: int = 1
    most: int = 999_999_999


@dataclass(frozen=True, slots=True)
class Rules:
    """A reply to a ticket closed longer ago than ``follow_up`` opens another, related to it."""

    follow_up: timedelta = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class KnownTicket:
    """``admits_bearers``: whoever has a signed token may write, belonging or not."""

    id: int
    state: State = State.OPEN
    merged_into: int | None = None
    closed_at: datetime | None = None
    admits_bearers: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A Message-ID we know; ``is_named``: not of a mail we have, another of the ticket's mails refers to it."""

    identifier: str
    ticket: int
    side: int | None = None
    is_named: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """The sender's standing, and in which of the ticket's conversations."""

    standing: Standing
    side: int | None = None


class Known(Protocol):
    """What only the database knows; each is asked at most once for the same, and only when it matters."""

    def by_ids(self, identifiers: Sequence[str]) -> Sequence[Found]:
        """All that is known of these, in any order."""

    def by_number(self, number: int) -> int | None:
        """The id of the ticket with that number, deleted and merged ones too."""

    def ticket(self, ticket: int) -> KnownTicket | None:
        """None if there never was one, or nothing is left of it."""

    def place(self, ticket: int, side: int | None, address: str) -> Place:
        """Of a sender's address in the ticket (not a merged one). With ``side``: in that conversation first."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a mail says about where it belongs; ``identifiers``: nearest first."""

    sender: str
    address_tokens: tuple[Token, ...] = ()
    message_tokens: tuple[Token, ...] = ()
    identifiers: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    automatic: Automatic | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """``linked``: the new ticket follows on that one. ``reopens``: it was solved or closed and is open again."""

    kind: Kind
    ticket: int | None = None
    side: int | None = None
    why: Why = Why.NOTHING
    reopens: bool = False
    sender_standing: Standing = Standing.STRANGER
    linked: int | None = None


@dataclass(frozen=True, slots=True)
class _Candidate:
    ticket: KnownTicket
    side: int | None
    why: Why
    place: Place = field(default=Place(Standing.STRANGER))


def evidence_of(
    parsed: ParsedMail,
    *,
    recipients: Sequence[str],
    keys: Sequence[bytes],
    numbering: Numbering,
    sender: str | None = None,
) -> Evidence:
    """``recipients``: whom the envelope and the header name; ``sender``: instead of the one in From."""
    written = parsed.from_ or parsed.sender
    identifiers = tuple(dict.fromkeys((*parsed.in_reply_to, *reversed(parsed.references))))
    if len(identifiers) > MOST_CANDIDATES:
        identifiers = (*identifiers[: MOST_CANDIDATES - 1], identifiers[-1])
    by_address = (token_of_address(address, keys) for address in dict.fromkeys(recipients))
    by_message = (token_of_message_id(identifier, keys) for identifier in identifiers)
    return Evidence(
        sender=sender if sender is not None else written.key if written else "",
        address_tokens=tuple(dict.fromkeys(token for token in by_address if token)),
        message_tokens=tuple(dict.fromkeys(token for token in by_message if token)),
        identifiers=identifiers,
        numbers=numbers_in(parsed.subject, numbering),
        automatic=automatic_of(parsed, keys=keys),
    )


def numbers_in(subject: str, numbering: Numbering) -> tuple[int, ...]:
    """Numbers of ours in a subject, in order."""
    found: dict[int, None] = {}
    for tag in numbering.tags:
        for match in re.finditer(_pattern(tag), subject, re.I):
            number = int(match[1] or match[2])
            if numbering.least <= number <= numbering.most:
                found[number] = None
    return tuple(found)[:MOST_NUMBERS]


def decide(evidence: Evidence, known: Known, *, now: datetime, rules: Rules | None = None) -> Decision:
    """The first of the tickets the mail points to in which its sender may write; else he is a stranger there."""
    strange: _Candidate | None = None
    for candidate in _candidates(evidence, known):
        if candidate.place.standing is not Standing.STRANGER:
            return _belonging(candidate, evidence, now, rules or Rules())
        if strange is None and candidate.ticket.state is not State.DELETED:
            strange = candidate
    if strange is not None:
        return Decision(Kind.STRANGER, strange.ticket.id, None, strange.why)
    if evidence.automatic in SILENT:
        return Decision(Kind.ASIDE, why=Why.AUTOMATIC)
    return Decision(Kind.NEW)


# Answers of machines: they are no matter of their own, and nobody asked anything.
SILENT = frozenset((Automatic.OWN, Automatic.BOUNCE, Automatic.OUT_OF_OFFICE, Automatic.AUTO_REPLY))


def _belonging(candidate: _Candidate, evidence: Evidence, now: datetime, rules: Rules) -> Decision:
    ticket, place = candidate.ticket, candidate.place
    is_silent = evidence.automatic in SILENT
    if ticket.state is State.DELETED:
        if is_silent:
            return Decision(Kind.ASIDE, why=Why.AUTOMATIC)
        return Decision(Kind.NEW, why=Why.DELETED, sender_standing=place.standing, linked=ticket.id)
    is_finished = ticket.state in (State.SOLVED, State.CLOSED)
    is_third_party = place.side is not None
    if _is_long_closed(ticket, now, rules) and not (is_silent or is_third_party):
        return Decision(Kind.NEW, why=Why.CLOSED_LONG_AGO, sender_standing=place.standing, linked=ticket.id)
    reopens = is_finished and not is_silent and not is_third_party
    return Decision(Kind.REPLY, ticket.id, place.side, candidate.why, reopens, place.standing)


def _is_long_closed(ticket: KnownTicket, now: datetime, rules: Rules) -> bool:
    return (
        ticket.state is State.CLOSED
        and ticket.closed_at is not None
        and now - ticket.closed_at > rules.follow_up
    )


def _candidates(evidence: Evidence, known: Known) -> Iterator[_Candidate]:
    """Each ticket once for each of its conversations, the surest sign first."""
    seen: set[tuple[int, int | None]] = set()
    for ticket, side, why in _signs(evidence, known):
        found = _merged(ticket, known)
        if found is None or (found.id, side) in seen:
            continue
        seen.add((found.id, side))
        place = known.place(found.id, side, evidence.sender) if evidence.sender else Place(Standing.STRANGER)
        is_bearer = found.admits_bearers and why in (Why.ADDRESS_TOKEN, Why.MESSAGE_TOKEN)
        if place.standing is Standing.STRANGER and is_bearer and evidence.sender:
            place = Place(Standing.CC, side)
        yield _Candidate(found, side, why, place)


def _signs(evidence: Evidence, known: Known) -> Iterator[tuple[int, int | None, Why]]:
    for token in evidence.address_tokens:
        yield token.ticket, token.side, Why.ADDRESS_TOKEN
    for token in evidence.message_tokens:
        yield token.ticket, token.side, Why.MESSAGE_TOKEN
    order = {identifier: place for place, identifier in enumerate(evidence.identifiers)}
    found = (
        sorted(known.by_ids(evidence.identifiers), key=lambda one: order.get(one.identifier, len(order)))
        if order
        else []
    )
    for one in found:
        if not one.is_named:
            yield one.ticket, one.side, Why.MESSAGE_ID
    for number in evidence.numbers:
        ticket = known.by_number(number)
        if ticket is not None:
            yield ticket, None, Why.NUMBER
    for one in found:
        if one.is_named:
            yield one.ticket, one.side, Why.SIBLING


def _merged(ticket: int, known: Known) -> KnownTicket | None:
    """The ticket that shows what was written in this one."""
    found = known.ticket(ticket)
    for _ in range(MOST_MERGES):
        if found is None or found.merged_into is None:
            return found
        target = known.ticket(found.merged_into)
        if target is None:
            return found
        found = target
    return found


def _pattern(tag: str) -> str:
    """A bare ``#1234`` is somebody's order number; a word of ours before it is not."""
    quoted = re.escape(tag)
    bare = rf"|(?<!\w){quoted}\s?(\d{{1,9}})(?!\w)" if re.search(r"[^\W\d_]{2}", tag) else "|(?!)()"
    return rf"\[\s*{quoted}\s*(\d{{1,9}})\s*\]{bare}"
