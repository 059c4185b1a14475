"""The figures of the telephone, each with its formula; pages show `DEFINITIONS` beside the numbers.

A *short abandon* is a caller who hung up within SHORT_ABANDON_SECONDS of entering the queue: mostly a wrong
number, nobody could have answered. Short abandons count nowhere but in their own figure. Callers who still wait
count in `waiting` only.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Avg,
    Count,
    DateTimeField,
    F,
    FloatField,
    Func,
    Max,
    Min,
    Q,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Extract
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hallom.calls.models import AgentState, AgentStateSpan, Call, Direction, Outcome, QueueMember, QueueWait

SHORT_ABANDON_SECONDS = 5
HALF_HOUR = timedelta(minutes=30)
# The reason a wait ends with when an agent took the call.
TAKEN = "offered_accepted"

DEFINITIONS = {
    "service_level": _(
        "Answered within the target time ÷ (answered + hung up while waiting), without those who hung up "
        "within 5 seconds. By the time of joining the queue; callers still waiting are not counted."
    ),
    "abandoned": _(
        "Hung up while waiting ÷ (answered + hung up while waiting), without those who hung up within 5 s."
    ),
    "handling": _("(Talk + hold + wrap-up) ÷ answered calls that have ended."),
    "answer_speed": _("Average waiting time of the answered calls."),
    "calls": _("Calls that arrived, however they ended, except those not let in."),
}


@dataclass(frozen=True, slots=True)
class QueueFigures:
    answered: int = 0
    answered_in_time: int = 0
    abandoned: int = 0
    short_abandoned: int = 0
    answer_seconds: float | None = None
    waiting: int = 0
    waiting_since: datetime | None = None

    @property
    def counted(self) -> int:
        return self.answered + self.abandoned

    @property
    def service_level(self) -> float | None:
        """Per cent; None when nobody was counted."""
        return 100 * self.answered_in_time / self.counted if self.counted else None

    @property
    def abandonment(self) -> float | None:
        return 100 * self.abandoned / self.counted if self.counted else None

    def __add__(self, other: "QueueFigures") -> "QueueFigures":
        since = [moment for moment in (self.waiting_since, other.waiting_since) if moment]
        answered = self.answered + other.answered
        waited = (self.answer_seconds or 0) * self.answered + (other.answer_seconds or 0) * other.answered
        return QueueFigures(
            answered,
            self.answered_in_time + other.answered_in_time,
            self.abandoned + other.abandoned,
            self.short_abandoned + other.short_abandoned,
            waited / answered if answered else None,
            self.waiting + other.waiting,
            min(since, default=None),
        )


@dataclass(frozen=True, slots=True)
class HalfHour:
    start: datetime
    figures: QueueFigures
    arrived: int


@dataclass(frozen=True, slots=True)
class Handling:
    """`seconds` is the average handling time; None when no call has ended. `arrived` counts all that were let in."""

    calls: int
    seconds: float | None
    arrived: int = 0


@dataclass(frozen=True, slots=True)
class Staffing:
    members: int = 0
    signed_in: int = 0
    free: int = 0


def start_of_day(now: datetime) -> datetime:
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


def total(figures: Iterable[QueueFigures]) -> QueueFigures:
    return sum(figures, QueueFigures())


def by_queue(since: datetime, until: datetime) -> dict[int, QueueFigures]:
    """Figures of the callers who joined a queue in [since, until), and of those who wait now."""
    # One question for both: every wallboard asks every few seconds.
    waits = Q(left_at=None)
    rows = (
        QueueWait.objects.filter(Q(entered_at__gte=since, entered_at__lt=until) | waits)
        .annotate(seconds=_seconds())
        .values("queue")
        .annotate(
            **_counts(),
            waiting=Count("pk", filter=waits),
            waiting_since=Min("entered_at", filter=waits),
        )
        .order_by()
    )
    return {
        row["queue"]: replace(_figures(row), waiting=row["waiting"], waiting_since=row["waiting_since"])
        for row in rows
    }


def by_half_hour(since: datetime, until: datetime) -> list[HalfHour]:
    """Every half hour of [since, until) in which something happened."""
    rows = (
        QueueWait.objects.filter(entered_at__gte=since, entered_at__lt=until)
        .annotate(seconds=_seconds(), start=_half_hour_of("entered_at", since))
        .values("start")
        .annotate(**_counts(), arrived=Count("pk"))
        .order_by("start")
    )
    return [HalfHour(row["start"], _figures(row), row["arrived"]) for row in rows]


def handling(since: datetime, until: datetime, *, agent: int | None = None) -> Handling:
    calls = Call.objects.filter(direction=Direction.INCOMING, arrived_at__gte=since, arrived_at__lt=until)
    wrap_ups = AgentStateSpan.objects.filter(
        state=AgentState.WRAP_UP, started_at__gte=since, started_at__lt=until, ended_at__isnull=False
    )
    if agent is not None:
        calls, wrap_ups = calls.filter(agent=agent), wrap_ups.filter(agent=agent)
    after = wrap_ups.order_by().annotate(one=Value(1)).values("one")
    written = after.annotate(seconds=Sum(Extract(F("ended_at") - F("started_at"), "epoch"))).values("seconds")
    over = Q(outcome=Outcome.ANSWERED, ended_at__isnull=False)
    # One question for all of it: the wallboard asks every few seconds.
    spoken = calls.annotate(after_calls=Subquery(written, output_field=FloatField())).aggregate(
        arrived=Count("pk", filter=~Q(outcome=Outcome.REJECTED)),
        calls=Count("pk", filter=over),
        seconds=Sum(F("talk_seconds") + F("hold_seconds"), filter=over),
        written=Max("after_calls"),
    )
    count = spoken["calls"]
    seconds = float(spoken["seconds"] or 0) + float(spoken["written"] or 0)
    return Handling(count, seconds / count if count else None, spoken["arrived"])


def staffing() -> dict[int, Staffing]:
    """How many agents each queue has, has signed in, and has free now."""
    signed_in = Q(agent__status__isnull=False) & ~Q(agent__status__state=AgentState.OFFLINE)
    rows = (
        QueueMember.objects.filter(agent__is_active=True)
        .values("queue")
        .annotate(
            members=Count("pk"),
            signed_in=Count("pk", filter=signed_in),
            free=Count("pk", filter=Q(agent__status__state=AgentState.AVAILABLE)),
        )
        .order_by()
    )
    return {row["queue"]: Staffing(row["members"], row["signed_in"], row["free"]) for row in rows}


def _seconds() -> Extract:
    return Extract(F("left_at") - F("entered_at"), "epoch")


def _half_hour_of(field: str, origin: datetime) -> Func:
    return Func(Value(HALF_HOUR), F(field), Value(origin), function="date_bin", output_field=DateTimeField())


def _counts() -> dict[str, Any]:
    taken = Q(reason=TAKEN)
    abandoned = Q(reason="abandoned")
    short = Q(seconds__lt=SHORT_ABANDON_SECONDS)
    return {
        "answered": Count("pk", filter=taken),
        "answered_in_time": Count("pk", filter=taken & Q(seconds__lte=F("queue__service_level_seconds"))),
        "abandoned": Count("pk", filter=abandoned & ~short),
        "short_abandoned": Count("pk", filter=abandoned & short),
        "answer_seconds": Avg("seconds", filter=taken),
    }


def _figures(row: Any) -> QueueFigures:
    seconds = row["answer_seconds"]
    return QueueFigures(
        row["answered"],
        row["answered_in_time"],
        row["abandoned"],
        row["short_abandoned"],
        float(seconds) if seconds is not None else None,
    )
