"""Somebody calls for help while his telephone is busy: nothing that goes on stands in the way of that.

A customer he talks with hears music and is still his: he can be joined with the helpers, and is there when they have hung up.
Everything else ends for it: what rings, what he listens to, what he was only asked about, whom he has not reached yet.
"""

from hallom.acd.agent import AgentState
from hallom.acd.offer import Outcome
from hallom.switch import (
    decide_agent,
    decide_consult,
    decide_ending,
    decide_lost,
    decide_offering,
    decide_placing,
    decide_watch,
)
from hallom.switch.call import Call, CallState
from hallom.switch.decide_placing import Wish
from hallom.switch.exchange import Exchange
from hallom.switch.refusal import Refused

LEFT = "agent_left"
_BUSY = frozenset({AgentState.OFFERED, AgentState.TALKING})
_WITH_CUSTOMER = frozenset({
    CallState.TALKING, CallState.HELD, CallState.CONSULTING, CallState.CONFERENCE,
})  # fmt: skip


def call(x: Exchange, agent: int, wish: Wish) -> None:
    """Ordered twice it is done once. Raises Refused: without a telephone, or with nothing that carries sound."""
    running = x.call_of_agent(agent) if x.agent_state(agent) in _BUSY else None
    if running is not None and _is_on_its_way(running, agent, wish):
        return
    if not x.phones.has_any(agent):
        raise Refused(decide_agent.UNREACHABLE)
    if running is not None and running.agent == agent and running.state in _WITH_CUSTOMER:
        if running.consult is not None:
            decide_consult.cancel(x, running, running.consult, records=False)
        decide_consult.begin(x, running, wish.to)
        return
    if x.quietest_worker() is None:
        raise Refused("no_media")
    if running is not None:
        _make_way(x, running, agent)
    decide_placing.place(x, agent, wish)


def _is_on_its_way(running: Call, agent: int, wish: Wish) -> bool:
    consult, placing = running.consult, running.placing
    is_asked = consult is not None and consult.by == agent and consult.to == str(wish.to)
    return is_asked or (placing is not None and placing.by == agent and placing.to == str(wish.to))


def _make_way(x: Exchange, running: Call, agent: int) -> None:
    consult, ringing = running.consult, running.ringing
    if running.watch is not None and running.watch.by == agent:
        decide_watch.end(x, running, LEFT)
    elif consult is not None and consult.agent == agent and consult.leg is not None:
        leg = running.legs[consult.leg]
        decide_consult.party_gone(x, running, leg, decide_consult.HUNG_UP, is_gone=False)
    elif running.state is CallState.LOST:
        decide_lost.time_is_up(x, running)
    elif _has_made(running, agent):
        decide_ending.finish(x, running, by=decide_ending.AGENT, cause=decide_ending.NORMAL)
    elif ringing is not None and ringing.agent == agent:
        decide_offering.end(x, running, Outcome.WITHDRAWN, LEFT)


def _has_made(running: Call, agent: int) -> bool:
    return running.placing is not None and running.placing.by == agent
