"""Folded records written as rows. Writing the same record again changes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models

from hallom.calls.agent_fold import AgentRecord, Span
from hallom.calls.call_record import CallRecord, LegRecord
from hallom.calls.models import (
    AgentStateSpan,
    AgentStatus,
    Call,
    Leg,
    Number,
    Offer,
    Queue,
    QueueWait,
    Recording,
    SentOn,
    Watch,
)
from hallom.calls.models.agent import REASON_LENGTH
from hallom.calls.sent_on_fold import PARK
from hallom.customers import phone_number
from hallom.customers.region import default_region

CALL_KEY_LENGTH = 26
# What agents link by hand; a new folding leaves it alone.
LINKS = {"customer", "ticket"}


def save_calls(records: Sequence[CallRecord]) -> None:
    known = _Known(records)
    _upsert(Call, [_call(record, known) for record in records], ["id"], keep=LINKS)
    _upsert(Leg, [_leg(record, leg, known) for record in records for leg in record.legs.values()], ["id"])
    _upsert(QueueWait, _waits(records, known), ["entry"])
    _upsert(Offer, _offers(records, known), ["id"])
    _upsert(Recording, _recordings(records), ["call", "path"])
    _upsert(SentOn, _sent_on(records, known), ["entry"])
    _upsert(Watch, _watches(records, known), ["leg"])


class _Known:
    """Which numbers, queues and people still exist: the journal remembers those that were deleted since."""

    def __init__(self, records: Sequence[CallRecord]) -> None:
        agents: set[int | None] = {offer.agent for record in records for offer in record.offers.values()}
        agents |= {leg.agent for record in records for leg in record.legs.values()}
        agents |= {one for record in records for sent in record.transfers for one in (sent.by, sent.taken_by)}
        agents |= {one for record in records for watch in record.watches for one in (watch.by, watch.of)}
        queues: set[int | None] = {wait.queue for record in records for wait in record.waits}
        # Where only an agent waits who announces his caller, no wait is known, but a queue's offer is.
        queues |= {offer.queue for record in records for offer in record.offers.values()}
        queues |= {record.queue for record in records}
        self.numbers = _existing(Number, {record.number for record in records})
        self.queues = _existing(Queue, queues)
        self.agents = _existing(get_user_model(), agents | {record.agent for record in records})

    def agent(self, key: int | None) -> int | None:
        return key if key in self.agents else None


def _existing(model: type[models.Model], keys: Iterable[int | None]) -> set[int | None]:
    wanted = [key for key in keys if key is not None]
    return set(model._default_manager.filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()


def _call(record: CallRecord, known: _Known) -> Call:
    return Call(
        id=record.id,
        number_id=record.number if record.number in known.numbers else None,
        direction=record.direction,
        dialled=record.dialled[:64],
        caller=record.caller[:128],
        caller_name=record.caller_name[:128],
        caller_reversed=reversed_digits(record.caller),
        peer=record.peer[:80],
        outcome=record.outcome,
        arrived_at=record.arrived_at,
        answered_at=record.answered_at,
        bridged_at=record.bridged_at,
        ended_at=record.ended_at,
        ended_by=record.ended_by[:10],
        cause=record.cause[:64],
        queue_id=record.queue if record.queue in known.queues else None,
        agent_id=record.agent if record.agent in known.agents else None,
        wait_seconds=record.wait_seconds,
        talk_seconds=record.talk_seconds,
        hold_seconds=record.hold_seconds,
        held_since=record.silent_since if record.is_held else None,
        state=record.state,
        state_since=record.state_since,
        transfers=sum(one.kind != PARK for one in record.transfers),
        returns=record.returns,
    )


def reversed_digits(number: str) -> str:
    whole = phone_number.e164(number, default_region())
    return phone_number.digits_of(whole or number.split("@")[0])[::-1][:32]


def _leg(record: CallRecord, leg: LegRecord, known: _Known) -> Leg:
    return Leg(
        id=leg.id,
        call_id=record.id,
        agent_id=leg.agent if leg.agent in known.agents else None,
        worker=leg.worker[:40],
        arrived_at=record.arrived_at,
        opened_at=leg.opened_at,
        answered_at=leg.answered_at,
        bridged_at=leg.bridged_at,
        ended_at=leg.ended_at,
        ended_by=leg.ended_by[:10],
        cause=leg.cause[:64],
        role=leg.role,
        number=leg.number[:64],
        talk_seconds=round(leg.talk_seconds, 3),
        hold_seconds=round(leg.hold_seconds, 3),
        mos=_figure(leg.quality.get("mos")),
        jitter_ms=_figure(leg.quality.get("jitter_ms")),
        loss=_figure(leg.quality.get("loss")),
        round_trip_ms=_figure(leg.quality.get("round_trip_ms")),
    )


def _figure(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def _waits(records: Sequence[CallRecord], known: _Known) -> list[QueueWait]:
    return [
        QueueWait(
            entry=wait.entry,
            call_id=record.id,
            queue_id=wait.queue,
            position=wait.position,
            entered_at=wait.entered_at,
            left_at=wait.left_at,
            reason=wait.reason[:40],
        )
        for record in records
        for wait in record.waits
        if wait.queue in known.queues
    ]


def _offers(records: Sequence[CallRecord], known: _Known) -> list[Offer]:
    return [
        Offer(
            id=offer.id,
            call_id=record.id,
            agent_id=offer.agent,
            queue_id=offer.queue if offer.queue in known.queues else None,
            leg=offer.leg,
            made_at=offer.made_at,
            expires_at=offer.expires_at,
            ended_at=offer.ended_at,
            result=offer.result,
            reason=offer.reason[:64],
        )
        for record in records
        for offer in record.offers.values()
        if offer.agent in known.agents
    ]


def _recordings(records: Sequence[CallRecord]) -> list[Recording]:
    return [
        Recording(
            call_id=record.id,
            path=_inside_folder(recording.path),
            worker=recording.worker[:40],
            started_at=recording.started_at,
            stopped_at=recording.stopped_at,
            seconds=recording.seconds,
            pauses=recording.pauses,
        )
        for record in records
        for recording in record.recordings.values()
    ]


def _sent_on(records: Sequence[CallRecord], known: _Known) -> list[SentOn]:
    return [
        SentOn(
            entry=one.entry,
            call_id=record.id,
            kind=one.kind,
            by_id=known.agent(one.by),
            to=one.to[:80],
            via=one.via,
            started_at=one.started_at,
            ended_at=one.ended_at,
            result=one.result,
            reason=one.reason[:64],
            taken_by_id=known.agent(one.taken_by),
            times=one.times,
        )
        for record in records
        for one in record.transfers
    ]


def _watches(records: Sequence[CallRecord], known: _Known) -> list[Watch]:
    return [
        Watch(
            leg=one.leg,
            call_id=record.id,
            by_id=known.agent(one.by),
            of_id=known.agent(one.of),
            modes=one.modes,
            started_at=one.started_at,
            joined_at=one.joined_at,
            ended_at=one.ended_at,
            reason=one.reason[:64],
        )
        for record in records
        for one in record.watches
    ]


def _inside_folder(path: str) -> str:
    """Kept without the data folder, so that the folder may move."""
    return path.removeprefix(f"{Path(settings.HALLOM_DATA) / 'recordings'}/")


def _upsert(
    model: type[models.Model],
    rows: Sequence[models.Model],
    unique: list[str],
    keep: AbstractSet[str] = frozenset(),
) -> None:
    if not rows:
        return
    fields = [
        field.name
        for field in model._meta.concrete_fields
        if not field.primary_key and field.name not in keep and field.name not in unique
    ]
    model._default_manager.bulk_create(
        rows, update_conflicts=True, unique_fields=unique, update_fields=fields
    )


# Through the index, for each agent: of some of them there are a million older spans.
_LAST_SPANS = """SELECT last.* FROM unnest(%s::bigint[]) AS wanted, LATERAL (
    SELECT * FROM calls_agentstatespan WHERE agent_id = wanted ORDER BY entry DESC LIMIT 1) AS last"""


def load_agents(agents: Iterable[int]) -> dict[int, AgentRecord]:
    """What is needed to fold on: the span that is open and how far the journal was read."""
    wanted = sorted(agents)
    last = {row.agent_id: row for row in AgentStateSpan.objects.raw(_LAST_SPANS, [wanted])}
    found = AgentStatus.objects.filter(agent_id__in=wanted)
    known = {status.agent_id: _agent(status, last.get(status.agent_id)) for status in found}
    return {agent: known.get(agent, AgentRecord()) for agent in wanted}


def _agent(status: AgentStatus, row: AgentStateSpan | None) -> AgentRecord:
    spans = (Span(row.entry, row.state, row.reason, row.call, row.started_at, row.ended_at),) if row else ()
    return AgentRecord(status.entry, spans, status.until, status.is_lost, status.desk, status.forced)


def save_agents(records: Mapping[int, AgentRecord]) -> None:
    """Rows of people who are gone are not written."""
    here = _existing(get_user_model(), records)
    known = {agent: record for agent, record in records.items() if agent in here}
    spans = [_span(agent, span) for agent, record in known.items() for span in record.spans]
    _upsert(AgentStateSpan, spans, ["entry"])
    _upsert(AgentStatus, [_status(agent, record) for agent, record in known.items()], ["agent"])


def _span(agent: int, span: Span) -> AgentStateSpan:
    return AgentStateSpan(
        entry=span.entry,
        agent_id=agent,
        state=span.state,
        reason=span.reason[:REASON_LENGTH],
        call=span.call[:CALL_KEY_LENGTH],
        started_at=span.started_at,
        ended_at=span.ended_at,
    )


def _status(agent: int, record: AgentRecord) -> AgentStatus:
    current = record.current
    return AgentStatus(
        agent_id=agent,
        state=current.state if current else "offline",
        reason=current.reason[:REASON_LENGTH] if current else "",
        since=current.started_at if current else datetime.fromtimestamp(0, UTC),
        until=record.until,
        call=current.call[:CALL_KEY_LENGTH] if current else "",
        is_lost=record.is_lost,
        desk=dict(record.desk),
        forced=dict(record.forced),
        entry=record.seen,
    )
