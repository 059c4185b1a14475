"""`/metrics/` shows what every process and the database know, and nothing of processes that are gone."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from hallom.calls.models import Call, JournalEntry, Queue, QueueWait
from hallom.config import figures, metrics
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db
PROCESS = (
    "from prometheus_client import Counter, Gauge\n"
    "Counter('hallom_test_ticks', 'ticks', ['worker']).labels('0').inc(5)\n"
    "Gauge('hallom_test_legs', 'legs', multiprocess_mode='livesum').set(3)\n"
)


def told(client: Client) -> dict[tuple[str, ...], float]:
    """Value by name and labels, in the order in which the page has them."""
    text = client.get("/metrics/").content.decode()
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return {(sample.name, *sample.labels.values()): sample.value for sample in samples}


def a_call(key: str) -> Call:
    return Call.objects.create(
        id=key, dialled="+3615550100", caller="+36305124478", arrived_at=timezone.now()
    )


def test_calls_and_callers_are_counted(client: Client) -> None:
    busy, quiet = Queue.objects.create(name="Billing"), Queue.objects.create(name="Sales")
    now = timezone.now()
    for number in range(2):
        wait = now - timedelta(seconds=60 + number)
        QueueWait.objects.create(entry=number, call=a_call(f"C{number}"), queue=busy, entered_at=wait)
    over = a_call("C9")
    over.ended_at = now
    over.save()
    QueueWait.objects.create(entry=9, call=over, queue=quiet, entered_at=now, left_at=now)
    values = told(client)
    assert values["hallom_database_up",] == 1
    assert values["hallom_calls_in_progress",] == 2
    assert values["hallom_queue_waiting", "Billing"] == 2
    assert values["hallom_queue_waiting", "Sales"] == 0
    assert values["hallom_queue_longest_wait_seconds", "Billing"] == pytest.approx(61, abs=5)


def test_what_waits_for_the_relay_has_an_age(client: Client) -> None:
    Event.objects.update(relayed_at=timezone.now())
    values = told(client)
    assert (
        values["hallom_relay_delay_seconds", "journal"],
        values["hallom_relay_delay_seconds", "timeline"],
    ) == (0, 0)
    then = timezone.now() - timedelta(seconds=30)
    JournalEntry.objects.create(at=then, kind="agent.changed", agent=1, data={})
    Event.objects.create(kind="calls.setup_changed", at=then)
    values = told(client)
    assert values["hallom_relay_delay_seconds", "journal"] == pytest.approx(30, abs=5)
    assert values["hallom_relay_delay_seconds", "timeline"] == pytest.approx(30, abs=5)


def test_jobs_are_counted_by_state(client: Client) -> None:
    from hallom.calls import tasks

    tasks.practice_call.defer()
    assert told(client)["hallom_jobs", "practice", "todo"] == 1


def test_without_the_database_the_rest_is_still_told(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_now: object) -> None:
        raise DatabaseError("away")

    monkeypatch.setattr(figures, "_calls", gone)
    values = told(client)
    assert values["hallom_database_up",] == 0
    assert ("hallom_calls_in_progress",) not in values


def test_every_process_adds_its_own_and_the_dead_keep_only_what_they_counted(
    client: Client, settings, tmp_path: Path
) -> None:
    settings.HALLOM_DATA = tmp_path
    shared = metrics.folder(tmp_path)
    shared.mkdir(parents=True)
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(shared)}
    for _ in range(2):
        subprocess.run([sys.executable, "-c", PROCESS], env=environment, check=True)
    values = told(client)
    assert values["hallom_test_ticks_total", "0"] == 10
    assert ("hallom_test_legs",) not in values
