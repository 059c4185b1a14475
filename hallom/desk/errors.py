"""Why the switch refused an order, said to the agent."""

from collections.abc import Callable

from django.utils.translation import gettext as _

WORDS: dict[str, Callable[[], str]] = {
    "not_your_call": lambda: _("This is not your call."),
    "already_answered": lambda: _("A colleague was faster: the call is answered."),
    "no_such_call": lambda: _("The call is over."),
    "no_such_offer": lambda: _("The call no longer rings."),
    "not_now": lambda: _("Not possible at the moment."),
    "not_recorded": lambda: _("This call is not recorded."),
    "unknown_reason": lambda: _("There is no such reason for a pause."),
    "no_phone": lambda: _("Your phone is not connected."),
    "no_answer": lambda: _("The telephone does not answer. Please try again."),
}


def words_of(error: str) -> str:
    return WORDS[error]() if error in WORDS else _("Not possible: %(error)s") % {"error": error}
