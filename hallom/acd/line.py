"""Callers whom the same agents can serve (same queue, same language), and those agents while idle; both in heaps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush

from hallom.acd.agent import Agent, AgentState, Profile
from hallom.acd.waiting import Rank, Waiting

Key = tuple[int, str]


@dataclass(frozen=True, slots=True)
class QueueRules:
    """`requires` maps a skill to the least level; `offer_seconds` is the length of a lease."""

    offer_seconds: float = 20.0
    least_level: int = 1
    requires: Mapping[str, int] = field(default_factory=dict)

    def admit(self, profile: Profile, queue: int, language: str) -> bool:
        if profile.queues.get(queue, 0) < self.least_level:
            return False
        if profile.languages and language and language not in profile.languages:
            return False
        return all(profile.skills.get(skill, 0) >= level for skill, level in self.requires.items())


@dataclass(frozen=True, slots=True)
class Choice:
    rank: Rank
    call: str
    agent: int


@dataclass(slots=True)
class Line:
    """Entries that no longer hold are dropped when they come to the top. `passed_on` are callers some agent passed on."""

    key: Key
    callers: list[tuple[Rank, str]] = field(default_factory=list)
    idle: list[tuple[float, int, int]] = field(default_factory=list)
    passed_on: set[str] = field(default_factory=set)

    def add_caller(self, waiting: Waiting) -> None:
        if waiting.passed:
            self.passed_on.add(waiting.call)
        else:
            heappush(self.callers, (waiting.rank, waiting.call))

    def add_idle(self, agent: Agent) -> None:
        heappush(self.idle, (agent.idle_since, agent.id, agent.turn))

    def match(self, waiting: Mapping[str, Waiting], agents: Mapping[int, Agent], now: float) -> Choice | None:
        """The first caller for whom an agent is idle, with the longest idle of those."""
        agent = self._longest_idle(agents)
        if agent is None:
            return None
        head = self._head(waiting)
        best = Choice(head.rank, head.call, agent) if head else None
        return self._before(best, waiting, agents, now) if self.passed_on else best

    def _before(
        self, best: Choice | None, waiting: Mapping[str, Waiting], agents: Mapping[int, Agent], now: float
    ) -> Choice | None:
        for call in sorted(self.passed_on):
            caller = waiting.get(call)
            if caller is None or not caller.passed or (caller.queue, caller.language) != self.key:
                self.passed_on.discard(call)
            elif caller.offer is None and (best is None or caller.rank < best.rank):
                agent = self._idle_for(caller, agents, now)
                best = best if agent is None else Choice(caller.rank, call, agent)
        return best

    def _head(self, waiting: Mapping[str, Waiting]) -> Waiting | None:
        while self.callers:
            rank, call = self.callers[0]
            caller = waiting.get(call)
            if caller and caller.rank == rank and caller.offer is None and not caller.passed:
                return caller
            heappop(self.callers)
        return None

    def _longest_idle(self, agents: Mapping[int, Agent]) -> int | None:
        while self.idle:
            _, number, turn = self.idle[0]
            agent = agents.get(number)
            if agent and agent.turn == turn and agent.state is AgentState.AVAILABLE:
                return number
            heappop(self.idle)
        return None

    def _idle_for(self, caller: Waiting, agents: Mapping[int, Agent], now: float) -> int | None:
        """Those who have not passed the caller on come first, then those whose respite is over."""
        looked_at, found, again = [], None, None
        while found is None and (number := self._longest_idle(agents)) is not None:
            looked_at.append(heappop(self.idle))
            if number not in caller.passed:
                found = number
            elif again is None and caller.passed[number] <= now:
                again = number
        for item in looked_at:
            heappush(self.idle, item)
        return again if found is None else found
