"""A ticket as a line of the list of tickets shows it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from hallom.tickets.addresses import page_of
from hallom.tickets.due import due
from hallom.tickets.models import Priority
from hallom.tickets.models.statusful import TONES
from hallom.tickets.status import Status
from hallom.ui.templatetags.ui import when_on

COLUMNS = (
    *("pk", "number", "subject", "priority", "status", "deadline", "updated_at"),
    *("status_name__name", "customer__name", "owner__full_name", "team__name"),
)


@dataclass(frozen=True, slots=True)
class Listed:
    pk: int
    number: int
    url: str
    subject: str
    priority: str
    customer: str
    status: str
    tone: str
    owner: str
    team: str
    due: str
    urgency: str
    changed: str


def rows_of(tickets: Any) -> QuerySet[Any, Any]:
    """What a page of them asks of the database: no whole rows, fifty of which take as long as the rest of the page."""
    rows: QuerySet[Any, Any] = tickets.values(*COLUMNS)
    return rows


def listed(row: dict[str, Any], now: datetime, today: date) -> Listed:
    moment, status = due(row["deadline"], now), Status(row["status"])
    is_pressing = row["priority"] > Priority.NORMAL
    return Listed(
        pk=row["pk"],
        number=row["number"],
        url=page_of(row["number"]),
        subject=row["subject"],
        priority=str(Priority(row["priority"]).label) if is_pressing else "",
        customer=row["customer__name"] or "",
        status=row["status_name__name"] or str(status.label),
        tone=TONES[status],
        owner=row["owner__full_name"] or "",
        team=row["team__name"] or "",
        due=moment.text,
        urgency=moment.urgency,
        changed=when_on(today, row["updated_at"]),
    )
