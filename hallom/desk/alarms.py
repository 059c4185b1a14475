"""What needs somebody now: breaks over their plan, callers who wait, overdue promises, dead lines, empty queues."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import BigIntegerField, DateTimeField, F, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hallom.calls import promises
from hallom.calls.models import AlarmRules, Number, Promise, Trunk
from hallom.hours.clock import is_open
from hallom.hours.models import Calendar
from hallom.staff import permissions
from hallom.staff.models import User
from hallom.ui.templatetags.ui import duration

# A line that left so many probes unanswered carries no calls any more.
DEAD_AFTER_PROBES = 2
NOBODY = Cast(Value(None), BigIntegerField())


@dataclass(frozen=True, slots=True)
class Alarm:
    """`since` is when it became one; `url` where something can be done about it."""

    kind: str
    who: str
    text: str
    since: datetime | None
    url: str = ""


def seconds_over(limit: datetime, now: datetime) -> str:
    return duration((now - limit).total_seconds())


def agent_alarms(agents: Iterable[Any], now: datetime) -> list[Alarm]:
    """Of tiles with `name state is_alarm limit_at`."""
    alarms: list[Alarm] = []
    for agent in agents:
        if not agent.is_alarm or agent.limit_at is None:
            continue
        words = _("break over by %(time)s") if agent.state == "paused" else _("wrap-up over by %(time)s")
        text = words % {"time": seconds_over(agent.limit_at, now)}
        alarms.append(Alarm("agent", agent.name, text, agent.limit_at))
    return alarms


def queue_alarms(queues: Iterable[Any]) -> list[Alarm]:
    """Of tiles with `name waiting longest_since is_late`."""
    words = "%(n)s caller waits too long", "%(n)s callers wait, the first too long"
    return [
        Alarm(
            "queue", queue.name, ngettext(*words, queue.waiting) % {"n": queue.waiting}, queue.longest_since
        )
        for queue in queues
        if queue.is_late
    ]


def house_alarms(rules: AlarmRules, signed_in: dict[int, int], now: datetime) -> list[Alarm]:
    """Those that are nobody's call: promises, lines, queues. `signed_in` counts people by queue.

    One question to the database for all of them: every screen on a wall asks it every few seconds.
    """
    asked = _overdue(now - timedelta(seconds=rules.promise_seconds))
    asked = asked.union(_dead_lines(), all=True) if rules.trunk else asked
    asked = asked.union(_empty_queues(signed_in), all=True) if rules.nobody else asked
    alarms: list[Alarm] = []
    closed: dict[int, bool] = {}
    for kind, who, other, since, calendar in asked:
        if kind == "nobody":
            closed[other] = closed.get(other, True) and _is_closed(calendar, now)
            if closed[other] or any(one.kind == kind and one.who == who for one in alarms):
                continue
        alarms.append(Alarm(kind, who or "–", _words(kind, since, now), since))
    return sorted(alarms, key=lambda one: ("nobody", "trunk", "promise").index(one.kind))


def _words(kind: str, since: datetime | None, now: datetime) -> str:
    if kind == "promise" and since is not None:
        return _("promise overdue by %(time)s") % {"time": seconds_over(since, now)}
    return _("the line is down") if kind == "trunk" else _("open, and nobody is signed in")


def _overdue(latest: datetime) -> QuerySet[Any, Any]:
    late = promises.pending().filter(deadline__lt=latest).exclude(outcome=Promise.Outcome.KEPT)
    who = Coalesce("owner__full_name", "maker__full_name", Value(""))
    return _asked(late, "promise", who, NOBODY, F("deadline"))


def _dead_lines() -> QuerySet[Any, Any]:
    dead = Q(status__is_registered=False) | Q(status__failed_probes__gte=DEAD_AFTER_PROBES)
    lines = Trunk.objects.filter(dead, is_active=True)
    return _asked(lines, "trunk", F("name"), NOBODY, F("status__changed_at"))


def _empty_queues(signed_in: dict[int, int]) -> QuerySet[Any, Any]:
    """By number that leads to one: a queue is open while any of them is."""
    staffed = [queue for queue, people in signed_in.items() if people]
    numbers = Number.objects.filter(is_active=True, queue__is_active=True).exclude(queue__in=staffed)
    never = Cast(Value(None), DateTimeField())
    return _asked(numbers, "nobody", F("queue__name"), F("queue_id"), never, calendar=F("calendar_id"))


def _asked(
    rows: QuerySet[Any, Any], kind: str, who: Any, other: Any, since: Any, *, calendar: Any = NOBODY
) -> QuerySet[Any, Any]:
    told = rows.order_by().annotate(
        kind_=Value(kind), who_=Cast(who, TextField()), other_=other, since_=since, calendar_=calendar
    )
    columns: QuerySet[Any, Any] = told.values_list("kind_", "who_", "other_", "since_", "calendar_")
    return columns


def _is_closed(calendar: int | None, now: datetime) -> bool:
    if calendar is None:
        return False
    found = Calendar.objects.prefetch_related("openings", "exceptions").get(pk=calendar)
    return not is_open(found.hours(now), now)


def limit_of(seconds: int | None, since: datetime, grace: int) -> datetime | None:
    """When a state that was planned for `seconds` becomes an alarm."""
    return since + timedelta(seconds=seconds + grace) if seconds is not None else None


def may_see(user: User) -> bool:
    return permissions.can(user, "calls.supervise")
