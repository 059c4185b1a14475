"""Against a plain model that scans everything: the heaps must choose the same pairs."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from hallom.acd.agent import AgentEvent, AgentState, Profile
from hallom.acd.distributor import Distributor
from hallom.acd.offer import Outcome
from hallom.acd.router import Router


def expected(router: Router, profiles: dict[int, Profile], now: float) -> tuple[str, int] | None:
    """The first caller by rank for whom an eligible agent is idle, with the longest idle of those."""
    idle = sorted((a.idle_since, a.id) for a in router.agents.values() if a.state is AgentState.AVAILABLE)
    for caller in sorted(router.waiting.values(), key=lambda one: one.rank):
        able = [
            agent
            for _, agent in idle
            if caller.queue in profiles[agent].queues
            and (not profiles[agent].languages or caller.language in profiles[agent].languages)
        ]
        fresh = [agent for agent in able if agent not in caller.passed]
        again = [agent for agent in able if caller.passed.get(agent, now + 1) <= now]
        if caller.offer is None and (fresh or again):
            return caller.call, (fresh or again)[0]
    return None


def check_all_choices(acd: Distributor, profiles: dict[int, Profile], now: float) -> None:
    while True:
        want = expected(acd.router, profiles, now)
        choice = acd.router.choose(now)
        assert (None if choice is None else (choice.call, choice.agent)) == want
        if choice is None:
            return
        acd.router.lease(acd.router.offer_for(choice, now))
        acd.move(choice.agent, AgentEvent.OFFER, now)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), steps=st.integers(20, 150))
def test_the_heaps_choose_what_a_full_scan_would(seed: int, steps: int) -> None:
    dice = random.Random(seed)
    profiles = {
        agent: Profile(
            {queue: 1 for queue in range(4) if dice.random() < 0.5}, dice.choice([frozenset(), {"hu"}])
        )
        for agent in range(8)
    }
    router = Router()
    router.configure(profiles, {})
    acd, now = Distributor(router), 0.0
    for step in range(steps):
        now += dice.random() * 4
        _something(acd, dice, now, step)
        check_all_choices(acd, profiles, now)


def _something(acd: Distributor, dice: random.Random, now: float, step: int) -> None:
    router = acd.router
    agent, offers = dice.randrange(8), sorted(router.offers)
    state = router.agent(agent).state
    match dice.randrange(6):
        case 0 | 1:
            router.enter(
                f"c{step}",
                dice.randrange(4),
                language=dice.choice(["hu", "pl"]),
                at=now,
                priority=dice.randrange(2),
            )
        case 2 if state is not AgentState.OFFERED:
            events = {
                AgentState.OFFLINE: AgentEvent.SIGN_IN,
                AgentState.AVAILABLE: AgentEvent.PAUSE,
                AgentState.PAUSED: AgentEvent.RESUME,
                AgentState.TALKING: AgentEvent.HANG_UP,
                AgentState.WRAP_UP: AgentEvent.FINISH,
            }
            acd.move(agent, events[state], now)
        case 3 if offers:
            acd.accept(dice.choice(offers), now)
        case 4 if offers:
            acd.end(dice.choice(offers), dice.choice([Outcome.REJECTED, Outcome.WITHDRAWN]), now)
        case 5 if router.waiting:
            acd.abandon(dice.choice(sorted(router.waiting)), now)
        case _:
            acd.expire(now)
