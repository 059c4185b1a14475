"""A promised call stands on the list of whoever owes it, on the wallboard and with the customer until it is settled."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hallom.calls.models import Promise
from hallom.customers.history import history
from hallom.customers.models import Customer
from hallom.desk import promised
from hallom.desk.wall import wall
from hallom.staff.models import User
from hallom.tickets.models import Ticket
from hallom.tickets.worklist import worklist

pytestmark = pytest.mark.django_db


@pytest.fixture
def noon() -> datetime:
    return timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.fixture
def promise(alice: User, bruno: User, carla: Customer, noon: datetime) -> Promise:
    return made(alice, bruno, noon, customer=carla, why="Instalments")


def made(owner: User, maker: User, at: datetime, **facts: Any) -> Promise:
    values: dict[str, Any] = {
        "id": f"01KPROMISE{Promise.objects.count():016d}",
        "kind": "call_customer",
        "number": "+36305124478",
        "deadline": at + timedelta(hours=3),
    }
    return Promise.objects.create(owner=owner, maker=maker, made_at=at, **(values | facts))


def groups(user: User, now: datetime) -> list[tuple[str, list[str]]]:
    return [(group.label, [item.title for item in group.items]) for group in worklist(user, now).groups]


def test_it_stands_above_the_tickets_of_whoever_owes_it_with_reason_and_deadline(
    promise: Promise, alice: User, bruno: User, noon: datetime
) -> None:
    Ticket.open("Red light", by=alice, now=noon, owner=alice)
    assert groups(alice, noon)[0] == ("Promised calls", ["Instalments"])
    (item,) = worklist(alice, noon).groups[0].items
    assert (item.who, item.due, item.urgency, item.hint, item.channel) == (
        "Carla Customer",
        "15:00",
        "",
        "promised by Bruno Supervisor",
        "callback",
    )
    assert "Promised calls" not in dict(groups(bruno, noon))
    assert "Promised calls" not in [group.label for group in worklist(alice, noon, tab="team").groups]


def test_it_turns_red_when_its_time_is_over_and_whoever_gave_it_sees_it_too(
    promise: Promise, alice: User, bruno: User, noon: datetime
) -> None:
    late = noon + timedelta(hours=3, minutes=5)
    assert worklist(alice, late).groups[0].items[0].urgency == "over"
    Promise.objects.update(outcome="expired", ended_at=late)
    for user in (alice, bruno):
        (item,) = worklist(user, late).groups[0].items
        assert (item.urgency, item.why, item.chips[0].label) == ("over", "not kept in time", "not kept")
    assert worklist(bruno, late).groups[0].items[0].hint == "Alice Agent"


def test_the_wallboard_shows_who_owes_calls_but_no_customer(promise: Promise, noon: datetime) -> None:
    (shown,) = wall(noon).promises
    assert (shown.owner, shown.text, shown.due, shown.is_over) == ("Alice Agent", "call back", "15:00", False)
    Promise.objects.update(outcome="expired")
    assert wall(noon + timedelta(hours=4)).promises[0].is_over
    Promise.objects.update(settled_at=noon)
    assert wall(noon).promises == []


def test_the_customer_s_history_tells_of_it_whatever_became_of_it(
    promise: Promise, alice: User, amir: User, carla: Customer, noon: datetime
) -> None:
    def told(user: User) -> list[tuple[str, str]]:
        lines = history(carla, user, contacts=())
        return [(line.detail, line.url) for line in lines if line.channel == "callback"]

    assert told(alice) == [("Instalments · Alice Agent · open", f"/promises/{promise.pk}/")]
    Promise.objects.update(outcome="refused", reason="on holiday")
    assert told(amir) == [("Instalments · Alice Agent · Alice Agent refused it: on holiday", "")]


def test_its_page_is_for_whoever_owes_or_gave_it(
    promise: Promise, client: Client, alice: User, bruno: User, amir: User
) -> None:
    for user, status in ((alice, 200), (bruno, 200), (amir, 403)):
        client.force_login(user)
        assert client.get(f"/promises/{promise.pk}/").status_code == status
    client.force_login(alice)
    page = client.get(f"/promises/{promise.pk}/").content.decode()
    for words in ("Carla Customer", "Instalments", "+36 30 512 4478", 'data-dial="+36305124478"'):
        assert words in page


def test_keeping_and_refusing_an_open_one_is_the_switch_s_to_do(
    promise: Promise, client: Client, alice: User, given: list[tuple[object, ...]]
) -> None:
    client.force_login(alice)
    client.post(f"/promises/{promise.pk}/settlement/", {"how": "kept"})
    client.post(f"/promises/{promise.pk}/settlement/", {"how": "refused", "reason": "on holiday"})
    assert given == [
        (alice.pk, "keep_promise", {"promise": promise.pk}),
        (alice.pk, "refuse_promise", {"promise": promise.pk, "reason": "on holiday"}),
    ]


@pytest.mark.parametrize(("how", "settlement"), [("kept", "kept"), ("refused", "dropped")])
def test_an_expired_one_is_settled_and_says_by_whom(
    promise: Promise, client: Client, bruno: User, how: str, settlement: str
) -> None:
    Promise.objects.update(outcome="expired")
    client.force_login(bruno)
    page = client.post(f"/promises/{promise.pk}/settlement/", {"how": how}, follow=True).content.decode()
    promise.refresh_from_db()
    assert (promise.settlement, promise.settled_by) == (settlement, bruno)
    assert "(Bruno Supervisor)" in page
    assert "settlement/" not in page


def test_a_refusal_of_the_switch_is_said(promise: Promise, client: Client, alice: User, refuse: Any) -> None:
    refuse("no_such_promise")
    client.force_login(alice)
    page = client.post(f"/promises/{promise.pk}/settlement/", {"how": "kept"}, follow=True)
    assert "settled already" in page.content.decode()


def test_a_call_to_a_colleague_names_him_and_dials_him(
    alice: User, bruno: User, client: Client, noon: datetime
) -> None:
    promise = made(alice, bruno, noon, kind="call_me", number="")
    assert promised.whom(promise) == "Bruno Supervisor"
    client.force_login(alice)
    assert f'data-dial="agent:{bruno.pk}"' in client.get(f"/promises/{promise.pk}/").content.decode()


def test_the_work_list_asks_once_however_many_there_are(
    alice: User, bruno: User, noon: datetime, carla: Customer
) -> None:
    def queries(extra: int) -> int:
        for _ in range(extra):
            made(alice, bruno, noon, customer=carla)
        with CaptureQueriesContext(connection) as asked:
            list(promised.on_worklist(alice, noon))
        return len(asked)

    queries(1)
    assert queries(1) == queries(10) == 1
