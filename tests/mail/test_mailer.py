"""The mailer as it runs: mail comes in by both ways and is in a ticket at once; what changes is taken up without a restart."""

from __future__ import annotations

import signal
import smtplib
import time
from email.message import EmailMessage
from typing import Any

import psutil
import pytest
from django.db import transaction
from django.utils import timezone

from hallom.mail import intake, wake
from hallom.mail.models import IncomingMail, Intake, Mailbox, MailboxState, Progress, Security
from hallom.mail.parse import apart
from hallom.mail.tests.corpus_makers import hostile
from hallom.tickets.models import Message, Ticket
from tests.mail.dovecot import PASSWORD, Dovecot, until
from tests.mail.nursery import nursery
from tests.telephony.house import free_ports

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
VISIBLE_SECONDS = 2.0


def letter(subject: str) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Carla <carla@example.org>", "help@example.com", subject
    mail["Message-ID"] = f"<{subject.replace(' ', '-')}@example.org>"
    mail.set_content("It has been down since noon.\n")
    return mail.as_bytes()


def imap_box(dovecot: Dovecot, **facts: Any) -> Mailbox:
    given = {
        "name": "Help", "address": "help@example.com", "imap_host": "127.0.0.1", "imap_port": dovecot.port,
        "imap_security": Security.NONE, "imap_user": "help", "imap_password": PASSWORD, **facts,
    }  # fmt: skip
    return Mailbox.objects.create(**given)


def is_connected() -> bool:
    return MailboxState.objects.exclude(fetched_at=None).filter(fetch_problem="").exists()


def arrived(subject: str) -> Any:
    return Message.objects.filter(subject=subject).exists()


def test_a_mail_is_in_a_ticket_within_two_seconds(dovecot: Dovecot) -> None:
    imap_box(dovecot)
    with nursery() as young:
        child = young.mailer()
        until(is_connected, seconds=30)
        taken = []
        for number in range(5):
            dovecot.deliver("help", letter(f"mail {number}"))
            began = time.monotonic()
            until(lambda number=number: arrived(f"mail {number}"))
            taken.append(time.monotonic() - began)
        young.kill(child, signal.SIGTERM)
    assert sorted(taken)[len(taken) // 2] < VISIBLE_SECONDS, taken


def test_mailboxes_come_and_go_without_a_restart(dovecot: Dovecot) -> None:
    with nursery() as young:
        child = young.mailer()
        box = imap_box(dovecot, imap_password="wrong")
        wake.config_changed()
        until(lambda: MailboxState.objects.filter(fetch_problem__startswith="password").exists(), seconds=30)
        # No waiting for the pause after a refusal: the change begins anew.
        with transaction.atomic():
            Mailbox.objects.filter(pk=box.pk).update(imap_password=PASSWORD)
            wake.config_changed()
        until(is_connected)
        dovecot.deliver("help", letter("after the change"))
        until(lambda: arrived("after the change"))
        with transaction.atomic():
            Mailbox.objects.filter(pk=box.pk).update(is_active=False)
            wake.config_changed()
        until(lambda: sessions(dovecot) == 0, what="the connection is closed")
        young.kill(child, signal.SIGTERM)


def sessions(dovecot: Dovecot) -> int:
    """Connections to the server that are established."""
    connections = psutil.net_connections("tcp")
    return sum(
        one.status == psutil.CONN_ESTABLISHED and bool(one.raddr) and one.raddr.port == dovecot.port
        for one in connections
    )


def test_mail_handed_in_by_smtp_is_in_a_ticket_at_once(db: None) -> None:
    Mailbox.objects.create(name="Help", address="help@example.com", intake=Intake.SMTP)
    port = free_ports(1)[0]
    with nursery(port) as young:
        child = young.mailer()
        until(lambda: speaks(port), seconds=30)
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
            client.sendmail("carla@example.org", ["help@example.com"], letter("by smtp"))
        began = time.monotonic()
        until(lambda: arrived("by smtp"))
        assert time.monotonic() - began < VISIBLE_SECONDS
        young.kill(child, signal.SIGTERM)


def speaks(port: int) -> bool:
    try:
        smtplib.SMTP("127.0.0.1", port, timeout=2).quit()
    except OSError:
        return False
    return True


def test_what_was_stored_before_a_crash_is_imported_after_it(dovecot: Dovecot) -> None:
    box = imap_box(dovecot, intake=Intake.NONE)
    for number in range(30):
        intake.store(letter(f"mail {number}"), box, now=timezone.now())
    # As a mailer left them that died after it had begun.
    IncomingMail.objects.filter(pk__in=IncomingMail.objects.values("pk")[:7]).update(attempts=1)
    with nursery() as young:
        child = young.mailer()
        until(lambda: not IncomingMail.objects.filter(progress=Progress.STORED).exists(), seconds=30)
        young.kill(child, signal.SIGTERM)
    assert Message.objects.count() == Ticket.objects.count() == 30


def test_told_to_stop_it_stops_in_time(dovecot: Dovecot) -> None:
    imap_box(dovecot)
    with nursery() as young:
        child = young.mailer()
        until(is_connected, seconds=30)
        began = time.monotonic()
        young.kill(child, signal.SIGTERM)
        # The supervisor kills after ten.
        assert time.monotonic() - began < 8


def test_mail_that_is_hard_to_read_holds_up_nobody(db: None) -> None:
    box = Mailbox.objects.create(name="Help", address="help@example.com", intake=Intake.NONE)
    hard = [raw for raw in hostile().values() if not apart.is_ordinary(raw)]
    assert len(hard) > 3
    for raw in hard:
        intake.store(raw, box, now=timezone.now())
    for number in range(5):
        intake.store(letter(f"mail {number}"), box, now=timezone.now())
    with nursery() as young:
        child = young.mailer()
        until(lambda: arrived("mail 4"), seconds=30)
        before = IncomingMail.objects.filter(progress=Progress.STORED).count()
        until(lambda: not IncomingMail.objects.filter(progress=Progress.STORED).exists(), seconds=200)
        young.kill(child, signal.SIGTERM)
    assert before > 0, "everything was read in the order of arrival"
    assert IncomingMail.objects.exclude(progress=Progress.IGNORED).filter(ticket=None).count() == 0
