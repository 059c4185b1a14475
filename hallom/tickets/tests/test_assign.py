import threading
from datetime import datetime

import pytest
from django.db import connection
from django.http import QueryDict

from hallom.staff.models import Role, Team, User
from hallom.staff.tests.cast import person
from hallom.tickets.forms import AssignmentForm
from hallom.tickets.models import Ticket
from hallom.timeline.models import Event


@pytest.mark.django_db
class TestAssigning:
    def test_it_is_told_to_who_had_it_and_who_has_it(self, alice: User, bruno: User, now: datetime) -> None:
        ticket = Ticket.open("No line", by=alice, now=now, owner=alice)
        ticket.assign(bruno, by=alice, now=now)
        event = Event.objects.get(kind="ticket.assigned")
        assert {f"desk-{alice.pk}", f"desk-{bruno.pk}"} <= set(event.topics)
        assert event.data["old"]["owner"] == alice.pk
        assert event.data["new"]["owner"] == bruno.pk

    def test_giving_it_to_who_has_it_tells_nothing(self, alice: User, now: datetime) -> None:
        ticket = Ticket.open("No line", by=alice, now=now, owner=alice)
        ticket.assign(alice, by=alice, now=now)
        assert not Event.objects.filter(kind="ticket.assigned").exists()

    def test_a_team_comes_along_if_it_is_named(
        self, alice: User, amir: User, billing: Team, now: datetime
    ) -> None:
        ticket = Ticket.open("Invoice", by=alice, now=now, owner=alice)
        ticket.assign(amir, by=alice, now=now, team=billing)
        assert Ticket.objects.get(pk=ticket.pk).team == billing

    def test_it_can_be_taken_from_every_team(
        self, alice: User, technical: Team, billing: Team, now: datetime
    ) -> None:
        ticket = Ticket.open("Invoice", by=alice, now=now, owner=alice, team=billing)
        ticket.assign(alice, by=alice, now=now)
        assert Ticket.objects.get(pk=ticket.pk).team == billing
        form = AssignmentForm.of(ticket, QueryDict(f"team=&owner={alice.pk}"))
        assert form.is_valid(), form.errors
        form.keep(ticket, by=alice, now=now)
        assert Ticket.objects.get(pk=ticket.pk).team is None
        assert Event.objects.filter(kind="ticket.assigned").count() == 1

    def test_what_has_an_owner_cannot_be_claimed(self, alice: User, bruno: User, now: datetime) -> None:
        ticket = Ticket.open("No line", by=alice, now=now)
        stale = Ticket.objects.get(pk=ticket.pk)
        assert ticket.claim(by=alice, now=now)
        assert not stale.claim(by=bruno, now=now)
        assert Ticket.objects.get(pk=ticket.pk).owner == alice
        assert Event.objects.filter(kind="ticket.claimed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_ten_who_claim_at_once_exactly_one_gets_it(now: datetime) -> None:
    people = [person(f"agent{number}", f"Agent {number}", Role.AGENT) for number in range(10)]
    ticket = Ticket.open("No line", by=None, now=now)
    start = threading.Barrier(len(people))
    won: list[User] = []

    def reach(user: User) -> None:
        mine = Ticket.objects.get(pk=ticket.pk)
        start.wait(10)
        if mine.claim(by=user, now=now):
            won.append(user)
        connection.close()

    threads = [threading.Thread(target=reach, args=(user,)) for user in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [Ticket.objects.get(pk=ticket.pk).owner] == won
