"""In which language a ticket is answered: the customer's decides, then the mailbox's, then the house's."""

from __future__ import annotations

from django.conf import settings

from hallom.mail.models import IncomingMail, Mailbox
from hallom.tickets.models import Ticket


def languages_of(ticket: Ticket, asked: str = "") -> tuple[str, ...]:
    """Best first, each once; ``asked`` is what somebody chose for this answer."""
    customer = ticket.customer.language if ticket.customer else ""
    wanted = (asked, customer, _of_mailbox(ticket), settings.LANGUAGE_CODE)
    return tuple(dict.fromkeys(language for language in wanted if language))


def _of_mailbox(ticket: Ticket) -> str:
    rows = IncomingMail.objects.filter(message__ticket=ticket).order_by("-pk")
    came_by = rows.values_list("mailbox__language", flat=True).first()
    return came_by or Mailbox.objects.filter(is_default=True).values_list("language", flat=True).first() or ""
