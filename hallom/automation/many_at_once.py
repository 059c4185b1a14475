"""Macros for a selection of tickets in the list."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from hallom.automation import macros
from hallom.automation.models import Macro
from hallom.automation.refusals import WORDS
from hallom.staff.models import User
from hallom.tickets import bulk, bulk_choices
from hallom.tickets.by_rights import ByRights
from hallom.tickets.models import Ticket
from hallom.tickets.models.snoozable import WrongTime
from hallom.timeline.prepared import PreparedRows

PREFIX = "macro"
_MISSING = _("the answer has gaps")


def register() -> None:
    for code, words in WORDS.items():
        bulk.REASONS.setdefault(f"macro_{code}", _MISSING if code == "missing" else words)
    bulk.REASONS["macro_value"] = _("a field does not take the value of the macro")
    bulk_choices.register(PREFIX, bulk_choices.Addition(_("Macros"), _choices, _act))


def _named(user: User) -> PreparedRows:
    rows = macros.usable(user).values_list("pk", "name")
    return PreparedRows(lambda: rows)


_usable = ByRights(_named)


def _choices(user: User) -> list[tuple[str, str]]:
    return [(str(key), name) for key, name in _usable(user)()]


def _act(key: str) -> bulk.Act | None:
    macro = (
        Macro.objects.filter(pk=int(key), is_active=True).first() if key.isascii() and key.isdigit() else None
    )
    if macro is None:
        return None

    def use(ticket: Ticket, by: User, now: datetime) -> None:
        if not macros.usable(by, ticket).filter(pk=macro.pk).exists():
            raise bulk.Refused("forbidden")
        try:
            macros.carry_out(macro, ticket, by=by, now=now)
        except macros.CannotCarryOut as problem:
            raise bulk.Refused(f"macro_{problem.code}") from None
        except PermissionDenied:
            raise bulk.Refused("forbidden") from None
        except WrongTime:
            raise bulk.Refused("macro_value") from None

    says = tuple(macros.in_general(macro))
    return bulk.Act("ticket.view", use, says=says, answers=macros.does_reply(macro))
