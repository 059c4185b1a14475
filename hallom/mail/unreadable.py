"""A mail nobody could read becomes a ticket all the same, with the mail itself as a file: a person decides."""

from __future__ import annotations

from datetime import datetime

from django.template.defaultfilters import filesizeformat
from django.utils import translation
from django.utils.translation import gettext as _

from hallom.mail import filing
from hallom.mail.models import IncomingMail, Progress
from hallom.mail.parse import ParsedMail, Part
from hallom.mail.parse.limits import MAX_RAW
from hallom.mail.settling import Fate
from hallom.tickets.models import Channel, Direction, Ticket

SUBJECT_LENGTH = 200
FILE_NAME, FILE_TYPE = "mail.eml", "message/rfc822"


def hand_on(incoming: IncomingMail, raw: bytes | None, parsed: ParsedMail | None, *, now: datetime) -> Fate:
    """Within the importing transaction."""
    sender = parsed.from_ if parsed else None
    if parsed:
        filing.remember_reader(incoming, parsed, sender)
    mailbox = incoming.mailbox
    with translation.override(mailbox.language):
        subject = filing.plain(parsed.subject if parsed else "") or _("A mail that could not be read")
        words = _("Hallom could not read this mail. It is attached as it came: open it in a mail program.")
        if raw is None:
            words = _("The file of this mail is missing from the data folder. Ask the sender to write again.")
    ticket = Ticket.open(
        subject[:SUBJECT_LENGTH],
        by=None,
        now=now,
        team=mailbox.team,
        category=mailbox.category,
        channel=Channel.EMAIL,
    )
    message = ticket.add_message(
        words,
        channel=Channel.EMAIL,
        direction=Direction.IN,
        at=incoming.received_at,
        now=now,
        subject=subject[: filing.SUBJECT_LENGTH],
        from_name=incoming.from_name,
        from_address=incoming.from_address or incoming.envelope_from,
    )
    if raw is not None:
        filing.attach(message, [Part(FILE_NAME, FILE_TYPE, raw)], now=now)
    learned = filing.learned(ticket, message, parsed, side=None) if parsed else None
    return Fate(Progress.REFUSED, "unreadable", ticket, message, is_automatic=True, learned=learned)


def note_cut(incoming: IncomingMail, ticket: Ticket, *, now: datetime) -> None:
    """Whoever reads the ticket must know that there was more."""
    with translation.override(incoming.mailbox.language):
        words = _(
            "This mail is larger than %(most)s. Only its beginning was kept: ask the sender for what is missing."
        )
        ticket.add_note(words % {"most": filesizeformat(MAX_RAW)}, by=None, now=now)
