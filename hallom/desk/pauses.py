"""Why an agent is paused, in words."""

from collections.abc import Callable, Iterable

from django.utils.translation import gettext as _

from hallom.calls.models import PauseReason

# Pauses nobody chose: the switch makes them so that no caller rings into nothing.
SYSTEM: dict[str, Callable[[], str]] = {
    "no_answer": lambda: _("did not answer"),
    "unreachable": lambda: _("phone not connected"),
    "connection_lost": lambda: _("connection lost"),
    "busy": lambda: _("phone was busy"),
}


def name_of(code: str, reasons: Iterable[PauseReason]) -> str:
    chosen = next((reason for reason in reasons if reason.code == code), None)
    if chosen is not None:
        return str(chosen)
    return SYSTEM[code]() if code in SYSTEM else code.replace("_", " ") or _("break")


def planned_seconds(code: str, reasons: Iterable[PauseReason]) -> int | None:
    chosen = next((reason for reason in reasons if reason.code == code), None)
    return chosen.planned_seconds if chosen else None
