"""What stands under an answer."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from hallom.automation.models import Signature
from hallom.automation.values import values_of
from hallom.automation.variables import fill
from hallom.staff.models import User
from hallom.tickets.models import Ticket
from hallom.tickets.outgoing import CannotSend


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
    return _filled(found, ticket, user, now)


def choosable(user: User, ticket: Ticket) -> QuerySet[Signature]:
    """Everybody's, and those of the user's teams and of the ticket's."""
    theirs = Q(team=None) | Q(team__in=user.team_ids) | Q(team=ticket.team_id)
    return Signature.objects.filter(theirs).select_related("team").order_by("team__name", "language")


def chosen_signature(key: str, ticket: Ticket, *, user: User, now: datetime) -> str:
    """One that somebody chose instead of the usual; raises CannotSend when it is not there for him any more."""
    is_key = key.isascii() and key.isdigit() and len(key) < 19
    found = choosable(user, ticket).filter(pk=int(key)).first() if is_key else None
    if found is None:
        raise CannotSend("signature")
    return _filled(found, ticket, user, now)


def labelled(signature: Signature) -> str:
    return f"{signature.team or _('everybody')}, {signature.get_language_display()}"


def _filled(found: Signature, ticket: Ticket, user: User | None, now: datetime) -> str:
    values = values_of(ticket, user, language=found.language, now=now)
    return fill(found.html, values, label=lambda _name: "").html
