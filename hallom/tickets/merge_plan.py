"""What merging two tickets will do, in words, before it is done."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hallom.tickets.models import Message, Note, Ticket


def plan(ticket: Ticket, target: Ticket) -> tuple[str, ...]:
    """One sentence for each thing; nothing of it is final."""
    family = ticket.family_ids()
    messages = Message.objects.filter(ticket__in=family).count()
    notes = Note.objects.filter(ticket__in=family).count()
    numbers = {"number": ticket.number, "target": target.number}
    shown = ngettext("%(count)d message", "%(count)d messages", messages) % {"count": messages}
    noted = ngettext("%(count)d internal note", "%(count)d internal notes", notes) % {"count": notes}
    sentences = [
        _("#%(target)s will show the whole conversation of #%(number)s: %(messages)s, %(notes)s.")
        % {**numbers, "messages": shown, "notes": noted},
        _("#%(number)s leaves the lists; answers to it arrive in #%(target)s.") % numbers,
        _("Subject, status, owner and customer of #%(target)s stay as they are.") % numbers,
        _("It can be undone at any time: both tickets are then as they were."),
    ]
    if target.snoozed_until is not None:
        sentences.insert(2, _("#%(target)s is snoozed and stays so.") % numbers)
    return tuple(sentences)
