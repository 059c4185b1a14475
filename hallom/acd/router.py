"""Who gets which caller. Callers by rank, agents by longest idle; nothing is scanned to decide.

The first half are plain facts, applied as they come from a journal; `distributor.py` holds the rules that make them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush

from hallom.acd.agent import ON_DUTY, SERVING, Agent, AgentState, Profile
from hallom.acd.estimate import Estimate, Handling, estimate
from hallom.acd.line import Choice, Key, Line, QueueRules
from hallom.acd.offer import Offer
from hallom.acd.waiting import Waiting, rank_of

# An agent who rejects a caller is not rung for the same caller again within this time.
RESPITE_SECONDS = 10.0

_ANY = QueueRules()


@dataclass(slots=True)
class Router:
    """Two routers are equal when their agents, callers, offers and measured handling times are."""

    ageing_seconds: float | None = None
    agents: dict[int, Agent] = field(default_factory=dict)
    waiting: dict[str, Waiting] = field(default_factory=dict)
    offers: dict[str, Offer] = field(default_factory=dict)
    handling: dict[int, Handling] = field(default_factory=dict)
    arrivals: int = 0
    _profiles: Mapping[int, Profile] = field(default_factory=dict, compare=False)
    _rules: Mapping[int, QueueRules] = field(default_factory=dict, compare=False)
    _queues: dict[int, dict[str, Waiting]] = field(default_factory=dict, compare=False)
    _lines: dict[Key, Line] = field(default_factory=dict, compare=False)
    _lines_of: dict[int, list[Line]] = field(default_factory=dict, compare=False)
    _stirred: dict[Key, Line] = field(default_factory=dict, compare=False)
    _respites: list[tuple[float, str]] = field(default_factory=list, compare=False)

    def configure(self, profiles: Mapping[int, Profile], rules: Mapping[int, QueueRules]) -> None:
        """Take over who may serve what; callers, offers and states stay as they are."""
        self._profiles, self._rules = profiles, rules
        keys = {(caller.queue, caller.language) for caller in self.waiting.values()}
        self._lines, self._lines_of, self._stirred = {}, {number: [] for number in self.agents}, {}
        for key in sorted(keys):
            self._line(key)
        for caller in self.waiting.values():
            self._line((caller.queue, caller.language)).add_caller(caller)

    def rules_of(self, queue: int) -> QueueRules:
        return self._rules.get(queue, _ANY)

    def agent(self, number: int) -> Agent:
        found = self.agents.get(number)
        if found is None:
            found = self.agents[number] = Agent(number)
            lines = self._lines.values()
            self._lines_of[number] = [line for line in lines if self._may_serve(number, line.key)]
        return found

    # Facts

    def enter(self, call: str, queue: int, *, language: str, at: float, priority: int = 0) -> None:
        """`at` is when the caller began to wait; one who comes back brings his first time along."""
        self.arrivals += 1
        rank = rank_of(priority, at, self.arrivals, self.ageing_seconds)
        caller = Waiting(call, queue, language, priority, at, self.arrivals, rank)
        self.waiting[call] = caller
        self._queues.setdefault(queue, {})[call] = caller
        self._back_in_line(caller)

    def leave(self, call: str) -> None:
        caller = self.waiting.pop(call, None)
        if caller is not None:
            self._queues[caller.queue].pop(call, None)
            if caller.offer is not None:
                self.offers.pop(caller.offer, None)

    def lease(self, offer: Offer) -> None:
        self.offers[offer.id] = offer
        caller = self.waiting.get(offer.call)
        if caller is not None:
            caller.offer = offer.id
            caller.offers_made += 1

    def end_lease(self, offer: str, *, respite_until: float | None = None) -> None:
        """The caller is free again; until `respite_until` he does not go back to the agent who passed him on."""
        ended = self.offers.pop(offer, None)
        caller = self.waiting.get(ended.call) if ended else None
        if ended is None or caller is None or caller.offer != offer:
            return
        caller.offer = None
        if respite_until is not None:
            caller.passed[ended.agent] = respite_until
            heappush(self._respites, (respite_until, caller.call))
        self._back_in_line(caller)

    def set_agent(
        self,
        number: int,
        state: AgentState,
        at: float,
        *,
        reason: str = "",
        until: float | None = None,
        call: str | None = None,
        wished: tuple[str, str] | None = None,
        idle_since: float | None = None,
    ) -> None:
        agent = self.agent(number)
        self._measure(agent, state, at)
        if (state, reason) != (agent.state, agent.reason):
            agent.since = at
        agent.state, agent.reason, agent.until = state, reason, until
        agent.call, agent.wished = call, wished
        agent.idle_since = at if idle_since is None else idle_since
        agent.turn += 1
        if state is AgentState.AVAILABLE:
            for line in self._lines_of[number]:
                line.add_idle(agent)
                self._stirred[line.key] = line

    def serve(self, agent: int, queue: int, at: float) -> None:
        """From `at` on the agent is taken up by a call of this queue, until he is idle or away again."""
        self.agent(agent).serving = (queue, at)

    # Questions

    def choose(self, now: float) -> Choice | None:
        """The next caller and agent who belong together, or None; `lease` must follow before the next question."""
        if self._respites:
            self._end_respites(now)
        if not self._stirred:
            return None
        best: Choice | None = None
        for key, line in list(self._stirred.items()):
            choice = line.match(self.waiting, self.agents, now)
            if choice is None:
                del self._stirred[key]
            elif best is None or choice.rank < best.rank:
                best = choice
        return best

    @property
    def is_stirred(self) -> bool:
        """Whether `choose` has anything to look at."""
        return bool(self._stirred or self._respites)

    def offer_for(self, choice: Choice, now: float) -> Offer:
        caller = self.waiting[choice.call]
        expires_at = now + self.rules_of(caller.queue).offer_seconds
        name = f"{caller.call}-o{caller.offers_made + 1}"
        return Offer(name, caller.call, choice.agent, caller.queue, expires_at)

    def next_respite(self) -> float | None:
        """When a caller may be offered again to someone who passed him on."""
        return self._respites[0][0] if self._respites else None

    def callers(self, queue: int) -> Mapping[str, Waiting]:
        return self._queues.get(queue, {})

    def position(self, call: str) -> int:
        """1 is next. Raises KeyError for a caller who does not wait."""
        mine = self.waiting[call]
        return 1 + sum(other.rank < mine.rank for other in self._queues[mine.queue].values())

    def position_on_entering(self, queue: int, *, at: float, priority: int = 0) -> int:
        rank = rank_of(priority, at, self.arrivals + 1, self.ageing_seconds)
        return 1 + sum(other.rank < rank for other in self.callers(queue).values())

    def wait_estimate(self, call: str) -> Estimate | None:
        """None while nobody on duty serves this caller. Raises KeyError for one who does not wait."""
        caller = self.waiting[call]
        handling = self.handling.get(caller.queue, Handling())
        return estimate(self.position(call), self._capacity(caller), handling.mean)

    def _capacity(self, caller: Waiting) -> float:
        """Agents on duty for this caller; one who also serves other queues with callers counts by his share."""
        busy = {queue for queue, callers in self._queues.items() if callers}
        return sum(
            1 / sum(queue in busy for queue in self._profiles[agent.id].queues)
            for agent in self._on_duty((caller.queue, caller.language))
        )

    def _on_duty(self, key: Key) -> Iterator[Agent]:
        for agent in self.agents.values():
            if agent.state in ON_DUTY and self._may_serve(agent.id, key):
                yield agent

    def _may_serve(self, agent: int, key: Key) -> bool:
        profile = self._profiles.get(agent)
        return profile is not None and self.rules_of(key[0]).admit(profile, *key)

    def _line(self, key: Key) -> Line:
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = Line(key)
            for number, agent in self.agents.items():
                if self._may_serve(number, key):
                    self._lines_of[number].append(line)
                    if agent.state is AgentState.AVAILABLE:
                        line.add_idle(agent)
            self._stirred[key] = line
        return line

    def _back_in_line(self, caller: Waiting) -> None:
        line = self._line((caller.queue, caller.language))
        line.add_caller(caller)
        self._stirred[line.key] = line

    def _end_respites(self, now: float) -> None:
        while self._respites and self._respites[0][0] <= now:
            caller = self.waiting.get(heappop(self._respites)[1])
            if caller is not None:
                line = self._line((caller.queue, caller.language))
                self._stirred[line.key] = line

    def _measure(self, agent: Agent, state: AgentState, at: float) -> None:
        if agent.serving is not None and agent.state in SERVING and state not in SERVING:
            queue, began_at = agent.serving
            self.handling.setdefault(queue, Handling()).add(at - began_at)
            agent.serving = None
