"""A week of made-up calls: a small call centre acted out, its journal written and folded like a real one."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from hallom.calls import demo_called_out, demo_sent_on, demo_sound, records, relay
from hallom.calls.agent_fold import AgentRecord, fold_agent
from hallom.calls.models import Call, CallDisposition, Disposition, JournalEntry, Number, Queue, RelayPosition
from hallom.customers.models import ContactPoint
from hallom.staff.models import User
from hallom.switch.aio.ids import new_id
from hallom.switch.placing import Direction
from hallom.timeline.journal import record

DAYS = 6
CALLS_BEFORE, CALLS_TODAY = 24, 170
SHIFT_HOURS = 5.0
PATIENCE_SECONDS = 110
SERVING = 2
# One caller in so many is a customer we know; the others have numbers nobody has written down.
KNOWN_ONE_IN = 20
# So many of the last calls can be listened to; they are short, because the sound is made at the first start.
RECORDED = 3
RECORDED_SECONDS = 45.0
# Who has a pause on the wallboard, and since how many minutes.
PAUSED = (("petra", "lunch", 8), ("mate", "training", 21))


@dataclass
class Stage:
    """The acted-out call centre: until when each agent is busy, and all that was written."""

    chance: random.Random
    numbers: list[Number]
    agents: dict[int, list[int]]
    callers: list[str]
    wrap_ups: dict[int, int]
    free_at: dict[int, datetime] = field(default_factory=dict)
    entries: list[JournalEntry] = field(default_factory=list)

    def write(
        self, kind: str, at: datetime, call: str | None, agent: int | None = None, /, **data: Any
    ) -> None:
        self.entries.append(JournalEntry(kind=kind, at=at, call=call, agent=agent, data=data))

    def change(self, agent: int, at: datetime, state: str, call: str | None = None, **facts: Any) -> None:
        data = {
            "state": state,
            "reason": "",
            "until": None,
            "call": call,
            "next": None,
            "idle_since": at.timestamp(),
            **facts,
        }
        self.write("agent.changed", at, call, agent, **data)


def load(now: datetime, queues: list[Queue]) -> None:
    stage = _stage(queues)
    for begin, end, calls in _shifts(now):
        _play(stage, begin, end, calls)
    _record_last(stage)
    demo_sent_on.add(stage, stage.numbers, now)
    demo_called_out.add(stage, now)
    _pause(stage, now)
    _keep(stage)
    _dispose()
    _tell()


def _stage(queues: list[Queue]) -> Stage:
    # Not the customer whose third call the demo is about to show.
    phones = ContactPoint.objects.filter(kind="phone").exclude(customer__code="U-104 882")
    return Stage(
        random.Random(7),
        list(Number.objects.filter(queue__in=queues)),
        {queue.pk: list(queue.memberships.values_list("agent", flat=True)) for queue in queues},
        list(phones.values_list("value", flat=True)),
        {queue.pk: queue.wrap_up_seconds for queue in queues},
    )


def _shifts(now: datetime) -> Iterator[tuple[datetime, datetime, int]]:
    nine = timezone.localtime(now).replace(hour=9, minute=0, second=0, microsecond=0)
    for back in range(DAYS, 0, -1):
        begin = nine - timedelta(days=back)
        yield begin, begin + timedelta(hours=SHIFT_HOURS), CALLS_BEFORE
    end = now - timedelta(minutes=12)
    yield end - timedelta(hours=SHIFT_HOURS), end, CALLS_TODAY


def _play(stage: Stage, begin: datetime, end: datetime, calls: int) -> None:
    everybody = sorted({agent for agents in stage.agents.values() for agent in agents})
    for agent in everybody:
        stage.free_at[agent] = begin
        stage.change(agent, begin, "available")
    seconds = (end - begin).total_seconds() - 600
    for after in sorted(stage.chance.uniform(0, seconds) for _call in range(calls)):
        _call(stage, begin + timedelta(seconds=after))
    for agent in everybody:
        stage.change(agent, max(end, stage.free_at[agent]), "offline")


def _call(stage: Stage, at: datetime) -> None:
    number = stage.chance.choices(stage.numbers, weights=[9, 4, 3, 1, 1][: len(stage.numbers)])[0]
    # Fewer serve than are there: the rest write letters, so that somebody waits now and then.
    agents = stage.agents[number.queue_id][:SERVING] or [0]
    call = new_id(now=at.timestamp, random=stage.chance.randbytes)
    leg = f"{call}-1"
    joined = at + timedelta(seconds=11)
    caller = _caller(stage)
    stage.write(
        "call.arrived", at, call, number=number.pk, dialled=number.dialled, caller=caller, name="", leg=leg
    )
    stage.write("call.answered", at + timedelta(milliseconds=180), call, leg=leg)
    stage.write("greeting.started", at + timedelta(milliseconds=200), call, prompts=[], closed=False)
    stage.write("queue.entered", joined, call, queue=number.queue_id, position=1)
    agent = min(agents, key=lambda one: stage.free_at.get(one, at))
    rings_at = max(joined, stage.free_at.get(agent, joined))
    patience = stage.chance.expovariate(1 / PATIENCE_SECONDS)
    if agent == 0 or (rings_at - joined).total_seconds() > patience:
        _abandon(stage, call, joined + timedelta(seconds=patience), number.queue_id)
    else:
        _talk(stage, call, agent, rings_at, number)


def _caller(stage: Stage) -> str:
    if stage.callers and stage.chance.randrange(KNOWN_ONE_IN) == 0:
        return stage.chance.choice(stage.callers)
    digits = f"{stage.chance.randrange(10**7):07d}"
    return f"+36{stage.chance.choice(['20', '30', '70'])}{digits}"


def _abandon(stage: Stage, call: str, at: datetime, queue: int) -> None:
    stage.write("queue.left", at, call, queue=queue, reason="abandoned")
    stage.write(
        "leg.ended", at, call, leg=f"{call}-1", cause="normal", by="customer", quality=_quality(stage)
    )
    stage.write("call.ended", at, call, by="customer", cause="normal", ended_at=at.timestamp())


def _talk(stage: Stage, call: str, agent: int, rings_at: datetime, number: Number) -> None:
    phone, queue = f"{call}-2", number.queue_id
    offer = {"offer": f"{call}-o1", "agent": agent}
    answered = rings_at + timedelta(seconds=stage.chance.uniform(2, 9))
    ended = answered + timedelta(seconds=stage.chance.lognormvariate(4.9, 0.6))
    done = ended + timedelta(seconds=stage.chance.uniform(0.3, 1.0) * stage.wrap_ups[queue])
    stage.write("offer.made", rings_at, call, agent, **offer, leg=phone, queue=queue)
    stage.change(agent, rings_at, "offered", call)
    stage.write("offer.accepted", answered, call, agent, **offer, reason="")
    stage.write("leg.answered", answered, call, agent, leg=phone, agent=agent)
    stage.write("queue.left", answered, call, queue=queue, reason="offered_accepted")
    stage.write("call.bridged", answered, call, agent, leg=phone, agent=agent)
    stage.change(agent, answered, "talking", call)
    by = stage.chance.choice(["customer", "customer", "agent"])
    for leg in (f"{call}-1", phone):
        stage.write("leg.ended", ended, call, leg=leg, cause="normal", by=by, quality=_quality(stage))
    stage.change(
        agent, ended, "wrap_up", call, until=(ended + timedelta(seconds=stage.wrap_ups[queue])).timestamp()
    )
    stage.write("call.ended", ended, call, agent, by=by, cause="normal", ended_at=ended.timestamp())
    stage.change(agent, done, "available")
    stage.free_at[agent] = done


def _quality(stage: Stage) -> dict[str, float]:
    return {
        "mos": round(stage.chance.uniform(3.9, 4.4), 2),
        "jitter_ms": round(stage.chance.uniform(0.6, 9), 1),
        "loss": round(stage.chance.expovariate(400), 4),
        "round_trip_ms": round(stage.chance.uniform(12, 70)),
    }


def _record_last(stage: Stage) -> None:
    """Give the last short conversations a sound."""
    bridged = {entry.call: entry.at for entry in stage.entries if entry.kind == "call.bridged"}
    ended = {entry.call: entry.at for entry in stage.entries if entry.kind == "call.ended"}
    chosen = [call for call in bridged if (ended[call] - bridged[call]).total_seconds() > RECORDED_SECONDS]
    for call in chosen[-RECORDED:]:
        begin = bridged[call]
        name = f"{begin:%Y/%m/%d}/{call}.wav"
        seconds = min((ended[call] - begin).total_seconds(), RECORDED_SECONDS)
        demo_sound.write(Path(settings.HALLOM_DATA) / "recordings" / name, seconds)
        stop = begin + timedelta(seconds=seconds)
        stage.write("recording.started", begin, call, path=name, worker="media-0")
        stage.write("recording.stopped", stop, call, seconds=seconds)


def _pause(stage: Stage, now: datetime) -> None:
    people = dict(User.objects.values_list("username", "pk"))
    for username, reason, minutes in PAUSED:
        if username in people:
            stage.change(people[username], now - timedelta(minutes=minutes), "paused", reason=reason)


def _keep(stage: Stage) -> None:
    """Written and folded here; the relay begins behind it, so that old calls open no tickets."""
    stage.entries.sort(key=lambda entry: entry.at)
    JournalEntry.objects.bulk_create(stage.entries)
    last = stage.entries[-1].id
    relay.refold({str(entry.call) for entry in stage.entries if entry.call}, last)
    for agent in {entry.agent for entry in stage.entries if entry.kind == "agent.changed"}:
        if agent is not None:
            own = [entry for entry in stage.entries if entry.agent == agent]
            records.save_agents({agent: fold_agent(AgentRecord(), own)})
    RelayPosition.objects.update_or_create(reader=relay.READER, defaults={"entry": last})
    _link_customers()


def _link_customers() -> None:
    owners = {
        records.reversed_digits(point.value): point.customer_id
        for point in ContactPoint.objects.filter(kind="phone")
    }
    for call in Call.objects.exclude(caller_reversed=""):
        Call.objects.filter(pk=call.pk).update(customer=owners.get(call.caller_reversed))


def _dispose() -> None:
    chance = random.Random(8)
    outcomes = list(Disposition.objects.all())
    calls = Call.objects.filter(outcome="answered", agent__isnull=False)
    CallDisposition.objects.bulk_create(
        CallDisposition(
            call=call,
            disposition=chance.choice(outcomes),
            agent=call.agent,
            at=call.ended_at or call.arrived_at,
        )
        for call in calls.select_related("agent")
    )


def _tell() -> None:
    came_in = Call.objects.filter(direction=Direction.INCOMING, customer__isnull=False)
    for call in came_in.order_by("arrived_at"):
        contact = {"contact": "phone", "direction": "in", "caller": call.caller}
        record("call.arrived", now=call.arrived_at, customer=call.customer_id, call=call.pk, data=contact)
    demo_called_out.tell()
