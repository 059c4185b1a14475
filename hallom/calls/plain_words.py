"""The journal of a call told in plain words."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from hallom.calls import sent_on_words
from hallom.calls.linking import shown_number
from hallom.calls.models import Call, JournalEntry
from hallom.calls.sent_on_words import told
from hallom.calls.spoken_names import Names, Words, names_of, reason_words

# They belong to no call: an agent's states and the health of a line stand on pages of their own.
ELSEWHERE = frozenset({"agent.changed", "trunk.changed"})


@dataclass(frozen=True, slots=True)
class Step:
    """`after` is seconds since the call arrived; a detail is for those who look for a fault."""

    at: datetime
    after: float
    icon: str
    text: str
    is_detail: bool = False


def steps(call: Call, entries: Iterable[JournalEntry]) -> list[Step]:
    ordered = sorted(entries, key=lambda entry: entry.id)
    names = names_of(ordered)
    shown = []
    is_over = False
    for entry in ordered:
        words = WORDS.get(entry.kind)
        if words is None:
            continue
        icon, say, is_detail = words
        is_over = is_over or entry.kind == "call.ending"
        # That all lines end with the call goes without saying.
        is_detail = is_detail or (is_over and entry.kind == "leg.ended")
        after = (entry.at - call.arrived_at).total_seconds()
        shown.append(Step(entry.at, after, icon, say(entry, names), is_detail))
    return shown


def _arrived(entry: JournalEntry, names: Names) -> str:
    caller = shown_number(str(entry.data.get("caller") or "")) or _("hidden number")
    return _("Call from %(caller)s to %(dialled)s.") % {
        "caller": caller,
        "dialled": shown_number(str(entry.data.get("dialled") or "")),
    }


def _rejected(entry: JournalEntry, names: Names) -> str:
    reason = str(entry.data.get("reason") or entry.data.get("status") or "")
    return _("Not let in: %(reason)s.") % {"reason": reason_words(reason)}


def _greeting(entry: JournalEntry, names: Names) -> str:
    return _("Heard the greeting for closed hours.") if entry.data.get("closed") else _("Heard the greeting.")


def _entered(entry: JournalEntry, names: Names) -> str:
    position = entry.data.get("position") or 1
    return _("Joined the queue %(queue)s in place %(position)s.") % {
        "queue": names.queue(entry),
        "position": position,
    }


def _placed(entry: JournalEntry, names: Names) -> str:
    facts = {"by": names.person(entry.data.get("by")), "to": names.place(str(entry.data.get("to") or ""))}
    return _("%(by)s calls %(to)s.") % facts


def _left(entry: JournalEntry, names: Names) -> str:
    reason, facts = entry.data.get("reason"), {"queue": names.queue(entry)}
    if reason == "abandoned":
        return _("Hung up while waiting in %(queue)s.") % facts
    if reason in ("", None, "offered_accepted"):
        return _("Left the queue %(queue)s.") % facts
    return _("Left the queue %(queue)s: %(reason)s.") % {**facts, "reason": reason_words(str(reason))}


def _bridged(entry: JournalEntry, names: Names) -> str:
    if entry.data.get("agent", entry.agent) is None:
        return _("Talking with the number outside.")
    return _("Talking with %(agent)s.") % {"agent": names.agent(entry)}


def _lost_offer(entry: JournalEntry, names: Names) -> str:
    facts = {"agent": names.agent(entry), "reason": reason_words(str(entry.data.get("reason") or ""))}
    if entry.kind == "offer.withdrawn":
        words = (
            _("Stopped ringing %(agent)s: %(reason)s.")
            if facts["reason"]
            else _("Stopped ringing %(agent)s.")
        )
        return words % facts
    if entry.data.get("reason") in ("busy", "unreachable", "no_media"):
        return _("%(agent)s %(reason)s.") % facts
    return _("%(agent)s rejected the call.") % facts


def _recorded(entry: JournalEntry, names: Names) -> str:
    seconds = entry.data.get("seconds")
    if entry.data.get("error"):
        return _("The recording failed: %(error)s.") % {"error": entry.data["error"]}
    if seconds is None:
        return _("Recording ended.")
    return _("Recording ended after %(seconds)d s.") % {"seconds": round(float(seconds))}


def _leg_ended(entry: JournalEntry, names: Names) -> str:
    cause = reason_words(str(entry.data.get("cause") or "–"))
    if entry.agent is None:
        return _("A line ended (%(cause)s).") % {"cause": cause}
    return _("The line of %(agent)s ended (%(cause)s).") % {"agent": names.agent(entry), "cause": cause}


def _ended(entry: JournalEntry, names: Names) -> str:
    by = str(entry.data.get("by"))
    if by == "other":
        return _("The number outside hung up.")
    return {"customer": _("The customer hung up."), "agent": _("The agent hung up.")}.get(
        by, _("The call was ended.")
    )


def _plain(text: Callable[[], str]) -> Callable[[JournalEntry, Names], str]:
    return lambda entry, names: text()


WORDS: dict[str, Words] = {
    **sent_on_words.WORDS,
    "call.arrived": ("phone-incoming", _arrived, False),
    "call.placed": ("phone-outgoing", _placed, False),
    "call.routed": ("route", told(lambda: _("On its way to %(to)s.")), False),
    "call.rejected": ("phone-off", _rejected, False),
    "leg.opened": ("cable", _plain(lambda: _("A line was made ready.")), True),
    "leg.invited": ("phone-call", _plain(lambda: _("A telephone was called.")), True),
    "leg.added": ("phone-call", told(lambda: _("The telephone of %(agent)s is called again.")), True),
    "leg.called_in": ("phone-incoming", _plain(lambda: _("A telephone called in.")), True),
    "leg.answered": ("phone-call", _plain(lambda: _("A telephone answered.")), True),
    "leg.renewing": ("cable", _plain(lambda: _("A telephone in a browser gets a new line.")), True),
    "leg.rung": ("phone-call", _plain(lambda: _("A telephone in a browser is called again.")), True),
    "leg.renewed": ("phone-call", _plain(lambda: _("A telephone in a browser has its new line.")), True),
    "leg.changed": ("sliders-horizontal", _plain(lambda: _("A telephone changed its line.")), True),
    "leg.quality": ("activity", _plain(lambda: _("The voice quality of a line was noted.")), True),
    "call.answered": (
        "phone-call",
        _plain(lambda: _("We picked up: the caller hears us from here.")),
        False,
    ),
    "greeting.started": ("volume-2", _greeting, False),
    "greeting.ended": ("volume-x", _plain(lambda: _("The greeting ended.")), True),
    "queue.entered": ("hourglass", _entered, False),
    "queue.left": ("arrow-right", _left, False),
    "queue.announced": ("volume-2", _plain(lambda: _("Heard the place in the queue.")), True),
    "music.started": ("music", _plain(lambda: _("Music went on.")), True),
    "offer.made": ("bell", told(lambda: _("Rang %(agent)s.")), False),
    "offer.accepted": ("check", told(lambda: _("%(agent)s answered.")), False),
    "offer.rejected": ("x", _lost_offer, False),
    "offer.expired": ("phone-missed", told(lambda: _("%(agent)s did not answer.")), False),
    "offer.withdrawn": ("undo-2", _lost_offer, False),
    "call.bridged": ("headset", _bridged, False),
    "recording.started": ("circle-dot", _plain(lambda: _("Recording began.")), False),
    "recording.paused": ("circle-pause", _plain(lambda: _("Recording paused.")), False),
    "recording.resumed": ("circle-dot", _plain(lambda: _("Recording went on.")), False),
    "recording.stopped": ("square", _recorded, False),
    "call.held": ("pause", told(lambda: _("%(agent)s put the caller on hold.")), False),
    "call.retrieved": ("play", told(lambda: _("%(agent)s took the caller off hold.")), False),
    "agent.lost": (
        "wifi-off",
        told(lambda: _("The connection of %(agent)s was lost; music for the caller.")),
        False,
    ),
    "agent.returned": ("wifi", told(lambda: _("%(agent)s is back.")), False),
    "call.moved": ("server", _plain(lambda: _("The sound moved to another worker.")), False),
    "leg.ended": ("phone-off", _leg_ended, False),
    "call.ending": ("hourglass", _plain(lambda: _("The call is over; its lines are being put away.")), True),
    "call.ended": ("phone-off", _ended, False),
}
