"""What the wallboard shows: queues, people, what needs somebody now, and the day so far."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from hallom.calls import figures
from hallom.calls.models import AgentState, AgentStatus, AlarmRules, Call, PauseReason, Queue
from hallom.desk import alarms, charts, pauses, promised, strip
from hallom.desk.alarms import Alarm
from hallom.ui.templatetags.ui import duration, tone_of

# Alarms first, then those on a call, then who is free, then the others.
ORDER = {"talking": 1, "held": 1, "offered": 1, "wrap_up": 2, "available": 3, "paused": 4}


@dataclass(frozen=True, slots=True)
class QueueTile:
    name: str
    waiting: int
    longest_since: datetime | None
    is_late: bool
    service_level: float | None
    target: int
    agents: int
    free: int
    definition: str


@dataclass(frozen=True, slots=True)
class AgentTile:
    """`limit_at` is when the state becomes too long; None when it may last."""

    name: str
    state: str
    since: datetime
    doing: str
    is_alarm: bool
    limit_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Kpi:
    value: str
    label: str
    tone: str = ""
    definition: str = ""


@dataclass(frozen=True, slots=True)
class Wall:
    now: datetime
    kpis: list[Kpi]
    queues: list[QueueTile]
    agents: list[AgentTile]
    off_work: int
    alerts: list[Alarm]
    levels: charts.Bars
    arrivals: charts.Line
    promises: list[promised.OnWall]


def wall(now: datetime) -> Wall:
    since = figures.start_of_day(now)
    queues = list(Queue.objects.filter(is_active=True))
    by_queue = figures.by_queue(since, now)
    half_hours = figures.by_half_hour(since, now)
    staffing, rules = figures.staffing(), AlarmRules.current()
    tiles = _queue_tiles(queues, by_queue, staffing, now=now)
    agents, off_work = _agents(now, rules)
    return Wall(
        now=now,
        kpis=_kpis(queues, by_queue, since, now),
        queues=tiles,
        agents=agents,
        off_work=off_work,
        alerts=[
            *alarms.agent_alarms(agents, now),
            *alarms.queue_alarms(tiles),
            *alarms.house_alarms(rules, {queue: people.signed_in for queue, people in staffing.items()}, now),
        ],
        levels=charts.service_levels(half_hours, _common([queue.service_level_percent for queue in queues])),
        arrivals=charts.arrivals(half_hours),
        promises=promised.on_wall(now),
    )


def alarms_now(now: datetime) -> list[Alarm]:
    """Those that the strip counts beside its own late queues."""
    rules, staffing = AlarmRules.current(), figures.staffing()
    agents, _off_work = _agents(now, rules)
    signed_in = {queue: people.signed_in for queue, people in staffing.items()}
    return [*alarms.agent_alarms(agents, now), *alarms.house_alarms(rules, signed_in, now)]


def _common(targets: list[int]) -> int | None:
    """The target line of a chart over all queues: the one most queues have; None where there is no queue."""
    return max(set(targets), key=targets.count) if targets else None


def _queue_tiles(
    queues: Iterable[Queue],
    by_queue: dict[int, figures.QueueFigures],
    staffing: dict[int, figures.Staffing],
    *,
    now: datetime,
) -> list[QueueTile]:
    tiles = []
    for queue in queues:
        line = strip.line_of(queue, by_queue.get(queue.pk, figures.QueueFigures()), now)
        people = staffing.get(queue.pk, figures.Staffing())
        tiles.append(
            QueueTile(
                line.name,
                line.waiting,
                line.longest_since,
                line.is_late,
                line.service_level,
                line.target,
                people.signed_in,
                people.free,
                definition=_("in %(seconds)s s") % {"seconds": queue.service_level_seconds},
            )
        )
    return tiles


def _kpis(
    queues: list[Queue], by_queue: dict[int, figures.QueueFigures], since: datetime, now: datetime
) -> list[Kpi]:
    whole = figures.total(by_queue.values())
    target = _common([queue.service_level_percent for queue in queues])
    level = whole.service_level
    handled = figures.handling(since, now)
    words = figures.DEFINITIONS
    return [
        Kpi(str(handled.arrived), _("calls today"), definition=str(words["calls"])),
        Kpi(
            _percent(level),
            _within(queues, target),
            tone=tone_of(level, target) if level is not None and target is not None else "",
            definition=str(words["service_level"]),
        ),
        Kpi(_percent(whole.abandonment, 1), _("hung up waiting"), definition=str(words["abandoned"])),
        Kpi(
            duration(handled.seconds),
            _("average handling"),
            definition=str(words["handling"]),
        ),
        Kpi(duration(whole.answer_seconds), _("average wait"), definition=str(words["answer_speed"])),
    ]


def _within(queues: list[Queue], target: int | None) -> str:
    if target is None:
        return _("service level")
    seconds = _common([queue.service_level_seconds for queue in queues])
    return _("within %(seconds)s s (target %(target)s%%)") % {"seconds": seconds, "target": target}


def _percent(value: float | None, decimals: int = 0) -> str:
    return "–" if value is None else f"{number_format(value, decimals)}%"


def _agents(now: datetime, rules: AlarmRules) -> tuple[list[AgentTile], int]:
    statuses = AgentStatus.objects.filter(agent__is_active=True).select_related("agent")
    rows = list(statuses.order_by("agent__full_name"))
    working = [row for row in rows if row.state != AgentState.OFFLINE]
    calls = Call.objects.filter(pk__in=[row.call for row in working if row.call]).select_related("queue")
    by_id = {call.pk: call for call in calls}
    reasons = list(PauseReason.objects.all())
    tiles = [_agent_tile(row, by_id.get(row.call), reasons, rules=rules, now=now) for row in working]
    tiles.sort(key=lambda tile: (not tile.is_alarm, ORDER.get(tile.state, 5), tile.since))
    return tiles, len(rows) - len(working)


def _agent_tile(
    status: AgentStatus, call: Call | None, reasons: list[PauseReason], *, rules: AlarmRules, now: datetime
) -> AgentTile:
    held = status.state == AgentState.TALKING and call is not None and call.held_since is not None
    state = "held" if held else str(status.state)
    planned = pauses.planned_seconds(status.reason, reasons) if state == "paused" else None
    limit = alarms.limit_of(planned, status.since, rules.break_seconds)
    if state == "wrap_up" and status.until is not None:
        limit = status.until + timedelta(seconds=rules.wrap_up_seconds)
    return AgentTile(
        str(status.agent),
        state,
        status.since,
        _doing(state, status, call, reasons, planned),
        limit is not None and now > limit,
        limit,
    )


def _doing(
    state: str, status: AgentStatus, call: Call | None, reasons: list[PauseReason], planned: int | None
) -> str:
    if state == "paused":
        name = pauses.name_of(status.reason, reasons)
        words = _("%(reason)s, planned %(time)s")
        return words % {"reason": name, "time": duration(planned)} if planned else name
    words = {
        "talking": _("on a call"),
        "held": _("on hold"),
        "offered": _("ringing"),
        "wrap_up": _wrap_up(status),
        "available": _("available"),
    }.get(state, state)
    return f"{words} · {call.queue.name}" if call and call.queue else words


def _wrap_up(status: AgentStatus) -> str:
    if status.until is None:
        return _("wrap-up")
    longest = duration((status.until - status.since).total_seconds())
    return _("wrap-up, at most %(time)s") % {"time": longest}
