from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.http import QueryDict
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from hallom.customers.models import Customer
from hallom.staff import names
from hallom.staff.models import Team, User
from hallom.tickets.models import Category, Message, Note, Status, Ticket
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db
SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def ticket(alice: User, carla: Customer, technical: Team, now: datetime) -> Ticket:
    return Ticket.open("No line", by=alice, now=now, customer=carla, owner=alice, team=technical)


@pytest.fixture
def desk(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


def path(ticket: Ticket, rest: str = "") -> str:
    return f"/tickets/{ticket.number}/{rest}"


def test_the_page_shows_work_conversation_and_customer(
    desk: Client, ticket: Ticket, alice: User, now: datetime
) -> None:
    ticket.add_note("Ask the courier", by=alice, now=now)
    page = desk.get(path(ticket)).content.decode()
    for part in (
        "No line",
        "Ask the courier",
        "Carla Customer",
        "+36 30 512 4478",
        f'data-live="ticket-{ticket.pk}"',
    ):
        assert part in page


def test_a_full_page_costs_at_most_fifteen_queries(
    desk: Client,
    ticket: Ticket,
    alice: User,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(30):
        other = Ticket.open(f"Other {number}", by=alice, now=now, customer=ticket.customer, owner=alice)
        ticket.add_note(f"Note {number}", by=alice, now=now)
        other.assign(alice, by=alice, now=now, team=ticket.team)
    desk.get(path(ticket))
    # Once a minute colleagues' names are read too.
    monkeypatch.setattr(names, "_read_at", float("-inf"))
    with django_assert_max_num_queries(15):
        desk.get(path(ticket))
    with django_assert_max_num_queries(14):
        desk.get(path(ticket, "?tab=team"))


def test_what_was_merged_into_it_costs_no_more_queries(
    desk: Client,
    ticket: Ticket,
    alice: User,
    now: datetime,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(6):
        other = Ticket.open(f"Other {number}", by=alice, now=now, customer=ticket.customer, team=ticket.team)
        other.add_note(f"Note {number}", by=alice, now=now)
        other.add_message(
            f"Words {number}", channel="email", direction="in", now=now, customer=ticket.customer
        )
        if number < 3:
            other.merge_into(ticket, by=alice, now=now)
    desk.get(path(ticket))
    with django_assert_max_num_queries(15):
        page = desk.get(path(ticket)).content.decode()
    assert [number for number in range(6) if f"Note {number}" in page and f"Words {number}" in page] == [
        0,
        1,
        2,
    ]


@pytest.mark.parametrize(("language", "shown"), [("en", "2 July "), ("hu", "július 2. "), ("pl", "2 lipca ")])
def test_the_conversation_is_dated_in_the_language_of_the_page(
    desk: Client, ticket: Ticket, alice: User, language: str, shown: str
) -> None:
    with time_machine.travel(datetime(2026, 7, 2, 10, tzinfo=UTC), tick=False):
        ticket.add_note("Ask the courier", by=alice, now=timezone.now())
    User.objects.filter(pk=alice.pk).update(language=language)
    with time_machine.travel(datetime(2026, 7, 20, 10, tzinfo=UTC), tick=False):
        desk.force_login(alice)
        for part in ("", "conversation/"):
            assert f">{shown}" in desk.get(path(ticket, part)).content.decode()


def test_the_notice_of_an_act_stands_on_the_page_once(desk: Client, ticket: Ticket) -> None:
    desk.post(path(ticket, "status/"), {"move": "no such"})
    page = desk.get(path(ticket)).content.decode()
    assert page.count('id="toasts"') == 1
    assert "This is not possible any more" in page


def test_the_answer_to_a_script_brings_its_notice_along(desk: Client, ticket: Ticket) -> None:
    answer = desk.post(path(ticket, "status/"), {"move": "no such"}, headers=SCRIPT).content.decode()
    assert '<div id="toasts" hx-swap-oob="beforeend">' in answer
    assert "This is not possible any more" in answer


def test_a_note_is_kept_as_a_note(desk: Client, ticket: Ticket, alice: User) -> None:
    desk.post(path(ticket, "entries/"), {"kind": "note", "said": "phone-out", "body": "Courier was wrong"})
    note = Note.objects.get()
    assert (note.body, note.author, note.ticket) == ("Courier was wrong", alice, ticket)
    assert not Message.objects.exists()


def test_what_was_said_is_kept_as_a_message(
    desk: Client, ticket: Ticket, alice: User, carla: Customer
) -> None:
    desk.post(
        path(ticket, "entries/"), {"kind": "public", "said": "phone-out", "body": "A new one comes tomorrow"}
    )
    desk.post(path(ticket, "entries/"), {"kind": "public", "said": "phone-in", "body": "Thank you"})
    answer, thanks = Message.objects.all()
    assert (answer.direction, answer.author, answer.customer) == ("out", alice, None)
    assert (thanks.direction, thanks.customer) == ("in", carla)
    assert not Note.objects.exists()


@pytest.mark.parametrize("kind", ["", "Public", "note,public", None])
def test_what_does_not_say_its_kind_is_kept_as_nothing(
    kind: str | None, desk: Client, ticket: Ticket
) -> None:
    given = {"body": "For colleagues only", **({} if kind is None else {"kind": kind})}
    response = desk.post(path(ticket, "entries/"), given)
    assert response.status_code == 422
    assert not Note.objects.exists()
    assert not Message.objects.exists()
    assert "For colleagues only" in response.content.decode()


def test_a_script_gets_the_fresh_conversation_and_an_empty_composer(desk: Client, ticket: Ticket) -> None:
    response = desk.post(
        path(ticket, "entries/"), {"kind": "note", "body": "Courier was wrong"}, headers=SCRIPT
    )
    text = response.content.decode()
    assert 'id="stream"' in text
    assert "Courier was wrong" in text
    assert 'id="composer"' in text
    assert "<html" not in text


def test_a_refused_entry_replaces_only_the_composer(desk: Client, ticket: Ticket) -> None:
    response = desk.post(path(ticket, "entries/"), {"kind": "note", "body": " "}, headers=SCRIPT)
    assert (response.status_code, response["HX-Retarget"]) == (422, "#composer")
    assert "Nothing is written yet" in response.content.decode()


def test_closing_and_reopening(desk: Client, ticket: Ticket) -> None:
    desk.post(path(ticket, "closure/"))
    assert Ticket.objects.get(pk=ticket.pk).status == Status.CLOSED
    assert "Reopen" in desk.get(path(ticket)).content.decode()
    desk.delete(path(ticket, "closure/"))
    assert Ticket.objects.get(pk=ticket.pk).status == Status.OPEN
    desk.post(path(ticket, "closure/"))
    desk.post(path(ticket, "closure/"), {"method": "delete"})
    assert Ticket.objects.get(pk=ticket.pk).status == Status.OPEN


def test_a_move_that_is_not_possible_is_explained(desk: Client, ticket: Ticket) -> None:
    for move in ("reopen", "nonsense", ""):
        response = desk.post(path(ticket, "status/"), {"move": move}, headers=SCRIPT)
        assert "not possible any more" in response.content.decode()
    assert Ticket.objects.get(pk=ticket.pk).status == Status.OPEN


def test_taking_what_somebody_took_first_is_explained(
    desk: Client, ticket: Ticket, bruno: User, now: datetime
) -> None:
    ticket.assign(bruno, by=bruno, now=now)
    response = desk.post(path(ticket, "ownership/"), headers=SCRIPT)
    assert "Somebody was faster" in response.content.decode()
    assert Ticket.objects.get(pk=ticket.pk).owner == bruno


def test_transferring_takes_a_note_along(desk: Client, ticket: Ticket, amir: User, billing: Team) -> None:
    given = {"team": billing.pk, "owner": amir.pk, "note": "Please refund"}
    response = desk.post(path(ticket, "assignment/"), given)
    kept = Ticket.objects.get(pk=ticket.pk)
    assert (kept.owner, kept.team) == (amir, billing)
    assert Note.objects.get().body == "Please refund"
    assert response["Location"] == "/tickets/"


def test_nobody_outside_the_team_is_given_its_ticket(
    desk: Client, ticket: Ticket, amir: User, technical: Team
) -> None:
    response = desk.post(path(ticket, "assignment/"), {"team": technical.pk, "owner": amir.pk})
    assert "not in the team" in response.content.decode()
    assert Ticket.objects.get(pk=ticket.pk).owner != amir


def test_facts_are_edited(desk: Client, ticket: Ticket) -> None:
    category = Category.objects.create(name="Fault")
    given = {
        "subject": "No internet",
        "category": category.pk,
        "priority": 4,
        "deadline": "2026-07-16T12:00",
        "tags": "Courier,  new device, courier",
    }
    assert desk.post(path(ticket, "facts/"), given).status_code == 302
    kept = Ticket.objects.get(pk=ticket.pk)
    assert (kept.subject, kept.category, kept.priority) == ("No internet", category, 4)
    assert kept.tags == ["courier", "new device"]
    assert kept.deadline is not None
    assert kept.deadline.isoformat() == "2026-07-16T10:00:00+00:00"


def test_a_ticket_is_opened_by_hand(desk: Client, alice: User, carla: Customer, technical: Team) -> None:
    given = {"customer": carla.pk, "subject": "No line", "priority": 2, "team": technical.pk, "owner": alice.pk,
             "kind": "phone-in", "body": "Red light on the modem"}  # fmt: skip
    response = desk.post("/tickets/new/", given)
    ticket = Ticket.objects.get()
    assert response["Location"] == path(ticket)
    assert (ticket.customer, ticket.owner, ticket.status) == (carla, alice, Status.OPEN)
    assert Message.objects.get().body == "Red light on the modem"


def test_an_incomplete_ticket_keeps_what_was_typed(desk: Client, carla: Customer) -> None:
    response = desk.post("/tickets/new/", {"customer": carla.pk, "body": "Red light", "priority": 2})
    page = response.content.decode()
    assert response.status_code == 422
    assert "Red light" in page
    assert "Carla Customer" in page


def test_an_unknown_callers_ticket_gets_its_customer(desk: Client, carla: Customer, now: datetime) -> None:
    ticket = Ticket.open("Call", by=None, now=now)
    assert "Whose ticket is this?" in desk.get(path(ticket)).content.decode()
    desk.post(path(ticket, "customer/"), {"customer": carla.pk})
    assert Ticket.objects.get(pk=ticket.pk).customer == carla


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"No line", "Invoice"}),
        ("?q=invoice", {"Invoice"}),
        ("?q=CARLA", {"No line"}),
        ("?status=all", {"No line", "Invoice", "Done"}),
        ("?status=closed", {"Done"}),
        ("?owner=me", {"No line"}),
        ("?owner=nobody", {"Invoice"}),
        ("?status=nonsense&team=x&category=-1&order=?&page=zero", {"No line", "Invoice"}),
    ],
)
def test_the_list_filters(
    query: str, found: set[str], desk: Client, ticket: Ticket, alice: User, now: datetime
) -> None:
    Ticket.open("Invoice", by=alice, now=now)
    Ticket.open("Done", by=alice, now=now).close(by=alice, now=now)
    typed = QueryDict(query[1:]).dict() if "q=" in query else None
    answer = desk.post("/tickets/", typed) if typed else desk.get(f"/tickets/{query}")
    page = answer.content.decode()
    assert {subject for subject in ("No line", "Invoice", "Done") if f">{subject}<" in page} == found


def test_a_number_finds_its_ticket(desk: Client, ticket: Ticket, alice: User, now: datetime) -> None:
    other = Ticket.open("Other", by=alice, now=now)
    page = desk.post("/tickets/", {"q": f"#{ticket.number}"}).content.decode()
    assert path(ticket) in page
    assert path(other) not in page


def test_a_script_gets_only_the_rows(desk: Client, ticket: Ticket) -> None:
    page = desk.get("/tickets/", headers=SCRIPT).content.decode()
    assert "No line" in page
    assert "<html" not in page


def test_the_work_list_alone_never_leads_to_another_site(desk: Client, ticket: Ticket) -> None:
    page = desk.get("/tickets/work/?tab=mine&current=1&page=//evil.example/").content.decode()
    assert "No line" in page
    assert "evil" not in page


def test_scripts_in_texts_are_shown_as_text(desk: Client, ticket: Ticket, alice: User, now: datetime) -> None:
    ticket.change(by=alice, now=now, subject="<script>alert(1)</script>", tags=["<b>"])
    ticket.add_note("<img src=x onerror=alert(1)>", by=alice, now=now + timedelta(minutes=1))
    page = desk.get(path(ticket)).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_every_act_on_the_page_leaves_one_event(desk: Client, ticket: Ticket) -> None:
    before = Event.objects.count()
    desk.post(path(ticket, "entries/"), {"kind": "note", "body": "One"})
    desk.post(path(ticket, "status/"), {"move": "await_customer"})
    desk.post(path(ticket, "closure/"))
    assert Event.objects.count() == before + 3
