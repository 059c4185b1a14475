"""What is being done with calls, written as rows; gone with the call."""

from collections.abc import Iterable, Mapping

from django.contrib.auth import get_user_model

from hallom.calls.fold import Entry
from hallom.calls.models import CallSituation
from hallom.calls.situation import Situation, situation_of

PARKED = "parked"


def save(history: Mapping[str, Iterable[Entry]]) -> set[str]:
    """After the calls' own rows; returns the topics that changed beside the calls' own."""
    found = {call: situation_of(entries) for call, entries in history.items()}
    known = {call: situation for call, situation in found.items() if situation is not None}
    if not known:
        return set()
    before = {row.pk: row for row in CallSituation.objects.filter(pk__in=known)}
    people = _existing(known.values())
    after = {call: _row(call, one, people) for call, one in known.items() if one.is_worth_keeping}
    if after:
        _upsert(list(after.values()))
    gone = before.keys() - after.keys()
    if gone:
        CallSituation.objects.filter(pk__in=gone).delete()
    return {topic for call in known for topic in _changed(before.get(call), after.get(call))}


def _changed(before: CallSituation | None, after: CallSituation | None) -> set[str]:
    """A place is everybody's; what is done with a call concerns whoever does it and whoever was asked."""
    rows = [row for row in (before, after) if row is not None]
    if len(rows) == 2 and _values(rows[0]) == _values(rows[1]):
        return set()
    topics = {f"desk-{who}" for row in rows for who in (row.by_id, row.agent_id) if who is not None}
    has_moved = (before.place if before else None) != (after.place if after else None)
    return topics | ({PARKED} if has_moved else set())


def _values(row: CallSituation) -> list[object]:
    return [getattr(row, field.attname) for field in CallSituation._meta.concrete_fields]


def _existing(situations: Iterable[Situation]) -> set[int | None]:
    """The journal remembers people who were deleted since."""
    named = {who for one in situations for who in (one.by, one.agent, one.rung)}
    named |= {one.returned.by for one in situations if one.returned}
    wanted = [who for who in named if who is not None]
    return set(get_user_model()._default_manager.filter(pk__in=wanted).values_list("pk", flat=True))


def _row(call: str, one: Situation, people: set[int | None]) -> CallSituation:
    back = one.returned
    return CallSituation(
        call_id=call,
        doing=one.doing.value,
        by_id=one.by if one.by in people else None,
        to=one.to[:48],
        place=one.place,
        since=one.since,
        until=one.until,
        agent_id=one.agent if one.agent in people else None,
        leg=one.leg[:40],
        answered_at=one.answered_at,
        is_facing_customer=one.is_facing_customer,
        purpose=one.purpose[:12],
        rung_id=one.rung if one.rung in people else None,
        returned_by_id=back.by if back and back.by in people else None,
        returned_to=back.to[:48] if back else "",
        returned_reason=back.reason[:40] if back else "",
        returned_seconds=back.seconds if back else None,
        returns=back.times if back else 0,
    )


def _upsert(rows: list[CallSituation]) -> None:
    fields = [field.name for field in CallSituation._meta.concrete_fields if not field.primary_key]
    CallSituation.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["call"], update_fields=fields
    )
