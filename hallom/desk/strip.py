"""The line of queues under the call bar, and the agent's own day at its end."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db.models import Count, Q

from hallom.calls import figures
from hallom.calls.models import Queue
from hallom.staff.models import User
from hallom.tickets.models import Ticket
from hallom.timeline.prepared import PreparedRows


@dataclass(frozen=True, slots=True)
class QueueLine:
    """`is_late`: somebody waits longer than the queue promises."""

    name: str
    waiting: int
    longest_since: datetime | None
    is_late: bool
    service_level: float | None
    target: int


@dataclass(frozen=True, slots=True)
class Today:
    calls: int
    closed: int
    average_seconds: float | None


def queue_lines(user: User, now: datetime) -> list[QueueLine]:
    by_queue = figures.by_queue(figures.start_of_day(now), now)
    return [line_of(queue, by_queue.get(queue.pk, figures.QueueFigures()), now) for queue in _queues(user)]


def line_of(queue: Queue, numbers: figures.QueueFigures, now: datetime) -> QueueLine:
    since = numbers.waiting_since
    waited = (now - since).total_seconds() if since else 0
    return QueueLine(
        queue.name,
        numbers.waiting,
        since,
        waited > queue.service_level_seconds,
        numbers.service_level,
        queue.service_level_percent,
    )


def _queues(user: User) -> list[Queue]:
    """Every queue, those the agent serves first: a colleague next door may need help."""
    own = set(user.queue_memberships.values_list("queue", flat=True))
    return sorted(Queue.objects.filter(is_active=True), key=lambda queue: queue.pk not in own)


def today(user: User, now: datetime) -> Today:
    since = figures.start_of_day(now)
    handled = figures.handling(since, now, agent=user.pk)
    closed = sum(number for (number,) in _closed_since(since)(user.pk))
    return Today(handled.calls, closed, handled.seconds)


@lru_cache(maxsize=2)
def _closed_since(since: datetime) -> PreparedRows:
    done = Q(solved_at__gte=since) | Q(closed_at__gte=since)
    # What was closed today was changed today: there is an index for that, and none for each way of being done.
    closed = Ticket.objects.current().filter(done, updated_at__gte=since).order_by()
    counted = closed.values("owner").annotate(number=Count("pk")).values_list("number")
    return PreparedRows(lambda owner: counted.filter(owner=owner))
