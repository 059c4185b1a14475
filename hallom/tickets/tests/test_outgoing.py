from datetime import datetime, timedelta
from typing import Any

import pytest

from hallom.customers.models import Customer
from hallom.staff.models import User
from hallom.storage import blobs
from hallom.tickets import drafts, outgoing
from hallom.tickets.models import (
    Attachment,
    Channel,
    Delivery,
    Direction,
    Draft,
    DraftKind,
    Message,
    Move,
    Note,
    SideThread,
    Status,
    Ticket,
)
from hallom.tickets.outgoing import Answer, CannotSend, NotPublic, check_newer, recall, send
from hallom.tickets.persons import Person
from hallom.tickets.tests.conftest import Postman
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db
CARLA = Person("carla@example.org", "Carla")


@pytest.fixture
def ticket(alice: User, carla: Customer, now: datetime) -> Ticket:
    return Ticket.open("No line", by=alice, now=now, customer=carla, owner=alice)


def answer(html: str = "<p>It comes tomorrow</p>", **rest: Any) -> Answer:
    return Answer(**{"html": html, "to": (CARLA,), **rest})


def file_of(draft: Draft, now: datetime, data: bytes = b"plan") -> Attachment:
    return Attachment.objects.create(
        draft=draft, blob=blobs.keep(data, now=now), name="plan.pdf", content_type="application/pdf"
    )


def draft_of(ticket: Ticket, author: User, now: datetime, kind: str = DraftKind.REPLY) -> Draft:
    return drafts.save(ticket, author, kind, html="<p>x</p>", now=now, revision=0)


def test_an_answer_waits_ten_seconds_to_be_called_back(
    ticket: Ticket, postman: Postman, alice: User, now: datetime
) -> None:
    message = send(ticket, answer(), by=alice, now=now)
    later = now + timedelta(seconds=10)
    assert (message.delivery, message.send_at, postman.queued) == (
        Delivery.WAITING,
        later,
        [(message.pk, later)],
    )
    assert (message.body, message.subject, message.to) == (
        "It comes tomorrow",
        "No line",
        [{"name": "Carla", "address": "carla@example.org"}],
    )


def test_an_answer_is_sent_later(ticket: Ticket, postman: Postman, alice: User, now: datetime) -> None:
    tomorrow = now + timedelta(hours=20)
    send(ticket, answer(send_at=tomorrow), by=alice, now=now)
    assert postman.queued[0][1] == tomorrow


def test_what_cannot_leave_is_refused_and_nothing_is_kept(
    ticket: Ticket, postman: Postman, alice: User, now: datetime
) -> None:
    for code, words in {
        "nobody": answer(to=()),
        "empty": answer("<p> <br></p>"),
        "no_way_out": answer(channel=Channel.SMS),
        "file": answer(attachments=(999_999,)),
    }.items():
        with pytest.raises(CannotSend) as refused:
            send(ticket, words, by=alice, now=now)
        assert refused.value.code == code
    assert not Message.objects.exists()
    assert not postman.queued


def test_a_note_has_no_way_in(ticket: Ticket, postman: Postman, alice: User, now: datetime) -> None:
    note: Any = ticket.add_note("He is difficult", by=alice, now=now)
    for words in (note, answer(note), answer(signature=note), answer(quote=note), "text", None):
        with pytest.raises(NotPublic):
            send(ticket, words, by=alice, now=now)
    assert not Message.objects.exists()


def test_the_signature_stands_under_the_text_and_above_what_is_quoted(
    ticket: Ticket, postman: Postman, alice: User, now: datetime
) -> None:
    question = ticket.add_message("When?", channel=Channel.EMAIL, direction=Direction.IN, by=None, now=now)
    message = send(
        ticket, answer(signature="<p>Alice</p><script>1</script>", quote=question), by=alice, now=now
    )
    assert message.body == "It comes tomorrow"
    assert message.quoted.startswith("Alice\n\n")
    assert message.quoted_html.startswith("<p>Alice</p><p>")
    assert message.quoted_html.endswith("<blockquote><p>When?</p></blockquote>")


def test_what_is_called_back_quotes_the_same_when_it_is_sent_again(
    ticket: Ticket, postman: Postman, alice: User, now: datetime
) -> None:
    question = ticket.add_message("When?", channel=Channel.EMAIL, direction=Direction.IN, by=None, now=now)
    assert recall(send(ticket, answer(quote=question), by=alice, now=now), by=alice, now=now)
    assert Draft.objects.get().values["quote"] == str(question.pk)


def test_a_first_mail_to_a_third_party_that_is_called_back_leaves_no_conversation_behind(
    ticket: Ticket, postman: Postman, alice: User, now: datetime
) -> None:
    side = SideThread.objects.create(
        ticket=ticket, subject="Courier", address="c@courier.example", opened_at=now
    )
    first = send(ticket, answer(side=side), by=alice, now=now)
    assert recall(first, by=alice, now=now)
    draft = Draft.objects.get()
    assert (draft.kind, draft.side, draft.html) == (DraftKind.FORWARD, None, "<p>It comes tomorrow</p>")
    assert not ticket.side_threads.exists()


def test_a_later_mail_to_a_third_party_that_is_called_back_is_a_draft_of_their_conversation(
    ticket: Ticket, postman: Postman, alice: User, now: datetime
) -> None:
    side = SideThread.objects.create(
        ticket=ticket, subject="Courier", address="c@courier.example", opened_at=now
    )
    send(ticket, answer(side=side), by=alice, now=now)
    assert recall(send(ticket, answer(side=side), by=alice, now=now), by=alice, now=now)
    assert Draft.objects.get().side == side


def test_only_a_message_of_the_same_thread_is_quoted(
    ticket: Ticket, postman: Postman, alice: User, now: datetime
) -> None:
    side = SideThread.objects.create(
        ticket=ticket, subject="Courier", address="c@courier.example", opened_at=now
    )
    to_customer = ticket.add_message(
        "Secret price 12", channel="email", direction=Direction.OUT, by=alice, now=now
    )
    of_courier = Message.objects.create(
        ticket=ticket, channel="email", direction=Direction.IN, side=side, body="He was drunk", at=now
    )
    other = Ticket.open("Other", by=alice, now=now)
    elsewhere = other.add_message("Elsewhere", channel="email", direction=Direction.IN, now=now)
    for words in (
        answer(quote=of_courier),
        answer(quote=to_customer, side=side),
        answer(quote=elsewhere),
    ):
        with pytest.raises(NotPublic):
            send(ticket, words, by=alice, now=now)
    with pytest.raises(NotPublic):
        send(other, answer(side=side), by=alice, now=now)
    sent = send(ticket, answer(quote=to_customer), by=alice, now=now)
    assert "Alice Agent írta:" in sent.quoted
    assert "> Secret price 12" in sent.quoted
    assert "Secret" not in sent.body


def test_files_go_from_the_draft_to_the_message(
    ticket: Ticket, postman: Postman, alice: User, now: datetime
) -> None:
    draft = draft_of(ticket, alice, now)
    below, inside = file_of(draft, now), file_of(draft, now)
    html = f'<p>See <img src="/attachments/{inside.pk}/plan.pdf" data-attachment="{inside.pk}"></p>'
    message = send(ticket, answer(html, attachments=(below.pk,)), by=alice, now=now)
    kept = {one.pk: (one.is_inline, bool(one.content_id)) for one in message.attachments.all()}
    assert kept == {below.pk: (False, True), inside.pk: (True, True)}
    assert not draft.attachments.exists()


def test_files_that_are_not_of_ones_own_public_draft_stay(
    ticket: Ticket, postman: Postman, alice: User, bruno: User, now: datetime
) -> None:
    note = ticket.add_note("See file", by=alice, now=now)
    of_note = file_of(draft_of(ticket, alice, now), now)
    Attachment.objects.filter(pk=of_note.pk).update(draft=None, note=note)
    of_note_draft = file_of(draft_of(ticket, alice, now, DraftKind.NOTE), now)
    of_bruno = file_of(draft_of(ticket, bruno, now), now)
    for one in (of_note, of_note_draft, of_bruno):
        image = f'<p>x <img src="/attachments/{one.pk}/plan.pdf" data-attachment="{one.pk}"></p>'
        for words in (answer(attachments=(one.pk,)), answer(image)):
            with pytest.raises(NotPublic):
                send(ticket, words, by=alice, now=now)
    assert not Message.objects.exists()


def test_who_answers_takes_the_ticket_and_begins_it(
    postman: Postman, carla: Customer, alice: User, now: datetime
) -> None:
    ticket = Ticket.open("No line", by=None, now=now, customer=carla)
    ticket.add_message("No internet", channel="email", direction=Direction.IN, now=now)
    send(ticket, answer(), by=alice, now=now)
    kept = Ticket.objects.get()
    assert (kept.owner, kept.status, kept.waiting_since) == (alice, Status.OPEN, None)


def test_an_automatic_answer_takes_nothing_and_ends_no_wait(
    postman: Postman, carla: Customer, alice: User, now: datetime
) -> None:
    ticket = Ticket.open("No line", by=None, now=now, customer=carla)
    ticket.add_message("No internet", channel="email", direction=Direction.IN, now=now)
    sent = send(ticket, answer(is_automatic=True), by=None, now=now)
    kept = Ticket.objects.get()
    assert (kept.owner, kept.status, kept.waiting_since, sent.send_at) == (None, Status.NEW, now, now)


@pytest.mark.parametrize("start", [None, "hold", "solve", "close", "await_customer"])
def test_send_and_wait(
    start: str | None, ticket: Ticket, postman: Postman, alice: User, now: datetime
) -> None:
    if start:
        ticket.advance(start, by=alice, now=now)
    send(ticket, answer(then=Move.AWAIT_CUSTOMER), by=alice, now=now)
    assert Ticket.objects.get().status == Status.PENDING


def test_undo_brings_the_words_back(ticket: Ticket, postman: Postman, alice: User, now: datetime) -> None:
    ticket.add_message("No internet", channel="email", direction=Direction.IN, now=now)
    file = file_of(draft_of(ticket, alice, now), now)
    words = answer(attachments=(file.pk,), cc=(Person("d@example.org"),), then=Move.AWAIT_CUSTOMER)
    message = send(ticket, words, by=alice, now=now)
    drafts.discard(ticket, alice, DraftKind.REPLY, now=now)
    assert recall(message, by=alice, now=now)
    draft = Draft.objects.get()
    assert draft.html == "<p>It comes tomorrow</p>"
    assert draft.values == {
        "to": "Carla <carla@example.org>",
        "cc": "d@example.org",
        "bcc": "",
        "subject": "No line",
    }
    assert [one.pk for one in draft.attachments.all()] == [file.pk]
    kept = Ticket.objects.get()
    assert (kept.status, kept.waiting_since) == (Status.OPEN, now)
    assert Message.objects.filter(direction=Direction.OUT).count() == 0


def test_undo_loses_nothing_that_was_begun_meanwhile(
    ticket: Ticket, postman: Postman, alice: User, now: datetime
) -> None:
    message = send(ticket, answer(), by=alice, now=now)
    drafts.save(ticket, alice, DraftKind.REPLY, html="<p>And another</p>", now=now, revision=0)
    assert recall(message, by=alice, now=now)
    assert Draft.objects.get().html == "<p>It comes tomorrow</p><p>And another</p>"


def test_what_has_left_is_not_called_back(
    ticket: Ticket, postman: Postman, alice: User, now: datetime
) -> None:
    message = send(ticket, answer(), by=alice, now=now)
    postman.is_gone = True
    assert not recall(message, by=alice, now=now)
    postman.is_gone = False
    outgoing.delivered(message, Delivery.SENT, now=now)
    assert not recall(message, by=alice, now=now)
    assert Message.objects.count() == 1


def test_a_status_somebody_changed_meanwhile_stays(
    ticket: Ticket, postman: Postman, alice: User, now: datetime
) -> None:
    message = send(ticket, answer(then=Move.AWAIT_CUSTOMER), by=alice, now=now)
    Ticket.objects.get().hold(by=alice, now=now)
    recall(message, by=alice, now=now)
    assert Ticket.objects.get().status == Status.ON_HOLD


def test_it_counts_as_a_contact_once_it_is_out(
    ticket: Ticket, postman: Postman, alice: User, now: datetime
) -> None:
    message = send(ticket, answer(), by=alice, now=now)
    assert not Event.objects.filter(data__contact="email").exists()
    for delivery in (Delivery.SENDING, Delivery.SENT, Delivery.SENT, Delivery.PARTLY):
        outgoing.delivered(message, delivery, now=now)
    assert Event.objects.filter(data__contact="email", data__direction="out").count() == 1
    assert Message.objects.get().delivery == Delivery.PARTLY


def test_a_failed_message_goes_again(ticket: Ticket, postman: Postman, alice: User, now: datetime) -> None:
    message = send(ticket, answer(), by=alice, now=now)
    with pytest.raises(CannotSend):
        send(ticket, message, by=alice, now=now)
    outgoing.delivered(message, Delivery.FAILED, now=now)
    again = send(ticket, message, by=alice, now=now)
    assert (again.pk, again.delivery, len(postman.queued)) == (message.pk, Delivery.WAITING, 2)
    stranger = ticket.add_message("No internet", channel="email", direction=Direction.IN, now=now)
    with pytest.raises(CannotSend):
        send(ticket, stranger, by=alice, now=now)


def test_what_others_added_stops_an_answer(ticket: Ticket, alice: User, bruno: User, now: datetime) -> None:
    first = ticket.add_message("No internet", channel="email", direction=Direction.IN, now=now)
    seen = f"m{first.pk}n0"
    assert check_newer(ticket, seen, by=alice) is None
    ticket.add_note("Mine", by=alice, now=now)
    assert check_newer(ticket, seen, by=alice) is None
    note = ticket.add_note("Wait", by=bruno, now=now + timedelta(minutes=1))
    reply = ticket.add_message(
        "It works!", channel="email", direction=Direction.IN, customer=ticket.customer, now=now
    )
    newer = check_newer(ticket, seen, by=alice)
    assert newer is not None
    assert [(one.kind, one.who) for one in newer.entries] == [
        ("message", "Carla Customer"),
        ("note", "Bruno Supervisor"),
    ]
    assert newer.seen == f"m{reply.pk}n{note.pk}"
    assert check_newer(ticket, newer.seen, by=alice) is None
    assert check_newer(ticket, "", by=alice) is None


def test_a_note_mentions_but_an_answer_does_not(
    ticket: Ticket, postman: Postman, alice: User, now: datetime
) -> None:
    html = '<p><span data-mention="7">@Bruno</span> <mark data-missing="x">name</mark><script>1</script></p>'
    message = send(ticket, answer(html), by=alice, now=now)
    assert message.html == "<p>@Bruno name</p>"


def test_a_subject_is_one_line(ticket: Ticket, postman: Postman, alice: User, now: datetime) -> None:
    message = send(ticket, answer(subject="Hello\r\nBcc: evil@example.org"), by=alice, now=now)
    assert message.subject == "Hello Bcc: evil@example.org"


def test_nothing_of_a_note_is_on_any_message(
    ticket: Ticket, postman: Postman, alice: User, now: datetime
) -> None:
    ticket.add_note("canary-4711", by=alice, now=now)
    send(ticket, answer(), by=alice, now=now)
    assert Note.objects.count() == 1
    assert "canary-4711" not in str(list(Message.objects.values()))
