"""All that the journal determines: two switches with the same entries have equal states."""

from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import takewhile
from typing import Any

from hallom.acd.router import Router
from hallom.switch.call import Call, call_of
from hallom.switch.desk import PLAIN, Desk
from hallom.switch.leg import Leg

# RFC 3261 17.1.1.2, timer B: a final response to a cancelled INVITE cannot come later.
LINGER_SECONDS = 32.0


class IllegalTransition(Exception):
    """The table has no such row."""


@dataclass(frozen=True, slots=True)
class Lingering:
    """An INVITE that was cancelled: whoever answers it all the same is told why it was over."""

    leg: str
    offer: str
    agent: int | None
    reason: str
    invite: Any
    until: float


@dataclass(slots=True)
class State:
    """`timers` holds (at, noun, key, name); an item whose deadline has changed is passed over."""

    router: Router = field(default_factory=Router)
    calls: dict[str, Call] = field(default_factory=dict)
    dialogs: dict[str, str] = field(default_factory=dict)
    transactions: dict[str, str] = field(default_factory=dict)
    lingering: dict[str, Lingering] = field(default_factory=dict)
    desks: dict[int, Desk] = field(default_factory=dict)
    load: dict[str, int] = field(default_factory=dict)
    timers: list[tuple[float, str, str, str]] = field(default_factory=list, compare=False)

    def leg(self, leg: str) -> Leg | None:
        call = self.calls.get(call_of(leg))
        return call.legs.get(leg) if call else None

    def set_desk(self, agent: int, desk: Desk) -> None:
        known = {one.id for one in self.desk(agent).promises}
        self.desks[agent] = desk
        for promise in desk.promises:
            if promise.id not in known:
                heappush(self.timers, (promise.deadline, "promise", promise.id, str(agent)))

    def desk(self, agent: int) -> Desk:
        return self.desks.get(agent, PLAIN)

    def by_dialog(self, dialog: str) -> tuple[Call, Leg] | None:
        leg = self.dialogs.get(dialog)
        call = self.calls.get(call_of(leg)) if leg else None
        return (call, call.legs[leg]) if call and leg and leg in call.legs else None

    def set_due(self, call: Call, name: str, at: float) -> None:
        call.due[name] = at
        heappush(self.timers, (at, "call", call.id, name))

    def set_agent_due(self, agent: int, at: float) -> None:
        heappush(self.timers, (at, "agent", str(agent), ""))

    def add_load(self, worker: str, legs: int) -> None:
        self.load[worker] = self.load.get(worker, 0) + legs

    def next_due(self) -> float | None:
        """When the next deadline that still holds passes."""
        while self.timers and not self._holds(self.timers[0]):
            heappop(self.timers)
        return self.timers[0][0] if self.timers else None

    def take_due(self, now: float) -> tuple[str, str, str] | None:
        """The noun, key and name of one deadline that has passed."""
        due = self.next_due()
        return heappop(self.timers)[1:] if due is not None and due <= now else None

    def forget_lingering(self, now: float) -> None:
        # In order of time: a copy of all that linger, made with each call, would cost more than the call's own.
        over = [leg for leg, _ in takewhile(lambda item: item[1].until <= now, self.lingering.items())]
        for leg in over:
            del self.lingering[leg]

    def _holds(self, timer: tuple[float, str, str, str]) -> bool:
        at, noun, key, name = timer
        if noun == "agent":
            agent = self.router.agents.get(int(key))
            return agent is not None and agent.until == at
        if noun == "promise":
            return any(one.id == key for one in self.desk(int(name)).promises)
        call = self.calls.get(key)
        return call is not None and call.due.get(name) == at
