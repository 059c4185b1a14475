"""Callers whom an attendant holds, has parked or has sent on, with a clock each; and the one she talks with."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from hallom.calls import linking
from hallom.calls.models import AgentState, AgentStatus, Call, CallSituation, Switchboard
from hallom.calls.situation import Doing
from hallom.desk.places import destination_words
from hallom.staff.models import User
from hallom.staff.names import name_of

# Turns red this long before it rings back by itself.
WARNING = timedelta(seconds=20)
KEYS = 9


@dataclass(frozen=True, slots=True)
class Slot:
    """`place` is where the caller is parked, None for one who is held or sent on; `key` fetches with Shift."""

    call: str
    name: str
    detail: str
    since: datetime
    late_at: datetime | None
    place: int | None = None
    key: str = ""
    is_mine: bool = False
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Now:
    """The call the attendant is in. `asked`: whom she is asking, `is_answered` whether they talk already."""

    call: str
    name: str
    number: str
    customer: int | None
    asked: str = ""
    is_answered: bool = False


def of(user: User, board: Switchboard) -> tuple[Now | None, list[Slot]]:
    """The call she is in; and parked callers of the whole house by place, then her own."""
    doing = Q(place__isnull=False) | Q(doing=Doing.TRANSFERRING, by=user)
    found = CallSituation.objects.filter(doing, call__ended_at=None).select_related("call__customer")
    rows = list(found.order_by("place", "since"))
    parked = [_parked(one, user, key) for key, one in enumerate((one for one in rows if one.place), 1)]
    own = _own(user)
    held = [_held(call, board) for call in own if call.held_since]
    now = next((_now(call) for call in own if call.is_on), None)
    return now, [*parked, *held, *(_sent(one) for one in rows if not one.place)]


def _own(user: User) -> list[Any]:
    on = AgentStatus.objects.filter(agent=user, state=AgentState.TALKING, call=OuterRef("pk"))
    calls = Call.objects.filter(ended_at=None, bridged_at__isnull=False).annotate(is_on=Exists(on))
    calls = calls.filter(Q(is_on=True) | Q(agent=user, held_since__isnull=False))
    return list(calls.select_related("customer", "situation"))


def _parked(one: CallSituation, user: User, key: int) -> Slot:
    by = _("by you") if one.by_id == user.pk else name_of(one.by_id)
    return Slot(
        call=one.call_id,
        name=linking.caller_name(one.call),
        detail=_("parked %(by)s") % {"by": by} if one.by_id else "",
        since=one.since or one.call.arrived_at,
        late_at=one.until - WARNING if one.until else None,
        place=one.place,
        key=str(key) if key <= KEYS else "",
        is_mine=one.by_id == user.pk,
    )


def _held(call: Call, board: Switchboard) -> Slot:
    since = call.held_since or call.arrived_at
    limit = timedelta(seconds=board.hold_seconds) - WARNING if board.hold_seconds else None
    return Slot(
        call=call.pk,
        name=linking.caller_name(call),
        detail=_("on hold with you"),
        since=since,
        late_at=since + limit if limit else None,
        is_mine=True,
        icon="pause",
    )


def _sent(one: CallSituation) -> Slot:
    return Slot(
        call=one.call_id,
        name=linking.caller_name(one.call),
        detail=_("rings at %(where)s") % {"where": destination_words(one.to)},
        since=one.since or one.call.arrived_at,
        late_at=None,
        is_mine=True,
        icon="phone-forwarded",
    )


def _now(call: Call) -> Now:
    situation = getattr(call, "situation", None)
    is_asking = situation is not None and situation.doing in (Doing.CONSULTING, Doing.CONFERENCE)
    return Now(
        call=call.pk,
        name=linking.caller_name(call),
        number=linking.shown_number(call.caller),
        customer=call.customer_id,
        asked=destination_words(situation.to) if situation and is_asking else "",
        is_answered=bool(situation and is_asking and situation.answered_at),
    )
