"""The end of an agent's work on a call: how it ended, what is to be remembered, which ticket it belongs to."""

from datetime import datetime

from django.db import transaction

from hallom.calls import linking
from hallom.calls.models import Call, CallDisposition, Disposition, Leg
from hallom.staff.models import User
from hallom.tickets.models import Ticket
from hallom.timeline.journal import record

WITH_THE_CUSTOMER = (Leg.Role.AGENT, Leg.Role.ASKED)


class NotYourCall(Exception):
    """Only an agent who talked may say how the call ended."""


def has_talked(call: Call, agent: User) -> bool:
    """Whether the call is, or was for a while, this agent's: who handed it over has a wrap-up too."""
    if call.agent_id == agent.pk:
        return True
    return call.legs.filter(agent=agent, role__in=WITH_THE_CUSTOMER, answered_at__isnull=False).exists()


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
    """Keep the outcome and the note; saying it again replaces the outcome and adds only a note that is new. How the
    call ended is for whom it ended with: nobody before him says it over his words. Raises NotYourCall."""
    if not has_talked(call, by):
        raise NotYourCall(call.pk)
    if ticket is not None:
        linking.link_ticket(call.pk, ticket, by=by, now=now)
    about = ticket or linking.ticket_for(call.pk, by, now)
    before = CallDisposition.objects.filter(call=call).first()
    if note and (before is None or before.note != note):
        about.add_note(note, by=by, now=now, call=call.pk)
    is_settled = before is not None and by.pk != call.agent_id == before.agent_id
    if disposition is not None and not is_settled:
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
