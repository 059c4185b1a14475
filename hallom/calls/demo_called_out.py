"""Made-up calls of agents to customers: talked to, not reached, busy, and one that the toll policy kept in the house."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hallom.calls import demo_sent_on
from hallom.calls.demo_sent_on import GOOD, Stage
from hallom.calls.models import AllowedNumber, Call, JournalEntry
from hallom.staff.models import User
from hallom.switch.aio.ids import new_id
from hallom.switch.placing import Direction
from hallom.timeline.journal import record

ANSWER_SECONDS = demo_sent_on.ANSWER_SECONDS
# A number abroad that no policy of the demo allows, and why.
ABROAD, REFUSED = "+18765551234", {"code": "country_refused", "words": {"country": "JM"}}


@dataclass
class CallOut:
    """One call on the stage; `at` counts its seconds. The other side is the first leg."""

    stage: Stage
    begin: datetime
    agent: int
    number: str
    shown: str
    id: str = ""

    def __post_init__(self) -> None:
        self.id = new_id(now=self.begin.timestamp, random=self.stage.chance.randbytes)
        other, own, offer = f"{self.id}-1", f"{self.id}-2", f"{self.id}-o1"
        placed = {"by": self.agent, "to": f"outside:{self.number}", "purpose": "dial", "number": self.number}
        facts = {
            "direction": str(Direction.OUTGOING),
            "caller_number": self.shown,
            "leg": other,
            "agent_leg": own,
        }
        self("call.placed", 0, **placed, **facts, transaction="", customer=None, ticket=None)
        self("offer.made", 0, offer=offer, agent=self.agent, leg=own, queue=None, purpose="dial")
        self("offer.accepted", 0.1, offer=offer, agent=self.agent, reason="")
        self("leg.answered", 0.1, leg=own, agent=self.agent)
        dial = {"dial": other, "leg": other, "number": self.number, "by": self.agent}
        self("dial.made", 0.1, **dial, purpose="dial", worker="media-0", agent_leg=own)

    def __call__(self, kind: str, at: float, /, **data: Any) -> None:
        nobody = kind == "leg.answered" and data.get("agent") is None
        moment = self.begin + timedelta(seconds=at)
        self.stage.write(kind, moment, self.id, None if nobody else self.agent, **data)

    def end(self, at: float, by: str, cause: str = "normal") -> None:
        self("call.ending", at, by=by, cause=cause)
        for leg in (f"{self.id}-1", f"{self.id}-2"):
            self("leg.ended", at, leg=leg, cause=cause, by=by, quality=GOOD)
        ended_at = (self.begin + timedelta(seconds=at)).timestamp()
        self("call.ended", at + 0.1, by=by, cause=cause, ended_at=ended_at)


def _reached(call: CallOut, seconds: float) -> None:
    other = f"{call.id}-1"
    call("dial.answered", ANSWER_SECONDS, dial=other, reason="")
    call("leg.answered", ANSWER_SECONDS, leg=other, agent=None)
    call("call.bridged", ANSWER_SECONDS, leg=f"{call.id}-2", agent=call.agent)
    call.end(ANSWER_SECONDS + seconds, "agent")


def _not_answered(call: CallOut, seconds: float) -> None:
    call("dial.ended", seconds, dial=f"{call.id}-1", reason="no_answer")
    call.end(seconds, "system", "no_answer")


def _busy(call: CallOut, seconds: float) -> None:
    call("dial.ended", seconds, dial=f"{call.id}-1", reason="busy")
    call.end(seconds, "system", "busy")


def _refused(call: CallOut, seconds: float) -> None:
    leg = f"{call.id}-1"
    call("dial.refused", seconds, leg=leg, number=call.number, by=call.agent, purpose="dial", **REFUSED)
    call("dial.ended", seconds, dial=leg, reason=f"toll:{REFUSED['code']}")
    call.end(seconds, "system", f"toll:{REFUSED['code']}")


# Who, whom, how many minutes ago, what became of it, after how many seconds. None of them serves a queue at that time.
Played = Callable[[CallOut, float], None]
CALLS: tuple[tuple[str, str, float, Played, float], ...] = (
    ("orsolya", "+36203315540", 26 * 60, _reached, 132.0),
    ("gergo", "+36705149906", 25.5 * 60, _not_answered, 48.0),
    ("orsolya", "+36309402217", 10, _reached, 94.0),
    ("gergo", "+36206154403", 8, _not_answered, 45.0),
    ("zoltan", "+3614097720", 7, _reached, 168.0),
    ("gergo", ABROAD, 6, _refused, 0.2),
    ("viktoria", "+36306671281", 4, _busy, 2.0),
    ("gergo", "+36206154403", 3, _reached, 57.0),
)


def add(stage: Stage, now: datetime) -> None:
    people = dict(User.objects.filter(username__in=[one[0] for one in CALLS]).values_list("username", "pk"))
    shown = AllowedNumber.objects.order_by("rank").values_list("number", flat=True).first() or ""
    for who, number, minutes, play, seconds in CALLS:
        if who in people:
            play(CallOut(stage, now - timedelta(minutes=minutes), people[who], number, shown), seconds)


def tell() -> None:
    """What the relay would have told the timeline of them."""
    for call in Call.objects.filter(direction=Direction.OUTGOING).order_by("arrived_at"):
        contact = {"contact": "phone", "direction": "out", "number": call.caller}
        facts: dict[str, Any] = {"customer": call.customer_id, "call": call.pk, "actor": call.agent_id}
        record("call.placed", now=call.arrived_at, data=contact, **facts)
        for entry in JournalEntry.objects.filter(call=call.pk, kind="dial.refused"):
            record("call.refused", now=entry.at, data=_why(entry.data), **facts)


def _why(data: Mapping[str, Any]) -> dict[str, Any]:
    return {"code": data["code"], "words": data["words"], "number": data["number"], "way": data["purpose"]}
