import json
import threading
from datetime import datetime, timedelta

import psycopg
import pytest
from django.db import connection, transaction

from hallom.timeline import push, relay
from hallom.timeline.journal import record
from hallom.timeline.models import Delivery, Event
from hallom.timeline.subscriber import Subscriber


class Ear:
    """A subscriber that writes down what it heard, and fails as often as it is told to."""

    def __init__(self, name: str = "ear", *kinds: str, failures: int = 0) -> None:
        self.heard: list[str] = []
        self.failures = failures
        self.subscriber = Subscriber(name, self.handle, kinds)

    def handle(self, event: Event) -> None:
        if self.failures:
            self.failures -= 1
            raise ValueError("not now")
        self.heard.append(event.kind)


@pytest.mark.django_db
class TestABatch:
    def test_every_event_is_told_once_and_in_order(self, now: datetime) -> None:
        ear = Ear()
        for kind in ("a.one", "a.two", "b.one"):
            record(kind, now=now)
        assert relay.relay_batch([ear.subscriber], now) == 3
        assert relay.relay_batch([ear.subscriber], now) == 0
        assert ear.heard == ["a.one", "a.two", "b.one"]

    def test_a_subscriber_hears_only_the_kinds_it_asked_for(self, now: datetime) -> None:
        prefix, exact = Ear("prefix", "a."), Ear("exact", "b.one")
        for kind in ("a.one", "b.one", "b.one.more"):
            record(kind, now=now)
        relay.relay_batch([prefix.subscriber, exact.subscriber], now)
        assert prefix.heard == ["a.one"]
        assert exact.heard == ["b.one"]

    def test_a_failing_subscriber_does_not_keep_others_from_hearing(self, now: datetime) -> None:
        failing, well = Ear("failing", failures=1), Ear("well")
        record("a.one", now=now)
        relay.relay_batch([failing.subscriber, well.subscriber], now)
        assert well.heard == ["a.one"]
        assert Event.objects.get().relayed_at == now

    def test_what_failed_is_tried_again_later_and_then_forgotten(self, now: datetime) -> None:
        failing = Ear(failures=2)
        record("a.one", now=now)
        relay.relay_batch([failing.subscriber], now)
        assert relay.retry_due([failing.subscriber], now) == 0
        assert relay.retry_due([failing.subscriber], now + timedelta(seconds=2)) == 0
        assert Delivery.objects.get().tries == 2
        assert relay.retry_due([failing.subscriber], now + timedelta(seconds=6)) == 1
        assert failing.heard == ["a.one"]
        assert not Delivery.objects.exists()

    def test_the_pause_grows_but_never_beyond_an_hour(self, now: datetime) -> None:
        failing = Ear(failures=50)
        record("a.one", now=now)
        relay.relay_batch([failing.subscriber], now)
        for _try in range(20):
            now += timedelta(hours=1)
            relay.retry_due([failing.subscriber], now)
        assert Delivery.objects.get().tries == 21
        assert Delivery.objects.get().next_try_at - now == timedelta(hours=1)

    def test_a_subscriber_that_breaks_its_transaction_breaks_nobody_elses(self, now: datetime) -> None:
        def breaks(_event: Event) -> None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1/0")

        well = Ear()
        record("a.one", now=now)
        relay.relay_batch([Subscriber("breaks", breaks), well.subscriber], now)
        assert well.heard == ["a.one"]
        assert Delivery.objects.get().subscriber == "breaks"


@pytest.mark.django_db(transaction=True)
def test_two_relays_never_take_the_same_event(now: datetime) -> None:
    with transaction.atomic():
        for number in range(5):
            record(f"a.{number}", now=now)
    with transaction.atomic():
        taken = list(Event.objects.select_for_update(skip_locked=True).filter(relayed_at=None)[:3])
        other = Ear()
        thread = threading.Thread(target=_relay_elsewhere, args=([other.subscriber], now))
        thread.start()
        thread.join()
    assert len(taken) == 3
    assert other.heard == ["a.3", "a.4"]


@pytest.mark.django_db(transaction=True)
def test_a_running_relay_pushes_what_a_verb_recorded(now: datetime) -> None:
    stop, ready = threading.Event(), threading.Event()
    thread = threading.Thread(target=_run_elsewhere, args=(stop, ready))
    thread.start()
    try:
        assert ready.wait(10)
        payload = _payload_after(now)
    finally:
        stop.set()
        thread.join()
    assert payload["topics"] == ["desk-7", "ticket-12"]
    assert payload["id"] == Event.objects.get().pk


def _payload_after(now: datetime) -> dict[str, object]:
    with psycopg.connect(**_parameters(), autocommit=True) as ear:
        ear.execute(f"LISTEN {push.CHANNEL}")
        with transaction.atomic():
            record("ticket.closed", now=now, topics=["ticket-12", "desk-7"])
        for notice in ear.notifies(timeout=10, stop_after=1):
            found: dict[str, object] = json.loads(notice.payload)
            return found
    raise AssertionError("nothing was pushed")


def _parameters() -> dict[str, object]:
    given = connection.get_connection_params()
    return {name: given[name] for name in ("dbname", "user", "host", "port", "password") if given.get(name)}


def _relay_elsewhere(subscribers: list[Subscriber], now: datetime) -> None:
    relay.relay_batch(subscribers, now)
    connection.close()


def _run_elsewhere(stop: threading.Event, ready: threading.Event) -> None:
    relay.run(stop, ready.set)
    connection.close()


class TestPayloads:
    def test_one_batch_is_one_payload(self) -> None:
        assert list(push.payloads_of(9, ["a", "b"])) == ['{"id":9,"topics":["a","b"]}']

    def test_nothing_to_tell_is_no_payload(self) -> None:
        assert list(push.payloads_of(9, [])) == []

    def test_many_topics_are_split_below_the_limit_and_none_is_lost(self) -> None:
        topics = [f"ticket-{number}" for number in range(5000)]
        payloads = list(push.payloads_of(10**12, topics))
        assert all(len(payload.encode()) < 8000 for payload in payloads)
        assert len(payloads) < 15
        assert [topic for payload in payloads for topic in json.loads(payload)["topics"]] == topics
