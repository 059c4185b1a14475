"""A journal that breaks off in the middle of a decision: the rest of the decision is made up for.

Entries of one decision are committed together, so this is for journals that were cut: a disk restored, a database failed over.
"""

from hallom.acd.agent import Agent, AgentEvent, AgentState
from hallom.acd.offer import Outcome
from hallom.switch import (
    decide_agent,
    decide_asking,
    decide_bridging,
    decide_consult,
    decide_ending,
    decide_flow,
    decide_offering,
    decide_queueing,
)
from hallom.switch.call import WITH_AGENT, Call, CallState
from hallom.switch.exchange import Exchange

RESTARTED = "restarted"


def mend(x: Exchange) -> None:
    for call in list(x.state.calls.values()):
        _mend_offer(x, call)
    for agent in list(x.state.router.agents.values()):
        _mend_agent(x, agent)
    for call in list(x.state.calls.values()):
        _mend_call(x, call)


def _mend_offer(x: Exchange, call: Call) -> None:
    ringing = call.ringing
    if ringing is None or ringing.agent is None:
        return
    if not _rings_for(x.agent(ringing.agent), call):
        decide_offering.end(x, call, Outcome.WITHDRAWN, RESTARTED)


def _mend_agent(x: Exchange, agent: Agent) -> None:
    call = x.state.calls.get(agent.call or "")
    if agent.state is AgentState.OFFERED and not (call and _rings_for(agent, call)):
        decide_agent.let_go(x, agent.id, AgentEvent.RELEASE, "")
    elif agent.state is AgentState.TALKING and not (call and _talks_in(agent, call)):
        decide_agent.hang_up(x, agent.id, call.queue if call else 0)


def _rings_for(agent: Agent, call: Call) -> bool:
    ringing = call.ringing
    watch = call.watch
    if watch is not None and watch.by == agent.id and not watch.is_up:
        return agent.call == call.id and agent.state is AgentState.OFFERED
    is_his = ringing is not None and ringing.agent == agent.id and agent.call == call.id
    return is_his and agent.state is AgentState.OFFERED


def _talks_in(agent: Agent, call: Call) -> bool:
    return agent.id == call.placer or (agent.id in call.agents and call.state in WITH_AGENT)


def _mend_call(x: Exchange, call: Call) -> None:
    if call.state is CallState.ENDING:
        decide_ending.let_all_go(x, call)
    elif call.state is CallState.ANSWERED:
        _go_on(x, call)
    elif call.state in (CallState.CONSULTING, CallState.CONFERENCE):
        decide_consult.mend(x, call)
    elif call.state is CallState.TRANSFERRING:
        decide_asking.mend(x, call)
    elif call.state is CallState.TALKING and call.recording is None:
        decide_bridging.start_recording(x, call)


def _go_on(x: Exchange, call: Call) -> None:
    if call.waiting_since is None:
        decide_flow.go_on(x, call)
    elif not decide_queueing.come_back(x, call, RESTARTED):
        decide_ending.finish(x, call, by=decide_ending.SYSTEM, cause=RESTARTED)
