"""Three made-up calls that show what a call's page can tell: sent on and back, a colleague asked, a supervisor listening."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings

from hallom.calls import demo_sound
from hallom.calls.models import Number
from hallom.staff.models import User
from hallom.switch.aio.ids import new_id

NEEDED = ("nora", "adam", "dora", "marta")
GOOD = {"mos": 4.3, "jitter_ms": 1.8, "loss": 0.001, "round_trip_ms": 24}
POOR = {"mos": 3.2, "jitter_ms": 24.0, "loss": 0.045, "round_trip_ms": 180}
# The made-up telephones answer so soon after they begin to ring.
ANSWER_SECONDS = 4


class Stage(Protocol):
    chance: Any

    def write(
        self, kind: str, at: datetime, call: str | None, agent: int | None = None, /, **data: Any
    ) -> None: ...


@dataclass
class Act:
    """One call on the stage; `at` counts its seconds."""

    stage: Stage
    number: Number
    begin: datetime
    caller: str
    id: str = ""
    lines: int = 1
    tapes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.id = new_id(now=self.begin.timestamp, random=self.stage.chance.randbytes)
        leg, number = f"{self.id}-1", self.number
        self(
            "call.arrived", 0, number=number.pk, dialled=number.dialled, caller=self.caller, name="", leg=leg
        )
        self("call.answered", 0.2, leg=leg)
        self("greeting.started", 0.2, prompts=[], closed=False)
        self("greeting.ended", 11)
        self("queue.entered", 11, queue=number.queue_id, position=1)

    def __call__(self, kind: str, at: float, agent: int | None = None, /, **data: Any) -> None:
        self.stage.write(kind, self.moment(at), self.id, agent, **data)

    def moment(self, at: float) -> datetime:
        return self.begin + timedelta(seconds=at)

    def ring(self, at: float, agent: int, purpose: str = "") -> str:
        """Rings a telephone; returns the leg."""
        self.lines += 1
        leg = f"{self.id}-{self.lines}"
        offer = f"{self.id}-o{self.lines}"
        self("offer.made", at, agent, offer=offer, agent=agent, leg=leg, queue=None, purpose=purpose)
        return leg

    def take(self, at: float, agent: int, leg: str) -> None:
        self(
            "offer.accepted", at, agent, offer=f"{self.id}-o{leg.rpartition('-')[2]}", agent=agent, reason=""
        )
        self("leg.answered", at, agent, leg=leg, agent=agent)

    def record(self, at: float, seconds: float) -> None:
        self.tapes.append(f"{self.id}{f'-r{len(self.tapes) + 1}' if self.tapes else ''}")
        name = f"{self.begin:%Y/%m/%d}/{self.tapes[-1]}.wav"
        demo_sound.write(Path(settings.HALLOM_DATA) / "recordings" / name, seconds)
        self("recording.started", at, path=name, worker="media-0", recorder=self.tapes[-1])
        self("recording.stopped", at + seconds, recorder=self.tapes[-1], seconds=seconds)

    def drop(self, at: float, leg: str, cause: str, quality: Mapping[str, float] = GOOD) -> None:
        self("leg.ended", at, leg=leg, cause=cause, by="system", quality=quality)

    def end(self, at: float, by: str, *legs: str) -> None:
        self("call.ending", at, by=by, cause="normal")
        for leg in (f"{self.id}-1", *legs):
            self("leg.ended", at, leg=leg, cause="normal", by=by, quality=GOOD)
        self("call.ended", at + 0.2, by=by, cause="normal", ended_at=self.moment(at).timestamp())


def add(stage: Stage, numbers: list[Number], now: datetime) -> None:
    people = dict(User.objects.filter(username__in=NEEDED).values_list("username", "pk"))
    if len(people) < len(NEEDED) or not numbers:
        return
    _sent_on_and_back(Act(stage, numbers[0], now - timedelta(minutes=11), "+36305550142"), people)
    _asked_and_listened_to(Act(stage, numbers[0], now - timedelta(minutes=8), "+36205550177"), people)
    _taken_over(Act(stage, numbers[0], now - timedelta(minutes=4), "+36705550119"), people)


def _answered(act: Act, agent: int, at: float = 14) -> str:
    leg = act.ring(at, agent)
    act.take(at + ANSWER_SECONDS, agent, leg)
    act("queue.left", at + ANSWER_SECONDS, queue=act.number.queue_id, reason="offered_accepted")
    act("call.bridged", at + ANSWER_SECONDS, agent, leg=leg, agent=agent)
    return leg


def _sent_on_and_back(act: Act, who: Mapping[str, int]) -> None:
    """To a colleague who does not answer, back, parked, and fetched by the colleague after all."""
    nora, dora = who["nora"], who["dora"]
    first = _answered(act, nora)
    act.record(18, 12)
    act("transfer.started", 30, nora, by=nora, to=f"agent:{dora}", until=None)
    act.drop(30, first, "transferred", POOR)
    act.ring(30, dora, "transfer")
    act("offer.expired", 50, dora, offer=f"{act.id}-o3", agent=dora, reason="no_answer")
    back = {"from": nora, "to": f"agent:{dora}", "reason": "no_answer", "waited": 20.0, "times": 1}
    act("call.returned", 50, nora, **back)
    again = act.ring(50, nora, "return")
    act.take(54, nora, again)
    act("call.bridged", 54, nora, leg=again, agent=nora)
    act.record(54, 10)
    act("call.parked", 64, nora, by=nora, place=2, until=None)
    act.drop(64, again, "parked")
    fetched = act.ring(70, dora, "retrieve")
    act.take(73, dora, fetched)
    act("call.bridged", 73, dora, leg=fetched, agent=dora)
    act.record(73, 15)
    act.end(88, "customer", fetched)


def _asked_and_listened_to(act: Act, who: Mapping[str, int]) -> None:
    """A colleague is asked, all three talk, he goes on alone, while the supervisor listens and whispers."""
    nora, adam, marta = who["nora"], who["adam"], who["marta"]
    mine = _answered(act, nora)
    act.record(18, 12)
    _listen(act, marta, nora, begin=20, end=42, modes={20: "listen", 26: "whisper"})
    act("consult.started", 30, nora, by=nora, to=f"agent:{adam}")
    asked = act.ring(30, adam, "consult")
    act.take(34, adam, asked)
    act("consult.answered", 34, adam, leg=asked, agent=adam)
    act("consult.joined", 46, nora, leg=asked)
    act.record(46, 14)
    act.drop(60, mine, "transferred")
    act("transfer.completed", 60, nora, by=nora, to=f"agent:{adam}", waited=30.0)
    act("conference.left", 60, adam, leg=mine, left=nora, agent=adam)
    act.record(60, 16)
    act.end(76, "customer", asked)


def _taken_over(act: Act, who: Mapping[str, int]) -> None:
    nora, marta = who["nora"], who["marta"]
    mine = _answered(act, nora)
    act.record(18, 14)
    leg = _listen(act, marta, nora, begin=22, end=None, modes={22: "listen", 28: "barge"})
    act.drop(32, mine, "taken_over")
    act("call.taken_over", 32, marta, **{"from": nora, "agent": marta, "leg": leg})
    act.record(32, 18)
    act.end(50, "agent", leg)


def _listen(
    act: Act, by: int, of: int, *, begin: float, end: float | None, modes: Mapping[float, str]
) -> str:
    act.lines += 1
    leg, first = f"{act.id}-{act.lines}", next(iter(modes.values()))
    facts = {"leg": leg, "of": of, "agent": by, "mode": first}
    act("watch.started", begin, by, **facts, worker="media-0")
    act("leg.answered", begin + 1, by, leg=leg, agent=by)
    act("watch.joined", begin + 1, by, **facts)
    for at, mode in list(modes.items())[1:]:
        act("watch.changed", at, by, of=of, mode=mode)
    if end is not None:
        last = list(modes.values())[-1]
        act("watch.ended", end, by, of=of, mode=last, reason="hung_up", seconds=end - begin - 1)
        act.drop(end, leg, "hung_up")
    return leg
