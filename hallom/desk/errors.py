"""Why the switch refused an order, said to the agent."""

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _

from hallom.calls import refusals

TOLL = "toll:"
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
    "unknown_destination": lambda: _("The call cannot be sent there: nobody has this number."),
    "nobody_to_ask": lambda: _("Nobody can be asked at a parking place: park the call there instead."),
    "unknown_number": lambda: _("There is no such number."),
    "no_codec": lambda: _("Your phone offers no sound that the telephone system understands."),
    "no_media": lambda: _("No line is free for the sound. Please try again."),
    "no_keys": lambda: _("Keys are the digits, the star and the hash; a comma is a pause of two seconds."),
    "to_yourself": lambda: _("This is your own number."),
    "place_taken": lambda: _("Somebody waits at this place already."),
    "no_place_free": lambda: _("All parking places are taken."),
    "already_watched": lambda: _("Another supervisor listens to this call already."),
    "busy": lambda: _("Your phone is busy: end or send on your call first."),
    "unreachable": lambda: _("Your phone is not connected."),
    "do_not_disturb": lambda: _("Do not disturb is on."),
    "away": lambda: _("You are on a break."),
    "no_such_promise": lambda: _("This promise is settled already."),
    "not_your_promise": lambda: _("This is somebody else's promise."),
    "no_such_agent": lambda: _("This colleague has no telephone."),
    "unknown_order": lambda: _("The telephone is not up to date. Please tell the administrator."),
    "wrong_time": lambda: _("The time must be in the future, within a month."),
}


def words_of(error: str, args: Mapping[str, str] | None = None) -> str:
    """`toll:<code>` is what the toll policy says, filled with `args`."""
    if error.startswith(TOLL):
        return str(refusals.words(error.removeprefix(TOLL), args or {}))
    return WORDS[error]() if error in WORDS else _("Not possible: %(error)s") % {"error": error}
