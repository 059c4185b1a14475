import threading
import time
from collections.abc import Callable, Iterator

import psycopg
import pytest
from django.db import connection
from django.utils import timezone
from psycopg.conninfo import make_conninfo

from hallom.calls import orders
from hallom.calls.models import JournalEntry, Order, RelayPosition
from hallom.calls.orders import Outcome, give

Answer = Callable[[psycopg.Connection[tuple[object, ...]]], None]


def conninfo() -> str:
    params = connection.get_connection_params()
    return make_conninfo(
        **{name: params[name] for name in ("host", "user", "dbname", "password", "port") if params.get(name)}
    )


@pytest.fixture
def switch(transactional_db: None) -> Iterator[Callable[[bool, str], threading.Thread]]:
    """A switch that waits for one NOTIFY and answers every order with the same words."""
    threads: list[threading.Thread] = []

    def start(ok: bool, error: str) -> threading.Thread:
        listening = threading.Event()

        def work() -> None:
            with psycopg.connect(conninfo(), autocommit=True) as other:
                other.execute("LISTEN switch_orders")
                listening.set()
                if list(other.notifies(timeout=10, stop_after=1)):
                    other.execute("UPDATE switch_order SET done_at = now(), ok = %s, error = %s", (ok, error))

        thread = threading.Thread(target=work)
        thread.start()
        threads.append(thread)
        assert listening.wait(10)
        return thread

    yield start
    for thread in threads:
        thread.join()


def test_the_answer_of_the_switch_comes_back(switch: Callable[[bool, str], threading.Thread]) -> None:
    switch(True, "")
    assert give(7, "hold", call="abc") == Outcome(True)
    order = Order.objects.get()
    assert (order.agent, order.verb, order.args) == (7, "hold", {"call": "abc"})


def test_a_refusal_comes_back_with_its_reason(switch: Callable[[bool, str], threading.Thread]) -> None:
    switch(False, "not_your_call")
    assert give(7, "hang_up", call="abc") == Outcome(False, "not_your_call")


@pytest.mark.django_db(transaction=True)
def test_an_order_nobody_takes_is_withdrawn_after_two_seconds() -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    assert give(7, "hold", sleep=sleep, monotonic=lambda: now[0]) == Outcome(False, orders.NO_ANSWER)
    assert orders.PATIENCE_SECONDS <= now[0] < orders.PATIENCE_SECONDS + orders.LONGEST_PAUSE_SECONDS
    order = Order.objects.get()
    assert (order.ok, order.error) == (False, orders.NO_ANSWER)


@pytest.mark.django_db(transaction=True)
def test_an_answer_in_the_last_moment_counts() -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds
        if now[0] >= orders.PATIENCE_SECONDS:
            Order.objects.update(done_at="2026-01-01T00:00:00Z", ok=True)

    assert give(7, "hold", sleep=sleep, monotonic=lambda: now[0]) == Outcome(True)


@pytest.mark.django_db(transaction=True)
def test_the_pauses_grow_so_that_a_slow_switch_is_not_asked_too_often() -> None:
    pauses: list[float] = []

    give(7, "hold", sleep=pauses.append, monotonic=lambda: sum(pauses))
    assert pauses[0] == orders.FIRST_LOOK_SECONDS
    assert pauses == sorted(pauses)
    assert len(pauses) < 40


def test_what_came_of_an_order_is_in_the_records_before_the_answer_is_given(
    switch: Callable[[bool, str], threading.Thread],
) -> None:
    entry = JournalEntry.objects.create(at=timezone.now(), kind="call.held", data={})
    position = RelayPosition.objects.create(reader="records", entry=entry.pk - 1)

    def sleep(seconds: float) -> None:
        if Order.objects.filter(done_at__isnull=False).exists():
            RelayPosition.objects.filter(pk=position.pk).update(entry=entry.pk)
        time.sleep(seconds)

    switch(True, "")
    assert give(7, "hold", sleep=sleep, call="abc") == Outcome(True)
    position.refresh_from_db()
    assert position.entry == entry.pk


def test_records_that_stay_behind_keep_nobody(switch: Callable[[bool, str], threading.Thread]) -> None:
    entry = JournalEntry.objects.create(at=timezone.now(), kind="call.held", data={})
    RelayPosition.objects.create(reader="records", entry=entry.pk - 1)
    switch(True, "")
    began = time.monotonic()
    assert give(7, "hold", call="abc") == Outcome(True)
    assert time.monotonic() - began < orders.PATIENCE_SECONDS + orders.RECORDS_SECONDS
