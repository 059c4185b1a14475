"""Why a call does not go out, in words; one sentence for each code of the switch."""

from collections.abc import Mapping
from typing import Any

from babel import Locale
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from hallom.calls.models import KindOfNumber, WayOut
from hallom.switch.numbers import Kind

UNREADABLE = {
    "empty": _("There is no number."),
    "too_long": _(
        "The number is too long. A foreign number begins with + or 00 and the code of its country."
    ),
    "too_short": _("The number is too short."),
    "letters": _("There are letters in the number; please write digits."),
    "strange_characters": _("There is something in the number that is neither a digit nor a separator."),
    "malformed": _("The number is not written as a number: a + stands only at its beginning."),
    "ambiguous": _(
        "This could be two different numbers. Please write it with + and the code of its country."
    ),
    "area_missing": _("The area code is missing."),
    "no_such_country": _("No country has this code."),
    "no_such_number": _("There is no such number."),
    "no_such_service": _("The house has no service of this code."),
}
TOLL = {
    "premium_refused": _("Premium-rate numbers are dialled only when the policy lists them."),
    "satellite_refused": _("Satellite numbers are dialled only when the policy lists them."),
    "unknown_refused": _("Nobody knows what this number costs; the policy does not list it."),
    "no_policy": _("No policy lets this user call out."),
    "way_refused": _("The policy does not let calls out this way: %(way)s."),
    "not_signed_in": _("Only somebody who is signed in can call out."),
    "too_many_attempts": _("More than %(most)s attempts within %(seconds)s seconds. Please wait a moment."),
    "number_refused": _("The policy never allows numbers that begin with %(beginning)s."),
    "country_refused": _("The policy does not allow calls to this country: %(country)s."),
    "kind_refused": _("The policy does not allow numbers of this kind: %(kind)s."),
    "trunk_to_trunk": _(
        "An outside caller is not passed on to an outside number; the policy does not allow it."
    ),
    "outside_hours": _("The policy does not allow calls at this time of day."),
    "too_many_calls": _("No more than %(most)s calls at a time."),
    "minutes_used_up": _("The %(minutes)s minutes of today are used up."),
    "money_used_up": _("The money of today is used up: %(money)s."),
    "no_price": _("The number has no price, and the policy limits the money."),
    "caller_number_refused": _("The policy does not allow %(number)s to be shown to the person called."),
    "no_caller_number": _("The policy has no number that could be shown to the person called."),
    "no_trunk": _("There is no trunk to call out over."),
}
# What became of a call that was let out.
LINE = {
    "no_line_free": _("No trunk is free or working at the moment."),
    "not_possible": _("The telephone company refused the call."),
}
SENTENCES: Mapping[str, Any] = {**UNREADABLE, **TOLL, **LINE}
KINDS: Mapping[str, Any] = {
    **dict(KindOfNumber.choices),
    Kind.PREMIUM: _("premium rate"),
    Kind.SATELLITE: _("satellite"),
    Kind.UNKNOWN: pgettext_lazy("telephone number", "unknown"),
}


class _Told(dict[str, str]):
    """A reason that was kept without its words is told all the same."""

    def __missing__(self, _name: str) -> str:
        return "…"


def words(code: str, args: Mapping[str, str] | None = None) -> str:
    """The sentence in the language of the moment; a code nobody knows is told as it is."""
    sentence = SENTENCES.get(code)
    if sentence is None:
        return code
    told = _Told({name: _told(name, value) for name, value in (args or {}).items()})
    return str(sentence) % told if "%(" in str(sentence) else str(sentence)


def _told(name: str, value: str) -> str:
    if name == "country":
        return country_name(value)
    if name == "kind":
        return str(KINDS.get(value, value))
    return str(WayOut(value).label) if name == "way" and value in WayOut.values else value


def country_name(code: str) -> str:
    if not code:
        return gettext("no country")
    territories = Locale.parse((get_language() or "en")[:2]).territories
    return str(territories.get(code, code))
