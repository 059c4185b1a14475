"""What the call bar of one agent shows now."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from hallom.calls import linking
from hallom.calls.models import (
    AgentState,
    AgentStateSpan,
    AgentStatus,
    Call,
    CallDisposition,
    Disposition,
    Offer,
    PauseReason,
    Recording,
)
from hallom.calls.models.call import Direction
from hallom.desk import control, pauses
from hallom.desk.gone_offer import GoneOffer, gone_offer
from hallom.desk.screen_pop import Tag, screen_pop
from hallom.desk.situations import returned_words, ring_words
from hallom.desk.standing import in_vain, with_last_asked
from hallom.staff import permissions
from hallom.staff.models import User
from hallom.staff.names import name_of
from hallom.tickets.status import UNFINISHED
from hallom.ui.templatetags.ui import duration

MOST_TICKETS = 10
# How long after the wrap-up its form can still be sent from the bar; later from the page of the call.
FORM_STAYS = timedelta(minutes=3)
# Rings that the one who is rung has asked for: his browser answers by itself.
OWN_WISH = frozenset({"dial", "retrieve", "pickup"})
# A call one makes is one's own before the other side answers.
HAS_BEGUN = Q(bridged_at__isnull=False) | ~Q(direction=Direction.INCOMING)


@dataclass(frozen=True, slots=True)
class RingingOffer:
    id: str
    name: str
    detail: str
    tags: tuple[Tag, ...]
    url: str
    answers_itself: bool = False


@dataclass(frozen=True, slots=True)
class LiveCall:
    """`mark` says that the caller came back, and why; `is_own` whether one may send him on."""

    id: str
    name: str
    detail: str
    url: str
    since: datetime
    recording: str
    is_own: bool = True
    is_held: bool = False
    is_calling: bool = False
    mark: str = ""
    consult: control.Consultation | None = None


@dataclass(frozen=True, slots=True)
class WrapUp:
    call: str
    name: str
    url: str
    until: datetime | None
    dispositions: tuple[tuple[str, str], ...]
    disposition: str = ""
    note: str = ""
    tickets: tuple[tuple[int, str], ...] = ()
    ticket: int | None = None


@dataclass(frozen=True, slots=True)
class Deck:
    state: str
    label: str
    since: datetime
    phone: str
    detail: str = ""
    reason: str = ""
    pause_reasons: tuple[tuple[str, str], ...] = ()
    problem: str = ""
    practice_url: str = ""
    offer: RingingOffer | None = None
    call: LiveCall | None = None
    wrap_up: WrapUp | None = None
    telephone: control.Telephone = field(default_factory=control.Telephone)
    parked: tuple[control.ParkedCall, ...] = ()
    owed: tuple[control.Owed, ...] = ()
    gone: GoneOffer | None = None

    @property
    def owed_now(self) -> bool:
        """Something promised is late, or whom it waits for is free."""
        return any(one.is_over or one.is_ripe for one in self.owed)


def deck_of(user: User, now: datetime, *, problem: str = "") -> Deck:
    status = AgentStatus.objects.filter(agent=user).first() or AgentStatus(agent=user, since=now)
    offer = _offer(user, now)
    call = _live_call(user, status, now)
    state = _state(status, offer, call)
    reasons = list(PauseReason.objects.filter(is_active=True))
    return Deck(
        state=state,
        label=_label(state, status, reasons),
        detail=" · ".join(filter(None, (_set_by(status), _detail(state, status, reasons)))),
        since=status.since,
        phone=_phone(user),
        reason=status.reason if state == "paused" else "",
        pause_reasons=tuple((reason.code, str(reason)) for reason in reasons),
        problem=problem,
        practice_url=reverse("calls:practice") if settings.HALLOM_DEMO else "",
        offer=offer,
        call=call,
        wrap_up=_wrap_up(user, status) if state == "wrap_up" else _left_open(user, status, state, now),
        telephone=control.telephone(status),
        parked=control.parked(user) if state != "offline" else (),
        owed=control.owed(user, now),
        gone=gone_offer(user, now) if state in ("available", "paused") else None,
    )


def _state(status: AgentStatus, offer: RingingOffer | None, call: LiveCall | None) -> str:
    if call is not None:
        return _doing(call)
    if status.state == AgentState.OFFERED and offer is not None:
        return "ringing"
    if status.state in (AgentState.OFFERED, AgentState.TALKING):
        # The call's own rows come in the next batch of the relay, milliseconds later.
        return "available"
    return str(status.state)


def _doing(call: LiveCall) -> str:
    if call.is_calling:
        return "calling"
    if call.consult is not None:
        return "conference" if call.consult.is_conference else "consulting"
    return "held" if call.is_held else "talking"


def _offer(user: User, now: datetime) -> RingingOffer | None:
    offers = Offer.objects.filter(agent=user, result=Offer.Result.RINGING, call__ended_at=None)
    rows = offers.select_related("call__customer", "call__situation", "queue")
    offer = rows.order_by("-made_at").first()
    if offer is None:
        return None
    pop = screen_pop(offer.call, user, now)
    situation = control.situation_of(offer.call)
    reason = ring_words(situation, user) if situation.rung_id == user.pk or situation.returns else ""
    answers_itself = situation.rung_id == user.pk and situation.purpose in OWN_WISH
    waited = (offer.made_at - offer.call.arrived_at).total_seconds()
    parts = [offer.queue.name if offer.queue else "", _("waited %(time)s") % {"time": duration(waited)}]
    why = (Tag("repeat-2" if situation.returns else "phone-forwarded", reason, warn=True),) if reason else ()
    return RingingOffer(
        offer.pk,
        pop.name,
        " · ".join(filter(None, parts)),
        (*why, *pop.tags),
        "" if answers_itself else pop.url,
        answers_itself=answers_itself,
    )


def _live_call(user: User, status: AgentStatus, now: datetime) -> LiveCall | None:
    if status.state != AgentState.TALKING or not status.call:
        return None
    call = (
        with_last_asked(Call.objects.filter(HAS_BEGUN, pk=status.call, ended_at=None))
        .select_related("customer", "ticket", "queue", "situation")
        .first()
    )
    if call is None:
        return None
    consult = control.consultation(call, user, status)
    parts = [call.queue.name if call.queue else "", linking.shown_number(call.caller)]
    detail = _("waiting for your phone to come back") if status.is_lost else " · ".join(filter(None, parts))
    is_calling = call.bridged_at is None
    return LiveCall(
        call.pk,
        control.other_side(call, user),
        detail,
        url_of(call, user),
        status.since,
        _recording(call),
        is_own=control.is_own(call, user) and not is_calling,
        is_calling=is_calling,
        is_held=call.held_since is not None,
        mark=_mark(call, user, now),
        consult=consult,
    )


def _mark(call: Call, user: User, now: datetime) -> str:
    """Why he has the caller: whom he asked was not to be had, or it came back."""
    asked = in_vain(call, now) if control.is_own(call, user) else ""
    return asked or returned_words(control.situation_of(call), user)


def url_of(call: Call, user: User) -> str:
    """The page to work on during the call, of those the user may see."""
    if call.ticket is not None and permissions.can(user, "ticket.view", call.ticket):
        return str(call.ticket.get_absolute_url())
    may_see = call.customer is not None and permissions.can(user, "customer.view", call.customer)
    return str(call.customer.get_absolute_url()) if call.customer and may_see else ""


def _recording(call: Call) -> str:
    recording = Recording.objects.filter(call=call, stopped_at=None).first()
    if recording is None:
        return ""
    return "paused" if recording.is_paused else "on"


def _left_open(user: User, status: AgentStatus, state: str, now: datetime) -> WrapUp | None:
    """The form of a wrap-up that ran out: what stands in it half-written must not vanish with the time."""
    if state not in ("available", "paused") or now - status.since > FORM_STAYS:
        return None
    spans = AgentStateSpan.objects.filter(agent=status.agent_id, ended_at__isnull=False)
    last = spans.last()
    if (
        last is None
        or last.state != AgentState.WRAP_UP
        or CallDisposition.objects.filter(call=last.call).exists()
    ):
        return None
    return _wrap_up(user, AgentStatus(agent_id=status.agent_id, call=last.call, since=last.started_at))


def _wrap_up(user: User, status: AgentStatus) -> WrapUp:
    call = Call.objects.filter(pk=status.call).select_related("customer", "ticket").first()
    dispositions = Disposition.objects.filter(is_active=True)
    said = CallDisposition.objects.filter(call=status.call).select_related("disposition").first()
    tickets = _tickets(call, user) if call else ()
    linked = call.ticket.number if call and call.ticket else None
    return WrapUp(
        call=status.call,
        name=linking.caller_name(call) if call else "",
        url=url_of(call, user) if call else "",
        until=status.until,
        dispositions=tuple((one.code, str(one)) for one in dispositions),
        disposition=said.disposition.code if said else "",
        note=said.note if said else "",
        tickets=tickets,
        ticket=linked if linked is not None and linked in dict(tickets) else None,
    )


def _tickets(call: Call, user: User) -> tuple[tuple[int, str], ...]:
    """The ticket of the call first, then the customer's other open ones: those the user may write to."""
    may_write = call.ticket is not None and permissions.can(user, "ticket.note", call.ticket)
    linked = [(call.ticket.number, call.ticket.subject)] if call.ticket and may_write else []
    if call.customer is None:
        return tuple(linked)
    others = permissions.visible(user, call.customer.tickets.filter(status__in=UNFINISHED), "ticket.note")
    if call.ticket is not None:
        others = others.exclude(pk=call.ticket.pk)
    found = others.order_by("-updated_at").values_list("number", "subject")[:MOST_TICKETS]
    return (*linked, *found)


def _phone(user: User) -> str:
    return "desk" if user.sip_devices.filter(is_active=True).exists() else "browser"


Words = Callable[[], str]
LABELS: dict[str, Words] = {
    "offline": lambda: _("Off work"),
    "available": lambda: _("Available"),
    "ringing": lambda: _("Ringing"),
    "talking": lambda: _("On a call"),
    "held": lambda: _("On hold"),
    "calling": lambda: _("Calling"),
    "consulting": lambda: _("Consultation"),
    "conference": lambda: _("Conference"),
    "wrap_up": lambda: _("Wrap-up"),
}


def _label(state: str, status: AgentStatus, reasons: list[PauseReason]) -> str:
    if state == "paused":
        return _("Paused: %(reason)s") % {"reason": pauses.name_of(status.reason, reasons)}
    return LABELS[state]()


def _set_by(status: AgentStatus) -> str:
    """Who decided so, when it was not the agent himself."""
    by = status.set_by
    return _("set by %(name)s") % {"name": name_of(by)} if by is not None else ""


def _detail(state: str, status: AgentStatus, reasons: list[PauseReason]) -> str:
    planned = pauses.planned_seconds(status.reason, reasons) if state == "paused" else None
    if planned:
        return _("planned %(time)s") % {"time": duration(planned)}
    return control.telephone(status).words if state in ("available", "paused", "wrap_up") else ""
