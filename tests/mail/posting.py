"""Mail going out, in a test: a mailbox whose server is the test's, messages to send, the post running in a thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.utils import timezone

from hallom.mail import sending
from hallom.mail.models import Mailbox, OutgoingMail, Security, SendState
from hallom.mail.sending_rules import Patience
from hallom.tickets import outgoing
from hallom.tickets.models import Message, Ticket
from hallom.tickets.outgoing import Answer
from hallom.tickets.persons import Person
from tests.mail.postbox import Postbox, until

QUICK = Patience(
    first=timedelta(milliseconds=50),
    longest=timedelta(milliseconds=200),
    give_up=timedelta(minutes=5),
    connect_seconds=5,
    command_seconds=5,
    data_seconds=5,
)
GIVES_UP = replace(QUICK, give_up=timedelta(0))
OPEN = (SendState.WAITING, SendState.SENDING, SendState.HANDING_OVER)


def mailbox_at(box: Postbox, **facts: Any) -> Mailbox:
    given = {
        "name": "Help",
        "address": "help@example.com",
        "display_name": "Ügyfélszolgálat",
        "is_default": True,
        "smtp_host": "127.0.0.1",
        "smtp_port": box.port,
        "smtp_security": Security.NONE,
        **facts,
    }
    return Mailbox.objects.create(**given)


def posted(*to: str, html: str = "<p>Hello</p>", ticket: Ticket | None = None, **facts: Any) -> Message:
    """A message on its way, sent by nobody, so that it is due at once."""
    now = timezone.now()
    ticket = ticket or Ticket.open("No internet", by=None, now=now)
    people = tuple(Person(address) for address in to)
    return outgoing.send(ticket, Answer(html=html, to=people, **facts), by=None, now=now)


@contextmanager
def post(patience: Patience = QUICK) -> Iterator[None]:
    """The sending loop, as the mailer runs it."""
    loop = asyncio.new_event_loop()
    stop, wake = asyncio.Event(), asyncio.Event()
    thread = threading.Thread(
        target=lambda: loop.run_until_complete(sending.run(stop, wake, patience=patience)), name="post"
    )
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)
        assert not thread.is_alive()
        loop.close()


def settled(message: Message) -> OutgoingMail:
    """The mail once it is over."""

    def over() -> OutgoingMail | None:
        mail = OutgoingMail.objects.select_related("message").get(message=message)
        return None if mail.state in OPEN else mail

    found: OutgoingMail = until(over, what="the mail is over")
    return found


def fates(mail: OutgoingMail) -> dict[str, tuple[str, str]]:
    return {each.address: (each.state, each.status) for each in mail.recipients.all()}
