"""The letter of an outgoing mail, from the rows: what it says, what it answers, which files go along."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

from hallom.mail.compose import AUTO_GENERATED, AUTO_REPLIED, Enclosure, Letter, Person
from hallom.mail.keys import token_keys
from hallom.mail.models import IncomingMail, OutgoingMail
from hallom.mail.outward_html import document, outward
from hallom.mail.subject_line import subject_line
from hallom.mail.tokens import Token, make_address
from hallom.storage import blobs
from hallom.storage.models import Scan
from hallom.tickets.models import Attachment, Message

# Of a thread of years the newest are looked at; the References header holds a fifth of these.
CHAIN = 100


class CannotCompose(Exception):
    """``code``: file_missing, file_infected, or a code of compose.Unwritable."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def letter_of(mail: OutgoingMail) -> Letter:
    """Raises CannotCompose. Its blind copies are nowhere in it."""
    message, mailbox = mail.message, mail.mailbox
    chain = thread_before(message)
    enclosures = _enclosures(message)
    body = outward(
        message.html + message.quoted_html, {key: each.content_id for key, each in enclosures.items()}
    )
    language = _language(mail)
    return Letter(
        message_id=mail.identifier,
        date=timezone.localtime(max(message.at, mail.send_at)),
        sender=Person(mailbox.display_name or mailbox.name, mailbox.address),
        to=_people(message.to),
        cc=_people(message.cc),
        subject=_subject(mail, is_reply=bool(chain)),
        text=_text(message),
        html=document(body, language=language) if message.html else "",
        reply_to=_reply_to(mail),
        in_reply_to=chain[-1] if chain else "",
        references=tuple(chain),
        enclosures=tuple(enclosures.values()),
        language=language,
        automatic=(AUTO_REPLIED if chain else AUTO_GENERATED) if mail.is_automatic else "",
    )


def thread_before(message: Message) -> list[str]:
    """The Message-IDs of the same thread, oldest first: of the customer's, or of one third party's, never of both."""
    family = message.ticket.family_ids()
    thread = {"message__ticket__in": family, "message__side": message.side_id, "message__at__lte": message.at}
    ours = OutgoingMail.objects.filter(**thread).exclude(message=message)
    theirs = IncomingMail.objects.filter(**thread).exclude(identifier="")
    found: list[tuple[datetime, int, str]] = []
    for rows in (ours, theirs):
        named = rows.order_by("-message__at", "-message_id").values_list(
            "message__at", "message_id", "identifier"
        )
        found.extend(named[:CHAIN])
    return [identifier for _at, _key, identifier in sorted(found)]


def token_of(message: Message) -> Token:
    return Token(message.ticket_id, message.side_id)


def _reply_to(mail: OutgoingMail) -> str:
    if not mail.mailbox.has_plus_addresses:
        return ""
    return make_address(mail.mailbox.address, token_of(mail.message), token_keys()[0])


def _subject(mail: OutgoingMail, *, is_reply: bool) -> str:
    message = mail.message
    tag = mail.mailbox.subject_tag
    return subject_line(message.subject, message.ticket.root().number, tag=tag, is_reply=is_reply)


def _language(mail: OutgoingMail) -> str:
    customer = mail.message.ticket.customer if mail.message.side_id is None else None
    return (customer.language if customer else "") or mail.mailbox.language


def _text(message: Message) -> str:
    return "\n\n".join(part for part in (message.body, message.quoted) if part)


def _people(kept: Iterable[dict[str, Any]]) -> tuple[Person, ...]:
    return tuple(Person(each.get("name", ""), each.get("address", "")) for each in kept)


def _enclosures(message: Message) -> dict[int, Enclosure]:
    return {each.pk: _enclosure(each) for each in message.attachments.select_related("blob")}


def _enclosure(attachment: Attachment) -> Enclosure:
    if attachment.blob.scan == Scan.INFECTED:
        raise CannotCompose("file_infected")
    try:
        data = blobs.read(attachment.blob)
    except OSError:
        raise CannotCompose("file_missing") from None
    return Enclosure(attachment.name, attachment.content_type, data, attachment.content_id)
