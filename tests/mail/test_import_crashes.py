"""The mailer is killed again and again while mail streams in: nothing is lost, nothing is there twice."""

from __future__ import annotations

import os
import random
import signal
import smtplib
import threading
from collections import Counter
from email.message import EmailMessage
from functools import cache
from time import sleep

import pytest

from hallom.mail.models import IncomingMail, Intake, KnownId, Mailbox, Progress, Security
from hallom.tickets.models import Attachment, Message, Ticket
from hallom.timeline.models import Event
from tests.mail.dovecot import PASSWORD, Dovecot, until
from tests.mail.nursery import nursery
from tests.telephony.house import free_ports

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
ROUNDS = int(os.environ.get("HALLOM_CRASH_ROUNDS", "60"))
MAILS_A_ROUND = 6
SEED = 20260716
# Long enough to connect, fetch and import a good part of what waits.
LONGEST_LIFE_SECONDS = 0.6
CAUGHT = ("stored, not imported", "imported")


# Whoever sends a mail again sends the same bytes: made anew, a mail with a file would have another boundary.
@cache
def letter(number: int) -> bytes:
    """Three mails a conversation: the second and third answer the first."""
    mail = EmailMessage()
    conversation, place = divmod(number, 3)
    mail["From"], mail["To"] = f"Writer {conversation} <writer{conversation}@example.org>", "help@example.com"
    mail["Subject"], mail["Message-ID"] = f"mail {number}", f"<{number}@example.org>"
    if place:
        mail["References"] = f"<{conversation * 3}@example.org>"
    mail.set_content(f"This is number {number}.\n")
    if place == 1:
        mail.add_attachment(f"file {number}".encode(), maintype="text", subtype="csv", filename="list.csv")
    return mail.as_bytes()


def test_killed_mailers_lose_no_mail_of_an_imap_server_and_import_none_twice(dovecot: Dovecot) -> None:
    Mailbox.objects.create(
        name="Help", address="help@example.com", imap_host="127.0.0.1", imap_port=dovecot.port,
        imap_security=Security.NONE, imap_user="help", imap_password=PASSWORD,
    )  # fmt: skip
    chance = random.Random(SEED)
    count = ROUNDS * MAILS_A_ROUND
    caught: Counter[str] = Counter()
    with nursery() as young:
        for turn in range(ROUNDS):
            numbers = range(turn * MAILS_A_ROUND, (turn + 1) * MAILS_A_ROUND)
            stream = threading.Thread(
                target=dovecot.deliver_all, args=("help", [letter(each) for each in numbers])
            )
            child = young.mailer()
            stream.start()
            # Not waited for anything: the moment of the kill is the point. On a busy machine nothing begins so soon.
            longer = 1 if all(caught[each] for each in CAUGHT) else 2 ** min(turn // 5, 3)
            sleep(chance.uniform(0.05, LONGEST_LIFE_SECONDS * longer))
            young.kill(child)
            stream.join()
            caught["stored, not imported"] += IncomingMail.objects.filter(progress=Progress.STORED).exists()
            caught["imported"] += IncomingMail.objects.exclude(progress=Progress.STORED).exists()
        last = young.mailer()
        until(lambda: imported() == count, seconds=120, what=lambda: f"of {count}: {told()}")
        until(lambda: dovecot.count("help", "UNSEEN") == 0, what="the server is told of all")
        young.kill(last, signal.SIGTERM)
    check(count)
    assert all(caught.values()), f"no kill hit anything: {caught}"


def test_killed_mailers_lose_no_mail_they_said_yes_to(settings: object) -> None:
    Mailbox.objects.create(name="Help", address="help@example.com", intake=Intake.SMTP)
    chance = random.Random(SEED + 1)
    port = free_ports(1)[0]
    rounds = max(ROUNDS // 3, 1)
    waiting = list(range(rounds * MAILS_A_ROUND))
    with nursery(port) as young:
        for _turn in range(rounds):
            child = young.mailer()
            killer = threading.Timer(
                chance.uniform(0.2, LONGEST_LIFE_SECONDS), os.kill, (child, signal.SIGKILL)
            )
            killer.start()
            # A server that got no yes keeps the mail and comes again.
            while killer.is_alive() and waiting:
                if hand_in(port, waiting[0]):
                    waiting.pop(0)
            killer.join()
            young.kill(child)
        last = young.mailer()
        while waiting:
            if hand_in(port, waiting[0]):
                waiting.pop(0)
        count = rounds * MAILS_A_ROUND
        until(lambda: imported() >= count and not unread(), seconds=60, what="all imported")
        young.kill(last, signal.SIGTERM)
    check(count)


def hand_in(port: int, number: int) -> bool:
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
            client.sendmail("writer@example.org", ["help@example.com"], letter(number))
    except (OSError, smtplib.SMTPException):
        sleep(0.01)
        return False
    return True


def imported() -> int:
    return IncomingMail.objects.filter(progress=Progress.IMPORTED).count()


def told() -> Counter[tuple[str, str, int]]:
    return Counter(IncomingMail.objects.values_list("progress", "reason", "attempts"))


def unread() -> bool:
    return IncomingMail.objects.filter(progress=Progress.STORED).exists()


def check(count: int) -> None:
    """Each mail is one message of the conversation it belongs to, once, with its file, its id and its event."""
    subjects = Counter(Message.objects.values_list("subject", flat=True))
    assert subjects == Counter(f"mail {number}" for number in range(count))
    by_ticket: dict[int, set[int]] = {}
    for ticket, subject in Message.objects.values_list("ticket", "subject"):
        by_ticket.setdefault(ticket, set()).add(int(subject.removeprefix("mail ")) // 3)
    assert all(len(conversations) == 1 for conversations in by_ticket.values())
    assert Ticket.objects.count() == -(-count // 3)
    assert Attachment.objects.count() == len([number for number in range(count) if number % 3 == 1])
    assert KnownId.objects.filter(kind=KnownId.Kind.THEIRS).count() == count
    assert Event.objects.filter(kind="ticket.message_received").count() == count
    rows = IncomingMail.objects.exclude(progress=Progress.IMPORTED)
    # SMTP cannot promise that nothing is sent twice; what is, is recognised.
    assert set(rows.values_list("progress", "reason")) <= {(Progress.IGNORED, "double")}
