"""The page of a ticket that was merged or deleted says so, and offers nothing that belongs where it went."""

from datetime import datetime

import pytest
from django.test import Client

from hallom.customers.models import Customer
from hallom.staff.models import Team, User
from hallom.tickets import bulk
from hallom.tickets.models import Priority, Ticket

pytestmark = pytest.mark.django_db
ACTS = ("/closure/", "/assignment/", "/facts/", "/snooze/", "/spam/", 'id="composer"')


@pytest.fixture
def ticket(alice: User, carla: Customer, technical: Team, now: datetime) -> Ticket:
    return Ticket.open("No line", by=alice, now=now, customer=carla, owner=alice, team=technical)


def page(client: Client, user: User, ticket: Ticket) -> str:
    client.force_login(user)
    return client.get(ticket.get_absolute_url()).content.decode()


def offered(shown: str, ticket: Ticket) -> list[str]:
    own = f"/tickets/{ticket.number}"
    return [act for act in ACTS if (act if act.startswith("id") else own + act) in shown]


def test_a_ticket_that_stands_offers_every_act(client: Client, alice: User, ticket: Ticket) -> None:
    assert offered(page(client, alice, ticket), ticket) == list(ACTS)


def test_a_merged_ticket_shows_where_it_went_and_offers_only_to_separate_it(
    client: Client, alice: User, carla: Customer, ticket: Ticket, now: datetime
) -> None:
    other = Ticket.open("Still no line", by=alice, now=now, customer=carla, owner=alice)
    ticket.merge_into(other, by=alice, now=now)
    shown = page(client, alice, ticket)
    assert f"#{other.number} Still no line" in shown
    assert offered(shown, ticket) == []
    assert f"/tickets/{ticket.number}/merge/" in shown


def test_a_deleted_ticket_says_so_and_only_who_has_the_right_restores_it(
    client: Client, alice: User, bruno: User, ticket: Ticket, now: datetime
) -> None:
    ticket.delete_softly(by=bruno, now=now)
    for user, may_restore in ((alice, False), (bruno, True)):
        shown = page(client, user, ticket)
        assert "This ticket was deleted" in shown
        assert offered(shown, ticket) == []
        assert (f"/tickets/{ticket.number}/deletion/" in shown) is may_restore
        assert ("A supervisor can restore it." in shown) is not may_restore


POSTS = (
    ("closure", {}),
    ("ownership", {}),
    ("assignment", {"owner": "", "team": ""}),
    ("facts", {"subject": "Other"}),
    ("snooze", {"until": "2031-01-01T10:00"}),
    ("spam", {}),
    ("answer", {"kind": "note", "body": "Seen"}),
    ("answer", {"kind": "public", "body": "Hello", "to": "carla@example.org"}),
)


def changes(ticket: Ticket) -> tuple[object, ...]:
    ticket = Ticket.objects.get(pk=ticket.pk)
    facts = (ticket.status, ticket.owner_id, ticket.subject, ticket.snoozed_until, ticket.spam_at)
    return (*facts, ticket.notes.count(), ticket.messages.count())


@pytest.mark.parametrize(("act", "given"), POSTS)
def test_an_act_on_a_merged_ticket_is_refused_and_told_where_it_went(
    client: Client,
    alice: User,
    carla: Customer,
    ticket: Ticket,
    now: datetime,
    act: str,
    given: dict[str, str],
) -> None:
    other = Ticket.open("Still no line", by=alice, now=now, customer=carla, owner=alice)
    ticket.merge_into(other, by=alice, now=now)
    before = changes(ticket)
    client.force_login(alice)
    answer = client.post(f"/tickets/{ticket.number}/{act}/", given, headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert f"Nothing was changed: this ticket was merged into #{other.number}" in answer.content.decode()
    assert answer["HX-Retarget"] == "#ticket-head"
    assert changes(ticket) == before


@pytest.mark.parametrize(("act", "given"), POSTS)
def test_an_act_on_a_deleted_ticket_is_refused_with_a_page_of_it(
    client: Client, bruno: User, ticket: Ticket, now: datetime, act: str, given: dict[str, str]
) -> None:
    ticket.delete_softly(by=bruno, now=now)
    before = changes(ticket)
    client.force_login(bruno)
    answer = client.post(f"/tickets/{ticket.number}/{act}/", given)
    assert answer.status_code == 409
    assert "Nothing was changed: this ticket was deleted." in answer.content.decode()
    assert changes(ticket) == before


def test_what_is_being_written_is_kept_although_the_ticket_went(
    client: Client, alice: User, carla: Customer, ticket: Ticket, now: datetime
) -> None:
    other = Ticket.open("Still no line", by=alice, now=now, customer=carla, owner=alice)
    ticket.merge_into(other, by=alice, now=now)
    client.force_login(alice)
    written = {"kind": "public", "body": "Half a sentence", "revision": "0"}
    assert client.post(f"/tickets/{ticket.number}/draft/", written).status_code == 200
    assert ticket.drafts.get().html == "<p>Half a sentence</p>"


def test_many_at_once_leave_merged_and_deleted_tickets_as_they_are(
    alice: User, bruno: User, carla: Customer, ticket: Ticket, now: datetime
) -> None:
    other = Ticket.open("Still no line", by=alice, now=now, customer=carla, owner=alice)
    gone = Ticket.open("Gone", by=alice, now=now, customer=carla, owner=alice)
    ticket.merge_into(other, by=alice, now=now)
    gone.delete_softly(by=bruno, now=now)
    outcome = bulk.carry_out(
        bulk.priority(Priority.URGENT), [ticket.number, other.number, gone.number], by=bruno, now=now
    )
    assert outcome.done == (other.number,)
    assert outcome.refused == {ticket.number: "merged", gone.number: "removed"}
    assert bulk.carry_out(bulk.restore(), [gone.number], by=bruno, now=now).done == (gone.number,)
