"""Calls in the stream of a ticket."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from hallom.calls import recorded
from hallom.calls.linking import shown_number
from hallom.calls.models import Call, Direction, Outcome
from hallom.calls.outcome_words import outcome_words
from hallom.customers.joined_rows import JoinedModels
from hallom.staff.models import User
from hallom.tickets.conversation import Entry, Said
from hallom.tickets.models import Ticket
from hallom.ui.templatetags.ui import duration

MOST = 200
_CALLS = JoinedModels(
    Call,
    lambda ticket: (
        Call.objects.filter(ticket=ticket)
        .select_related("customer", "agent", "disposed__disposition")
        .annotate(**recorded.PARTS)
        .order_by("-arrived_at")[:MOST]
    ),
)


def calls_of(ticket: Ticket, user: User) -> Iterator[Entry]:
    for call in _CALLS.objects(ticket.pk):
        yield Entry(call.arrived_at, "message", _said(call, user))


def _said(call: Any, user: User) -> Said:
    return Said(
        id=f"call-{call.pk}",
        channel="phone",
        author=_author(call),
        how=_how(call),
        at=call.arrived_at,
        body=_body(call),
        is_live=call.ended_at is None,
        recordings=recorded.sounds_of(call, user),
    )


def _author(call: Call) -> str:
    if call.direction != Direction.INCOMING and call.agent is not None:
        return str(call.agent)
    return str(call.customer.name) if call.customer else shown_number(call.caller) or _("hidden number")


def _how(call: Call) -> str:
    if call.ended_at is None:
        return _("is on the line")
    if call.direction != Direction.INCOMING:
        number = shown_number(call.caller)
        if call.outcome == Outcome.ANSWERED:
            return _("called %(number)s") % {"number": number}
        return _("called %(number)s: %(outcome)s") % {"number": number, "outcome": outcome_words(call)}
    if call.outcome != Outcome.ANSWERED:
        return _("called: %(outcome)s") % {"outcome": outcome_words(call)}
    if call.agent is None:
        return _("called")
    return _("called, %(agent)s answered") % {"agent": call.agent}


def _body(call: Call) -> str:
    disposed = getattr(call, "disposed", None)
    parts = [str(disposed.disposition)] if disposed else []
    if call.outcome == Outcome.ANSWERED and call.ended_at is not None:
        parts.append(_("%(time)s of talk") % {"time": duration(call.talk_seconds)})
    elif call.ended_at is not None and call.wait_seconds is not None:
        parts.append(_("waited %(time)s") % {"time": duration(call.wait_seconds)})
    return " · ".join(parts)
