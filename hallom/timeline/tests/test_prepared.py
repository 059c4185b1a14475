from datetime import datetime
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from hallom.timeline.journal import record
from hallom.timeline.models import Event
from hallom.timeline.prepared import PreparedModels, PreparedRows

pytestmark = pytest.mark.django_db

KINDS = PreparedRows(lambda ticket: Event.objects.filter(ticket_id=ticket).values_list("kind", "data", "at"))
EVENTS = PreparedModels(Event, lambda ticket: Event.objects.filter(ticket_id=ticket))
RANGE = PreparedRows(lambda low, high: Event.objects.filter(ticket_id__range=(low, high)).values_list("kind"))


def write(now: datetime, **data: Any) -> None:
    for ticket, kind in ((1, "a.one"), (1, "a.two"), (2, "b.one")):
        record(kind, now=now, ticket=ticket, data=data)


def test_rows_are_those_of_the_query_with_their_python_values(now: datetime) -> None:
    write(now, deep={"list": [1, None]})
    assert KINDS(1) == list(Event.objects.filter(ticket_id=1).values_list("kind", "data", "at"))
    assert KINDS(2) == [("b.one", {"deep": {"list": [1, None]}}, now)]
    assert KINDS(3) == []


def test_models_come_whole(now: datetime) -> None:
    write(now)
    assert EVENTS.objects(1) == list(Event.objects.filter(ticket_id=1))
    assert [(event.kind, event.at, event.topics) for event in EVENTS.objects(2)] == [("b.one", now, [])]


def test_several_keys_go_to_their_places(now: datetime) -> None:
    write(now)
    assert RANGE(2, 5) == [("b.one",)]
    assert len(RANGE(1, 2)) == 3


def test_it_is_composed_once_and_asked_each_time(
    now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    composed: list[int] = []
    counting = PreparedRows(lambda ticket: (composed.append(ticket), Event.objects.filter(ticket_id=ticket))[1].values_list("kind"))  # fmt: skip
    with django_assert_num_queries(3):
        for _time in range(3):
            counting(1)
    assert len(composed) == 1
