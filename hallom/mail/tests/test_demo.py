"""The demo organisation has real mails: one with a picture, and one of somebody nobody knows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from hallom.customers import demo as customers_demo
from hallom.mail import demo
from hallom.mail.models import IncomingMail, Mailbox, Progress
from hallom.staff import demo as staff_demo
from hallom.tickets import demo as tickets_demo
from hallom.tickets.models import Attachment, Ticket

pytestmark = pytest.mark.django_db


def test_the_demo_shows_real_mails(now: datetime, settings: Any, tmp_path: Any) -> None:
    settings.HALLOM_DATA = tmp_path
    for room in (staff_demo, customers_demo, tickets_demo, demo, demo):
        room.load(now)
    assert Mailbox.objects.filter(is_default=True).count() == 1
    told = list(IncomingMail.objects.order_by("pk").values_list("progress", "ticket__subject"))
    assert told == [
        (Progress.IMPORTED, "Nem érkezett meg a cserekészülék"),
        (Progress.STRANGER, "Nem érkezett meg a cserekészülék"),
        (Progress.IMPORTED, "Dupla levonás a júliusi számlán"),
    ]
    picture = Attachment.objects.get()
    message = Ticket.objects.get(subject="Nem érkezett meg a cserekészülék").messages.get(
        from_address__startswith="szil"
    )
    assert picture.message == message
    assert f"/attachments/{picture.pk}/" in message.html
    assert "8–12" in message.quoted_html
    assert "8–12" not in message.html
