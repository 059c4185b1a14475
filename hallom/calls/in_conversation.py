"""Calls in the stream of a ticket."""

from collections.abc import Iterator

from django.db.models import Prefetch
from django.urls import reverse
from django.utils.translation import gettext as _

from hallom.calls.linking import shown_number
from hallom.calls.models import Call, Outcome, Recording
from hallom.staff import permissions
from hallom.staff.models import User
from hallom.tickets.conversation import Entry, Said
from hallom.tickets.models import Ticket
from hallom.ui.templatetags.ui import duration

MOST = 200


def calls_of(ticket: Ticket, user: User) -> Iterator[Entry]:
    ended = Prefetch("recordings", Recording.objects.filter(stopped_at__isnull=False))
    calls = Call.objects.filter(ticket=ticket).select_related("customer", "agent", "disposed__disposition")
    for call in calls.prefetch_related(ended).order_by("-arrived_at")[:MOST]:
        yield Entry(call.arrived_at, "message", _said(call, user))


def _said(call: Call, user: User) -> Said:
    recording = next(iter(call.recordings.all()), None)
    may_listen = recording is not None and permissions.can(user, "recording.listen", call)
    return Said(
        id=f"call-{call.pk}",
        channel="phone",
        author=call.customer.name if call.customer else shown_number(call.caller) or _("hidden number"),
        how=_how(call),
        at=call.arrived_at,
        body=_body(call),
        is_live=call.ended_at is None,
        recording_url=reverse("calls:recording", args=[call.pk]) if may_listen else "",
        recording_seconds=(recording.seconds or 0) if recording and may_listen else 0,
    )


def _how(call: Call) -> str:
    if call.ended_at is None:
        return _("is on the line")
    if call.outcome != Outcome.ANSWERED:
        return _("called: %(outcome)s") % {"outcome": call.get_outcome_display()}
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
