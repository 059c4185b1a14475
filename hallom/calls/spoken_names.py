"""Whom and where the entries of a journal mean, in words; looked up once for a whole call."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from hallom.calls import refusals
from hallom.calls.linking import shown_number
from hallom.calls.models import Extension, JournalEntry, Number, Queue
from hallom.staff.models import User

Say = Callable[[JournalEntry, "Names"], str]
# Sign, words, and whether it is a detail that only somebody who looks for a fault wants to read.
Words = tuple[str, Say, bool]

# A reason that the toll policy gave.
TOLL = "toll:"
_PEOPLE_KEYS = ("agent", "by", "of", "from", "left", "owner")

REASONS: dict[str, Callable[[], str]] = {
    "no_answer": lambda: _("did not answer"),
    "busy": lambda: _("was busy"),
    "declined": lambda: _("declined"),
    "unreachable": lambda: _("could not be reached"),
    "own_phone": lambda: _("own telephone not picked up"),
    "do_not_disturb": lambda: _("does not want to be disturbed"),
    "away": lambda: _("was away"),
    "park_timeout": lambda: _("nobody fetched the call"),
    "queue_full": lambda: _("the queue was full"),
    "queue_removed": lambda: _("the queue was taken out of service"),
    "closed": lambda: _("it was closed there"),
    "unknown_number": lambda: _("there is no such number"),
    "keys_behind": lambda: _("keys were dialled behind the number"),
    "not_allowed": lambda: _("the number may not be called"),
    "diversion_loop": lambda: _("diverted in a circle"),
    "no_media": lambda: _("the telephone had no sound"),
    "no_codec": lambda: _("the telephone had no sound"),
    "cancelled": lambda: _("was cancelled"),
    "media_lost": lambda: _("the connection broke"),
    "hung_up": lambda: _("hung up"),
    "phone_gone": lambda: _("lost the connection"),
    "silent": lambda: _("lost the connection"),
    "timeout": lambda: _("lost the connection"),
    "agent_left": lambda: _("the agent had left the call"),
    "call_ended": lambda: _("the call was over"),
    "taken_over": lambda: _("took the call over"),
    "abandoned": lambda: _("the caller hung up"),
    "already_answered": lambda: _("somebody else was faster"),
    "agent_lost": lambda: _("the agent's connection was lost"),
    "returned": lambda: _("the call came back"),
    "normal": lambda: _("hung up"),
    "transferred": lambda: _("the call was sent on"),
    "parked": lambda: _("the call was parked"),
    "left": lambda: _("left"),
    "caller_left": lambda: _("the caller hung up"),
    "taken": lambda: _("somebody else took the call"),
    "came_back": lambda: _("the call came back"),
    "not_taken": lambda: _("did not take the call"),
    "restarted": lambda: _("the telephone system had started again"),
    "leg_ended": lambda: _("the line had ended"),
}


def reason_words(reason: str) -> str:
    """A code of the switch as people say it; what is no code (a refuser's own words) stays as it is."""
    if reason.startswith(TOLL):
        return refusals.words(reason.removeprefix(TOLL)).rstrip(".")
    return REASONS[reason]() if reason in REASONS else reason.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Names:
    agents: Mapping[int, str]
    queues: Mapping[int, str]
    extensions: Mapping[str, str]
    numbers: Mapping[str, str]

    def agent(self, entry: JournalEntry) -> str:
        return self.person(entry.data.get("agent", entry.agent))

    def person(self, key: object) -> str:
        return self.agents.get(key if isinstance(key, int) else 0) or _("an agent")

    def queue(self, entry: JournalEntry) -> str:
        return self.queues.get(entry.data.get("queue", 0)) or _("a queue")

    def place(self, to: str) -> str:
        """A destination of the switch: `agent:8`, `extension:210`, `queue:1`, `place:3`, `outside:+36…`."""
        kind, _colon, value = to.partition(":")
        if kind == "agent" and value.isdecimal():
            return self.person(int(value))
        if kind == "queue" and value.isdecimal():
            return self.queues.get(int(value)) or _("a queue")
        if kind == "place":
            return _("parking place %(place)s") % {"place": value} if value else _("a parking place")
        if kind == "extension":
            return self.extensions.get(value) or _("extension %(number)s") % {"number": value}
        if kind == "greeting":
            return self.numbers.get(value) or value
        return shown_number(value or to) or to


def names_of(entries: Iterable[JournalEntry]) -> Names:
    agents: set[int] = set()
    places: set[str] = set()
    queues: set[int] = set()
    for entry in entries:
        found = [entry.agent, *(entry.data.get(key) for key in _PEOPLE_KEYS)]
        agents |= {one for one in found if isinstance(one, int)}
        queues |= {one for one in [entry.data.get("queue")] if isinstance(one, int)}
        places |= {one for key in ("to", "from") if isinstance(one := entry.data.get(key), str)}
    return look_up(agents, queues, places)


def look_up(agents: set[int], queues: set[int], places: set[str]) -> Names:
    told = [place.partition(":")[::2] for place in places]
    agents = agents | {int(value) for kind, value in told if kind == "agent" and value.isdecimal()}
    queues = queues | {int(value) for kind, value in told if kind == "queue" and value.isdecimal()}
    short = {value for kind, value in told if kind == "extension"}
    dialled = {value for kind, value in told if kind == "greeting"}
    return Names(
        dict(User.objects.filter(pk__in=agents).values_list("pk", "full_name")) if agents else {},
        dict(Queue.objects.filter(pk__in=queues).values_list("pk", "name")) if queues else {},
        _extensions(short) if short else {},
        dict(Number.objects.filter(dialled__in=dialled).values_list("dialled", "name")) if dialled else {},
    )


def _extensions(numbers: set[str]) -> dict[str, str]:
    rows = Extension.objects.filter(number__in=numbers).values_list(
        "number", "user__full_name", "queue__name"
    )
    return {number: f"{person or queue} ({number})" for number, person, queue in rows}
