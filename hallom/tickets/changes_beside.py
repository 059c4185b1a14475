"""Changes of what belongs to a ticket and stands in no field of its own: steps, links, time, watchers, tickets cut off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from hallom.staff.names import name_of
from hallom.tickets.models import Ticket
from hallom.timeline.models import Event
from hallom.ui.templatetags.ui import duration

Data = dict[str, Any]
Said = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Change:
    at: datetime
    who: str
    field: str
    old: str
    new: str


def changes_beside(ticket: Ticket, most: int) -> list[Change]:
    """Newest first, from the timeline."""
    events = Event.objects.filter(ticket_id=ticket.pk, kind__in=_SAID).order_by("-at", "-id")[:most]
    return [
        Change(event.at, name_of(event.actor_id), *said)
        for event in events
        for said in _SAID[event.kind](event.data)
    ]


def _steps_added(data: Data) -> list[Said]:
    return [(_("Steps"), "", text) for text in data["steps"]]


def _step_removed(data: Data) -> list[Said]:
    return [(_("Steps"), data["step"], "")]


def _ticked(data: Data) -> list[Said]:
    return [(data["step"], _("to do"), _("done"))]


def _unticked(data: Data) -> list[Said]:
    return [(data["step"], _("done"), _("to do"))]


def _linked(data: Data) -> list[Said]:
    return [(_("Linked tickets"), "", f"#{data['other']}")]


def _unlinked(data: Data) -> list[Said]:
    return [(_("Linked tickets"), f"#{data['other']}", "")]


def _spent(data: Data) -> list[Said]:
    return [(_("Time spent"), "", duration(data["seconds"]))]


def _taken_back(data: Data) -> list[Said]:
    return [(_("Time spent"), duration(data["seconds"]), "")]


def _watched(data: Data) -> list[Said]:
    return [(_("Watched by"), "", name_of(data["user"]))]


def _unwatched(data: Data) -> list[Said]:
    return [(_("Watched by"), name_of(data["user"]), "")]


def _split(data: Data) -> list[Said]:
    return [(_("Split off"), "", f"#{data['number']}")]


_SAID: dict[str, Callable[[Data], list[Said]]] = {
    "ticket.steps_added": _steps_added,
    "ticket.step_removed": _step_removed,
    "ticket.step_ticked": _ticked,
    "ticket.step_unticked": _unticked,
    "ticket.linked": _linked,
    "ticket.unlinked": _unlinked,
    "ticket.time_spent": _spent,
    "ticket.time_taken_back": _taken_back,
    "ticket.watched": _watched,
    "ticket.unwatched": _unwatched,
    "ticket.split": _split,
}
