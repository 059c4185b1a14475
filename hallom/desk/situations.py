"""What is being done with a call, said to people: why it rings, why it came back, who hears whom."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from hallom.calls.models import CallSituation
from hallom.desk.places import destination_words
from hallom.staff.names import name_of
from hallom.ui.templatetags.ui import duration

REASONS: dict[str, Callable[[], str]] = {
    "no_answer": lambda: _("did not answer"),
    "busy": lambda: _("was busy"),
    "declined": lambda: _("declined"),
    "unreachable": lambda: _("could not be reached"),
    "do_not_disturb": lambda: _("does not want to be disturbed"),
    "away": lambda: _("was away"),
    "park_timeout": lambda: _("nobody fetched the call"),
    "queue_full": lambda: _("the queue was full"),
    "unknown_number": lambda: _("there is no such number"),
    "not_allowed": lambda: _("the number may not be called"),
    "diversion_loop": lambda: _("diverted in a circle"),
    "no_media": lambda: _("the telephone had no sound"),
    "cancelled": lambda: _("was cancelled"),
    "media_lost": lambda: _("the connection broke"),
}


def reason_words(reason: str) -> str:
    return REASONS[reason]() if reason in REASONS else reason.replace("_", " ")


def returned_words(situation: CallSituation) -> str:
    """`came back from Farkas Gergő: did not answer, 25 s, return no. 2`; empty for a call that never came back."""
    if not situation.returns:
        return ""
    said = _("came back from %(where)s: %(why)s") % {
        "where": destination_words(situation.returned_to),
        "why": reason_words(situation.returned_reason),
    }
    parts = [said, seconds_words(situation.returned_seconds or 0.0)]
    if situation.returns > 1:
        parts.append(_("return no. %(n)s") % {"n": situation.returns})
    return ", ".join(parts)


def seconds_words(seconds: float) -> str:
    return _("%(seconds)s s") % {"seconds": round(seconds)} if seconds < 60 else duration(seconds)


def ring_words(situation: CallSituation, *, promised: str = "") -> str:
    """Why a telephone rings that no queue has chosen; empty when there is nothing special to say."""
    who = name_of(situation.by_id) if situation.by_id else ""
    match situation.purpose:
        case "transfer":
            return _("transfer by %(who)s") % {"who": who}
        case "consult":
            return _("%(who)s asks you") % {"who": who}
        case "return":
            return returned_words(situation)
        case "retrieve":
            return _("from %(place)s") % {"place": destination_words(situation.to)}
        case "pickup":
            return _("picked up for a colleague")
        case "promise":
            return _("promised: connect when you are free")
        case "dial":
            return _("your call goes out")
    return returned_words(situation)
