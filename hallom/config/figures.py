"""What the database knows of the house, for Prometheus: read when asked, so that no process has to keep it up to date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import DatabaseError, InterfaceError
from django.db.models import Count, Min, Q
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from hallom.calls import relay
from hallom.calls.models import AgentStatus, Call, JournalEntry, Queue, RelayPosition
from hallom.timeline.models import Delivery, Event


class Figures(Collector):
    """While the database is away only `hallom_database_up` is told: the rest would be a guess."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            families = [*_calls(timezone.now()), *_delays(timezone.now()), _jobs()]
        except (DatabaseError, InterfaceError):
            families = []
        yield GaugeMetricFamily("hallom_database_up", "1 when the web can ask it", value=bool(families))
        yield from families


def _calls(now: datetime) -> Iterator[GaugeMetricFamily]:
    yield GaugeMetricFamily(
        "hallom_calls_in_progress", "Calls not over", value=Call.objects.filter(ended_at=None).count()
    )
    waiting = GaugeMetricFamily("hallom_queue_waiting", "Callers who wait", labels=["queue"])
    longest = GaugeMetricFamily("hallom_queue_longest_wait_seconds", "Who waits longest", labels=["queue"])
    still = Q(waits__left_at=None, waits__call__ended_at=None)
    queues = Queue.objects.annotate(
        waiting=Count("waits", filter=still), since=Min("waits__entered_at", filter=still)
    )
    for name, number, since in queues.values_list("name", "waiting", "since"):
        waiting.add_metric([name], number)
        longest.add_metric([name], (now - since).total_seconds() if since else 0)
    yield waiting
    yield longest
    agents = GaugeMetricFamily("hallom_agents", "Agents by state", labels=["state"])
    for state, number in AgentStatus.objects.values_list("state").annotate(Count("pk")).order_by():
        agents.add_metric([state], number)
    yield agents


def _delays(now: datetime) -> Iterator[GaugeMetricFamily]:
    delay = GaugeMetricFamily(
        "hallom_relay_delay_seconds", "Age of the oldest entry not told yet", labels=["of"]
    )
    position = RelayPosition.objects.filter(reader=relay.READER).values_list("entry", flat=True).first() or 0
    entry = JournalEntry.objects.filter(id__gt=position).order_by("id").values_list("at", flat=True).first()
    event = Event.objects.filter(relayed_at=None).aggregate(at=Min("at"))["at"]
    for of, oldest in (("journal", entry), ("timeline", event)):
        delay.add_metric([of], max(0.0, (now - oldest).total_seconds()) if oldest else 0)
    yield delay
    yield GaugeMetricFamily(
        "hallom_relay_failed_deliveries", "Events to be tried again", value=Delivery.objects.count()
    )


def _jobs() -> GaugeMetricFamily:
    jobs = GaugeMetricFamily("hallom_jobs", "Jobs by queue and state", labels=["queue", "state"])
    counted = ProcrastinateJob.objects.values_list("queue_name", "status").annotate(Count("id")).order_by()
    for queue, state, number in counted:
        jobs.add_metric([queue, state], number)
    return jobs
