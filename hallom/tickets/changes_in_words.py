"""What was done to a ticket, as lines of its stream."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from hallom.staff.names import name_of
from hallom.tickets.models import Status
from hallom.ui.templatetags.ui import when

Data = dict[str, Any]


def _opened(actor: int | None, _data: Data) -> str:
    return _("%(who)s opened the ticket") % {"who": name_of(actor)} if actor else _("The ticket was opened")


def _moved(actor: int | None, data: Data) -> str:
    status = data.get("new_name") or Status(data["new"]).label
    return _("%(who)s changed the status: %(status)s") % {"who": name_of(actor), "status": status}


def _assigned(actor: int | None, data: Data) -> str:
    owner = data["new"]["owner"]
    if owner is None:
        return _("%(who)s gave the ticket back to the team") % {"who": name_of(actor)}
    return _("%(who)s gave the ticket to %(owner)s") % {"who": name_of(actor), "owner": name_of(owner)}


def _claimed(actor: int | None, _data: Data) -> str:
    return _("%(who)s took the ticket") % {"who": name_of(actor)}


def _snoozed(actor: int | None, data: Data) -> str:
    until = when(datetime.fromisoformat(data["until"]))
    return _("%(who)s put the ticket off until %(until)s") % {"who": name_of(actor), "until": until}


def _merged_here(actor: int | None, data: Data) -> str:
    return _("%(who)s merged #%(number)s into this ticket") % {
        "who": name_of(actor),
        "number": data.get("source", "?"),
    }


def _let_go(actor: int | None, data: Data) -> str:
    return _("%(who)s separated #%(number)s again") % {
        "who": name_of(actor),
        "number": data.get("source", "?"),
    }


def _split(actor: int | None, data: Data) -> str:
    return _("%(who)s made #%(number)s out of a message of this ticket") % {
        "who": name_of(actor),
        "number": data["number"],
    }


def _recalled(actor: int | None, _data: Data) -> str:
    return _("%(who)s called an answer back before it was sent") % {"who": name_of(actor)}


LINES: dict[str, Callable[[int | None, Data], str]] = {
    "ticket.snoozed": _snoozed,
    "ticket.merged_here": _merged_here,
    "ticket.let_go": _let_go,
    "ticket.split": _split,
    "ticket.answer_recalled": _recalled,
    "ticket.opened": _opened,
    "ticket.assigned": _assigned,
    "ticket.claimed": _claimed,
    "ticket.started": _moved,
    "ticket.awaits_customer": _moved,
    "ticket.held": _moved,
    "ticket.solved": _moved,
    "ticket.closed": _moved,
    "ticket.reopened": _moved,
    "ticket.status_named": _moved,
}
