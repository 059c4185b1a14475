"""How often machines have written of late: so that two systems that answer each other stop."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from hallom.mail.automatic import WINDOWS, Counts

# A person in a hurry writes a mail a minute; what writes faster gets no answer from a machine.
FLOOD_MAILS, FLOOD_WINDOW = 20, timedelta(minutes=10)
# Two systems that do not say that they are such answer each other once; a person who writes again so soon has her answer.
EXCHANGE_WINDOW = timedelta(hours=1)

_SENT = """SELECT o.created_at, m.ticket_id FROM mail_recipient r
    JOIN mail_outgoingmail o ON o.id = r.mail_id JOIN tickets_message m ON m.id = o.message_id
    WHERE r.address = %s AND o.is_automatic AND o.created_at > %s"""


def counts(address: str, ticket: int | None, *, now: datetime) -> Counts:
    """Automatic mails we wrote to the address, in each of WINDOWS: of this ticket, of all."""
    longest = max((window.length for window in WINDOWS), default=timedelta())
    with connection.cursor() as cursor:
        cursor.execute(_SENT, [address, now - longest])
        rows = cursor.fetchall()
    recent = [[key for at, key in rows if at > now - window.length] for window in WINDOWS]
    return Counts(
        ticket=tuple(sum(key == ticket for key in keys) for keys in recent),
        sender=tuple(len(keys) for keys in recent),
    )


_RECENT = """SELECT given.address,
    (SELECT count(*) FROM (
        SELECT FROM mail_incomingmail i WHERE i.from_address = given.address AND i.received_at > %s LIMIT %s) AS mails),
    EXISTS (SELECT FROM mail_recipient r JOIN mail_outgoingmail o ON o.id = r.mail_id
        WHERE r.address IN (given.address, given.spelled) AND o.is_automatic AND o.created_at > %s)
    FROM jsonb_each_text(%s::jsonb) AS given (address, spelled)"""


def recent(address: str, spelled: str, *, now: datetime) -> tuple[bool, bool]:
    """Whether the sender writes faster than a person does, and whether a machine of ours just wrote to the sender.

    ``spelled``: the address as the sender writes it.
    """
    return recent_of({address: spelled}, now=now)[address]


def recent_of(addresses: Mapping[str, str], *, now: datetime) -> dict[str, tuple[bool, bool]]:
    """The same of several addresses, each with how it was spelled."""
    values: list[Any] = [
        now - FLOOD_WINDOW,
        FLOOD_MAILS + 1,
        now - EXCHANGE_WINDOW,
        json.dumps(dict(addresses)),
    ]
    with connection.cursor() as cursor:
        cursor.execute(_RECENT, values)
        return {address: (count > FLOOD_MAILS, has_sent) for address, count, has_sent in cursor.fetchall()}
