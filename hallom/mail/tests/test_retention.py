"""Raw mails are kept for a stated time, and never deleted before they were read or decided about."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from hallom.customers.models import Customer
from hallom.mail import intake, retention
from hallom.mail.models import IncomingMail, Progress
from hallom.mail.tests.arriving import arrive, letter, mailbox
from hallom.staff.models import Team
from hallom.storage import blobs
from hallom.tickets.models import Attachment, Message

pytestmark = pytest.mark.django_db
YEAR = timedelta(days=365)
SAM = "Sam Stranger <sam@elsewhere.example>"


@pytest.fixture(autouse=True)
def house(technical: Team, carla: Customer, settings: Any, tmp_path: Any) -> None:
    settings.HALLOM_DATA = tmp_path
    mailbox(team=technical)


def is_there(mail: IncomingMail) -> bool:
    return blobs.path_of(mail.raw).exists()


def test_a_mail_in_its_ticket_is_discarded_after_its_time_and_not_before(now: datetime) -> None:
    mail = arrive(letter(Message_ID="<first@example.org>"), now)
    assert retention.purge(now + YEAR, days=365) == 0
    assert is_there(mail)
    later = now + YEAR + timedelta(seconds=1)
    assert retention.purge(later, days=0) == 0
    assert retention.purge(later, days=365) == 1
    assert not is_there(mail)
    assert Message.objects.get(mails=mail).body.strip() == "It has been down since noon."
    assert retention.purge(later, days=365) == 0


def test_what_was_not_read_yet_or_waits_for_a_decision_is_kept_however_old(now: datetime) -> None:
    first = arrive(letter(Message_ID="<first@example.org>"), now)
    assert first.ticket is not None
    strange = arrive(letter(f"Re: [#{first.ticket.number}]", sender=SAM, Message_ID="<s@example.net>"), now)
    unread = intake.store(letter(Message_ID="<unread@example.org>").as_bytes(), first.mailbox, now=now)
    assert (strange.progress, unread.progress) == (Progress.STRANGER, Progress.STORED)
    assert retention.purge(now + 3 * YEAR, days=365) == 1
    assert [is_there(mail) for mail in (first, strange, unread)] == [False, True, True]


def test_bytes_that_are_a_file_of_a_ticket_too_are_kept(now: datetime) -> None:
    mail = arrive(letter(Message_ID="<first@example.org>"), now)
    message = Message.objects.get(mails=mail)
    Attachment.objects.create(message=message, blob=mail.raw, name="mail.eml", content_type="message/rfc822")
    assert retention.purge(now + 2 * YEAR, days=365) == 0
    assert is_there(mail)


def test_the_same_bytes_again_are_kept_again_and_known_as_a_double(now: datetime) -> None:
    sent = letter(Message_ID="<first@example.org>")
    mail = arrive(sent, now)
    later = now + 2 * YEAR
    retention.purge(later, days=365)
    again = arrive(sent, later)
    assert (again.raw_id, again.progress, again.reason) == (mail.raw_id, Progress.IGNORED, "double")
    assert blobs.read(again.raw) == sent.as_bytes()
    assert retention.purge(later, days=365) == 0
