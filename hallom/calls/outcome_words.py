"""How a call ended, in few words: of one that reached nobody, why."""

from django.utils.translation import gettext as _

from hallom.calls.models import Call, Outcome
from hallom.calls.spoken_names import TOLL, reason_words

_SAID = frozenset(
    ("busy", "no_answer", "declined", "unreachable", "unknown_number", "do_not_disturb", "away", "own_phone")
)
# By whoever was to carry the call, not by the house.
_BY_THE_COMPANY = frozenset(("not_allowed", "toll:not_possible"))


def outcome_words(call: Call) -> str:
    return words(call.outcome, call.ended_by, call.cause)


def words(outcome: str, ended_by: str, cause: str) -> str:
    if outcome != Outcome.UNREACHED:
        return str(Outcome(outcome).label)
    if ended_by == "agent":
        return _("given up before an answer")
    if cause in _BY_THE_COMPANY:
        return _("refused by the telephone company")
    if cause == "toll:no_line_free":
        return _("no line was free")
    if cause.startswith(TOLL):
        return _("not dialled: not allowed")
    return reason_words(cause) if cause in _SAID else str(Outcome.UNREACHED.label)
