"""What is being done with a call, said to people: why it rings, why it came back, who hears whom."""

from django.utils.translation import gettext as _

from hallom.calls import linking
from hallom.calls.models import CallSituation, JournalEntry
from hallom.calls.spoken_names import reason_words
from hallom.desk.places import destination_words, is_queue
from hallom.staff.models import User
from hallom.staff.names import name_of
from hallom.ui.templatetags.ui import duration

# Rings that may have been meant for somebody else, and the steps with which a way of diversions begins anew.
_DIVERTED = frozenset({"transfer", "consult", "internal"})
_SENT = ("transfer.started", "consult.started", "call.placed")


def returned_words(situation: CallSituation, reader: User) -> str:
    """`came back from Farkas Gergő: did not answer, 25 s, return no. 2, sent by Bíró Nóra`; empty for a call that never
    came back. Whoever sent him is not told his own name."""
    if not situation.returns:
        return ""
    said = _("came back from %(where)s: %(why)s") % {
        "where": destination_words(situation.returned_to),
        "why": reason_words(situation.returned_reason),
    }
    parts = [said, seconds_words(situation.returned_seconds or 0.0)]
    if situation.returns > 1:
        parts.append(_("return no. %(n)s") % {"n": situation.returns})
    if situation.returned_by_id not in (None, reader.pk):
        parts.append(_("sent by %(who)s") % {"who": name_of(situation.returned_by_id)})
    return ", ".join(parts)


def seconds_words(seconds: float) -> str:
    return _("%(seconds)s s") % {"seconds": round(seconds)} if seconds < 60 else duration(seconds)


def ring_words(situation: CallSituation, reader: User) -> str:
    """Why a telephone rings that no queue has chosen, and for whom in truth if it was his whose calls are sent here;
    empty when there is nothing special to say."""
    why, diverted = _purpose_words(situation, reader), ""
    if situation.purpose in _DIVERTED:
        diverted = diverted_words(situation)
    return " · ".join(filter(None, (why, diverted)))


def diverted_words(situation: CallSituation) -> str:
    """Everybody whose calls were sent on until it rang here, from the one who was meant; empty when nobody's were."""
    steps = JournalEntry.objects.filter(call=situation.call_id, kind__in=(*_SENT, "call.diverted"))
    owners: list[int | None] = []
    for step in steps.order_by("id"):
        if step.kind == "call.diverted":
            owners.append(step.agent)
        elif not step.data.get("is_ringing"):
            # Handed over while it rings there already, it has come the same way.
            owners = []
    names = ", ".join(name_of(one) for one in owners if one is not None)
    return _("diverted by %(who)s") % {"who": names} if names else ""


def _purpose_words(situation: CallSituation, reader: User) -> str:
    who = name_of(situation.by_id) if situation.by_id else ""
    match situation.purpose:
        case "transfer":
            return _("transfer by %(who)s") % {"who": who}
        case "consult" if is_queue(situation.to):
            about = linking.caller_name(situation.call)
            return _("consultation from %(who)s about %(customer)s") % {"who": who, "customer": about}
        case "consult":
            return _("%(who)s asks you") % {"who": who}
        case "return":
            return returned_words(situation, reader)
        case "retrieve":
            return _("from %(place)s") % {"place": destination_words(situation.to)}
        case "pickup":
            return _("picked up for a colleague")
        case "promise":
            return _("promised: connect when you are free")
        case "dial":
            return _("your call goes out")
    return returned_words(situation, reader)
