"""Steps of a call that is sent on, parked, asked about or listened to, in plain words."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from hallom.calls import refusals
from hallom.calls.linking import shown_number
from hallom.calls.models import JournalEntry
from hallom.calls.spoken_names import Names, Say, Words, reason_words
from hallom.ui.templatetags.ui import duration

MODES: dict[str, Callable[[], str]] = {
    "listen": lambda: _("listen"),
    "whisper": lambda: _("whisper"),
    "barge": lambda: _("barge"),
    "take_over": lambda: _("take over"),
}


def mode_words(mode: str) -> str:
    return MODES[mode]() if mode in MODES else mode


def _facts(entry: JournalEntry, names: Names) -> dict[str, object]:
    data = entry.data
    to, origin = data.get("to"), data.get("from")
    seconds = data.get("waited", data.get("seconds"))
    return {
        "agent": names.agent(entry),
        "by": names.person(data.get("by", entry.agent)),
        "of": names.person(data.get("of")),
        "from": names.place(origin) if isinstance(origin, str) else names.person(origin),
        "to": names.place(str(to)) if to else "",
        "left": names.person(data.get("left")),
        "owner": names.person(data.get("owner")),
        "place": data.get("place"),
        "number": shown_number(str(data.get("number") or "")),
        "reason": reason_words(str(data.get("reason") or "")),
        "mode": mode_words(str(data.get("mode") or "")),
        "time": duration(float(seconds)) if isinstance(seconds, (int, float)) else "–",
        "count": data.get("count") or 0,
        "times": data.get("times") or 1,
        "trunk": data.get("trunk") or "–",
    }


def told(text: Callable[[], str]) -> Say:
    return lambda entry, names: text() % _facts(entry, names)


def _refused(entry: JournalEntry) -> dict[str, str]:
    data = entry.data
    return {
        "number": shown_number(str(data.get("number") or "")),
        "why": refusals.words(str(data.get("code") or ""), data.get("words") or {}),
    }


def _dial_ended(entry: JournalEntry, names: Names) -> str:
    if entry.kind == "dial.refused":
        return _("%(number)s was not dialled: %(why)s") % _refused(entry)
    return _("The number outside: %(reason)s.") % _facts(entry, names)


def _transfer_refused(entry: JournalEntry, names: Names) -> str:
    return _("%(number)s was not given the caller: %(why)s") % _refused(entry)


def _promised(entry: JournalEntry, names: Names) -> str:
    facts = _facts(entry, names)
    if entry.data.get("kind") == "connect":
        return _("%(by)s promised the caller to be connected as soon as %(owner)s is free.") % facts
    if entry.data.get("kind") == "call_me":
        return _("%(by)s asked to be told when %(owner)s is free.") % facts
    return _("%(by)s promised that %(owner)s calls back.") % facts


def _swapped(entry: JournalEntry, names: Names) -> str:
    if entry.data.get("is_facing_customer"):
        return _("%(agent)s talks with the caller again; the colleague waits.") % _facts(entry, names)
    return _("%(agent)s talks with the colleague again; the caller hears music.") % _facts(entry, names)


def _queued(entry: JournalEntry, names: Names) -> str:
    facts = {**_facts(entry, names), "position": entry.data.get("position") or 1}
    return _("%(by)s waits in the queue %(to)s for the caller, in place %(position)s.") % facts


def _consult_ended(entry: JournalEntry, names: Names) -> str:
    return _("%(to)s is out of it (%(reason)s); %(agent)s has the caller again.") % _facts(entry, names)


def _dial_heard(entry: JournalEntry, names: Names) -> str:
    if entry.data.get("is_heard"):
        return _("What the other side plays before it answers is heard.")
    return _("The other side plays nothing more; our ringing is heard.")


WORDS: dict[str, Words] = {
    "transfer.started": ("phone-forwarded", told(lambda: _("%(by)s sent the caller to %(to)s.")), False),
    "transfer.completed": ("check", told(lambda: _("Taken at %(to)s after %(time)s.")), False),
    "transfer.refused": ("circle-alert", _transfer_refused, False),
    "call.diverted": ("route", told(lambda: _("Diverted from %(from)s to %(to)s.")), False),
    "call.returned": (
        "undo-2",
        told(
            lambda: _(
                "Came back from %(to)s to %(from)s after %(time)s: %(reason)s (returned so far: %(times)s)."
            )
        ),
        False,
    ),
    "call.parked": ("square-parking", told(lambda: _("%(by)s parked the caller at place %(place)s.")), False),
    "hold.recalled": (
        "bell",
        told(lambda: _("On hold for long: it rings in the ear of %(agent)s.")),
        False,
    ),
    "consult.started": (
        "users",
        told(lambda: _("%(by)s asks %(to)s meanwhile; the caller hears music.")),
        False,
    ),
    "consult.queued": ("hourglass", _queued, False),
    "consult.played": ("volume-2", told(lambda: _("%(by)s hears the announcement of %(to)s.")), False),
    "consult.answered": ("check", told(lambda: _("%(agent)s is asked.")), False),
    "consult.swapped": ("repeat-2", _swapped, False),
    "consult.joined": ("users", told(lambda: _("All three talk together.")), False),
    "consult.ended": ("undo-2", _consult_ended, False),
    "conference.left": (
        "user-x",
        told(lambda: _("%(left)s left the conversation of three; %(agent)s goes on.")),
        False,
    ),
    "watch.started": (
        "headphones",
        told(lambda: _("The telephone of %(agent)s rings: to be with %(of)s in the call (%(mode)s).")),
        True,
    ),
    "watch.joined": (
        "headphones",
        told(lambda: _("%(agent)s is with %(of)s in the call: %(mode)s.")),
        False,
    ),
    "watch.changed": ("headphones", told(lambda: _("%(agent)s with %(of)s: now %(mode)s.")), False),
    "watch.ended": (
        "headphones",
        told(lambda: _("%(agent)s is no longer with %(of)s (%(reason)s), after %(time)s.")),
        False,
    ),
    "call.taken_over": ("user-check", told(lambda: _("%(agent)s took the call over from %(from)s.")), False),
    "agent.forced": ("user-check", told(lambda: _("%(by)s changed the state of a colleague.")), True),
    "dial.made": ("phone-outgoing", told(lambda: _("Dialled %(number)s.")), False),
    "dial.progressed": ("bell", told(lambda: _("It rings at the other side.")), True),
    "dial.heard": ("volume-2", _dial_heard, True),
    "dial.answered": ("check", told(lambda: _("The number outside answered.")), False),
    "dial.ended": ("phone-missed", _dial_ended, False),
    "keys.sent": ("keyboard", told(lambda: _("%(agent)s sent keys: %(count)s of them.")), False),
    "dial.refused": ("circle-alert", _dial_ended, False),
    "dial.limited": ("timer", told(lambda: _("The call may last only so long by the toll policy.")), True),
    "dial.warned": ("timer", told(lambda: _("A tone: the time of the toll policy is nearly over.")), False),
    "refer.asked": (
        "phone-forwarded",
        told(lambda: _("A desk phone asked for the caller to be sent on.")),
        True,
    ),
    "refer.accepted": ("check", told(lambda: _("The desk phone's wish was taken.")), True),
    "refer.told": ("info", told(lambda: _("The desk phone was told how it goes.")), True),
    "promise.made": ("calendar-clock", _promised, False),
    "promise.ripe": ("bell", told(lambda: _("Whoever the promise waits for is free.")), False),
    "promise.kept": ("check-check", told(lambda: _("The promise was kept after %(time)s.")), False),
    "promise.refused": ("x", told(lambda: _("The promise was not kept: %(reason)s.")), False),
    "promise.expired": ("clock", told(lambda: _("The promise ran out unkept after %(time)s.")), False),
}
