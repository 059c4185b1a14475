"""The journal of a call told in plain words."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from hallom.calls.linking import shown_number
from hallom.calls.models import Call, JournalEntry, Queue
from hallom.staff.models import User


@dataclass(frozen=True, slots=True)
class Step:
    """`after` is seconds since the call arrived."""

    at: datetime
    after: float
    icon: str
    text: str


@dataclass(frozen=True, slots=True)
class Names:
    agents: Mapping[int, str]
    queues: Mapping[int, str]

    def agent(self, entry: JournalEntry) -> str:
        key = entry.data.get("agent", entry.agent)
        return self.agents.get(key or 0) or _("an agent")

    def queue(self, entry: JournalEntry) -> str:
        return self.queues.get(entry.data.get("queue", 0)) or _("a queue")


def steps(call: Call, entries: Iterable[JournalEntry]) -> list[Step]:
    ordered = sorted(entries, key=lambda entry: entry.id)
    names = _names(ordered)
    told = []
    for entry in ordered:
        words = WORDS.get(entry.kind)
        if words is None:
            continue
        icon, say = words
        after = (entry.at - call.arrived_at).total_seconds()
        told.append(Step(entry.at, after, icon, say(entry, names)))
    return told


def _names(entries: Iterable[JournalEntry]) -> Names:
    agents, queues = set(), set()
    for entry in entries:
        agents.update({entry.agent, entry.data.get("agent")} - {None})
        queues.update({entry.data.get("queue")} - {None})
    people = User.objects.filter(pk__in=agents).values_list("pk", "full_name") if agents else ()
    lines = Queue.objects.filter(pk__in=queues).values_list("pk", "name") if queues else ()
    return Names(dict(people), dict(lines))


def _arrived(entry: JournalEntry, names: Names) -> str:
    caller = shown_number(str(entry.data.get("caller") or "")) or _("hidden number")
    return _("Call from %(caller)s to %(dialled)s.") % {
        "caller": caller,
        "dialled": entry.data.get("dialled", ""),
    }


def _rejected(entry: JournalEntry, names: Names) -> str:
    return _("Not let in: %(reason)s.") % {"reason": entry.data.get("reason") or entry.data.get("status")}


def _greeting(entry: JournalEntry, names: Names) -> str:
    return _("Heard the greeting for closed hours.") if entry.data.get("closed") else _("Heard the greeting.")


def _entered(entry: JournalEntry, names: Names) -> str:
    position = entry.data.get("position") or 1
    return _("Joined the queue %(queue)s in place %(position)s.") % {
        "queue": names.queue(entry),
        "position": position,
    }


def _left(entry: JournalEntry, names: Names) -> str:
    reason = entry.data.get("reason")
    if reason == "abandoned":
        return _("Hung up while waiting in %(queue)s.") % {"queue": names.queue(entry)}
    return _("Left the queue %(queue)s.") % {"queue": names.queue(entry)}


def _by_agent(text: Callable[[], str]) -> Callable[[JournalEntry, Names], str]:
    return lambda entry, names: text() % {"agent": names.agent(entry)}


def _plain(text: Callable[[], str]) -> Callable[[JournalEntry, Names], str]:
    return lambda entry, names: text()


def _recorded(entry: JournalEntry, names: Names) -> str:
    seconds = entry.data.get("seconds")
    if seconds is None:
        return _("Recording ended.")
    return _("Recording ended after %(seconds)d s.") % {"seconds": round(float(seconds))}


def _leg_ended(entry: JournalEntry, names: Names) -> str:
    who = {"customer": _("the customer"), "agent": _("the agent")}.get(
        str(entry.data.get("by")), _("the system")
    )
    return _("A line was ended by %(who)s (%(cause)s).") % {
        "who": who,
        "cause": entry.data.get("cause") or "–",
    }


def _ended(entry: JournalEntry, names: Names) -> str:
    by = str(entry.data.get("by"))
    return {"customer": _("The customer hung up."), "agent": _("The agent hung up.")}.get(
        by, _("The call was ended.")
    )


def _withdrawn(entry: JournalEntry, names: Names) -> str:
    return _("Stopped ringing %(agent)s.") % {"agent": names.agent(entry)}


Words = tuple[str, Callable[[JournalEntry, Names], str]]
WORDS: dict[str, Words] = {
    "call.arrived": ("phone-incoming", _arrived),
    "call.rejected": ("phone-off", _rejected),
    "call.answered": ("phone-call", _plain(lambda: _("We picked up: the caller hears us from here."))),
    "greeting.started": ("volume-2", _greeting),
    "queue.entered": ("hourglass", _entered),
    "queue.left": ("arrow-right", _left),
    "offer.made": ("bell", _by_agent(lambda: _("Rang %(agent)s."))),
    "offer.accepted": ("check", _by_agent(lambda: _("%(agent)s answered."))),
    "offer.rejected": ("x", _by_agent(lambda: _("%(agent)s rejected the call."))),
    "offer.expired": ("phone-missed", _by_agent(lambda: _("%(agent)s did not answer."))),
    "offer.withdrawn": ("undo-2", _withdrawn),
    "call.bridged": ("headset", _by_agent(lambda: _("Talking with %(agent)s."))),
    "recording.started": ("circle-dot", _plain(lambda: _("Recording began."))),
    "recording.paused": ("circle-pause", _plain(lambda: _("Recording paused."))),
    "recording.resumed": ("circle-dot", _plain(lambda: _("Recording went on."))),
    "recording.stopped": ("square", _recorded),
    "call.held": ("pause", _by_agent(lambda: _("%(agent)s put the caller on hold."))),
    "call.retrieved": ("play", _by_agent(lambda: _("%(agent)s took the caller off hold."))),
    "agent.lost": (
        "wifi-off",
        _by_agent(lambda: _("The connection of %(agent)s was lost; music for the caller.")),
    ),
    "agent.returned": ("wifi", _by_agent(lambda: _("%(agent)s is back."))),
    "call.moved": ("server", _plain(lambda: _("The sound moved to another worker."))),
    "leg.ended": ("phone-off", _leg_ended),
    "call.ended": ("phone-off", _ended),
}
