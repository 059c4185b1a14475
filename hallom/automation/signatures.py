"""What stands under an answer."""

from __future__ import annotations

from datetime import datetime

from hallom.automation.models import Signature
from hallom.automation.values import values_of
from hallom.automation.variables import fill
from hallom.staff.models import User
from hallom.tickets.models import Ticket


def signature_for(ticket: Ticket, language: str, *, user: User | None, now: datetime) -> str:
    """The team's in this language, else everybody's; a variable without a value is left out. Empty: there is none."""
    rows = {
        row.team_id: row for row in Signature.objects.filter(language=language, team__in=[ticket.team_id])
    }
    if ticket.team_id not in rows:
        rows = {row.team_id: row for row in Signature.objects.filter(language=language, team=None)}
    found = rows.get(ticket.team_id) or rows.get(None)
    if found is None:
        return ""
    filled = fill(found.html, values_of(ticket, user, language=language, now=now), label=lambda _name: "")
    return filled.html
