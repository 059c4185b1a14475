"""Telling those who decide that a stranger writes about a ticket."""

from __future__ import annotations

from datetime import datetime

from hallom.mail.filing import plain
from hallom.mail.models import IncomingMail
from hallom.mail.parse import ParsedMail
from hallom.mail.quoting import fold_text
from hallom.staff.models import Role, User
from hallom.tickets.models import NoticeKind, Ticket
from hallom.tickets.notices import tell_all
from hallom.timeline.journal import record

EXCERPT_LENGTH = 600


def excerpt_of(parsed: ParsedMail) -> str:
    fresh = fold_text(plain(parsed.text)).fresh
    return " ".join(fresh.split())[:EXCERPT_LENGTH]


def tell(ticket: Ticket, mail: IncomingMail, *, now: datetime) -> None:
    """The owner; when it is nobody's, everybody of its team; without a team, who decides about everything: one must hear."""
    active = User.objects.filter(is_active=True)
    circles = [
        active.filter(pk=ticket.owner_id or 0),
        active.filter(memberships__team=ticket.team_id or 0),
        active.filter(roles__role__in=(Role.SUPERVISOR, Role.ADMINISTRATOR)),
    ]
    users = next((found for one in circles if (found := list(one.values_list("pk", flat=True)))), [])
    tell_all(users, NoticeKind.STRANGER, ticket, now=now)
    record("mail.stranger", now=now, ticket=ticket, data={"mail": mail.pk}, topics=[ticket.topic, "tickets"])
