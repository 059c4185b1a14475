"""Journal entries of made-up calls, as the switch would write them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CALL = "01KMADEUPCALL0000000000001"


@dataclass(frozen=True)
class Entry:
    id: int
    kind: str
    at: datetime
    call: str | None = None
    agent: int | None = None
    data: dict[str, Any] = field(default_factory=dict)


class Story:
    """`story("call.held", 12.5, agent=7)` adds an entry 12.5 seconds after the start."""

    def __init__(self, call: str = CALL, start: datetime = START, first: int = 1) -> None:
        self.call = call
        self.start = start
        self.entries: list[Entry] = []
        self.next_id = first

    def __call__(self, kind: str, after: float, /, *, agent: int | None = None, **data: Any) -> "Story":
        call = None if kind == "agent.changed" else self.call
        self.entries.append(Entry(self.next_id, kind, self.at(after), call, agent, data))
        self.next_id += 1
        return self

    def at(self, after: float) -> datetime:
        return self.start + timedelta(seconds=after)


def answered_call(
    agent: int = 7, *, queue: int = 1, number: int = 1, caller: str = "+36305124478", **options: Any
) -> Story:
    """Arrives at 0, queue at 4, rings at 6, talks from 10 to 100 but for a hold from 40 to 55."""
    story = Story(**options)
    customer, phone = f"{story.call}-1", f"{story.call}-2"
    path = f"2026/03/02/{story.call}.wav"
    story("call.arrived", 0, number=number, dialled="+3615550100", caller=caller, name="", leg=customer)
    story("leg.opened", 0.1, leg=customer, worker="media-0", media={})
    story("call.answered", 0.2, leg=customer, dialog={}, state={})
    story("greeting.started", 0.2, prompts=["greeting.wav"], closed=False)
    story("greeting.ended", 4)
    story("queue.entered", 4, queue=queue, position=2)
    story("offer.made", 6, agent=agent, offer=f"{story.call}-o1", leg=phone, queue=queue)
    story("leg.added", 6, agent=agent, leg=phone, kind="agent", worker="media-0")
    story("offer.accepted", 10, agent=agent, offer=f"{story.call}-o1", reason="")
    story("leg.answered", 10, agent=agent, leg=phone, dialog={})
    story("queue.left", 10, queue=queue, reason="offered_accepted")
    story("call.bridged", 10, agent=agent, leg=phone)
    story("recording.started", 10, path=path, worker="media-0")
    story("call.held", 40, agent=agent)
    story("call.retrieved", 55, agent=agent)
    story("recording.paused", 60)
    story("recording.resumed", 70)
    story("leg.ended", 100, leg=customer, cause="normal", by="customer")
    story("leg.ended", 100, agent=agent, leg=phone, cause="normal", by="system")
    story("leg.quality", 100.1, leg=customer, quality={"mos": 4.3, "jitter_ms": 2.5, "loss": 0.012})
    story("recording.stopped", 100.1, seconds=90.1)
    story("call.ended", 100.2, by="customer", cause="normal", ended_at=story.at(100).timestamp())
    return story


def abandoned_call(after: float = 30, *, queue: int = 1, number: int = 1, **options: Any) -> Story:
    """Joins the queue at 4 and hangs up `after` seconds of waiting."""
    story = Story(**options)
    customer = f"{story.call}-1"
    story("call.arrived", 0, number=number, dialled="+3615550100", caller="anonymous", leg=customer)
    story("call.answered", 0.2, leg=customer, dialog={}, state={})
    story("queue.entered", 4, queue=queue, position=1)
    story("queue.left", 4 + after, queue=queue, reason="abandoned")
    story("leg.ended", 4 + after, leg=customer, cause="normal", by="customer")
    story("call.ended", 4 + after, by="customer", cause="normal")
    return story
