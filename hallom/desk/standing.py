"""Where an agent stands who asks for his caller: at an announcement, in a queue's line, or with his caller again and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject

from hallom.calls.models import Call, CallSituation, JournalEntry, QueueWait, SentOn
from hallom.calls.situation import Doing
from hallom.calls.spoken_names import reason_words
from hallom.desk.places import destination_words

# As long as he may wonder why he has his caller again.
STAYS = timedelta(seconds=60)
# What the agent did himself, or was there for.
_KNOWN = frozenset({"cancelled", "hung_up"})
_STARTED, _QUEUED, _PLAYED = "consult.started", "consult.queued", "consult.played"


@dataclass(frozen=True, slots=True)
class Standing:
    """`at` is a destination: a queue, in whose line he has the `place`, or a number whose announcement he hears."""

    at: str
    place: int | None = None


def standing(call: Call) -> Standing | None:
    """None while a telephone rings for him that he chose himself, or was diverted to."""
    latest = _latest([call.pk]).get(call.pk)
    if latest is None or latest.kind == _STARTED:
        return None
    at = str(latest.data["to"])
    return Standing(at, _place(call, latest) if latest.kind == _QUEUED else None)


def _latest(calls: Iterable[str]) -> dict[str, JournalEntry]:
    """By call: what was last done to reach whoever is asked."""
    rows = JournalEntry.objects.filter(call__in=calls, kind__in=(_STARTED, _QUEUED, _PLAYED))
    return {row.call or "": row for row in rows.order_by("id")}


def _place(call: Call, queued: JournalEntry) -> int:
    """As the switch counts: who came back first, then by the time that each began to wait in his call."""
    queue, since = queued.data["queue"], float(queued.data["entered_at"])
    waits = QueueWait.objects.filter(queue=queue, left_at__isnull=True).exclude(call=call)
    begun = waits.annotate(begun_at=Min("call__waits__entered_at"))
    earlier = Q(begun_at__lt=datetime.fromtimestamp(since, UTC))
    callers = begun.filter(earlier | Q(call__situation__returns__gt=0)).count()
    asking = CallSituation.objects.filter(doing=Doing.CONSULTING, answered_at__isnull=True).exclude(call=call)
    others = _latest(asking.values_list("call_id", flat=True)).values()
    return 1 + callers + sum(_is_before(one, queue, since) for one in others)


def _is_before(other: JournalEntry, queue: int, since: float) -> bool:
    is_there = other.kind == _QUEUED and other.data["queue"] == queue
    return is_there and float(other.data["entered_at"]) < since


def with_last_asked(calls: QuerySet[Call]) -> QuerySet[Call]:
    """With what `in_vain` needs: the bar of whoever talks is asked for often, and has to cost few queries."""
    last = SentOn.objects.filter(call=OuterRef("pk")).order_by("-entry")
    fields = JSONObject(kind="kind", result="result", to="to", reason="reason", ended_at="ended_at")
    return calls.annotate(last_sent_on=Subquery(last.values(data=fields)[:1]))


def in_vain(call: Call, now: datetime) -> str:
    """Who was asked a moment ago and was not to be had, and why; empty when the agent gave it up, or had his word.

    `call` is one of `with_last_asked`.
    """
    last = getattr(call, "last_sent_on", None)
    if last is None or (last["kind"], last["result"]) != (SentOn.Kind.CONSULT, SentOn.Result.ENDED):
        return ""
    if last["reason"] in _KNOWN or now - datetime.fromisoformat(last["ended_at"]) >= STAYS:
        return ""
    return f"{destination_words(last['to'])}: {reason_words(last['reason'])}"
