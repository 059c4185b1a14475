"""Tickets as CSV (RFC 4180), one row a ticket: its facts, and nothing that was said or noted in it."""

import csv
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from hallom.tickets.models import Priority, Ticket
from hallom.ui.csv_cells import safe

# Column of the file → where it stands. No message and no note: those are for who may read the ticket.
COLUMNS = {
    "number": "number",
    "subject": "subject",
    "status": "status",
    "status_name": "status_name__name",
    "priority": "priority",
    "category": "category__name",
    "customer": "customer__code",
    "owner": "owner__full_name",
    "team": "team__name",
    "channel": "channel",
    "tags": "tags",
    "opened_at": "created_at",
    "deadline": "deadline",
    "waiting_since": "waiting_since",
    "solved_at": "solved_at",
    "closed_at": "closed_at",
    "changed_at": "updated_at",
}
AT_ONCE = 2000


def tickets_csv(tickets: QuerySet[Ticket]) -> Iterator[str]:
    """Line by line, so that a hundred thousand of them need no memory."""
    line = csv.writer(_Passing())
    yield line.writerow(COLUMNS)
    for row in tickets.values(*COLUMNS.values()).iterator(chunk_size=AT_ONCE):
        yield line.writerow([safe(value) for value in _cells(row)])


def _cells(row: dict[str, Any]) -> Iterator[object]:
    for column, place in COLUMNS.items():
        value = row[place]
        if column == "tags":
            yield " ".join(value)
        else:
            yield Priority(value).name.lower() if column == "priority" else value


class _Passing:
    """A file that gives what is written to whoever wrote it."""

    def write(self, text: str) -> str:
        return text
