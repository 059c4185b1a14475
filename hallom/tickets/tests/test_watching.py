"""Who is told what happens to a ticket, and who may say so."""

from datetime import datetime

import pytest
from django.test import Client

from hallom.staff.models import Role, Team, User
from hallom.staff.tests.cast import person
from hallom.tickets.history_of_changes import changes
from hallom.tickets.models import MayNotSee, Notice, NoticeKind, Ticket, Watcher

pytestmark = pytest.mark.django_db
SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def ticket(technical: Team, now: datetime) -> Ticket:
    return Ticket.open("No line", by=None, now=now, team=technical)


@pytest.fixture
def agnes(technical: Team) -> User:
    return person("agnes", "Ágnes Kovács", Role.AGENT, team=technical)


@pytest.fixture
def desk(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def path(ticket: Ticket, rest: str = "") -> str:
    return f"{ticket.get_absolute_url()}watchers/{rest}"


def test_a_colleague_is_added_and_told(
    desk: Client, ticket: Ticket, alice: User, agnes: User, now: datetime
) -> None:
    part = desk.post(path(ticket), {"q": "agn", "colleague": agnes.pk}, headers=SCRIPT)
    assert part.status_code == 200
    assert "Ágnes Kovács" in part.content.decode()
    told = Notice.objects.get()
    assert (told.user, told.kind, told.actor, told.ticket) == (agnes, NoticeKind.WATCHER, alice, ticket)
    change = changes(ticket)[0]
    assert (change.who, change.new) == ("Alice Agent", "Ágnes Kovács")
    ticket.add_message("Anybody there?", channel="email", direction="in", now=now)
    assert Notice.objects.filter(user=agnes, kind=NoticeKind.WATCHED).count() == 1


def test_what_was_typed_is_enough_if_it_means_one(desk: Client, ticket: Ticket, agnes: User) -> None:
    assert desk.post(path(ticket), {"q": "kovacs"}, headers=SCRIPT).status_code == 200
    assert Watcher.objects.get().user == agnes


def test_a_name_of_two_asks_which(desk: Client, ticket: Ticket, agnes: User, technical: Team) -> None:
    person("bela", "Béla Kovács", Role.AGENT, team=technical)
    answer = desk.post(path(ticket), {"q": "Kovács"}, headers=SCRIPT)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Choose a colleague." in page
    assert page.count('name="colleague"') == 2
    assert 'value="Kovács"' in page
    assert not Watcher.objects.exists()


@pytest.mark.parametrize("given", [{}, {"q": ""}, {"q": "Nobody"}, {"colleague": "x"}, {"colleague": "0"}])
def test_nobody_is_nobody(given: dict[str, str], desk: Client, ticket: Ticket, agnes: User) -> None:
    assert desk.post(path(ticket), given, headers=SCRIPT).status_code == 422
    assert not Watcher.objects.exists()


def test_why_nobody_is_found_is_said_once(desk: Client, ticket: Ticket) -> None:
    page = desk.post(path(ticket), {"q": "Nobody"}, headers=SCRIPT).content.decode()
    assert page.count("No colleague who may see this ticket is called like this.") == 1
    assert "Choose a colleague." not in page


def test_who_may_not_see_the_ticket_cannot_watch_it(
    desk: Client, ticket: Ticket, alice: User, amir: User, now: datetime
) -> None:
    offered = desk.post(path(ticket, "choices/"), {"q": "amir"}, headers=SCRIPT).content.decode()
    assert 'name="colleague"' not in offered
    for given in ({"q": "amir"}, {"colleague": amir.pk}):
        answer = desk.post(path(ticket), given, headers=SCRIPT)
        assert answer.status_code == 422
        assert f"{amir.full_name} may not see this ticket." in answer.content.decode()
    with pytest.raises(MayNotSee):
        ticket.watch(amir, by=alice, now=now)
    assert not Watcher.objects.exists()
    assert not Notice.objects.exists()


def test_offered_is_who_does_not_watch_yet(
    desk: Client, ticket: Ticket, agnes: User, bruno: User, now: datetime
) -> None:
    ticket.watch(agnes, by=agnes, now=now)
    assert 'name="colleague"' not in desk.post(path(ticket, "choices/"), {"q": "agn"}).content.decode()
    assert "Bruno" in desk.post(path(ticket, "choices/"), {"q": "bru"}).content.decode()


def test_who_watches_already_is_not_told_again(
    desk: Client, ticket: Ticket, agnes: User, now: datetime
) -> None:
    ticket.watch(agnes, by=agnes, now=now)
    assert desk.post(path(ticket), {"colleague": agnes.pk}, headers=SCRIPT).status_code == 200
    assert (Watcher.objects.count(), Notice.objects.count()) == (1, 0)


def test_a_colleague_is_let_go(desk: Client, ticket: Ticket, agnes: User, now: datetime) -> None:
    ticket.watch(agnes, by=agnes, now=now)
    part = desk.delete(path(ticket, f"{agnes.pk}/"), headers=SCRIPT).content.decode()
    assert "Ágnes" not in part
    assert not Watcher.objects.exists()
    assert changes(ticket)[0].old == "Ágnes Kovács"


def test_a_list_does_not_hold_a_colleague_twice_after_a_merge(
    ticket: Ticket, agnes: User, technical: Team, bruno: User, now: datetime
) -> None:
    other = Ticket.open("No line again", by=None, now=now, team=technical)
    other.watch(agnes, by=agnes, now=now)
    other.merge_into(ticket, by=bruno, now=now)
    assert not ticket.watch(agnes, by=bruno, now=now)
    assert ticket.watching() == [agnes]


def test_nobody_is_let_go_from_another_teams_ticket(
    desk: Client, amir: User, billing: Team, now: datetime
) -> None:
    secret = Ticket.open("Secret", by=None, now=now, team=billing)
    secret.watch(amir, by=amir, now=now)
    assert desk.delete(path(secret, f"{amir.pk}/"), headers=SCRIPT).status_code == 404
    assert secret.watching() == [amir]
