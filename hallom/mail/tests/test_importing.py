"""Where mails go: one test for each rule of the import."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, transaction
from django.test import Client

from hallom.customers.models import ContactPoint, Customer, Organisation
from hallom.mail import importing, intake, keys, placing
from hallom.mail.models import (
    IncomingMail,
    KnownId,
    Mailbox,
    OutgoingMail,
    Progress,
    Recipient,
    RecipientState,
)
from hallom.mail.tests.arriving import HELP, arrive, letter, mailbox
from hallom.mail.tokens import Token, make_address, make_message_id
from hallom.staff.models import Team, User
from hallom.storage import blobs
from hallom.tickets.models import Attachment, Direction, LinkKind, Message, Notice, NoticeKind, Status, Ticket
from hallom.tickets.tests.test_at_once import Beside
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db
CARLA = "Carla Customer <carla@example.org>"
STRANGER = "Sam Stranger <sam@elsewhere.example>"


@pytest.fixture(autouse=True)
def _data(settings: Any, tmp_path: Any) -> None:
    settings.HALLOM_DATA = tmp_path


@pytest.fixture
def box(technical: Team) -> Mailbox:
    return mailbox(team=technical)


@pytest.fixture
def ticket(box: Mailbox, carla: Customer, now: datetime) -> Ticket:
    """Opened by Carla's mail <first@example.org>."""
    mail = arrive(letter(Message_ID="<first@example.org>"), now)
    assert mail.ticket is not None
    return Ticket.objects.get(pk=mail.ticket.pk)


def ours(ticket: Ticket) -> str:
    """A Message-ID of a mail we wrote about the ticket."""
    return make_message_id("example.com", Token(ticket.pk), keys.token_keys()[0], unique="u1")


def answered(ticket: Ticket, box: Mailbox, now: datetime, *, to: str = "carla@example.org") -> OutgoingMail:
    """We wrote to her; the mail is out."""
    message = ticket.add_message(
        "Please restart it.", channel="email", direction="out", now=now, delivery="sent"
    )
    mail = OutgoingMail.objects.create(
        message=message, mailbox=box, identifier=ours(ticket), state="sent", send_at=now, created_at=now
    )
    Recipient.objects.create(mail=mail, address=to, kind="to", state=RecipientState.ACCEPTED, at=now)
    KnownId.objects.create(identifier=mail.identifier, kind=KnownId.Kind.OURS, ticket=ticket, message=message)
    return mail


# a mail of its own


def test_a_mail_opens_a_ticket_of_the_mailboxs_team_for_the_customer_who_has_the_address(
    box: Mailbox, carla: Customer, technical: Team, now: datetime
) -> None:
    mail = arrive(letter("Re: No internet", Message_ID="<a@example.org>"), now)
    assert (mail.progress, mail.is_automatic) == (Progress.IMPORTED, False)
    ticket = Ticket.objects.get()
    assert (ticket.customer, ticket.team, ticket.channel, ticket.status) == (
        carla,
        technical,
        "email",
        Status.NEW,
    )
    message = Message.objects.get()
    assert (message.ticket, message.customer, message.direction) == (ticket, carla, Direction.IN)
    assert (message.from_address, message.at) == ("carla@example.org", now)
    assert message.body.strip() == "It has been down since noon."
    assert Event.objects.filter(kind="ticket.message_received", ticket_id=ticket.pk).count() == 1
    opened = Event.objects.get(kind="ticket.opened")
    assert (opened.data["mail"], opened.data["silent"]) == (mail.pk, "")


def test_who_is_new_becomes_a_customer_in_the_mailboxs_language(box: Mailbox, now: datetime) -> None:
    Mailbox.objects.update(language="pl")
    arrive(letter(sender="Ewa Nowak <Ewa.Nowak@Example.PL>"), now)
    customer = Customer.objects.get()
    assert (customer.name, customer.language) == ("Ewa Nowak", "pl")
    assert ContactPoint.objects.get().normalised == "ewa.nowak@example.pl"
    arrive(letter("another", sender="ewa.nowak@EXAMPLE.pl"), now)
    assert Customer.objects.count() == 1


def test_a_writer_without_a_name_is_called_by_the_address(box: Mailbox, now: datetime) -> None:
    arrive(letter(sender="ewa@example.pl"), now)
    assert Customer.objects.get().name == "ewa@example.pl"


def test_a_form_of_our_own_website_names_its_writer_in_reply_to(
    box: Mailbox, carla: Customer, now: datetime
) -> None:
    arrive(letter(sender=f"Website <{HELP}>", Reply_To=CARLA), now)
    assert Ticket.objects.get().customer == carla


FORM = "Form service <no-reply@forms.example>"


def test_a_form_elsewhere_names_its_writer_in_reply_to_and_is_answered_there(
    box: Mailbox, carla: Customer, now: datetime
) -> None:
    mail = arrive(letter(sender=FORM, Reply_To=CARLA), now)
    ticket = Ticket.objects.get()
    assert (ticket.customer, mail.reason) == (carla, "nobody")
    assert Message.objects.get().from_address == "carla@example.org"


def test_reply_to_makes_nobody_a_part_of_a_ticket(ticket: Ticket, box: Mailbox, now: datetime) -> None:
    mail = arrive(letter(f"Re: [#{ticket.number}]", sender=FORM, Reply_To=CARLA), now)
    assert (mail.progress, mail.ticket) == (Progress.STRANGER, ticket)


def test_a_mail_without_a_writer_is_a_ticket_without_a_customer(box: Mailbox, now: datetime) -> None:
    mail = arrive(b"Subject: help me\r\n\r\nplease\r\n", now)
    ticket = Ticket.objects.get()
    assert (ticket.subject, ticket.customer) == ("help me", None)
    assert mail.is_automatic


def test_a_mail_without_a_subject_gets_words_in_the_mailboxs_language(box: Mailbox, now: datetime) -> None:
    arrive(letter(""), now)
    assert Ticket.objects.get().subject == "(no subject)"


def test_the_html_is_made_harmless_and_the_quoted_part_folded(box: Mailbox, now: datetime) -> None:
    html = (
        "<p>Still down.</p><script>alert(1)</script><img src='https://track.example/p.gif' width=1 height=1>"
        "<blockquote type=cite>You wrote: restart it</blockquote>"
    )
    body = "Still down.\n\nOn Thu, Jul 16, 2026 at 9:00 Help <help@example.com> wrote:\n> restart it\n"
    arrive(letter(body=body, html=html), now)
    message = Message.objects.get()
    assert "Still down." in message.html
    assert "script" not in message.html + message.quoted_html
    assert (message.remote_images, message.trackers) == (0, 1)
    assert "track.example" not in message.html
    assert message.body.strip() == "Still down."
    assert "restart it" in message.quoted
    assert "restart it" in message.quoted_html


def test_files_are_kept_once_under_safe_names_and_images_are_shown_from_here(
    box: Mailbox, now: datetime
) -> None:
    for number in (1, 2):
        mail = letter(f"photo {number}", html='<p>see</p><img src="cid:pic@x">')
        html_part = mail.get_payload()[1]  # type: ignore[index]
        html_part.add_related(b"\x89PNG....", "image", "png", cid="<pic@x>", filename="pic.png")  # type: ignore[union-attr]
        mail.add_attachment(
            b"%PDF-1.4", maintype="application", subtype="pdf", filename="../../etc/passwd.pdf"
        )
        arrive(mail, now)
    rows = Attachment.objects.order_by("id").select_related("blob", "message")
    assert rows.count() == 4
    assert len({row.blob_id for row in rows}) == 2
    image = next(row for row in rows if row.is_inline)
    assert f"/attachments/{image.pk}/" in image.message.html  # type: ignore[union-attr]
    document = next(row for row in rows if not row.is_inline)
    assert "/" not in document.name
    assert blobs.read(document.blob) == b"%PDF-1.4"


# answers


def test_an_answer_is_known_by_the_signed_address(ticket: Ticket, box: Mailbox, now: datetime) -> None:
    address = make_address(HELP, Token(ticket.pk), keys.token_keys()[0])
    mail = arrive(letter("something else", to="x@example.net"), now, envelope_to=address)
    assert mail.ticket == ticket


def test_an_answer_is_known_by_our_message_id(ticket: Ticket, now: datetime) -> None:
    assert arrive(letter("something else", In_Reply_To=f"<{ours(ticket)}>"), now).ticket == ticket


def test_an_answer_is_known_by_references(ticket: Ticket, now: datetime) -> None:
    mail = arrive(
        letter("x", References="<unknown@example.org> <first@example.org>", Message_ID="<b@example.org>"), now
    )
    assert mail.ticket == ticket
    again = arrive(letter("y", In_Reply_To="<b@example.org>"), now)
    assert again.ticket == ticket


def test_an_answer_is_known_by_the_number_in_the_subject(ticket: Ticket, now: datetime) -> None:
    mail = arrive(letter(f"AW: No internet [#{ticket.number}]"), now)
    assert (mail.progress, mail.ticket) == (Progress.IMPORTED, ticket)
    assert Message.objects.filter(ticket=ticket).count() == 2


def test_siblings_that_share_an_unknown_root_become_one_ticket(box: Mailbox, now: datetime) -> None:
    first = arrive(letter("a", References="<root@example.org>", Message_ID="<b@example.org>"), now)
    second = arrive(letter("b", References="<root@example.org>", Message_ID="<c@example.org>"), now)
    assert second.ticket == first.ticket


def test_an_answer_opens_a_pending_and_a_solved_ticket_again(ticket: Ticket, now: datetime) -> None:
    for move in ("await_customer", "solve"):
        ticket.refresh_from_db()
        ticket.advance(move, by=None, now=now)
        arrive(letter(f"Re [#{ticket.number}] {move}"), now)
        ticket.refresh_from_db()
        assert ticket.status == Status.OPEN


def test_an_answer_soon_after_closing_opens_the_ticket_again(
    ticket: Ticket, box: Mailbox, now: datetime
) -> None:
    ticket.close(by=None, now=now)
    mail = arrive(letter(f"[#{ticket.number}]"), now + timedelta(days=box.follow_up_days - 1))
    ticket.refresh_from_db()
    assert (mail.ticket, ticket.status) == (ticket, Status.OPEN)


def test_an_answer_long_after_closing_opens_a_new_ticket_that_names_the_old(
    ticket: Ticket, box: Mailbox, now: datetime
) -> None:
    ticket.close(by=None, now=now)
    mail = arrive(letter(f"[#{ticket.number}]"), now + timedelta(days=box.follow_up_days + 1))
    ticket.refresh_from_db()
    assert ticket.status == Status.CLOSED
    assert mail.ticket is not None
    assert mail.ticket != ticket
    assert mail.ticket.links.get().other == ticket
    assert mail.ticket.links.get().kind == LinkKind.RELATED


def test_an_answer_to_a_merged_ticket_goes_into_the_one_it_became(
    ticket: Ticket, box: Mailbox, carla: Customer, alice: User, now: datetime
) -> None:
    target = Ticket.open("the other", by=alice, now=now, customer=carla, team=box.team)
    ticket.merge_into(target, by=alice, now=now)
    assert arrive(letter(f"[#{ticket.number}]"), now).ticket == target


def test_an_answer_to_a_deleted_ticket_opens_a_new_one(ticket: Ticket, alice: User, now: datetime) -> None:
    ticket.delete_softly(by=alice, now=now)
    mail = arrive(letter(f"[#{ticket.number}]"), now)
    assert mail.progress == Progress.IMPORTED
    assert mail.ticket != ticket


# who belongs


def test_a_stranger_who_names_the_number_waits_for_one_click(
    ticket: Ticket, box: Mailbox, alice: User, now: datetime
) -> None:
    mail = arrive(letter(f"Re: [#{ticket.number}]", sender=STRANGER, body="Tell me all.\n"), now)
    assert (mail.progress, mail.ticket, mail.message) == (Progress.STRANGER, ticket, None)
    assert (mail.from_address, mail.from_name) == ("sam@elsewhere.example", "Sam Stranger")
    assert mail.excerpt == "Tell me all."
    assert Message.objects.filter(ticket=ticket).count() == 1
    notice = Notice.objects.get()
    assert (notice.user, notice.kind, notice.ticket) == (alice, NoticeKind.STRANGER, ticket)
    assert Customer.objects.count() == 1


def test_the_owner_alone_is_told_of_a_stranger(
    ticket: Ticket, alice: User, bruno: User, now: datetime
) -> None:
    ticket.assign(bruno, by=bruno, now=now)
    Notice.objects.all().delete()
    arrive(letter(f"[#{ticket.number}]", sender=STRANGER), now)
    assert list(Notice.objects.values_list("user", flat=True)) == [bruno.pk]


def test_her_second_address_belongs(ticket: Ticket, carla: Customer, now: datetime) -> None:
    carla.contact_points.create(kind="email", value="Carla@Home.example")
    mail = arrive(letter(f"[#{ticket.number}]", sender="Carla <carla@home.example>"), now)
    assert (mail.progress, mail.ticket) == (Progress.IMPORTED, ticket)


def test_a_colleague_of_the_same_organisation_belongs(ticket: Ticket, carla: Customer, now: datetime) -> None:
    firm = Organisation.objects.create(name="Firm")
    carla.organisation = firm
    carla.save()
    colleague = Customer.register(name="Cecil", by=None, now=now, organisation=firm)
    colleague.contact_points.create(kind="email", value="cecil@example.org")
    mail = arrive(letter(f"[#{ticket.number}]", sender="cecil@example.org"), now)
    assert (mail.progress, mail.ticket) == (Progress.IMPORTED, ticket)
    assert mail.message is not None
    assert mail.message.customer == colleague


def test_who_was_in_copy_belongs(box: Mailbox, carla: Customer, now: datetime) -> None:
    first = arrive(letter(Cc="Dan <dan@example.net>", Message_ID="<x@example.org>"), now)
    mail = arrive(letter("Re", sender="dan@example.net", In_Reply_To="<x@example.org>"), now)
    assert (mail.progress, mail.ticket) == (Progress.IMPORTED, first.ticket)


def test_a_third_partys_answer_stays_in_its_side_thread(ticket: Ticket, alice: User, now: datetime) -> None:
    side = ticket.side_threads.create(subject="modem", address="ask@supplier.example", opened_at=now)  # type: ignore[attr-defined]
    message_id = make_message_id("example.com", Token(ticket.pk, side.pk), keys.token_keys()[0], unique="s1")
    mail = arrive(letter("Re: modem", sender="ask@supplier.example", In_Reply_To=f"<{message_id}>"), now)
    assert mail.message is not None
    assert (mail.ticket, mail.message.side) == (ticket, side)


# machines


def test_an_out_of_office_is_noted_and_changes_nothing(ticket: Ticket, box: Mailbox, now: datetime) -> None:
    answered(ticket, box, now)
    ticket.refresh_from_db()
    ticket.await_customer(by=None, now=now)
    mail = arrive(
        letter(
            "Out of office: No internet",
            body="I am out of the office until Monday.\n",
            In_Reply_To=f"<{ours(ticket)}>",
            Auto_Submitted="auto-replied",
        ),
        now,
    )
    ticket.refresh_from_db()
    assert (mail.progress, mail.ticket, mail.is_automatic) == (Progress.NOTED, ticket, True)
    assert ticket.status == Status.PENDING
    assert mail.message is not None
    assert mail.message.is_automatic


def test_our_own_mail_that_comes_back_is_left_aside(ticket: Ticket, now: datetime) -> None:
    mail = arrive(letter("Re", sender=HELP, Message_ID=f"<{ours(ticket)}>"), now)
    assert (mail.progress, mail.reason) == (Progress.IGNORED, "own")
    assert Message.objects.count() == 1


def test_a_sender_faster_than_a_person_gets_no_answer_from_a_machine(box: Mailbox, now: datetime) -> None:
    mails = [arrive(letter(f"alarm {number}"), now + timedelta(seconds=number)) for number in range(25)]
    assert [mail.progress for mail in mails] == [Progress.IMPORTED] * 25
    assert not mails[0].is_automatic
    assert (mails[-1].is_automatic, mails[-1].reason) == (True, "flood")
    assert Event.objects.filter(kind="ticket.opened").last().data["silent"] == "flood"  # type: ignore[union-attr]


def test_two_systems_that_answer_each_other_stop_after_one_exchange(box: Mailbox, now: datetime) -> None:
    robot = "Robot <Robot@machine.example>"
    first = arrive(letter("Order 1", sender=robot), now)
    assert first.ticket is not None
    assert Event.objects.get(kind="ticket.opened").data["silent"] == ""
    # Our acknowledgement; the robot answers it with another new mail, without a word of what it answers.
    out = answered(first.ticket, box, now, to="Robot@machine.example")
    OutgoingMail.objects.filter(pk=out.pk).update(is_automatic=True)
    second = arrive(letter("Thank you for your message", sender=robot), now + timedelta(seconds=20))
    assert (second.progress, second.is_automatic, second.reason) == (Progress.IMPORTED, True, "exchanged")
    much_later = arrive(letter("Order 2", sender=robot), now + timedelta(hours=2))
    assert not much_later.is_automatic


DSN = """From: MAILER-DAEMON@mx.example.net
To: help@example.com
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

{words}

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} no such user

--b
Content-Type: text/rfc822-headers

Message-ID: <{original}>
Subject: No internet

--b--
"""


def dsn(
    original: str, *, address: str = "carla@example.org", action: str = "failed", status: str = "5.1.1"
) -> bytes:
    text = DSN.format(words="It failed.", address=address, action=action, status=status, original=original)
    return text.replace("\n", "\r\n").encode()


def test_a_bounce_marks_the_message_and_the_address_and_tells_the_author(
    ticket: Ticket, box: Mailbox, alice: User, carla: Customer, now: datetime
) -> None:
    out = answered(ticket, box, now)
    Message.objects.filter(pk=out.message_id).update(author=alice)
    mail = arrive(dsn(out.identifier), now, envelope_from="")
    assert (mail.progress, mail.reason, mail.ticket) == (Progress.NOTED, "bounce", ticket)
    assert mail.message_id == out.message_id
    assert Recipient.objects.get().state == RecipientState.BOUNCED
    assert Message.objects.get(pk=out.message_id).delivery == "failed"
    assert [(notice.user, notice.kind) for notice in Notice.objects.all()] == [(alice, NoticeKind.FAILED)]
    point = carla.contact_points.get(kind="email")
    assert point.bounced_at == now
    assert "5.1.1" in point.bounce_reason
    assert Ticket.objects.count() == 1


def test_a_bounce_from_where_the_customer_has_mail_forwarded_to_marks_the_message_and_no_address(
    ticket: Ticket, box: Mailbox, carla: Customer, now: datetime
) -> None:
    out = answered(ticket, box, now)
    mail = arrive(dsn(out.identifier, address="elsewhere@example.net"), now, envelope_from="")
    assert (mail.progress, mail.reason) == (Progress.NOTED, "bounce")
    assert Message.objects.get(pk=out.message_id).delivery == "failed"
    assert Recipient.objects.get().state == RecipientState.BOUNCED
    assert carla.contact_points.get(kind="email").bounced_at is None


def test_a_bounce_in_words_that_names_nobody_is_of_the_only_recipient(
    ticket: Ticket, box: Mailbox, carla: Customer, now: datetime
) -> None:
    out = answered(ticket, box, now)
    raw = (
        "From: MAILER-DAEMON@example.net\r\nSubject: Returned mail\r\n"
        f"In-Reply-To: <{out.identifier}>\r\n\r\nWe could not deliver it: 550 5.1.1 User unknown\r\n"
    )
    mail = arrive(raw.encode(), now, envelope_from="")
    assert (mail.progress, mail.reason) == (Progress.NOTED, "bounce")
    assert Message.objects.get(pk=out.message_id).delivery == "failed"
    assert carla.contact_points.get(kind="email").bounced_at == now


def test_a_delay_is_noted_and_nothing_is_marked(
    ticket: Ticket, box: Mailbox, carla: Customer, now: datetime
) -> None:
    out = answered(ticket, box, now)
    mail = arrive(dsn(out.identifier, action="delayed", status="4.4.1"), now)
    assert (mail.progress, mail.reason) == (Progress.NOTED, "delayed")
    assert Message.objects.get(pk=out.message_id).delivery == "sent"
    assert carla.contact_points.get(kind="email").bounced_at is None


def test_a_colleagues_mail_is_neither_answered_nor_quoted_to_the_customer(
    ticket: Ticket, box: Mailbox, alice: User, client: Client, now: datetime
) -> None:
    User.objects.filter(pk=alice.pk).update(email="alice@house.example")
    ours = arrive(letter(f"Re: [#{ticket.number}]", sender="alice@house.example", body="Between us.\n"), now)
    assert (ours.progress, ours.ticket) == (Progress.IMPORTED, ticket)
    client.force_login(alice)
    composer = client.get(f"/tickets/{ticket.number}/composer/?kind=public", headers={"HX-Request": "true"})
    shown = composer.content.decode()
    first = Message.objects.filter(ticket=ticket).earliest("pk")
    assert 'name="to" value="carla@example.org"' in shown
    assert f'name="quote" value="{first.pk}"' in shown


def test_a_full_mailbox_is_no_wrong_address(
    ticket: Ticket, box: Mailbox, carla: Customer, now: datetime
) -> None:
    out = answered(ticket, box, now)
    assert arrive(dsn(out.identifier, status="5.2.2"), now, envelope_from="").reason == "bounce"
    assert Message.objects.get(pk=out.message_id).delivery == "failed"
    assert carla.contact_points.get(kind="email").bounced_at is None


def test_who_writes_from_it_has_an_address_that_works(
    ticket: Ticket, box: Mailbox, carla: Customer, now: datetime
) -> None:
    out = answered(ticket, box, now)
    arrive(dsn(out.identifier), now, envelope_from="")
    assert carla.contact_points.get(kind="email").bounced_at == now
    arrive(letter(f"Re: [#{ticket.number}]", Auto_Submitted="auto-replied"), now)
    assert carla.contact_points.get(kind="email").bounced_at == now
    arrive(letter(f"Re: [#{ticket.number}]"), now)
    point = carla.contact_points.get(kind="email")
    assert (point.bounced_at, point.bounce_reason) == (None, "")


def test_a_bounce_of_a_mail_we_never_wrote_is_left_aside(ticket: Ticket, box: Mailbox, now: datetime) -> None:
    answered(ticket, box, now)
    mail = arrive(dsn("forged@example.com", address="carla@example.org"), now)
    assert (mail.progress, mail.reason) == (Progress.IGNORED, "bounce_of_unknown")
    assert Recipient.objects.get().state == RecipientState.ACCEPTED


# doubles, failures


def test_the_same_mail_once_more_is_left_aside(box: Mailbox, now: datetime) -> None:
    mail = letter(Message_ID="<a@example.org>")
    first = arrive(mail, now)
    again = letter(Message_ID="<a@example.org>", Received="from another server")
    double = arrive(again, now)
    assert (double.progress, double.reason, double.ticket) == (Progress.IGNORED, "double", first.ticket)
    assert Message.objects.count() == 1


def test_another_mail_under_the_same_message_id_is_no_double(box: Mailbox, now: datetime) -> None:
    arrive(letter(Message_ID="<scanner@example.org>", body="page one\n"), now)
    other = arrive(letter(Message_ID="<scanner@example.org>", body="page two\n"), now)
    assert other.progress == Progress.IMPORTED
    assert Message.objects.count() == 2


def test_each_mailbox_gets_its_own_copy(box: Mailbox, now: datetime) -> None:
    billing = mailbox(name="Billing", address="billing@example.com")
    arrive(letter(Message_ID="<a@example.org>"), now)
    assert arrive(letter(Message_ID="<a@example.org>"), now, to=billing).progress == Progress.IMPORTED


def test_importing_twice_changes_nothing(box: Mailbox, now: datetime) -> None:
    row = intake.store(letter().as_bytes(), box, now=now)
    stale = IncomingMail.objects.get(pk=row.pk)
    importing.import_mail(row, now=now)
    stale.attempts = 1
    with pytest.raises(importing.AlreadyImported):
        importing._import(stale, importing.house(), now)
    assert importing.import_mail(stale, now=now).progress == Progress.IMPORTED


def test_a_mail_that_cannot_be_imported_is_handed_on_unread_at_last(
    box: Mailbox, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_given: Any, **_named: Any) -> None:
        raise KeyError("a mistake of ours")

    monkeypatch.setattr(placing, "place", fails)
    row = intake.store(letter("Important").as_bytes(), box, now=now)
    for _attempt in range(importing.MOST_ATTEMPTS):
        row = importing.import_mail(row, now=now)
        assert row.progress == Progress.STORED
    assert not Ticket.objects.exists()
    row = importing.import_mail(row, now=now)
    assert (row.progress, row.reason) == (Progress.REFUSED, "unreadable")
    kept = Attachment.objects.select_related("blob").get()
    assert (kept.name, blobs.read(kept.blob)) == ("mail.eml", letter("Important").as_bytes())


def test_while_the_database_is_away_nothing_is_decided(
    box: Mailbox, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_given: Any, **_named: Any) -> None:
        raise OperationalError("gone")

    row = intake.store(letter().as_bytes(), box, now=now)
    monkeypatch.setattr(placing, "place", fails)
    with pytest.raises(OperationalError):
        importing.import_mail(row, now=now)
    assert IncomingMail.objects.get().progress == Progress.STORED


def test_a_mail_whose_file_is_gone_is_told_to_a_person(box: Mailbox, now: datetime) -> None:
    row = intake.store(letter().as_bytes(), box, now=now)
    blobs.path_of(row.raw).unlink()
    row = importing.import_mail(row, now=now)
    assert row.progress == Progress.REFUSED
    assert Ticket.objects.count() == 1


def test_of_a_mail_that_was_cut_a_note_says_so(box: Mailbox, now: datetime) -> None:
    row = intake.store_all(
        [intake.Arrived(letter().as_bytes(), 1, is_cut=True)], box, uid_validity=1, now=now
    )[0]
    row = importing.import_mail(row, now=now)
    assert (row.progress, row.reason) == (Progress.IMPORTED, "cut")
    assert row.ticket is not None
    assert "Only its beginning was kept" in row.ticket.notes.get().body


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("status", [Status.OPEN, Status.SOLVED])
def test_a_mail_joins_no_ticket_that_is_deleted_in_the_same_instant(
    box: Mailbox, alice: User, now: datetime, status: Status
) -> None:
    first = arrive(letter(Message_ID="<first@example.org>"), now).ticket
    assert first is not None
    Ticket.objects.filter(pk=first.pk).update(status=status)
    mail, later = letter("Re: No internet", In_Reply_To="<first@example.org>"), now + timedelta(minutes=1)
    answer = intake.store(mail.as_bytes(), box, now=later)
    beside = Beside(lambda: importing.import_mail(answer, now=later))
    with transaction.atomic():
        Ticket.objects.get(pk=first.pk).delete_softly(by=alice, now=later)
        beside.start()
        assert beside.is_blocked()
    assert beside.done().progress == Progress.STORED
    assert importing.import_mail(answer, now=later).ticket != first
    assert Message.objects.filter(ticket=first).count() == 1
