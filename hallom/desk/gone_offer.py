"""Why a call that rang at an agent rings there no more."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from hallom.calls import linking
from hallom.calls.models import JournalEntry, Offer
from hallom.calls.spoken_names import reason_words
from hallom.calls.telling import TAKER_SECONDS
from hallom.staff.models import User
from hallom.staff.names import name_of

# As long as it may yet turn out who has taken the call.
STAYS = timedelta(seconds=TAKER_SECONDS)
PICKED_UP = "picked_up"
# His own refusal of a call needs no explanation; that of his telephone does.
OF_THE_TELEPHONE = ("busy", "unreachable", "no_media")
# What he calls himself is gone because he wanted it so, or is told as a refusal.
OWN_CALL = "dial"

Words = Callable[[], str]
WHY: dict[str, Words] = {
    "abandoned": lambda: _("The caller hung up before you answered."),
    "caller_left": lambda: _("The caller hung up before you answered."),
    "no_answer": lambda: _("You did not answer in time: the call has moved on."),
    PICKED_UP: lambda: _("A colleague has taken the call."),
    "cancelled": lambda: _("The colleague has taken the call back."),
    "diverted": lambda: _("Your telephone sent the call elsewhere."),
    "agent_left": lambda: _("The colleague who rang you has left the call."),
    "agent_lost": lambda: _("The colleague who rang you has lost the connection."),
    "busy": lambda: _("Your telephone was busy: the call has moved on."),
    "unreachable": lambda: _("Your telephone could not be reached: the call has moved on."),
    "no_media": lambda: _("Your telephone had no sound: the call has moved on."),
}


@dataclass(frozen=True, slots=True)
class GoneOffer:
    """`name` is who called, `why` a sentence; it is shown until `until`."""

    id: str
    name: str
    why: str
    until: datetime


def gone_offer(user: User, now: datetime) -> GoneOffer | None:
    """The newest call that rang at the user, if he has not got it and it is not long ago."""
    rows = Offer.objects.filter(agent=user).select_related("call__customer").order_by("-made_at")
    offer = rows.first()
    if offer is None or offer.ended_at is None or now - offer.ended_at >= STAYS:
        return None
    is_his_own_no = offer.result == Offer.Result.REJECTED and offer.reason not in OF_THE_TELEPHONE
    if offer.result == Offer.Result.ACCEPTED or is_his_own_no or _purpose(offer) == OWN_CALL:
        return None
    return GoneOffer(offer.pk, linking.caller_name(offer.call), _why(offer), offer.ended_at + STAYS)


def _purpose(offer: Offer) -> str:
    made = JournalEntry.objects.filter(call=offer.call_id, kind="offer.made", data__offer=offer.pk)
    return made.values_list("data__purpose", flat=True).first() or ""


def _why(offer: Offer) -> str:
    taker = _taker(offer)
    if taker is not None:
        return _("%(who)s has taken the call.") % {"who": name_of(taker)}
    if offer.reason in WHY:
        return WHY[offer.reason]()
    if not offer.reason:
        return _("The call is over.")
    return _("The call rings here no more: %(reason)s.") % {"reason": reason_words(offer.reason)}


def _taker(offer: Offer) -> int | None:
    """Whoever picks it up is known while his own telephone still rings for it."""
    results = [Offer.Result.ACCEPTED, *([Offer.Result.RINGING] if offer.reason == PICKED_UP else [])]
    later = offer.call.offers.filter(made_at__gte=offer.made_at, result__in=results)
    return later.exclude(agent=offer.agent_id).order_by("made_at").values_list("agent", flat=True).first()
