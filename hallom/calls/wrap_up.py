"""The end of an agent's work on a call: how it ended, what is to be remembered, which ticket it belongs to."""

from datetime import datetime

from django.db import transaction

from hallom.calls import linking
from hallom.calls.models import Call, CallDisposition, Disposition
from hallom.staff.models import User
from hallom.tickets.models import Ticket
from hallom.timeline.journal import record


class NotYourCall(Exception):
    """Only the agent who talked may say how the call ended."""


@transaction.atomic
def finish(
    call: Call,
    *,
    by: User,
    now: datetime,
    disposition: Disposition | None,
    note: str,
    ticket: Ticket | None = None,
) -> Ticket:
    """Keep the outcome and the note; saying it again replaces the outcome and adds only a note that is new."""
    if call.agent_id != by.pk:
        raise NotYourCall(call.pk)
    if ticket is not None:
        linking.link_ticket(call.pk, ticket, by=by, now=now)
    about = ticket or linking.ticket_for(call.pk, by, now)
    before = CallDisposition.objects.filter(call=call).first()
    if note and (before is None or before.note != note):
        about.add_note(note, by=by, now=now, call=call.pk)
    if disposition is not None:
        CallDisposition.objects.update_or_create(
            call=call, defaults={"disposition": disposition, "agent": by, "at": now, "note": note}
        )
        _tell(call, disposition, about, by, now)
    return about


def _tell(call: Call, disposition: Disposition, ticket: Ticket, by: User, now: datetime) -> None:
    record(
        "call.disposed",
        now=now,
        actor=by,
        customer=ticket.customer_id,
        ticket=ticket,
        call=call.pk,
        data={"disposition": disposition.code},
        topics=["calls", ticket.topic],
    )
