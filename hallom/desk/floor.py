"""What a supervisor sees: every call that goes on and every colleague at work, of those who are his to look after."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from hallom.calls import figures, linking
from hallom.calls.models import (
    AgentState,
    AgentStatus,
    AlarmRules,
    Call,
    Leg,
    LiveQuality,
    Offer,
    PauseReason,
    Watch,
)
from hallom.calls.sent_on_words import mode_words
from hallom.calls.spoken_names import Names, look_up
from hallom.desk import alarms, pauses
from hallom.desk.alarms import Alarm
from hallom.staff import permissions
from hallom.staff.models import User
from hallom.ui.templatetags.ui import duration

MOST_CALLS = 200
# What a line told longer ago is no longer how it sounds.
QUALITY_SECONDS = 15
GOOD_MOS, FAIR_MOS = 3.9, 3.4
WATCHABLE = frozenset({"talking", "held", "lost", "consulting", "conference"})
OVERTAKABLE = frozenset({"talking", "held"})
# Those first who wait for somebody, then conversations, then what is on its way.
ORDER = {"waiting": 0, "ringing": 0, "parked": 1, "transferring": 1}


@dataclass(frozen=True, slots=True)
class Sounding:
    """The worst line of a call just now."""

    mos: float
    loss_percent: float
    jitter_ms: float
    round_trip_ms: float | None
    tone: str


@dataclass(frozen=True, slots=True)
class LiveCall:
    """`mode` is the viewer's own, if he is in the call; `watchers` says who else is."""

    id: str
    state: str
    label: str
    tone: str
    since: datetime
    caller: str
    number: str
    queue: str
    agent: str
    agent_id: int | None
    whom: str
    sender: str
    watchers: str
    mode: str
    may_watch: bool
    may_take_over: bool
    limit_at: datetime | None
    is_alarm: bool
    quality: Sounding | None
    is_poor: bool


@dataclass(frozen=True, slots=True)
class Colleague:
    """`limit_at` is when the state becomes too long; None when it may last."""

    id: int
    name: str
    state: str
    label: str
    since: datetime
    doing: str
    limit_at: datetime | None
    is_alarm: bool
    has_call: bool


@dataclass(frozen=True, slots=True)
class Floor:
    now: datetime
    calls: list[LiveCall]
    agents: list[Colleague]
    alarms: list[Alarm]
    reasons: list[PauseReason]
    mine: LiveCall | None
    off_work: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Around:
    """What is known of all calls at once; by call, but for who looks, the rules and the time."""

    viewer: int
    rules: AlarmRules
    now: datetime
    ringing: dict[str, Offer]
    watches: dict[str, list[Watch]]
    soundings: dict[str, Sounding]
    places: Names


def floor_of(user: User, now: datetime, *, problem: str = "") -> Floor:
    rules = AlarmRules.current()
    calls = _calls(user)
    people, off_work = _people(user)
    names = {call.pk: linking.caller_name(call) for call in calls}
    reasons = list(PauseReason.objects.filter(is_active=True))
    shown = _shown_calls(calls, user, rules, now)
    agents = [_colleague(row, names, reasons, rules=rules, now=now) for row in people]
    agents.sort(key=lambda one: (not one.is_alarm, one.state == "available", one.name))
    mine = next((call for call in shown if call.mode), None)
    return Floor(now, shown, agents, _alarms(shown, agents, rules, now), reasons, mine, off_work, problem)


def _calls(user: User) -> list[Call]:
    live = permissions.visible(user, Call.objects.filter(ended_at=None), "calls.supervise")
    rows = live.exclude(state__in=("ending", "ended")).select_related(
        "customer", "agent", "queue", "situation__agent", "situation__by"
    )
    return list(rows.order_by("arrived_at")[:MOST_CALLS])


def _people(user: User) -> tuple[list[AgentStatus], int]:
    ours = permissions.visible(user, User.objects.filter(is_active=True), "calls.supervise")
    rows = list(AgentStatus.objects.filter(agent__in=ours).select_related("agent"))
    working = [row for row in rows if row.state != AgentState.OFFLINE]
    return working, len(rows) - len(working)


def _shown_calls(calls: list[Call], user: User, rules: AlarmRules, now: datetime) -> list[LiveCall]:
    keys = [call.pk for call in calls]
    ringing = {offer.call_id: offer for offer in _ringing(keys)}
    around = _Around(user.pk, rules, now, ringing, _watches(keys), _soundings(keys, now), _places(calls))
    shown = [_shown(call, around) for call in calls]
    return sorted(shown, key=lambda one: (not one.is_alarm, ORDER.get(one.state, 2), one.since))


def _ringing(keys: list[str]) -> list[Offer]:
    rows = Offer.objects.filter(call__in=keys, result=Offer.Result.RINGING).select_related("agent")
    return list(rows.order_by("made_at"))


def _watches(keys: list[str]) -> dict[str, list[Watch]]:
    found: dict[str, list[Watch]] = defaultdict(list)
    for watch in Watch.objects.filter(call__in=keys, ended_at=None).select_related("by", "of"):
        found[watch.call_id].append(watch)
    return found


def _soundings(keys: list[str], now: datetime) -> dict[str, Sounding]:
    open_legs = Leg.objects.filter(call__in=keys, ended_at=None).values("pk")
    fresh = LiveQuality.objects.filter(leg__in=open_legs, at__gte=now - timedelta(seconds=QUALITY_SECONDS))
    worst: dict[str, LiveQuality] = {}
    for one in fresh.filter(mos__isnull=False):
        call = one.leg.partition("-")[0]
        if call not in worst or (one.mos or 0) < (worst[call].mos or 0):
            worst[call] = one
    return {call: _sounding(one) for call, one in worst.items()}


def _sounding(one: LiveQuality) -> Sounding:
    mos = one.mos or 0.0
    tone = "pine" if mos >= GOOD_MOS else "honey" if mos >= FAIR_MOS else "cherry"
    return Sounding(mos, 100 * (one.loss or 0), one.jitter_ms or 0, one.round_trip_ms, tone)


def _places(calls: Iterable[Call]) -> Names:
    return look_up(set(), set(), {call.situation.to for call in calls if hasattr(call, "situation")})


STATES: dict[str, tuple[Callable[[], str], str]] = {
    "arriving": (lambda: _("arriving"), "slate"),
    "greeting": (lambda: _("greeting"), "slate"),
    "waiting": (lambda: _("waiting"), "honey"),
    "ringing": (lambda: _("ringing"), "sky"),
    "talking": (lambda: _("talking"), "pine"),
    "held": (lambda: _("on hold"), "honey"),
    "lost": (lambda: _("connection lost"), "cherry"),
    "transferring": (lambda: _("transferring"), "sky"),
    "consulting": (lambda: _("consulting"), "plum"),
    "conference": (lambda: _("three talk"), "plum"),
    "parked": (lambda: _("parked"), "honey"),
}


def _state(call: Call, is_ringing: bool) -> str:
    if call.state == "queued":
        return "ringing" if is_ringing else "waiting"
    return "arriving" if call.state in ("answered", "") else call.state


def _shown(call: Call, around: _Around) -> LiveCall:
    offer, watches = around.ringing.get(call.pk), around.watches[call.pk]
    quality, rules = around.soundings.get(call.pk), around.rules
    state = _state(call, offer is not None)
    label, tone = STATES.get(state, (lambda: state, "slate"))
    since = call.state_since or call.arrived_at
    limit = _limit(call, state, since, rules)
    own = next((one for one in watches if one.by_id == around.viewer), None)
    number, caller = linking.shown_number(call.caller), linking.caller_name(call)
    is_mine = call.agent_id == around.viewer
    return LiveCall(
        id=call.pk,
        state=state,
        label=label(),
        tone=tone,
        since=since,
        caller=caller,
        number=number if caller != number else "",
        queue=call.queue.name if call.queue else "",
        agent=str(call.agent) if call.agent and state in WATCHABLE else "",
        agent_id=call.agent_id,
        whom=_whom(call, offer, around.places),
        sender=_sender(call),
        watchers=", ".join(
            f"{one.by}: {mode_words(one.mode)}" for one in watches if one.by_id != around.viewer
        ),
        mode=own.mode if own else "",
        may_watch=state in WATCHABLE and call.agent_id is not None and not is_mine,
        may_take_over=state in OVERTAKABLE and not is_mine,
        limit_at=limit,
        is_alarm=limit is not None and around.now > limit,
        quality=quality,
        is_poor=quality is not None and quality.mos < rules.mos,
    )


def _limit(call: Call, state: str, since: datetime, rules: AlarmRules) -> datetime | None:
    if state in ("waiting", "ringing") and call.queue is not None:
        return alarms.limit_of(call.queue.service_level_seconds, since, rules.waiting_seconds)
    if state in ("held", "lost") and rules.hold_seconds:
        return alarms.limit_of(rules.hold_seconds, since, 0)
    return None


def _whom(call: Call, offer: Offer | None, places: Names) -> str:
    """With whom, beside the agent: who rings, who was asked, where the caller is on his way to."""
    situation = getattr(call, "situation", None)
    if offer is not None:
        return _("rings %(who)s") % {"who": offer.agent}
    if situation is None or not situation.to:
        return ""
    if situation.doing in ("consulting", "conference"):
        who = str(situation.agent) if situation.agent else places.place(situation.to)
        return _("with %(who)s") % {"who": who}
    if situation.doing == "parked":
        return places.place(situation.to)
    return _("to %(where)s") % {"where": places.place(situation.to)} if situation.doing else ""


def _sender(call: Call) -> str:
    """Who sent or parked the caller, who is nobody's until somebody takes him."""
    situation = getattr(call, "situation", None)
    return str(situation.by) if situation is not None and situation.doing and situation.by else ""


def _colleague(
    status: AgentStatus,
    names: dict[str, str],
    reasons: list[PauseReason],
    *,
    rules: AlarmRules,
    now: datetime,
) -> Colleague:
    state = str(status.state)
    planned = pauses.planned_seconds(status.reason, reasons) if state == "paused" else None
    limit = alarms.limit_of(planned, status.since, rules.break_seconds)
    if state == "wrap_up" and status.until is not None:
        limit = status.until + timedelta(seconds=rules.wrap_up_seconds)
    label = LABELS[state]() if state in LABELS else state
    return Colleague(
        id=status.agent_id,
        name=str(status.agent),
        state=state,
        label=label,
        since=status.since,
        doing=_doing(status, names, reasons, planned),
        limit_at=limit,
        is_alarm=limit is not None and now > limit,
        has_call=bool(status.call),
    )


LABELS: dict[str, Callable[[], str]] = {
    "available": lambda: _("available"),
    "offered": lambda: _("ringing"),
    "talking": lambda: _("on a call"),
    "wrap_up": lambda: _("wrap-up"),
    "paused": lambda: _("paused"),
    "offline": lambda: _("off work"),
}


def _doing(
    status: AgentStatus, names: dict[str, str], reasons: list[PauseReason], planned: int | None
) -> str:
    if status.state == AgentState.PAUSED:
        name = pauses.name_of(status.reason, reasons)
        words = _("%(reason)s, planned %(time)s")
        return words % {"reason": name, "time": duration(planned)} if planned else name
    label = LABELS[str(status.state)]()
    caller = names.get(status.call, "")
    return f"{label} · {caller}" if caller else label


def _alarms(calls: list[LiveCall], agents: list[Colleague], rules: AlarmRules, now: datetime) -> list[Alarm]:
    signed_in = {queue: people.signed_in for queue, people in figures.staffing().items()}
    return [
        *alarms.agent_alarms(agents, now),
        *_call_alarms(calls),
        *alarms.house_alarms(rules, signed_in, now),
    ]


def _call_alarms(calls: list[LiveCall]) -> list[Alarm]:
    found = []
    for call in calls:
        if call.is_alarm:
            words = _("%(state)s too long") % {"state": call.label}
            found.append(Alarm("call", call.caller, words, call.limit_at))
        if call.is_poor:
            found.append(Alarm("quality", call.caller, _("poor voice quality"), None))
    return found
