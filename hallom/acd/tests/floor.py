"""A distributor with a few queues and agents, for tests."""

from collections.abc import Mapping

from hallom.acd.agent import AgentEvent, Profile
from hallom.acd.distributor import Distributor
from hallom.acd.line import QueueRules
from hallom.acd.router import Router

ALICE, BRUNO, CELIA = 7, 8, 9
SALES, SUPPORT = 1, 2


def floor(
    profiles: Mapping[int, Profile] | None = None,
    rules: Mapping[int, QueueRules] | None = None,
    *,
    ageing_seconds: float | None = None,
) -> Distributor:
    router = Router(ageing_seconds=ageing_seconds)
    everybody = {agent: Profile({SALES: 3}) for agent in (ALICE, BRUNO, CELIA)}
    router.configure(everybody if profiles is None else profiles, rules or {})
    return Distributor(router)


def sign_in(distributor: Distributor, *agents: int, at: float = 0.0) -> None:
    for agent in agents:
        distributor.move(agent, AgentEvent.SIGN_IN, at)


def pairs(distributor: Distributor, now: float) -> list[tuple[str, int]]:
    return [(offer.call, offer.agent) for offer in distributor.decide(now)]
