"""Taking a call that rings for somebody else, or that waits: one at a time, whoever is first."""

from hallom.acd.offer import Outcome
from hallom.switch import decide_offering, decide_parking
from hallom.switch.call import Call, CallState
from hallom.switch.exchange import Exchange
from hallom.switch.leg import Knock
from hallom.switch.refusal import Refused

PICKED_UP = "picked_up"
_TAKEN = frozenset({"pickup", "retrieve"})


def pick_up(x: Exchange, call: Call, agent: int, *, knock: Knock | None = None) -> None:
    """His own telephone rings for it and answers by itself, or it is he who calls; raises Refused."""
    ringing = call.ringing
    if call.state is CallState.PARKED:
        decide_parking.fetch(x, call, agent, knock=knock)
        return
    if ringing is not None and ringing.agent == agent and knock is None:
        return
    if ringing is not None and ringing.purpose in _TAKEN:
        raise Refused("already_answered")
    if any(one != call.placer for one in call.agents):
        raise Refused("already_answered")
    is_ringing = ringing is not None and ringing.agent is not None
    if call.state is not CallState.QUEUED and not (call.state is CallState.TRANSFERRING and is_ringing):
        raise Refused("not_now")
    is_own = ringing is not None and ringing.agent == agent
    why_not = "" if is_own else decide_offering.why_not(x, call, agent, "pickup")
    if why_not:
        raise Refused(why_not)
    decide_offering.end(x, call, Outcome.WITHDRAWN, PICKED_UP)
    seconds = x.config.pickup_seconds
    decide_offering.direct(x, call, agent, purpose="pickup", seconds=seconds, knock=knock)


def ringing_for(x: Exchange, colleague: int) -> Call:
    """Raises Refused."""
    call = x.call_of_agent(colleague)
    if call is None or call.ringing is None or call.ringing.agent != colleague:
        raise Refused("no_such_call")
    return call


def ringing_in_group(x: Exchange, agent: int) -> Call:
    """What has rung longest for somebody with whom he shares a queue; raises Refused."""
    mine = x.agent_config(agent).queues.keys()
    ringing = [
        (call.ringing.made_at, call.id)
        for call in x.state.calls.values()
        if call.ringing is not None
        and call.ringing.agent not in (None, agent)
        and call.ringing.purpose not in _TAKEN
        and call.state in (CallState.QUEUED, CallState.TRANSFERRING)
        and mine & x.agent_config(call.ringing.agent or 0).queues.keys()
    ]
    if not ringing:
        raise Refused("no_such_call")
    return x.state.calls[min(ringing)[1]]
