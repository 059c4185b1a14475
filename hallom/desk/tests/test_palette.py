from datetime import datetime

import pytest
from django.test import Client

from hallom.customers.models import Customer
from hallom.staff.models import Team, User
from hallom.tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def results(client: Client, text: str) -> str:
    return client.post("/palette/", {"q": text}).content.decode()


def test_with_nothing_typed_the_last_tickets_worked_on_come_first(
    desk: Client, alice: User, now: datetime
) -> None:
    first, second = (Ticket.open(subject, by=alice, now=now) for subject in ("First", "Second"))
    first.add_note("Looked again", by=alice, now=now)
    page = results(desk, "")
    assert page.index("First") < page.index("Second") < page.index("New ticket")
    assert second.get_absolute_url() in page


def test_a_page_is_found_by_the_beginnings_of_its_words_without_accents(desk: Client, alice: User) -> None:
    alice.language = "hu"
    alice.save()
    desk.force_login(alice)
    assert "/tickets/new/" in results(desk, "uj je")
    assert "/customers/" in results(desk, "ugyf")


def test_pages_one_may_not_open_are_not_offered(desk: Client) -> None:
    assert "/settings/users/" not in results(desk, "users")


def test_a_ticket_by_number_and_a_customer_by_name(
    desk: Client, alice: User, carla: Customer, now: datetime
) -> None:
    ticket = Ticket.open("No line", by=alice, now=now, customer=carla)
    assert ticket.get_absolute_url() in results(desk, f"#{ticket.number}")
    page = results(desk, "carla")
    assert carla.get_absolute_url() in page
    assert ticket.get_absolute_url() in page


def test_another_teams_ticket_is_not_found(desk: Client, bruno: User, billing: Team, now: datetime) -> None:
    secret = Ticket.open("Secret matter", by=bruno, now=now, team=billing)
    assert secret.get_absolute_url() not in results(desk, "secret")
    assert secret.get_absolute_url() not in results(desk, str(secret.number))


@pytest.mark.parametrize("typed", ["call 06 30 512 4478", "06 30 512 4478", "+36305124478"])
def test_a_number_is_called_from_the_palette(desk: Client, typed: str) -> None:
    assert 'data-dial="+36305124478"' in results(desk, typed)


def test_call_in_ones_own_language_and_what_is_asked_for_stands_first(
    desk: Client, alice: User, carla: Customer
) -> None:
    alice.language = "hu"
    alice.save()
    desk.force_login(alice)
    page = results(desk, "hívd 06 30 512 4478")
    assert 'data-dial="+36305124478"' in page
    assert page.index("data-dial") < page.index('role="option"') + 400


def test_who_has_no_telephone_is_not_asked_to_call(client: Client, ada: User) -> None:
    client.force_login(ada)
    assert "data-dial" not in results(client, "call 06 30 512 4478")


def about(client: Client, ticket: Ticket, text: str = "", page: str = "") -> str:
    """What is offered on the page of a ticket."""
    referer = f"http://testserver/tickets/{ticket.number}/{page}"
    return client.post("/palette/", {"q": text}, headers={"referer": referer}).content.decode()


def test_on_the_page_of_a_ticket_its_acts_are_offered(desk: Client, alice: User, now: datetime) -> None:
    ticket = Ticket.open("No line", by=alice, now=now, owner=alice)
    acts = ("facts", "assignment", "snooze", "fields", "merge", "history")
    page = about(desk, ticket)
    assert all(f"/tickets/{ticket.number}/{act}/" in page for act in acts)
    found = about(desk, ticket, "put")
    assert "/snooze/" in found
    assert "/merge/" not in found
    assert "/snooze/" not in results(desk, "put")
    assert "/snooze/" not in about(desk, ticket, page="history/")


def test_of_a_ticket_that_is_gone_only_its_history_is_offered(
    desk: Client, alice: User, bruno: User, now: datetime
) -> None:
    ticket = Ticket.open("No line", by=alice, now=now, owner=alice)
    ticket.delete_softly(by=bruno, now=now)
    page = about(desk, ticket)
    assert "/history/" in page
    assert "/snooze/" not in page


def test_about_another_teams_ticket_nothing_is_offered(
    desk: Client, bruno: User, billing: Team, now: datetime
) -> None:
    secret = Ticket.open("Secret matter", by=bruno, now=now, team=billing)
    assert f"/tickets/{secret.number}/" not in about(desk, secret)
