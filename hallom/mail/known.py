"""What threading asks of the database, in as few queries as there are questions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

from hallom.mail.filing import identifier
from hallom.mail.models import KnownId
from hallom.mail.thread import Found, KnownTicket, Place, Standing, State
from hallom.tickets.models import Status

# An id that hundreds of tickets name says nothing about any of them.
MOST_FOUND = 200

_TICKET = "t.id, t.status, t.merged_into_id, t.closed_at, t.deleted_at"
_BY_IDS = f"""SELECT {_TICKET}, k.identifier, k.side_id, k.kind FROM mail_knownid k
    JOIN tickets_ticket t ON t.id = k.ticket_id WHERE k.identifier = ANY(%s) ORDER BY k.id LIMIT {MOST_FOUND}"""
_BY_NUMBER = f"SELECT {_TICKET} FROM tickets_ticket t WHERE t.number = %s"
_BY_ID = f"SELECT {_TICKET} FROM tickets_ticket t WHERE t.id = %s"
_PLACE = """WITH RECURSIVE family (id) AS (
      SELECT %(ticket)s::bigint UNION SELECT t.id FROM tickets_ticket t JOIN family f ON t.merged_into_id = f.id),
    people AS (
      SELECT c.id, c.organisation_id FROM customers_contactpoint p JOIN customers_customer c ON c.id = p.customer_id
      WHERE p.kind = 'email' AND p.normalised = %(address)s),
    requesters AS (
      SELECT c.id, c.organisation_id FROM tickets_ticket t JOIN customers_customer c ON c.id = t.customer_id
      WHERE t.id IN (SELECT id FROM family)),
    said AS (
      SELECT DISTINCT m.side_id FROM tickets_message m
      WHERE m.ticket_id IN (SELECT id FROM family) AND (lower(m.from_address) = %(address)s OR EXISTS (
        SELECT FROM jsonb_array_elements(m."to" || m.cc || m.bcc) one WHERE lower(one ->> 'address') = %(address)s)))
    SELECT
      (SELECT array_agg(s.id ORDER BY s.id DESC) FROM tickets_sidethread s
       WHERE s.ticket_id IN (SELECT id FROM family) AND lower(s.address) = %(address)s),
      (SELECT array_agg(side_id) FROM said),
      EXISTS (SELECT FROM people p JOIN requesters r ON r.id = p.id),
      EXISTS (SELECT FROM people p JOIN requesters r ON r.organisation_id = p.organisation_id),
      EXISTS (SELECT FROM staff_user WHERE is_active AND lower(email) = %(address)s),
      (SELECT array_agg(id) FROM people)"""


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
        for *ticket, name, side, kind in _rows(_BY_IDS, [list(asked)]):
            is_named = kind == KnownId.Kind.NAMED
            if is_named or asked[name] != self._own:
                found.append(Found(asked[name], self._remember(ticket).id, side, is_named))
        return found

    def by_number(self, number: int) -> int | None:
        rows = _rows(_BY_NUMBER, [number])
        return self._remember(rows[0]).id if rows else None

    def ticket(self, ticket: int) -> KnownTicket | None:
        if ticket not in self._tickets:
            rows = _rows(_BY_ID, [ticket])
            self._tickets[ticket] = self._remember(rows[0]) if rows else None
        return self._tickets[ticket]

    def place(self, ticket: int, side: int | None, address: str) -> Place:
        (row,) = _rows(_PLACE, {"ticket": ticket, "address": address})
        sides, said, is_requester, is_colleague, is_staff, people = row
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

    def _remember(self, row: Sequence[Any]) -> KnownTicket:
        key, status, merged_into, closed_at, deleted_at = row
        state = State.DELETED if deleted_at else _STATES.get(status, State.OPEN)
        self._tickets[key] = found = KnownTicket(key, state, merged_into, closed_at)
        return found


_STATES = {Status.SOLVED.value: State.SOLVED, Status.CLOSED.value: State.CLOSED}


def _rows(statement: str, values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
