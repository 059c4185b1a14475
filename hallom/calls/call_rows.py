"""Calls as the list's component wants them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hallom.calls import outcome_words, recorded
from hallom.calls.linking import shown_number
from hallom.calls.models import Call, Direction, Outcome
from hallom.staff.models import User
from hallom.tickets.conversation import Sound

TONES = {
    Outcome.OPEN: "sky",
    Outcome.ANSWERED: "pine",
    Outcome.ABANDONED: "cherry",
    Outcome.LEFT_EARLY: "honey",
    Outcome.CLOSED: "",
    Outcome.REJECTED: "out",
    Outcome.FAILED: "cherry",
    Outcome.UNREACHED: "honey",
}

# Most calls come in: they need no sign.
DIRECTION_ICONS = {Direction.INCOMING: "", Direction.OUTGOING: "phone-outgoing", Direction.INTERNAL: "phone"}

_OWN = (
    *("id", "direction", "caller", "caller_name", "outcome", "ended_by", "cause", "agent"),
    *("arrived_at", "bridged_at", "ended_at", "wait_seconds", "talk_seconds"),
)
_BESIDE = {
    "customer_name": F("customer__name"),
    "queue_name": F("queue__name"),
    "agent_name": F("agent__full_name"),
    "agent_login": F("agent__username"),
}


@dataclass(frozen=True, slots=True)
class OutcomeChip:
    label: str
    tone: str


@dataclass(frozen=True, slots=True)
class CallRow:
    id: str
    url: str
    at: datetime
    caller: str
    number: str
    direction_icon: str
    direction: str
    queue: str
    agent: str
    waited_seconds: float | None
    talk_seconds: float | None
    outcome: OutcomeChip
    recordings: tuple[Sound, ...]
    recording_label: str


def chip_of(call: Call) -> OutcomeChip:
    # Why nobody was reached; of the others the cause changes nothing.
    why = (call.ended_by, call.cause) if call.outcome == Outcome.UNREACHED else ("", "")
    return _chip(call.outcome, *why, get_language())


@lru_cache(maxsize=500)
def _chip(outcome: str, ended_by: str, cause: str, _language: str | None) -> OutcomeChip:
    return OutcomeChip(outcome_words.words(outcome, ended_by, cause), TONES[Outcome(outcome)])


def fetched(calls: QuerySet[Call]) -> QuerySet[Call]:
    """The calls with what their rows show: five whole tables joined fifty times were a third of the page."""
    rows: QuerySet[Call] = calls.only(*_OWN).annotate(**_BESIDE, **recorded.PARTS)
    return rows


def call_rows(calls: Iterable[Any], user: User) -> list[CallRow]:
    return [_row(call, user) for call in calls]


def _row(call: Any, user: User) -> CallRow:
    number = shown_number(call.caller)
    caller = call.customer_name or call.caller_name or number or _("Hidden number")
    recordings = recorded.sounds_of(call, user)
    return CallRow(
        id=call.pk,
        url=_url("calls:call", call.pk),
        at=call.arrived_at,
        caller=caller,
        number=number if caller != number else "",
        direction_icon=DIRECTION_ICONS[call.direction],
        direction=str(Direction(call.direction).label),
        queue=call.queue_name or "",
        agent=call.agent_name or call.agent_login or "",
        waited_seconds=call.wait_seconds,
        talk_seconds=call.talk_seconds if call.bridged_at and call.ended_at else None,
        outcome=chip_of(call),
        recordings=recordings,
        recording_label=_("Recording of the call with %(caller)s") % {"caller": caller} if recordings else "",
    )


@lru_cache(maxsize=5000)
def _url(name: str, pk: str) -> str:
    return reverse(name, args=[pk])
