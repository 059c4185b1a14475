"""What a message does to the ticket it arrives at, and who is told."""

from datetime import datetime, timedelta

import pytest

from hallom.customers.models import Customer
from hallom.staff.models import Team, User
from hallom.tickets.models import Message, Notice, NoticeKind, SideThread, Status, Ticket
from hallom.tickets.notices import notify, unread
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(alice: User, carla: Customer, technical: Team, now: datetime) -> Ticket:
    return Ticket.open("No line", by=alice, now=now, customer=carla, owner=alice, team=technical)


def says(ticket: Ticket, now: datetime, **more: object) -> Message:
    given = {"channel": "email", "direction": "in", "customer": ticket.customer, **more}
    return ticket.add_message("And?", now=now, **given)  # type: ignore[arg-type]


def told(user: User) -> list[str]:
    return [notice.kind for notice in Notice.objects.filter(user=user).order_by("id")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Status.NEW, Status.NEW),
        (Status.OPEN, Status.OPEN),
        (Status.PENDING, Status.OPEN),
        (Status.ON_HOLD, Status.ON_HOLD),
        (Status.SOLVED, Status.OPEN),
        (Status.CLOSED, Status.CLOSED),
    ],
)
def test_what_comes_in_opens_what_waited_or_was_solved(
    before: Status, after: Status, ticket: Ticket, now: datetime
) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(status=before)
    says(Ticket.objects.get(pk=ticket.pk), now)
    assert Ticket.objects.get(pk=ticket.pk).status == after


@pytest.mark.parametrize("before", [Status.PENDING, Status.SOLVED])
def test_neither_what_goes_out_nor_a_machine_does(before: Status, ticket: Ticket, now: datetime) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(status=before)
    kept = Ticket.objects.get(pk=ticket.pk)
    says(kept, now, direction="out")
    says(kept, now, is_automatic=True)
    assert Ticket.objects.get(pk=ticket.pk).status == before


def test_everything_that_was_said_is_kept(ticket: Ticket, now: datetime) -> None:
    said = {
        "html": "<p>And?</p>",
        "subject": "Re: No line",
        "from_name": "Carla",
        "from_address": "carla@example.org",
        "to": [{"name": "", "address": "help@example.org"}],
        "cc": [{"name": "", "address": "cc@example.org"}],
        "quoted": "> Hello",
        "remote_images": 2,
        "trackers": 1,
        "delivery": "",
    }
    says(ticket, now, at=now - timedelta(minutes=5), **said)
    kept = Message.objects.get()
    assert {name: getattr(kept, name) for name in said} == said
    assert kept.at == now - timedelta(minutes=5)


def test_a_machines_mail_is_no_contact_and_begins_no_wait(ticket: Ticket, now: datetime) -> None:
    says(ticket, now, is_automatic=True)
    assert Ticket.objects.get(pk=ticket.pk).waiting_since is None
    says(ticket, now)
    says(ticket, now, direction="out", is_automatic=True)
    assert Ticket.objects.get(pk=ticket.pk).waiting_since == now
    assert Event.objects.filter(data__has_key="contact").count() == 1


def test_a_third_party_is_not_the_customer(ticket: Ticket, alice: User, now: datetime) -> None:
    side = SideThread.objects.create(ticket=ticket, subject="?", address="x@supplier.example", opened_at=now)
    says(ticket, now)
    says(ticket, now, direction="out", side=side, customer=None)
    says(ticket, now, side=side, customer=None)
    assert Ticket.objects.get(pk=ticket.pk).waiting_since == now
    assert Event.objects.filter(data__has_key="contact").count() == 1
    assert told(alice) == [NoticeKind.ANSWERED, NoticeKind.THIRD]


class TestNotices:
    def test_the_owner_hears_of_an_answer(self, ticket: Ticket, alice: User, now: datetime) -> None:
        says(ticket, now)
        assert told(alice) == [NoticeKind.ANSWERED]
        assert Event.objects.get(kind="notice.given").topics == [f"desk-{alice.pk}"]

    def test_but_not_of_what_he_wrote_down_himself(self, ticket: Ticket, alice: User, now: datetime) -> None:
        says(ticket, now, by=alice, channel="phone")
        assert told(alice) == []

    def test_several_unread_answers_are_one_notice(self, ticket: Ticket, alice: User, now: datetime) -> None:
        later = now + timedelta(minutes=5)
        says(ticket, now)
        says(ticket, later)
        assert Notice.objects.get().at == later
        assert unread(alice) == 1
        Notice.objects.update(read_at=later)
        says(ticket, later + timedelta(minutes=1))
        assert (Notice.objects.count(), unread(alice)) == (2, 1)

    def test_watchers_hear_of_messages_notes_and_moves_but_not_of_their_own(
        self, ticket: Ticket, alice: User, bruno: User, now: datetime
    ) -> None:
        ticket.watch(bruno, by=bruno, now=now)
        ticket.add_note("My own", by=bruno, now=now)
        assert told(bruno) == []
        for act in (
            lambda: says(ticket, now),
            lambda: ticket.add_note("Look", by=alice, now=now),
            lambda: ticket.solve(by=alice, now=now),
        ):
            Notice.objects.all().delete()
            act()
            assert told(bruno) == [NoticeKind.WATCHED]

    def test_an_owner_who_watches_is_told_once(self, ticket: Ticket, alice: User, now: datetime) -> None:
        ticket.watch(alice, by=alice, now=now)
        says(ticket, now)
        assert told(alice) == [NoticeKind.ANSWERED]

    def test_who_is_mentioned_is_told_and_a_notice_has_no_words(
        self, ticket: Ticket, alice: User, bruno: User, now: datetime
    ) -> None:
        ticket.watch(bruno, by=bruno, now=now)
        note = ticket.add_note("The password is swordfish", by=alice, now=now, mentions=[bruno, bruno, alice])
        notice = Notice.objects.get()
        assert (notice.user, notice.kind, notice.note) == (bruno, NoticeKind.MENTION, note)
        events = Event.objects.filter(ticket_id=ticket.pk)
        assert not any("swordfish" in str(event.data) for event in events)

    def test_who_may_not_see_the_ticket_is_not_told(
        self, ticket: Ticket, alice: User, amir: User, now: datetime
    ) -> None:
        ticket.add_note("Look", by=alice, now=now, mentions=[amir])
        assert told(amir) == []

    def test_a_new_owner_is_told(self, ticket: Ticket, alice: User, bruno: User, now: datetime) -> None:
        ticket.assign(bruno, by=alice, now=now)
        ticket.assign(alice, by=alice, now=now)
        assert (told(bruno), told(alice)) == ([NoticeKind.ASSIGNED], [])

    def test_a_ticket_opened_for_somebody_tells_him(self, alice: User, bruno: User, now: datetime) -> None:
        Ticket.open("No line", by=alice, now=now, owner=bruno)
        assert told(bruno) == [NoticeKind.ASSIGNED]

    def test_nobody_is_told_what_he_did_himself(self, ticket: Ticket, alice: User, now: datetime) -> None:
        notify(alice, NoticeKind.FAILED, ticket, now=now, actor=alice)
        assert told(alice) == []
        notify(alice, NoticeKind.FAILED, ticket, now=now)
        assert told(alice) == [NoticeKind.FAILED]
