"""Lists of calls of a house that has telephoned for long are read from indexes, newest first."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import call_archive
from bench.pages import ask
from hallom.calls.models import Call, Leg, Queue
from hallom.customers.models import Customer
from hallom.staff.models import User

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.fixture
def archive(queue: Queue, carla: Customer) -> None:
    call_archive.fill(20_000, 20)


def queries_of(client: Client, path: str) -> list[str]:
    ask(client, path)
    with CaptureQueriesContext(connection) as queries:
        assert ask(client, path).status_code == 200
    assert len(queries) <= 15
    return [
        query["sql"] for query in queries if '"calls_call"' in query["sql"] or '"calls_leg"' in query["sql"]
    ]


def plans(statements: list[str]) -> str:
    with connection.cursor() as cursor:
        found = []
        for statement in statements:
            cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) {statement}")
            found.append("\n".join(row[0] for row in cursor.fetchall()))
    return "\n\n".join(found)


@pytest.mark.parametrize("who", ["archive-7", "archive-20"])
@pytest.mark.parametrize("place", ["", "older"])
def test_an_agents_calls_are_read_newest_first(who: str, place: str, archive: None, client: Client) -> None:
    client.force_login(User.objects.get(username=who))
    middle = Call.objects.order_by("arrived_at")[10_000]
    after = f"?after={middle.arrived_at.isoformat().replace('+', '%2B')}|{middle.pk}" if place else ""
    told = plans(queries_of(client, f"/calls/{after}"))
    # Of somebody without any call each index finds that out at once.
    assert who == "archive-20" or ("leg_newest" in told and "call_agent" in told)
    assert max(int(rows) for rows in re.findall(r"actual rows=(\d+)", told)) <= 60
    assert "Seq Scan on calls_call" not in told
    assert "Seq Scan on calls_leg" not in told


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        ("q=301000123", "call_caller"), ("q=Kovács", "call_caller_name"), ("outcome=failed", "call_outcome"),
        ("sent=returned", "call_returned"), ("longer=3600", "call_talk"),
    ],
)  # fmt: skip
def test_what_a_supervisor_looks_for_is_found_by_an_index(
    asked: str, index: str, archive: None, client: Client, bruno: User
) -> None:
    client.force_login(bruno)
    told = plans(queries_of(client, f"/calls/?{asked}"))
    assert index in told
    assert "Seq Scan on calls_call" not in told


def test_pages_of_an_agent_tell_each_of_his_calls_once_and_in_order(client: Client, alice: User) -> None:
    """His own and those he was asked into, also when both are one, and when two came at the same moment."""
    for number in range(120):
        call = Call.objects.create(
            pk=f"C{number:025}",
            arrived_at=NOW - timedelta(minutes=number // 2),
            agent=alice if number % 3 else None,
            outcome="answered",
        )
        for leg in (2, 3) if number % 2 == 0 else ():
            Leg.objects.create(
                pk=f"{call.pk}-{leg}",
                call=call,
                agent=alice,
                role="asked",
                arrived_at=call.arrived_at,
                answered_at=NOW,
            )
    client.force_login(alice)
    path, seen = "/calls/", []
    while path:
        page = client.get(path)
        seen += [row.id for row in page.context["calls"]]
        path = f"/calls/?after={page.context['next'].replace('+', '%2B')}" if page.context["next"] else ""
    mine = [call for call in Call.objects.all() if call.agent_id or call.legs.exists()]
    assert seen == [call.pk for call in sorted(mine, key=lambda one: (one.arrived_at, one.pk), reverse=True)]
    assert len(seen) == 100
