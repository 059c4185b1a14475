"""Changes of what belongs to a ticket and stands in no field of its own: steps, links, time, watchers, tickets cut off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from hallom.staff.names import name_of
from hallom.tickets.due import effort
from hallom.tickets.models import Ticket
from hallom.timeline.models import Event

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
    as_what = {"child": _("Part of"), "parent": _("Parts"), "related": _("Related")}
    return [(as_what.get(data.get("kind_of_link", ""), _("Linked tickets")), "", f"#{data['other']}")]


def _unlinked(data: Data) -> list[Said]:
    return [(_("Linked tickets"), f"#{data['other']}", "")]


def _spent(data: Data) -> list[Said]:
    return [(_("Time spent"), "", effort(data["seconds"]))]


def _taken_back(data: Data) -> list[Said]:
    return [(_("Time spent"), effort(data["seconds"]), "")]


def _watched(data: Data) -> list[Said]:
    return [(_("Watched by"), "", name_of(data["user"]))]


def _unwatched(data: Data) -> list[Said]:
    return [(_("Watched by"), name_of(data["user"]), "")]


def _merged_here(data: Data) -> list[Said]:
    return [(_("Merged into this ticket"), "", _number(data.get("source")))]


def _let_go(data: Data) -> list[Said]:
    return [(_("Merged into this ticket"), _number(data.get("source")), "")]


def _number(number: int | None) -> str:
    return "?" if number is None else f"#{number}"


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
    "ticket.merged_here": _merged_here,
    "ticket.let_go": _let_go,
    "ticket.split": _split,
}
