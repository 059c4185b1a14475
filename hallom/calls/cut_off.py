"""Calls that broke off without either side wanting it: somebody calls back, unless the caller got through again first."""

from collections import Counter
from datetime import datetime

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from hallom.calls import linking
from hallom.calls.models import Call, CutOff, Direction, JournalEntry, QueueMember
from hallom.customers import phone_number
from hallom.staff.models import Membership, Team, User
from hallom.tickets.models import Channel, Priority, Ticket
from hallom.tickets.status import UNFINISHED, IllegalTransition
from hallom.timeline.models import Event
from hallom.timeline.prepared import PreparedModels, PreparedRows
from hallom.timeline.subscriber import Subscriber

log = structlog.get_logger(__name__)

# Ends that are nobody's wish: a part of the house died, or a line broke without a goodbye.
BROKEN = frozenset(
    {
        "agent_lost",
        "dialog_broke",
        "flow_error",
        "media_lost",
        "no_ack",
        "no_media",
        "nowhere_to_return",
        "phone_gone",
        "queue_removed",
        "restarted",
        "silent",
        "timeout",
        "unreachable",
    }
)
# Who hangs up between the first and any of the others gave up waiting for an agent who had vanished.
LOST = "agent.lost"
FOUND = ("agent.returned", "call.bridged", "call.taken_over", "conference.left", "consult.joined")


def handle(event: Event) -> None:
    """Safe to be called again for the same event, late, and out of order."""
    # Nearly all calls end as they should: what it was about is looked up only of the others.
    found = _CALL.objects(event.call)
    if not found:
        return
    call = found[0]
    if event.kind == "call.answered":
        if _WAITING(call.caller_reversed):
            reached(call, timezone.now())
    elif is_cut_off(call):
        call_back(call, timezone.now())


def is_cut_off(call: Call) -> bool:
    if call.ended_at is None or not _has_number(call):
        return False
    if call.direction != Direction.INCOMING and call.bridged_at is None:
        # Whoever called out and reached nobody knows it himself.
        return False
    return call.cause in BROKEN or (call.ended_by == "customer" and _has_lost_agent(call))


def _has_number(call: Call) -> bool:
    """An extension of the house sees for itself that its call is over."""
    is_known = not phone_number.is_hidden(call.caller)
    return is_known and len(call.caller_reversed) >= phone_number.SHORTEST


def _has_lost_agent(call: Call) -> bool:
    kinds = JournalEntry.objects.filter(call=call.pk, kind__in=(LOST, *FOUND))
    return kinds.order_by("-id").values_list("kind", flat=True).first() == LOST


@transaction.atomic
def call_back(call: Call, now: datetime) -> CutOff | None:
    """One ticket for each number that waits to be called back; None when it was reached meanwhile."""
    known = CutOff.objects.filter(call=call).first()
    if known is not None:
        return known
    if _later(call).exists():
        return None
    waiting = CutOff.objects.filter(
        number_reversed=call.caller_reversed, reached_at=None, ticket__status__in=UNFINISHED
    ).first()
    ticket = waiting.ticket if waiting else _opened(call, now)
    with translation.override(settings.LANGUAGE_CODE):
        ticket.add_note(_words(call), by=None, now=now, call=call.pk)
    if call.ticket is None:
        linking.link_ticket(call.pk, ticket, by=None, now=now)
    return CutOff.objects.create(call=call, ticket=ticket, number_reversed=call.caller_reversed, made_at=now)


def _later(call: Call) -> QuerySet[Call]:
    """Calls in which this caller has been talked to since."""
    same = Call.objects.filter(caller_reversed=call.caller_reversed).exclude(pk=call.pk)
    return same.filter(arrived_at__gte=call.arrived_at, bridged_at__gte=call.ended_at)


def _opened(call: Call, now: datetime) -> Ticket:
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("Call was cut off: call back %(who)s") % {"who": linking.caller_name(call)}
    owner = call.agent if call.agent is not None and call.agent.is_active else None
    return Ticket.open(
        subject[:200],
        by=None,
        now=now,
        customer=call.customer,
        owner=owner,
        team=_team_of(owner) if owner else _team_of_queue(call),
        channel=Channel.PHONE,
        priority=Priority.HIGH,
        told={"cut_off": call.pk},
    )


def _team_of(agent: User) -> Team | None:
    membership = agent.memberships.select_related("team").first()
    return membership.team if membership else None


def _team_of_queue(call: Call) -> Team | None:
    """Of those who answer the queue, where most of them are."""
    agents = QueueMember.objects.filter(queue=call.queue_id).values("agent")
    teams = Counter(Membership.objects.filter(user__in=agents).values_list("team", flat=True))
    most = min(teams, key=lambda team: (-teams[team], team), default=None)
    return Team.objects.filter(pk=most).first() if most is not None else None


def _words(call: Call) -> str:
    at = timezone.localtime(call.ended_at).strftime("%H:%M")
    number = linking.shown_number(call.caller)
    if call.bridged_at is not None:
        return _("The conversation with %(number)s broke off at %(at)s.") % {"number": number, "at": at}
    waited = round(call.wait_seconds or 0)
    return _("%(number)s was cut off at %(at)s after waiting %(seconds)s s.") % {
        "number": number,
        "at": at,
        "seconds": waited,
    }


@transaction.atomic
def reached(call: Call, now: datetime) -> None:
    """Somebody talks to this caller: whoever was to call back need not."""
    if not _has_number(call) or call.bridged_at is None:
        return
    waiting = CutOff.objects.select_related("ticket", "call__ticket").filter(
        number_reversed=call.caller_reversed, reached_at=None, call__ended_at__lte=call.bridged_at
    )
    for one in waiting:
        if CutOff.objects.filter(pk=one.pk, reached_at=None).update(reached_at=now, reached_in=call):
            _done(one, call, now)


def _done(one: CutOff, call: Call, now: datetime) -> None:
    ticket, before = one.ticket, one.call.ticket
    call.refresh_from_db(fields=["ticket"])
    if call.ticket_id == ticket.pk and before is not None and before.pk != ticket.pk:
        # The new call goes on with what the broken one was about.
        linking.link_ticket(call.pk, before, by=None, now=now)
    elif call.ticket_id == ticket.pk:
        return
    ticket.refresh_from_db()
    if not ticket.is_unfinished:
        return
    try:
        ticket.close(by=None, now=now)
    except IllegalTransition:
        log.info("cut_off.ticket_left_open", ticket=ticket.pk)


# Asked for every call of the house.
_CALL = PreparedModels(Call, lambda call: Call.objects.filter(pk=call))
_WAITING = PreparedRows(
    lambda number: CutOff.objects.filter(number_reversed=number, reached_at=None).values_list("pk")[:1]
)
SUBSCRIBER = Subscriber("cut_off", handle, kinds=("call.ended", "call.answered"))
