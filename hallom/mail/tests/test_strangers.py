"""A stranger's mail about a ticket waits for one click: it belongs there, or it is a ticket of its own."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from hallom.customers.models import Customer
from hallom.mail import strangers
from hallom.mail.models import IncomingMail, Mailbox, Progress
from hallom.mail.tests.arriving import arrive, letter, mailbox
from hallom.staff.models import Team, User
from hallom.tickets.models import Message, Notice, Status, Ticket
from hallom.tickets.tests.test_at_once import Beside
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db
SAM = "Sam Stranger <sam@elsewhere.example>"


@pytest.fixture
def ticket(
    technical: Team, alice: User, carla: Customer, now: datetime, settings: Any, tmp_path: Any
) -> Ticket:
    settings.HALLOM_DATA = tmp_path
    mailbox(team=technical)
    ticket = arrive(letter(Message_ID="<first@example.org>"), now).ticket
    assert ticket is not None
    return Ticket.objects.get(pk=ticket.pk)


@pytest.fixture
def mail(ticket: Ticket, now: datetime) -> IncomingMail:
    return arrive(
        letter(f"Re: [#{ticket.number}]", sender=SAM, body="I am her son.\n", Message_ID="<son@example.net>"),
        now + timedelta(hours=1),
    )


def test_admitted_it_is_part_of_the_conversation_and_opens_the_ticket_again(
    ticket: Ticket, mail: IncomingMail, alice: User, now: datetime
) -> None:
    ticket.solve(by=alice, now=now)
    assert strangers.admit(mail, by=alice, now=now) == ticket
    row = IncomingMail.objects.get(pk=mail.pk)
    assert (row.progress, row.decided_by, row.decided_at) == (Progress.IMPORTED, alice, now)
    assert row.message is not None
    assert (row.message.ticket, row.message.body.strip(), row.message.at) == (
        ticket,
        "I am her son.",
        mail.received_at,
    )
    ticket.refresh_from_db()
    assert ticket.status == Status.OPEN
    assert Event.objects.filter(
        kind="mail.stranger_admitted", ticket_id=ticket.pk, actor_id=alice.pk
    ).exists()


def test_whoever_was_admitted_once_belongs(
    ticket: Ticket, mail: IncomingMail, alice: User, now: datetime
) -> None:
    strangers.admit(mail, by=alice, now=now)
    again = arrive(letter(f"[#{ticket.number}]", sender=SAM), now)
    assert (again.progress, again.ticket) == (Progress.IMPORTED, ticket)


def test_the_address_can_become_the_customers_own(
    ticket: Ticket, mail: IncomingMail, alice: User, carla: Customer, now: datetime
) -> None:
    strangers.admit(mail, by=alice, now=now, remember=True)
    assert carla.contact_points.filter(kind="email", normalised="sam@elsewhere.example").exists()
    assert Message.objects.latest("pk").customer == carla
    assert Customer.objects.count() == 1


def test_turned_away_it_is_a_ticket_and_a_customer_of_its_own(
    ticket: Ticket, mail: IncomingMail, alice: User, technical: Team, now: datetime
) -> None:
    own = strangers.turn_away(mail, by=alice, now=now)
    assert own != ticket
    assert (own.team, own.customer.name if own.customer else "") == (technical, "Sam Stranger")
    assert Message.objects.filter(ticket=ticket).count() == 1
    assert IncomingMail.objects.get(pk=mail.pk).ticket == own


def test_of_two_who_decide_one_is_too_late(
    ticket: Ticket, mail: IncomingMail, alice: User, bruno: User, now: datetime
) -> None:
    strangers.admit(mail, by=alice, now=now)
    with pytest.raises(strangers.Decided):
        strangers.turn_away(mail, by=bruno, now=now)
    assert Ticket.objects.count() == 1


def test_a_strangers_answer_to_a_third_party_conversation_stays_in_it(
    ticket: Ticket, alice: User, now: datetime
) -> None:
    from hallom.mail.keys import token_keys
    from hallom.mail.tokens import Token, make_message_id

    side = ticket.side_threads.create(subject="modem", address="ask@supplier.example", opened_at=now)  # type: ignore[attr-defined]
    message_id = make_message_id("example.com", Token(ticket.pk, side.pk), token_keys()[0], unique="s1")
    mail = arrive(letter("Re: modem", sender="peter@supplier.example", In_Reply_To=f"<{message_id}>"), now)
    assert mail.progress == Progress.STRANGER
    strangers.admit(mail, by=alice, now=now)
    row = IncomingMail.objects.get(pk=mail.pk)
    assert row.message is not None
    assert (row.message.side, row.message.customer) == (side, None)


def test_the_page_asks_and_one_click_decides(
    ticket: Ticket, mail: IncomingMail, alice: User, client: Client
) -> None:
    client.force_login(alice)
    page = client.get(ticket.get_absolute_url()).content.decode()
    assert "A stranger writes about this ticket" in page
    assert "I am her son." in page
    answer = client.post(f"/mail/{mail.pk}/place/", {"place": "here", "remember": "1"}, follow=True)
    assert answer.redirect_chain[0][0] == ticket.get_absolute_url()
    page = answer.content.decode()
    assert "A stranger writes about this ticket" not in page
    assert "I am her son." in page
    assert mail.from_address in [point.normalised for point in ticket.customer.contact_points.all()]  # type: ignore[union-attr]


def test_a_ticket_of_its_own_is_where_the_click_leads(
    ticket: Ticket, mail: IncomingMail, alice: User, client: Client
) -> None:
    client.force_login(alice)
    answer = client.post(f"/mail/{mail.pk}/place/", {"place": "own"})
    assert answer["Location"] == Ticket.objects.latest("pk").get_absolute_url()
    assert Ticket.objects.count() == 2


def test_deciding_twice_says_so(ticket: Ticket, mail: IncomingMail, alice: User, client: Client) -> None:
    client.force_login(alice)
    client.post(f"/mail/{mail.pk}/place/", {"place": "here"})
    answer = client.post(f"/mail/{mail.pk}/place/", {"place": "own"}, follow=True)
    assert "Somebody has decided about this mail already." in answer.content.decode()
    assert Ticket.objects.count() == 1


def test_another_teams_ticket_does_not_exist(
    ticket: Ticket, mail: IncomingMail, amir: User, client: Client
) -> None:
    client.force_login(amir)
    assert client.post(f"/mail/{mail.pk}/place/", {"place": "here"}).status_code == 404
    assert client.get(f"/mail/{mail.pk}/original/").status_code == 404
    assert IncomingMail.objects.get(pk=mail.pk).progress == Progress.STRANGER


def test_the_original_is_a_file_and_never_a_page(
    ticket: Ticket, mail: IncomingMail, alice: User, client: Client
) -> None:
    client.force_login(alice)
    answer = client.get(f"/mail/{mail.pk}/original/")
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert b"I am her son." in b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def test_after_a_merge_the_question_is_asked_where_the_ticket_went(
    ticket: Ticket,
    mail: IncomingMail,
    alice: User,
    carla: Customer,
    technical: Team,
    client: Client,
    now: datetime,
) -> None:
    target = Ticket.open("the other", by=alice, now=now, customer=carla, team=technical)
    ticket.merge_into(target, by=alice, now=now)
    client.force_login(alice)
    assert "I am her son." in client.get(target.get_absolute_url()).content.decode()
    assert strangers.admit(mail, by=alice, now=now) == target
    assert Mailbox.objects.count() == 1


def test_after_two_merges_it_is_still_asked(
    ticket: Ticket,
    mail: IncomingMail,
    alice: User,
    carla: Customer,
    technical: Team,
    client: Client,
    now: datetime,
) -> None:
    between = Ticket.open("between", by=alice, now=now, customer=carla, team=technical)
    last = Ticket.open("the last", by=alice, now=now, customer=carla, team=technical)
    ticket.merge_into(between, by=alice, now=now)
    between.merge_into(last, by=alice, now=now)
    client.force_login(alice)
    assert "I am her son." in client.get(last.get_absolute_url()).content.decode()


def test_about_spam_nobody_would_see_it_wait(ticket: Ticket, alice: User, now: datetime) -> None:
    ticket.mark_spam(by=alice, now=now)
    mail = arrive(letter(f"Re: [#{ticket.number}]", sender=SAM), now)
    assert mail.progress == Progress.IMPORTED
    assert mail.ticket is not None
    assert mail.ticket != ticket


def told(ticket: Ticket) -> set[str]:
    rows = Notice.objects.filter(ticket=ticket, kind="stranger")
    return set(rows.values_list("user__username", flat=True))


def test_the_team_is_told_when_the_owner_is_no_longer_here(
    ticket: Ticket, alice: User, bruno: User, now: datetime
) -> None:
    ticket.assign(alice, by=bruno, now=now)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    members = User.objects.filter(is_active=True, memberships__team=ticket.team)
    arrive(letter(f"Re: [#{ticket.number}]", sender=SAM), now)
    assert told(ticket) == set(members.values_list("username", flat=True)) != set()


def test_of_a_ticket_of_nobody_a_supervisor_is_told(ticket: Ticket, bruno: User, now: datetime) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(team=None)
    arrive(letter(f"Re: [#{ticket.number}]", sender=SAM), now)
    assert "bruno" in told(ticket)


def place(client: Client, mail: IncomingMail) -> int:
    return client.post(f"/mail/{mail.pk}/place/", {"place": "here"}).status_code


def test_into_a_deleted_ticket_nobody_is_admitted(
    client: Client, ticket: Ticket, mail: IncomingMail, bruno: User, now: datetime
) -> None:
    ticket.delete_softly(by=bruno, now=now)
    client.force_login(bruno)
    assert place(client, mail) == 409
    assert IncomingMail.objects.get(pk=mail.pk).progress == Progress.STRANGER
    assert Message.objects.filter(ticket=ticket).count() == 1


@pytest.mark.django_db(transaction=True)
def test_nor_into_one_that_is_deleted_in_the_same_instant(
    client: Client, ticket: Ticket, mail: IncomingMail, bruno: User, now: datetime
) -> None:
    client.force_login(bruno)
    placing = Beside(lambda: place(client, mail))
    with transaction.atomic():
        Ticket.objects.get(pk=ticket.pk).delete_softly(by=bruno, now=now)
        placing.start()
        assert placing.is_blocked()
    assert placing.done() == 409
    assert Message.objects.filter(ticket=ticket).count() == 1
