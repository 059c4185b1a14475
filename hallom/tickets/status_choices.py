"""What a ticket's status may become, under the names the house gives."""

from __future__ import annotations

from dataclasses import dataclass

from hallom.tickets.models import TRANSITIONS, Status, StatusName, Ticket
from hallom.tickets.models.statusful import TONES
from hallom.timeline.prepared import PreparedModels


@dataclass(frozen=True, slots=True)
class StatusChoice:
    """``value`` is what a form sends: the id of a name, or the meaning where the house has no name that stands for it."""

    value: str
    label: str
    tone: str
    meaning: Status


_NAMES = PreparedModels(StatusName, lambda: StatusName.objects.filter(is_active=True))


def choices(ticket: Ticket) -> list[StatusChoice]:
    """All but the one it has, in the order of the meanings; one query, and one more if the status narrows them."""
    now = Status(ticket.status)
    reached = {now, *TRANSITIONS[now].values()}
    following = ticket.following_names()
    names = [name for name in _NAMES.objects() if not following or name.pk in following]
    found: list[StatusChoice] = []
    for meaning in Status:
        if meaning not in reached:
            continue
        own = [name for name in names if name.meaning == meaning and name.pk != ticket.status_name_id]
        if meaning != now and not following and not any(name.is_default for name in own):
            found.append(StatusChoice(meaning.value, str(meaning.label), TONES[meaning], meaning))
        found += [StatusChoice(str(name.pk), name.name, TONES[meaning], meaning) for name in own]
    return found
