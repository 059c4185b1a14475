"""What the call bar shows of call control: who is asked, who waits at a place, what is promised and diverted."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from hallom.calls import linking, promises
from hallom.calls.models import AgentStatus, Call, CallSituation, Promise
from hallom.calls.models.call import Direction
from hallom.calls.situation import Doing
from hallom.calls.spoken_names import reason_words
from hallom.desk.places import destination_words
from hallom.desk.situations import diverted_words
from hallom.desk.standing import Standing, standing
from hallom.staff.models import User
from hallom.staff.names import name_of
from hallom.tickets.due import due

MOST_PARKED = 20
MOST_PROMISES = 10


@dataclass(frozen=True, slots=True)
class Consultation:
    """Three people of one call, seen by one of the two of the house; `hears` says who hears whom."""

    name: str
    to: str
    since: datetime
    is_answered: bool
    is_facing_customer: bool
    is_conference: bool
    is_asked: bool
    hears: str
    place: int | None = None
    is_told: bool = False
    """He hears the announcement of a number of the house."""

    @property
    def is_in_line(self) -> bool:
        return self.place is not None


@dataclass(frozen=True, slots=True)
class ParkedCall:
    place: int
    name: str
    call: str
    since: datetime
    by: str
    is_mine: bool


@dataclass(frozen=True, slots=True)
class Diversion:
    when: str
    label: str
    to: str
    where: str


@dataclass(frozen=True, slots=True)
class Owed:
    """`is_mine`: the user has to keep it; else it was given in another's name and came to nothing."""

    id: str
    kind: str
    text: str
    who: str
    number: str
    due: str
    is_over: bool
    is_ripe: bool
    is_mine: bool
    why: str
    url: str


@dataclass(frozen=True, slots=True)
class Telephone:
    """What an agent has set up for his own telephone."""

    do_not_disturb: bool = False
    diversions: tuple[Diversion, ...] = ()

    @property
    def words(self) -> str:
        """What everybody should know of it at a glance; empty for a telephone like any other."""
        if self.do_not_disturb:
            return _("do not disturb")
        always = next((one for one in self.diversions if one.when == "always" and one.to), None)
        return _("calls go to %(where)s") % {"where": always.where} if always else ""


def situation_of(call: Call) -> CallSituation:
    """`call.situation` should be selected along; a call nothing is done with has an empty one."""
    return getattr(call, "situation", None) or CallSituation(call=call)


def consultation(call: Call, user: User, state: AgentStatus) -> Consultation | None:
    situation = situation_of(call)
    if situation.doing not in (Doing.CONSULTING, Doing.CONFERENCE):
        return None
    is_asked = situation.agent_id == user.pk
    is_conference = situation.doing == Doing.CONFERENCE
    is_answered = situation.answered_at is not None
    stands = None if is_answered or is_conference else standing(call)
    name = name_of(situation.by_id) if is_asked else destination_words(situation.to)
    hears = _hears(situation, name, linking.caller_name(call), stands, is_asked=is_asked)
    return Consultation(
        name=name,
        to=situation.to,
        since=situation.answered_at or situation.since or state.since,
        is_answered=is_answered,
        is_facing_customer=situation.is_facing_customer,
        is_conference=is_conference,
        is_asked=is_asked,
        hears=" · ".join(filter(None, (hears, diverted_words(situation) if is_asked else ""))),
        place=stands.place if stands else None,
        is_told=stands is not None and stands.place is None,
    )


def _hears(
    situation: CallSituation, name: str, customer: str, stands: Standing | None, *, is_asked: bool
) -> str:
    if situation.doing == Doing.CONFERENCE:
        return _("All three hear one another.")
    if stands is not None:
        return _waits(stands, customer)
    if situation.answered_at is None:
        return _("It rings; %(customer)s hears music.") % {"customer": customer}
    if not situation.is_facing_customer:
        return _("You two talk; %(customer)s hears music.") % {"customer": customer}
    if is_asked:
        return _("%(name)s talks with %(customer)s; you wait.") % {"name": name, "customer": customer}
    return _("You talk with %(customer)s; %(name)s waits.") % {"name": name, "customer": customer}


def _waits(stands: Standing, customer: str) -> str:
    facts = {"where": destination_words(stands.at), "place": stands.place, "customer": customer}
    if stands.place is None:
        return _("You hear the announcement of %(where)s; %(customer)s hears music.") % facts
    return _("You wait in the queue %(where)s, in place %(place)s; %(customer)s hears music.") % facts


def is_own(call: Call, user: User) -> bool:
    """The customer's agent, who may send him on; not whoever was asked in or listens."""
    return call.agent_id == user.pk


def other_side(call: Call, user: User) -> str:
    """Whom the user talks with: of a call within the house, its caller talks with whoever was called."""
    if call.direction != Direction.INTERNAL or is_own(call, user):
        return linking.caller_name(call)
    return name_of(call.agent_id) if call.agent_id else destination_words(f"extension:{call.dialled}")


def parked(user: User) -> tuple[ParkedCall, ...]:
    waiting = (
        CallSituation.objects.filter(place__isnull=False, call__ended_at=None)
        .select_related("call__customer")
        .order_by("place")
    )
    return tuple(
        ParkedCall(
            place=one.place or 0,
            name=linking.caller_name(one.call),
            call=one.call_id,
            since=one.since or one.call.arrived_at,
            by=name_of(one.by_id) if one.by_id else "",
            is_mine=one.by_id == user.pk,
        )
        for one in waiting[:MOST_PARKED]
    )


def telephone(status: AgentStatus) -> Telephone:
    desk = status.desk
    labels = {
        "always": _("Always"),
        "busy": _("When I am busy"),
        "no_answer": _("When I do not answer"),
    }
    diversions = [(when, str(desk.get(when) or "")) for when in labels]
    return Telephone(
        do_not_disturb=bool(desk.get("do_not_disturb")),
        diversions=tuple(
            Diversion(when, labels[when], to, destination_words(to) if to else "") for when, to in diversions
        ),
    )


def owed(user: User, now: datetime) -> tuple[Owed, ...]:
    return tuple(_owed(promise, user, now) for promise in promises.of(user)[:MOST_PROMISES])


def _owed(promise: Promise, user: User, now: datetime) -> Owed:
    is_mine = promise.owner_id == user.pk
    customer = promise.customer
    number = promise.number if promise.kind != Promise.Kind.CALL_ME else ""
    return Owed(
        id=promise.pk,
        kind=promise.kind,
        text=_text(promise, is_mine=is_mine),
        who=customer.name if customer else promise.name or linking.shown_number(promise.number),
        number=linking.shown_number(number) if number else "",
        due=due(promise.deadline, now).text,
        is_over=promise.outcome != Promise.Outcome.OPEN or promise.deadline <= now,
        is_ripe=promise.ripe_at is not None,
        is_mine=is_mine,
        why=promise.why,
        url=reverse("customers:customer", args=[customer.pk]) if customer else "",
    )


def _text(promise: Promise, *, is_mine: bool) -> str:
    if not is_mine:
        owner = name_of(promise.owner_id) if promise.owner_id else _("a colleague")
        if not promise.reason:
            return _("%(owner)s did not keep it in time") % {"owner": owner}
        return _("%(owner)s did not keep it: %(why)s") % {"owner": owner, "why": reason_words(promise.reason)}
    maker = name_of(promise.maker_id) if promise.maker_id else ""
    match promise.kind:
        case Promise.Kind.CONNECT:
            return _("waits for you, sent by %(maker)s") % {"maker": maker}
        case Promise.Kind.CALL_ME:
            return _("call %(maker)s") % {"maker": maker}
    return _("call back, promised by %(maker)s") % {"maker": maker}
