"""Telling those who decide that a stranger writes about a ticket."""

from __future__ import annotations

from datetime import datetime

from hallom.mail.filing import plain
from hallom.mail.models import IncomingMail
from hallom.mail.parse import ParsedMail
from hallom.mail.quoting import fold_text
from hallom.staff.models import Membership
from hallom.tickets.models import NoticeKind, Ticket
from hallom.tickets.notices import tell_all
from hallom.timeline.journal import record

EXCERPT_LENGTH = 600


def excerpt_of(parsed: ParsedMail) -> str:
    fresh = fold_text(plain(parsed.text)).fresh
    return " ".join(fresh.split())[:EXCERPT_LENGTH]


def tell(ticket: Ticket, mail: IncomingMail, *, now: datetime) -> None:
    """The owner; when it is nobody's, everybody of its team."""
    users = [ticket.owner_id] if ticket.owner_id else []
    if not users and ticket.team_id:
        members = Membership.objects.filter(team=ticket.team_id, user__is_active=True)
        users = list(members.values_list("user", flat=True))
    tell_all(users, NoticeKind.STRANGER, ticket, now=now)
    record("mail.stranger", now=now, ticket=ticket, data={"mail": mail.pk}, topics=[ticket.topic, "tickets"])
