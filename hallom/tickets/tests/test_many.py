"""Many tickets at once, from the page: all that the filters find, and what must be read before it is done."""

from __future__ import annotations

import html
import re
from datetime import datetime

import pytest
from django.http import HttpResponse
from django.test import Client

from hallom.customers.models import Customer
from hallom.staff.models import Team, User
from hallom.tickets.models import Category, Priority, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def tickets(alice: User, carla: Customer, technical: Team, now: datetime) -> list[Ticket]:
    return [
        Ticket.open(f"No line {place}", by=alice, now=now, customer=carla, team=technical, owner=alice)
        for place in range(3)
    ]


def words(answer: object) -> str:
    assert isinstance(answer, HttpResponse)
    return html.unescape(answer.content.decode())


def confirmed(desk: Client, page: str) -> str:
    """What its button does: all that the page had hidden is sent along."""
    form = page.split('action="/tickets/bulk/">')[1]
    given: dict[str, list[str]] = {"sure": ["1"]}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form):
        given.setdefault(name, []).append(value)
    return words(desk.post("/tickets/bulk/", given, follow=True))


def test_all_that_the_filters_find_are_asked_about_and_then_changed(
    desk: Client, tickets: list[Ticket], alice: User, now: datetime
) -> None:
    other = Ticket.open("Invoice", by=alice, now=now, owner=alice)
    page = words(desk.post("/tickets/bulk/", {"act": "priority:4", "whole": "1", "query": "q=line"}))
    assert all(ticket.subject in page for ticket in tickets)
    assert "Invoice" not in page
    assert not Ticket.objects.filter(priority=Priority.URGENT).exists()
    # What comes to be found in the meantime was not asked about.
    late = Ticket.open("No line either", by=alice, now=now, owner=alice)
    assert "3 tickets changed" in confirmed(desk, page)
    changed = set(Ticket.objects.filter(priority=Priority.URGENT))
    assert changed == set(tickets)
    assert not {other, late} & changed


def test_of_more_than_a_page_names_so_many_the_others_are_counted(
    desk: Client, alice: User, now: datetime
) -> None:
    for place in range(14):
        Ticket.open(f"Ticket {place}", by=alice, now=now, owner=alice)
    page = words(desk.post("/tickets/bulk/", {"act": "priority:4", "whole": "1"}))
    assert "and 2 more" in page
    assert "14 tickets changed" in confirmed(desk, page)


def test_more_than_can_be_done_at_once_are_refused_whole(
    desk: Client, tickets: list[Ticket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hallom.tickets.bulk.MOST", 2)
    page = words(desk.post("/tickets/bulk/", {"act": "priority:4", "whole": "1"}, follow=True))
    assert "At most 2 tickets at once." in page
    assert not Ticket.objects.filter(priority=Priority.URGENT).exists()


def test_without_a_ticket_it_says_so(desk: Client, tickets: list[Ticket]) -> None:
    for given in ({}, {"whole": "1", "query": "q=nothing+like+this"}):
        page = words(desk.post("/tickets/bulk/", {"act": "priority:4", **given}, follow=True))
        assert "Choose tickets first." in page


def test_another_teams_ticket_is_neither_found_nor_named(
    desk: Client, tickets: list[Ticket], bruno: User, billing: Team, now: datetime
) -> None:
    theirs = Ticket.open("No line at theirs", by=bruno, now=now, team=billing)
    page = words(desk.post("/tickets/bulk/", {"act": "priority:4", "whole": "1", "query": "q=line"}))
    assert theirs.subject not in page
    numbers = [ticket.number for ticket in (*tickets, theirs)]
    merging = {"act": "merge", "text": str(tickets[0].number), "number": numbers}
    page = words(desk.post("/tickets/bulk/", merging))
    assert "Merged into #" in page
    assert theirs.subject not in page


def test_merging_is_asked_about(desk: Client, tickets: list[Ticket]) -> None:
    target, *others = tickets
    given = {"act": "merge", "text": f"#{target.number}", "number": [one.number for one in others]}
    page = words(desk.post("/tickets/bulk/", given))
    assert f"Merged into #{target.number} {target.subject}" in page
    assert not Ticket.objects.filter(merged_into=target).exists()
    assert "2 tickets changed" in confirmed(desk, page)
    assert Ticket.objects.filter(merged_into=target).count() == 2


def test_a_category_is_given_to_many_and_none_that_is_out_of_use(desk: Client, tickets: list[Ticket]) -> None:
    fault = Category.objects.create(name="Fault")
    gone = Category.objects.create(name="Telex", is_active=False)
    numbers = [ticket.number for ticket in tickets]
    page = words(desk.get("/tickets/"))
    assert f'value="category:{fault.pk}"' in page
    assert "Telex" not in page
    desk.post("/tickets/bulk/", {"act": f"category:{gone.pk}", "number": numbers})
    assert not Ticket.objects.filter(category__isnull=False).exists()
    desk.post("/tickets/bulk/", {"act": f"category:{fault.pk}", "number": numbers})
    assert Ticket.objects.filter(category=fault).count() == 3


def test_the_tickets_of_one_colleague_are_found(
    desk: Client, tickets: list[Ticket], bruno: User, technical: Team, now: datetime
) -> None:
    tickets[1].assign(bruno, by=bruno, now=now)
    page = words(desk.get(f"/tickets/?owner=person-{bruno.pk}"))
    assert f'<option value="person-{bruno.pk}" selected>{bruno.full_name}</option>' in page
    assert [ticket.subject in page for ticket in tickets] == [False, True, False]
    # Nonsense narrows nothing.
    assert all(ticket.subject in words(desk.get("/tickets/?owner=person-x")) for ticket in tickets)
