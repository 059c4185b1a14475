"""What threading will ask about several mails, asked at once: five questions in place of three or four for each.

An answer holds until one of these mails changes what it says; then that mail's successors ask anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hallom.customers.models import Customer
from hallom.mail import known, loops, senders
from hallom.mail.automatic import Automatic
from hallom.mail.filing import identifier
from hallom.mail.known import InHouse, whole_tickets
from hallom.mail.models import IncomingMail
from hallom.mail.parse import Address
from hallom.mail.thread import Evidence
from hallom.tickets.models import Ticket

# A mail that points to more tickets asks for itself.
MOST_TICKETS = 4


@dataclass(frozen=True, slots=True)
class Signs:
    """Of one mail: who wrote it, whether it is a machine's, where it points; ``addresses``: all whose customers it may make."""

    sender: Address | None
    kind: Automatic | None
    evidence: Evidence
    addresses: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Told:
    """Answers by what was asked; a ticket that is not there has none."""

    ids: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    tickets: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    numbers: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    places: dict[tuple[int, str], tuple[Any, ...]] = field(default_factory=dict)
    whole: dict[int, Ticket] = field(default_factory=dict)
    customers: dict[str, list[Customer]] = field(default_factory=dict)
    recent: dict[str, tuple[bool, bool]] = field(default_factory=dict)


class Foreseen:
    """``signs`` by the key of the mail; only people's mails with a sender are looked ahead for."""

    def __init__(self, signs: Mapping[int, Signs], *, now: datetime) -> None:
        self._signs = dict(signs)
        self._points: dict[int, set[int]] = {}
        self._told = _Told()
        self._new_ids, self._new_addresses = set[str](), set[str]()
        self._new_tickets, self._new_bytes = set[int](), set[int]()
        plain = {key: one for key, one in signs.items() if one.kind is None and one.sender is not None}
        if len(plain) > 1:
            self._ask_where(plain)
            self._ask_who(plain, now)

    def signs_of(self, row: IncomingMail) -> Signs | None:
        return self._signs.get(row.pk)

    def house_for(self, row: IncomingMail, own: str) -> InHouse | None:
        """``own``: its Message-ID. None when a mail before it may have changed something it asks for, or nothing was foreseen."""
        signs, points = self._signs.get(row.pk), self._points.get(row.pk)
        if signs is None or points is None or row.raw_id in self._new_bytes or points & self._new_tickets:
            return None
        if signs.evidence.sender in self._new_addresses or signs.addresses & self._new_addresses:
            return None
        if any(identifier(one) in self._new_ids for one in signs.evidence.identifiers):
            return None
        return _Foretold(own, self._told)

    def changed(self, row: IncomingMail, *, ids: Iterable[str]) -> None:
        """The mail was imported; it taught these Message-IDs."""
        signs, points = self._signs.get(row.pk), self._points.pop(row.pk, None)
        if signs is None or points is None:
            # A bounce, a machine's, one that could not be read: what that changes is not kept account of.
            self._points.clear()
            return
        self._new_ids.update(ids)
        self._new_addresses |= signs.addresses
        self._new_tickets |= points | ({row.ticket_id} if row.ticket_id else set())
        self._new_bytes.add(row.raw_id)

    def _ask_where(self, plain: Mapping[int, Signs]) -> None:
        names = {identifier(one) for signs in plain.values() for one in signs.evidence.identifiers}
        numbers = {number for signs in plain.values() for number in signs.evidence.numbers}
        tickets = {ticket for signs in plain.values() for ticket in _named(signs.evidence)}
        told = self._told
        crowded = set[str]()
        for *ticket, number, name, side, kind in known.where(names, numbers, tickets):
            told.tickets[ticket[0]] = tuple(ticket)
            if name is None:
                told.numbers[number] = tuple(ticket)
                continue
            told.ids.setdefault(name, []).append((*ticket, name, side, kind))
            if len(told.ids[name]) > known.MOST_FOUND // MOST_TICKETS:
                crowded.add(name)
        for key, signs in plain.items():
            points = self._points_of(signs.evidence)
            is_merged = any(told.tickets[one][2] is not None for one in points if one in told.tickets)
            is_crowded = any(identifier(one) in crowded for one in signs.evidence.identifiers)
            if len(points) <= MOST_TICKETS and not (is_merged or is_crowded):
                self._points[key] = points

    def _points_of(self, evidence: Evidence) -> set[int]:
        told = self._told
        by_ids = {row[0] for one in evidence.identifiers for row in told.ids.get(identifier(one), ())}
        by_number = {told.numbers[one][0] for one in evidence.numbers if one in told.numbers}
        return by_ids | by_number | _named(evidence)

    def _ask_who(self, plain: Mapping[int, Signs], now: datetime) -> None:
        told, pairs, newcomers = self._told, set[tuple[int, str]](), dict[str, str]()
        for key, points in self._points.items():
            signs = plain[key]
            there = [one for one in points if one in told.tickets]
            pairs.update((one, signs.evidence.sender) for one in there)
            if not there and signs.sender is not None:
                newcomers[signs.sender.key] = signs.sender.addr
        if pairs:
            told.places = {(row[0], row[1]): row[2:] for row in known.places(sorted(pairs))}
            told.whole = {ticket.pk: ticket for ticket in whole_tickets(sorted({one for one, _who in pairs}))}
        if newcomers:
            told.customers = senders.having(sorted(newcomers))
            told.recent = loops.recent_of(newcomers, now=now)


class _Foretold(InHouse):
    """Answers from what was asked before; what was not is asked now."""

    def __init__(self, own: str, told: _Told) -> None:
        super().__init__(own)
        self._told = told

    def customers(self, address: str) -> list[Customer]:
        found = self._told.customers.get(address)
        return super().customers(address) if found is None else found

    def recent(self, sender: Address, *, now: datetime) -> tuple[bool, bool]:
        return self._told.recent.get(sender.key) or super().recent(sender, now=now)

    def whole(self, ticket: int) -> Ticket:
        return self._told.whole.pop(ticket, None) or super().whole(ticket)

    def _by_ids(self, names: Sequence[str]) -> Sequence[tuple[Any, ...]]:
        return [row for name in names for row in self._told.ids.get(name, ())]

    def _by_number(self, number: int) -> tuple[Any, ...] | None:
        return self._told.numbers.get(number)

    def _by_id(self, ticket: int) -> tuple[Any, ...] | None:
        return self._told.tickets.get(ticket) or super()._by_id(ticket)

    def _place(self, ticket: int, address: str) -> tuple[Any, ...]:
        return self._told.places.get((ticket, address)) or super()._place(ticket, address)


def _named(evidence: Evidence) -> set[int]:
    return {token.ticket for token in (*evidence.address_tokens, *evidence.message_tokens)}
