"""Call detail records as CSV (RFC 4180), one row a call or one a leg."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import QuerySet

from hallom.calls.models import Call, Leg
from hallom.ui.csv_cells import safe

CALL_COLUMNS = [
    "call",
    "arrived_at",
    "answered_at",
    "bridged_at",
    "ended_at",
    "caller",
    "dialled",
    "customer",
    "queue",
    "agent",
    "outcome",
    "wait_seconds",
    "talk_seconds",
    "hold_seconds",
    "transfers",
    "returns",
    "disposition",
    "ended_by",
    "cause",
    "ticket",
]
LEG_COLUMNS = [
    "call",
    "leg",
    "side",
    "agent",
    "opened_at",
    "answered_at",
    "bridged_at",
    "ended_at",
    "ended_by",
    "cause",
    "talk_seconds",
    "hold_seconds",
    "mos",
    "jitter_ms",
    "loss",
    "round_trip_ms",
]


def calls_csv(calls: QuerySet[Call]) -> Iterator[str]:
    rows = calls.select_related("customer", "queue", "agent", "ticket", "disposed__disposition").iterator(
        chunk_size=2000
    )
    return _lines(CALL_COLUMNS, (_call_row(call) for call in rows))


def legs_csv(calls: QuerySet[Call]) -> Iterator[str]:
    legs = Leg.objects.filter(call__in=calls).select_related("agent").order_by("-call_id", "id")
    return _lines(LEG_COLUMNS, (_leg_row(leg) for leg in legs.iterator(chunk_size=2000)))


def _call_row(call: Call) -> list[Any]:
    return [
        call.pk,
        call.arrived_at,
        call.answered_at,
        call.bridged_at,
        call.ended_at,
        call.caller,
        call.dialled,
        call.customer.code if call.customer else "",
        call.queue,
        call.agent,
        call.outcome,
        call.wait_seconds,
        round(call.talk_seconds, 3),
        round(call.hold_seconds, 3),
        call.transfers,
        call.returns,
        call.disposed.disposition.code if hasattr(call, "disposed") else "",
        call.ended_by,
        call.cause,
        call.ticket.number if call.ticket else "",
    ]


def _leg_row(leg: Leg) -> list[Any]:
    return [
        leg.call_id,
        leg.pk,
        leg.role or ("customer" if leg.is_customer else "agent"),
        leg.agent,
        leg.opened_at,
        leg.answered_at,
        leg.bridged_at,
        leg.ended_at,
        leg.ended_by,
        leg.cause,
        leg.talk_seconds,
        leg.hold_seconds,
        leg.mos,
        leg.jitter_ms,
        leg.loss,
        leg.round_trip_ms,
    ]


class _Line:
    """What csv writes to; gives every line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def _lines(columns: list[str], rows: Iterable[list[Any]]) -> Iterator[str]:
    writer: Any = csv.writer(_Line())
    # The mark that tells spreadsheets it is UTF-8.
    yield "\ufeff" + writer.writerow(columns)
    for row in rows:
        yield writer.writerow([safe(cell) for cell in row])
