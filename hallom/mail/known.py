"""What threading asks of the database, in as few queries as there are questions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models.expressions import RawSQL

from hallom.customers.joined_rows import JoinedModels
from hallom.customers.models import Customer
from hallom.mail import loops, senders
from hallom.mail.filing import identifier
from hallom.mail.models import KnownId
from hallom.mail.parse import Address
from hallom.mail.thread import Found, KnownTicket, Place, Standing, State
from hallom.tickets.models import Status, Ticket
from hallom.tickets.notices import watchers_column

# An id that hundreds of tickets name says nothing about any of them.
MOST_FOUND = 200

_TICKET = "t.id, t.status, t.merged_into_id, t.closed_at, t.deleted_at"
_BY_IDS = f"""SELECT {_TICKET}, k.identifier, k.side_id, k.kind FROM mail_knownid k
    JOIN tickets_ticket t ON t.id = k.ticket_id WHERE k.identifier = ANY(%s) ORDER BY k.id LIMIT {MOST_FOUND}"""
_BY_NUMBER = f"SELECT {_TICKET} FROM tickets_ticket t WHERE t.number = %s"
_BY_ID = f"SELECT {_TICKET} FROM tickets_ticket t WHERE t.id = %s"
_STANDING = """WITH RECURSIVE family (id) AS (
      SELECT {ticket}::bigint UNION SELECT t.id FROM tickets_ticket t JOIN family f ON t.merged_into_id = f.id),
    people AS (
      SELECT c.id, c.organisation_id FROM customers_contactpoint p JOIN customers_customer c ON c.id = p.customer_id
      WHERE p.kind = 'email' AND p.normalised = {address}),
    requesters AS (
      SELECT c.id, c.organisation_id FROM tickets_ticket t JOIN customers_customer c ON c.id = t.customer_id
      WHERE t.id IN (SELECT id FROM family)),
    said AS (
      SELECT DISTINCT m.side_id FROM tickets_message m
      WHERE m.ticket_id IN (SELECT id FROM family) AND (lower(m.from_address) = {address} OR EXISTS (
        SELECT FROM jsonb_array_elements(m."to" || m.cc || m.bcc) one WHERE lower(one ->> 'address') = {address})))
    SELECT
      (SELECT array_agg(s.id ORDER BY s.id DESC) FROM tickets_sidethread s
       WHERE s.ticket_id IN (SELECT id FROM family) AND lower(s.address) = {address}),
      (SELECT array_agg(side_id) FROM said),
      EXISTS (SELECT FROM people p JOIN requesters r ON r.id = p.id),
      EXISTS (SELECT FROM people p JOIN requesters r ON r.organisation_id = p.organisation_id),
      EXISTS (SELECT FROM staff_user WHERE is_active AND lower(email) = {address}),
      (SELECT array_agg(id) FROM people)"""
_PLACE = _STANDING.format(ticket="%(ticket)s", address="%(address)s")
_PLACES = f"""SELECT given.ticket, given.address, found.*
    FROM jsonb_to_recordset(%s::jsonb) AS given (ticket bigint, address text)
    CROSS JOIN LATERAL ({_STANDING.format(ticket="given.ticket", address="given.address")}) AS found"""
# Of an id that hundreds of tickets name no more is read than shows that it is one.
_WHERE = f"""SELECT {_TICKET}, NULL::bigint, k.identifier, k.side_id, k.kind, k.id
      FROM unnest(%(names)s::text[]) AS given (name)
      CROSS JOIN LATERAL (SELECT * FROM mail_knownid WHERE identifier = given.name LIMIT {MOST_FOUND + 1}) AS k
      JOIN tickets_ticket t ON t.id = k.ticket_id
    UNION ALL SELECT {_TICKET}, t.number, NULL, NULL, NULL, 0 FROM tickets_ticket t
      WHERE t.number = ANY(%(numbers)s::bigint[])
    UNION ALL SELECT {_TICKET}, t.number, NULL, NULL, NULL, 0 FROM tickets_ticket t WHERE t.id = ANY(%(tickets)s::bigint[])"""


class InHouse:
    """Of one mail; ``own`` is its own Message-ID, which counts only where earlier mails refer to it."""

    def __init__(self, own: str = "") -> None:
        self._own = own
        self._tickets: dict[int, KnownTicket | None] = {}
        # Customers who have the sender's address; known once a place was asked for.
        self.people: list[int] = []

    def by_ids(self, identifiers: Sequence[str]) -> Sequence[Found]:
        asked = {identifier(one): one for one in identifiers}
        found = []
        for *ticket, name, side, kind in self._by_ids(list(asked)):
            is_named = kind == KnownId.Kind.NAMED
            if is_named or asked[name] != self._own:
                found.append(Found(asked[name], self._remember(ticket).id, side, is_named))
        return found

    def by_number(self, number: int) -> int | None:
        row = self._by_number(number)
        return self._remember(row).id if row else None

    def ticket(self, ticket: int) -> KnownTicket | None:
        if ticket not in self._tickets:
            row = self._by_id(ticket)
            self._tickets[ticket] = self._remember(row) if row else None
        return self._tickets[ticket]

    def place(self, ticket: int, side: int | None, address: str) -> Place:
        sides, said, is_requester, is_colleague, is_staff, people = self._place(ticket, address)
        self.people = people or []
        third, spoken = set(sides or ()), set(said or ())
        if side is not None and side in third | spoken:
            return Place(Standing.SIDE, side)
        if is_requester:
            return Place(Standing.REQUESTER)
        if third:
            return Place(Standing.SIDE, max(third))
        if None in spoken:
            return Place(Standing.CC)
        if is_colleague:
            return Place(Standing.COLLEAGUE)
        if is_staff:
            return Place(Standing.STAFF)
        return Place(Standing.SIDE, max(spoken)) if spoken else Place(Standing.STRANGER)

    def customers(self, address: str) -> list[Customer]:
        """Those who have the address, who had it first standing first."""
        return senders.having([address]).get(address, [])

    def recent(self, sender: Address, *, now: datetime) -> tuple[bool, bool]:
        """See ``loops.recent``."""
        return loops.recent(sender.key, sender.addr, now=now)

    def whole(self, ticket: int) -> Ticket:
        """The ticket to write into, with its customer and ``watched_by``."""
        return whole_tickets([ticket])[0]

    def _by_ids(self, names: Sequence[str]) -> Sequence[tuple[Any, ...]]:
        return _rows(_BY_IDS, [list(names)])

    def _by_number(self, number: int) -> tuple[Any, ...] | None:
        return next(iter(_rows(_BY_NUMBER, [number])), None)

    def _by_id(self, ticket: int) -> tuple[Any, ...] | None:
        return next(iter(_rows(_BY_ID, [ticket])), None)

    def _place(self, ticket: int, address: str) -> tuple[Any, ...]:
        return _rows(_PLACE, {"ticket": ticket, "address": address})[0]

    def _remember(self, row: Sequence[Any]) -> KnownTicket:
        key, status, merged_into, closed_at, deleted_at = row
        state = State.DELETED if deleted_at else _STATES.get(status, State.OPEN)
        self._tickets[key] = found = KnownTicket(key, state, merged_into, closed_at)
        return found


def where(names: Iterable[str], numbers: Iterable[int], tickets: Iterable[int]) -> list[tuple[Any, ...]]:
    """Tickets to which these Message-IDs, numbers and ids lead: five columns of the ticket, the number if it was found by
    that or by its id, else the Message-ID with its conversation and kind; the oldest Message-IDs first."""
    values = {"names": list(names), "numbers": as_array(numbers), "tickets": as_array(tickets)}
    rows = sorted(_rows(_WHERE, values), key=lambda row: int(row[-1]))
    return [row[:-1] for row in rows]


def places(pairs: Iterable[tuple[int, str]]) -> list[tuple[Any, ...]]:
    """Ticket, address and what ``InHouse.place`` asks about them."""
    return _rows(_PLACES, [json.dumps([{"ticket": ticket, "address": address} for ticket, address in pairs])])


def whole_tickets(tickets: Sequence[int]) -> list[Ticket]:
    return _WHOLE.objects(as_array(tickets))


_WHOLE = JoinedModels(
    Ticket,
    lambda keys: (
        Ticket.objects.filter(pk__in=RawSQL("SELECT unnest(%s::bigint[])", [keys]))
        .select_related("customer")
        .annotate(watched_by=watchers_column())
        .order_by()
    ),
)


def as_array(keys: Iterable[int]) -> str:
    """Of one type however large they are, so that the database knows the statement again."""
    return "{" + ",".join(map(str, keys)) + "}"


_STATES = {Status.SOLVED.value: State.SOLVED, Status.CLOSED.value: State.CLOSED}


def _rows(statement: str, values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
