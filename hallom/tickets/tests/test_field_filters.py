"""The house's own fields as filters of the list and of saved views."""

from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hallom.staff.models import User
from hallom.tickets.filters import TicketFilter
from hallom.tickets.models import Field, FieldKind, SavedView, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture(autouse=True)
def shelf(now: datetime) -> None:
    kinds: dict[str, dict[str, Any]] = {
        "model": {"kind": FieldKind.TEXT, "label": "Router model"},
        "speed": {"kind": FieldKind.NUMBER, "label": "Speed"},
        "since": {"kind": FieldKind.DATE, "label": "Since"},
        "rented": {"kind": FieldKind.YES_NO, "label": "Rented"},
        "place": {"kind": FieldKind.CHOICE, "label": "Place", "choices": ["home", "office"]},
        "lines": {"kind": FieldKind.CHOICES, "label": "Lines", "choices": ["net", "tv", "phone"]},
        "odd__key": {"kind": FieldKind.TEXT, "label": "Odd"},
    }
    for key, facts in kinds.items():
        Field.objects.create(key=key, **facts)
    given: dict[str, dict[str, Any]] = {
        "one": {"model": "Árvíz F660", "speed": "9.5", "since": "2026-01-31", "rented": "yes"},
        "two": {"model": "F660", "speed": "100", "since": "2026-11-02", "rented": "no", "place": "home"},
        "three": {"lines": ["net", "tv"], "place": "office", "odd__key": "100% sure"},
        "none": {},
    }
    for subject, values in given.items():
        Ticket.open(subject, by=None, now=now).set_fields(values, by=None, now=now)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"typed.model": "f66"}, {"one", "two"}),
        ({"typed.model": "árvíz"}, {"one"}),
        ({"typed.model": "f660", "own.model.exactly": "1"}, {"two"}),
        ({"typed.odd__key": "100%"}, {"three"}),
        ({"typed.odd__key": "10_%"}, set()),
        ({"typed.speed.from": "10"}, {"two"}),
        ({"typed.speed.to": "10,0"}, {"one"}),
        ({"typed.speed.from": "9.5", "typed.speed.to": "100"}, {"one", "two"}),
        ({"typed.speed.from": "fast"}, {"one", "two", "three", "none"}),
        ({"own.since.from": "2026-02-01"}, {"two"}),
        ({"own.since.from": "2026-01-31", "own.since.to": "2026-11-01"}, {"one"}),
        ({"own.since.to": "yesterday"}, {"one", "two", "three", "none"}),
        ({"own.rented": "yes"}, {"one"}),
        ({"own.rented": "no"}, {"two"}),
        ({"own.place": "office"}, {"three"}),
        ({"own.place": "moon"}, {"one", "two", "three", "none"}),
        ({"own.lines": "tv"}, {"three"}),
        ({"own.lines": "phone"}, set()),
        ({"own.place": "home", "typed.speed.from": "200"}, set()),
        (
            {"own.nothing": "x", "typed.nothing": "y", "own.model.exactly": "1"},
            {"one", "two", "three", "none"},
        ),
    ],
)
def test_the_list_is_narrowed_by_own_fields(
    asked: dict[str, str], found: set[str], alice: User, now: datetime
) -> None:
    rows = TicketFilter(asked, user=alice, now=now).apply(Ticket.objects.all())
    assert {row.subject for row in rows} == found


def test_a_value_that_is_no_number_is_no_fault(alice: User, now: datetime) -> None:
    Ticket.objects.filter(subject="one").update(fields={"speed": "quick"})
    asked = TicketFilter({"typed.speed.from": "1"}, user=alice, now=now)
    assert {row.subject for row in asked.apply(Ticket.objects.all())} == {"two"}


def test_a_field_not_in_use_any_more_is_no_filter(alice: User, now: datetime, desk: Client) -> None:
    Field.objects.filter(key="place").update(is_active=False)
    asked = TicketFilter({"own.place": "home"}, user=alice, now=now)
    assert asked.apply(Ticket.objects.all()).count() == 4
    assert 'name="own.place"' not in desk.get("/tickets/").content.decode()


def test_the_page_asks_for_each_field_by_its_kind_and_keeps_what_was_typed(desk: Client) -> None:
    asked = {"typed.model": "f66", "own.since.from": "2026-02-01", "own.place": "home", "own.rented": "no"}
    page = desk.post("/tickets/", asked).content.decode()
    assert '<input type="text" name="typed.model" value="f66"' in page
    assert '<input type="date" name="own.since.from" value="2026-02-01"' in page
    assert '<option value="home" selected>Place: home</option>' in page
    assert 'class="more-filters" open' in page
    assert page.count(">two<") == 1
    assert ">one<" not in page


def test_what_is_written_stands_in_no_address(desk: Client) -> None:
    asked = {"typed.model": "f66", "own.place": "home"}
    answer = desk.post("/tickets/", asked, headers={"HX-Request": "true", "HX-Source": "form#ticket-search"})
    assert answer["HX-Replace-Url"] == "/tickets/?own.place=home"
    assert ">none<" in desk.get("/tickets/?typed.model=f66").content.decode()


def test_a_view_keeps_own_fields_and_counts_by_them(desk: Client) -> None:
    query = "typed.model=f660&own.model.exactly=1&own.place=home&x=1"
    desk.post("/tickets/views/", {"name": "F660 at home", "whose": "me", "query": query})
    kept = SavedView.objects.get()
    assert kept.filters == {"own.model.exactly": "1", "own.place": "home", "typed.model": "f660"}
    shown = desk.post("/tickets/views/counts/", kept.filters).content.decode()
    assert 'aria-current="page">F660 at home <span>1</span>' in shown
    assert ">two<" in desk.get(f"/tickets/?view={kept.pk}").content.decode()


def test_many_views_with_own_fields_ask_for_the_fields_once(desk: Client) -> None:
    for number in range(8):
        view = {"name": f"View {number}", "whose": "me", "query": f"typed.speed.from={number}"}
        desk.post("/tickets/views/", view)
    with CaptureQueriesContext(connection) as asked:
        desk.post("/tickets/views/counts/", {"typed.speed.from": "1"})
    assert 0 < len(asked) <= 15
