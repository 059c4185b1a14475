"""The post against a real SMTP server: every answer a server can give."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from hallom.customers.models import ContactKind, ContactPoint, Customer
from hallom.mail import delivery, problems
from hallom.mail.automatic import WINDOWS
from hallom.mail.delivery import mark_bounced
from hallom.mail.models import KnownId, MailboxState, OutgoingMail, SendState
from hallom.mail.problems import Problem
from hallom.mail.sending_nowhere import NOWHERE
from hallom.staff.models import User
from hallom.tickets import outgoing
from hallom.tickets.models import Message, Notice, NoticeKind, Ticket
from hallom.tickets.outgoing import Answer, CannotSend
from hallom.tickets.persons import Person
from hallom.timeline.models import Event
from tests.mail.postbox import Postbox, until
from tests.mail.posting import GIVES_UP, QUICK, fates, mailbox_at, post, posted, settled

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def box() -> Iterator[Postbox]:
    box = Postbox().open()
    yield box
    box.close()


def test_a_mail_is_taken_once_and_the_message_says_sent(box: Postbox) -> None:
    mailbox_at(box)
    message = posted("carla@example.org", cc=(Person("dan@example.org"),), bcc=(Person("eve@example.org"),))
    with post():
        mail = settled(message)
    (taken,) = box.taken
    assert taken.envelope_from == "help@example.com"
    assert set(taken.recipients) == {"carla@example.org", "dan@example.org", "eve@example.org"}
    assert b"eve@example.org" not in taken.raw
    assert taken.identifier == mail.identifier
    assert mail.state == SendState.SENT
    assert not mail.maybe_twice
    assert set(fates(mail).values()) == {("accepted", "2.0.0")}
    message.refresh_from_db()
    assert message.delivery == "sent"
    assert message.from_address == "help@example.com"
    assert Event.objects.filter(kind="ticket.message_given", ticket_id=message.ticket_id).count() == 1
    assert KnownId.objects.get(identifier=mail.identifier).ticket_id == message.ticket_id


def test_many_mails_go_over_few_connections(box: Postbox) -> None:
    mailbox_at(box)
    ticket = Ticket.open("No internet", by=None, now=timezone.now())
    messages = [posted(f"c{number}@example.org", ticket=ticket) for number in range(25)]
    with post():
        for message in messages:
            settled(message)
    assert len(box.taken) == 25
    assert set(box.count().values()) == {1}
    assert box.connections <= 4


def test_nothing_leaves_before_its_time_and_an_undone_answer_never(box: Postbox, alice: User) -> None:
    mailbox_at(box)
    now = timezone.now()
    ticket = Ticket.open("No internet", by=alice, now=now)
    answer = Answer(html="<p>Oops</p>", to=(Person("carla@example.org"),))
    undone = outgoing.send(ticket, answer, by=alice, now=now)
    later = posted("dan@example.org", send_at=now + timedelta(hours=1))
    sentinel = posted("eve@example.org")
    assert outgoing.recall(undone, by=alice, now=now)
    with post():
        settled(sentinel)
    assert [each.recipients for each in box.taken] == [("eve@example.org",)]
    assert not OutgoingMail.objects.filter(message=undone.pk).exists()
    assert not KnownId.objects.filter(ticket=ticket).exists()
    assert OutgoingMail.objects.get(message=later).state == SendState.WAITING


def test_what_has_begun_to_leave_is_not_called_back(box: Postbox, alice: User) -> None:
    mailbox_at(box)
    message = posted("carla@example.org")
    with post():
        settled(message)
    assert not outgoing.recall(message, by=alice, now=timezone.now())
    assert Message.objects.filter(pk=message.pk).exists()


def test_one_of_two_is_refused(box: Postbox, alice: User) -> None:
    mailbox_at(box)
    box.recipients["gone@example.org"] = "550 5.1.1 no such user"
    ticket = Ticket.open("No internet", by=None, now=timezone.now(), owner=alice)
    message = posted("carla@example.org", "gone@example.org", ticket=ticket)
    with post():
        mail = settled(message)
    assert mail.state == SendState.SENT
    assert mail.message.delivery == "partly"
    assert fates(mail) == {
        "carla@example.org": ("accepted", "2.0.0"),
        "gone@example.org": ("refused", "5.1.1"),
    }
    assert box.taken[0].recipients == ("carla@example.org",)
    assert Notice.objects.get(user=alice, kind=NoticeKind.FAILED).ticket_id == ticket.pk


def test_nobody_is_taken(box: Postbox) -> None:
    mailbox_at(box)
    box.recipients["gone@example.org"] = "550 5.1.1 no such user"
    message = posted("gone@example.org")
    with post():
        mail = settled(message)
    assert mail.state == SendState.FAILED
    assert mail.message.delivery == "failed"
    assert "no such user" in mail.recipients.get().diagnostic
    assert box.taken == []


def test_a_server_that_knows_no_such_mailbox_marks_the_address(box: Postbox) -> None:
    mailbox_at(box)
    for name, reply in (("gone", "550 5.1.1 no such user"), ("full", "552 5.2.2 over quota")):
        customer = Customer.register(name=name, by=None, now=timezone.now())
        ContactPoint.objects.create(customer=customer, kind=ContactKind.EMAIL, value=f"{name}@example.org")
        box.recipients[f"{name}@example.org"] = reply
    message = posted("gone@example.org", "full@example.org")
    with post():
        settled(message)
    marked = ContactPoint.objects.exclude(bounced_at=None)
    assert [(point.value, point.bounce_reason) for point in marked] == [
        ("gone@example.org", "5.1.1 550 5.1.1 no such user")
    ]


def test_a_deferred_recipient_gets_it_later_and_the_others_no_second_time(box: Postbox) -> None:
    mailbox_at(box)
    box.recipients["slow@example.org"] = "450 4.2.1 greylisted"
    message = posted("carla@example.org", "slow@example.org")
    with post():
        until(lambda: box.taken)
        until(lambda: OutgoingMail.objects.get(message=message).attempts >= 2)
        message.refresh_from_db()
        assert message.delivery == "sending"
        del box.recipients["slow@example.org"]
        mail = settled(message)
    assert [each.recipients for each in box.taken] == [("carla@example.org",), ("slow@example.org",)]
    assert mail.message.delivery == "sent"
    assert not mail.maybe_twice


def test_data_refused_for_good_and_for_now(box: Postbox) -> None:
    mailbox_at(box)
    box.data = ["451 4.3.0 try again", "554 5.7.1 looks like spam"]
    message = posted("carla@example.org")
    with post():
        mail = settled(message)
    assert mail.state == SendState.FAILED
    assert mail.attempts == 2
    assert fates(mail) == {"carla@example.org": ("refused", "5.7.1")}
    assert not mail.maybe_twice


def test_given_up_when_it_has_been_tried_for_long_enough(box: Postbox, alice: User) -> None:
    mailbox_at(box)
    box.recipients["slow@example.org"] = "450 4.2.1 greylisted"
    ticket = Ticket.open("No internet", by=None, now=timezone.now(), owner=alice)
    message = posted("slow@example.org", ticket=ticket)
    with post(GIVES_UP):
        mail = settled(message)
    assert mail.state == SendState.FAILED
    assert fates(mail) == {"slow@example.org": ("refused", "4.2.1")}
    assert Notice.objects.filter(user=alice, kind=NoticeKind.FAILED).exists()


def test_a_connection_lost_after_the_data_is_tried_again_and_flagged(box: Postbox) -> None:
    mailbox_at(box)
    box.hangs_up = 1
    message = posted("carla@example.org")
    with post():
        mail = settled(message)
    assert mail.state == SendState.SENT
    assert mail.maybe_twice
    assert box.count()[mail.identifier] == 2
    assert box.taken[0].raw == box.taken[1].raw


def test_no_server_no_loss(box: Postbox) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        mailbox = mailbox_at(box, smtp_port=taken.getsockname()[1])
        messages = [posted(f"c{number}@example.org") for number in range(3)]
        with post():
            state = until(
                lambda: MailboxState.objects.filter(mailbox=mailbox).exclude(send_problem="").first()
            )
            assert state.send_problem == Problem.REFUSED
            assert problems.in_words(state.send_problem) == str(Problem.REFUSED.label)
            until(lambda: OutgoingMail.objects.filter(attempts__gte=2).exists())
            mailbox.smtp_port = box.port
            mailbox.save()
            for message in messages:
                assert settled(message).state == SendState.SENT
        state.refresh_from_db()
        assert state.send_problem == ""
        assert state.sent_at is not None
    assert set(box.count().values()) == {1}


def test_a_sender_the_server_does_not_want_is_the_mailboxs_problem_and_not_the_mails(box: Postbox) -> None:
    mailbox = mailbox_at(box)
    box.sender = "help@example.com|550 5.7.60 not permitted to send as this sender"
    message = posted("carla@example.org")
    with post():
        state = until(lambda: MailboxState.objects.filter(mailbox=mailbox).exclude(send_problem="").first())
        assert state.send_problem.startswith(f"{Problem.SENDER.value}: 550 5.7.60")
        assert OutgoingMail.objects.get(message=message).state != SendState.FAILED
        box.sender = ""
        assert settled(message).state == SendState.SENT


def test_automatic_mail_has_a_null_sender_unless_the_server_wants_none(box: Postbox) -> None:
    mailbox_at(box)
    first = posted("carla@example.org", is_automatic=True)
    with post():
        settled(first)
        box.sender = "<>|550 5.7.1 null sender not allowed"
        second = posted("dan@example.org", is_automatic=True)
        settled(second)
    assert [each.envelope_from for each in box.taken] == ["", "help@example.com"]
    assert {each.mail["Auto-Submitted"] for each in box.taken} == {"auto-generated"}


def test_a_machine_stops_writing_to_the_same_address(box: Postbox) -> None:
    mailbox_at(box)
    with contextlib.suppress(CannotSend):
        for _number in range(100):
            posted("carla@example.org", is_automatic=True)
    assert OutgoingMail.objects.count() == WINDOWS[0].per_sender
    with pytest.raises(CannotSend) as refused:
        posted("carla@example.org", is_automatic=True)
    assert refused.value.code == "loop"
    posted("carla@example.org")


def test_passwords_are_tried_and_wrong_ones_said(box: Postbox) -> None:
    secured = Postbox()
    secured.open(authenticator=secured.check_login, auth_require_tls=False, auth_required=True)
    try:
        mailbox = mailbox_at(secured, smtp_user="help", smtp_password="wrong")
        message = posted("carla@example.org")
        with post():
            state = until(
                lambda: MailboxState.objects.filter(mailbox=mailbox).exclude(send_problem="").first()
            )
            assert state.send_problem.startswith(Problem.PASSWORD.value)
            assert "wrong" not in state.send_problem
            mailbox.smtp_password = "right"
            mailbox.save()
            settled(message)
        assert secured.count().total() == 1
        assert {user.partition(" ")[2] for user in secured.users} == {"help"}
    finally:
        secured.close()


def test_sending_again_reaches_only_who_has_not_got_it(box: Postbox, alice: User) -> None:
    mailbox_at(box)
    box.recipients["gone@example.org"] = "550 5.1.1 no such user"
    message = posted("carla@example.org", "gone@example.org")
    with post():
        settled(message)
        box.recipients.clear()
        message.refresh_from_db()
        outgoing.send(message.ticket, message, by=alice, now=timezone.now())
        mail = settled(message)
    assert [each.recipients for each in box.taken] == [("carla@example.org",), ("gone@example.org",)]
    assert mail.message.delivery == "sent"


def test_what_has_reached_somebody_is_not_called_back(box: Postbox, alice: User) -> None:
    mailbox_at(box)
    box.recipients["gone@example.org"] = "550 5.1.1 no such user"
    message = posted("carla@example.org", "gone@example.org")
    with post():
        settled(message)
    now = timezone.now()
    message.refresh_from_db()
    outgoing.send(message.ticket, message, by=alice, now=now)
    assert not outgoing.recall(message, by=alice, now=now)
    assert Message.objects.filter(pk=message.pk).exists()


def test_a_mail_that_cannot_be_composed_holds_up_nobody(
    box: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox_at(box)
    broken, fine = posted("a@example.org"), posted("b@example.org")
    composing = delivery.letter_of

    def sometimes(mail: OutgoingMail) -> Any:
        if mail.message_id == broken.pk:
            raise RuntimeError("made to fail")
        return composing(mail)

    monkeypatch.setattr(delivery, "letter_of", sometimes)
    with post():
        assert settled(fine).state == SendState.SENT
        mail = settled(broken)
    assert (mail.state, mail.problem) == (SendState.FAILED, Problem.OURS.value)


def test_what_dies_on_the_way_is_tried_again_later(box: Postbox, monkeypatch: pytest.MonkeyPatch) -> None:
    mailbox_at(box)
    finishing, failures = delivery.finish, [RuntimeError("made to fail")]

    def sometimes(*given: Any, **named: Any) -> None:
        if failures:
            raise failures.pop()
        finishing(*given, **named)

    monkeypatch.setattr(delivery, "finish", sometimes)
    message = posted("carla@example.org")
    with post():
        mail = settled(message)
    assert mail.state == SendState.SENT
    assert mail.maybe_twice
    assert box.count()[mail.identifier] == 2


def test_whatever_a_server_says_can_be_kept(box: Postbox) -> None:
    mailbox_at(box)
    box.recipients["odd@example.org"] = "550 5.1.1 \x00 nul and é"
    message = posted("odd@example.org")
    with post():
        assert settled(message).state == SendState.FAILED


def test_a_bounce_is_written_to_its_recipient(box: Postbox, alice: User) -> None:
    mailbox_at(box)
    ticket = Ticket.open("No internet", by=None, now=timezone.now(), owner=alice)
    message = posted("carla@example.org", "dan@example.org", ticket=ticket)
    with post():
        mail = settled(message)
    now = timezone.now()
    assert mark_bounced(mail, "DAN@example.org", status="5.2.2", diagnostic="mailbox full", now=now)
    assert not mark_bounced(mail, "other@example.org", status="5.1.1", diagnostic="", now=now)
    message.refresh_from_db()
    assert message.delivery == "partly"
    assert fates(mail)["dan@example.org"] == ("bounced", "5.2.2")
    assert Notice.objects.filter(user=alice, kind=NoticeKind.FAILED).count() == 1


def test_what_a_dead_process_left_is_found(box: Postbox) -> None:
    mailbox_at(box)
    begun, handed = posted("a@example.org"), posted("b@example.org")
    OutgoingMail.objects.filter(message=begun).update(state=SendState.SENDING)
    OutgoingMail.objects.filter(message=handed).update(state=SendState.HANDING_OVER)
    with post():
        assert not settled(begun).maybe_twice
        assert settled(handed).maybe_twice
    assert len(box.taken) == 2


def test_two_posts_never_send_the_same_mail(box: Postbox) -> None:
    mailbox_at(box)
    messages = [posted(f"c{number}@example.org") for number in range(12)]
    with post(), post(QUICK):
        for message in messages:
            settled(message)
    assert set(box.count().values()) == {1}
    assert len(box.taken) == 12


def test_no_mailbox_no_way_out(db: None) -> None:
    with pytest.raises(CannotSend) as refused:
        posted("carla@example.org")
    assert refused.value.code == "no_way_out"
    assert not Message.objects.exists()


def test_the_demo_sends_to_nowhere_and_nobody_else_does(box: Postbox, settings: Any) -> None:
    mailbox = mailbox_at(box, smtp_host=NOWHERE)
    settings.HALLOM_DEMO = True
    message = posted("carla@example.org")
    with post():
        assert settled(message).state == SendState.SENT
    settings.HALLOM_DEMO = False
    message = posted("carla@example.org")
    with post():
        state = until(lambda: MailboxState.objects.filter(mailbox=mailbox).exclude(send_problem="").first())
    assert state.send_problem == Problem.NO_SUCH_HOST
    assert OutgoingMail.objects.get(message=message).state == SendState.WAITING
    assert box.taken == []
