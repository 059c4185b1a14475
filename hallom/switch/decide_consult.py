"""An agent asks somebody else while the customer waits: talk, swap, all three together, hand over, or go back."""

from hallom.acd.offer import Outcome
from hallom.switch import (
    decide_agent,
    decide_asking,
    decide_bridging,
    decide_diversion,
    decide_ending,
    decide_joining,
    decide_offering,
    decide_own_call,
    decide_transfer,
)
from hallom.switch.addressed import is_for_help
from hallom.switch.call import Call, CallState, Consult
from hallom.switch.destination import Destination, DestinationKind
from hallom.switch.exchange import Exchange
from hallom.switch.leg import Knock, Leg, LegState

HUNG_UP = "hung_up"
CANCELLED = "cancelled"
# At a parking place nobody is asked.
ASKABLE = frozenset(DestinationKind) - {DestinationKind.PLACE}
TRANSFERRED = "transferred"
# Whoever calls for help is not rung off while a control room has all its lines busy.
HELP_SECONDS = 120.0


def begin(x: Exchange, call: Call, to: Destination, *, own_leg: str | None = None) -> None:
    """The customer hears music, the agent hears it ring."""
    x.write(
        "consult.started",
        call,
        call.agent,
        by=call.agent,
        to=str(to),
        player=call.next_player(),
        files=list(x.holding_music(call.queue)),
        tone=call.next_player(2),
        tones=list(x.ringback(call.queue)),
        own_leg=own_leg,
    )


def begin_by_phone(x: Exchange, agent: int, to: Destination, knock: Knock) -> bool:
    """The telephone of somebody in a conversation calls somebody else: False when there is nothing to ask about."""
    call = x.call_of_agent(agent)
    if call is None or not can_ask(x, agent, to):
        return False
    own = call.next_leg()
    x.write(
        "leg.called_in",
        call,
        agent,
        leg=own,
        agent=agent,
        kind=knock.kind,
        worker=call.worker,
        contacts=[],
        **knock.as_data(),
    )
    begin(x, call, to, own_leg=own)
    return True


def can_ask(x: Exchange, agent: int, to: Destination) -> bool:
    call = x.call_of_agent(agent)
    talks = call is not None and call.agent == agent and call.state in (CallState.TALKING, CallState.HELD)
    return talks and to.kind in ASKABLE


def own_call_ended(x: Exchange, call: Call, leg: Leg) -> None:
    """He hung up his second call: whoever was asked is let go, and the customer still his."""
    consult = call.consult
    x.write("leg.ended", call, leg.agent, leg=leg.id, cause=HUNG_UP, by=decide_ending.AGENT)
    if consult is not None:
        cancel(x, call, consult)


def go_on(x: Exchange, call: Call, consult: Consult) -> None:
    """Nobody rings and nobody has answered: try, or go back to the customer."""
    if consult.leg is not None:
        return
    if consult.is_let_in:
        decide_asking.look_again(x, call)
        return
    why_not = decide_diversion.step_forward(x, call, consult, _try)
    if why_not:
        end(x, call, why_not)


def _try(x: Exchange, call: Call, to: Destination) -> str:
    seconds = x.config.seconds_for(to)
    if to.kind is DestinationKind.QUEUE:
        return decide_asking.queue_up(x, call, to.number)
    if to.kind is DestinationKind.GREETING:
        return decide_asking.listen(x, call, to.value)
    if to.kind is DestinationKind.OUTSIDE:
        seconds = max(seconds, HELP_SECONDS) if is_for_help(x.config, to) else seconds
        decide_offering.dial(x, call, to.value, seconds=seconds)
        return ""
    agent = decide_diversion.agent_at(x, to)
    if agent is None:
        return decide_agent.UNREACHABLE
    return decide_offering.direct(x, call, agent, purpose="consult", seconds=seconds)


def end(x: Exchange, call: Call, reason: str, *, records: bool = True) -> None:
    """Nobody is asked any more: the agent has his customer again."""
    consult = call.consult
    to = consult.to if consult else ""
    if consult is not None:
        decide_own_call.drop(x, call, consult, reason)
    x.write("consult.ended", call, call.agent, to=to, reason=reason)
    if records and call.recording is None:
        decide_bridging.start_recording(x, call)
    decide_own_call.go_back(x, call, consult)


def swap(x: Exchange, call: Call, consult: Consult) -> None:
    is_facing_customer = not consult.is_facing_customer
    x.write(
        "consult.swapped",
        call,
        call.agent,
        is_facing_customer=is_facing_customer,
        player=call.next_player(),
        files=list(x.holding_music(call.queue)),
    )
    if is_facing_customer:
        decide_bridging.start_recording(x, call)


def join(x: Exchange, call: Call, consult: Consult) -> None:
    x.write("consult.joined", call, call.agent, leg=consult.leg)
    decide_bridging.start_recording(x, call)


def hand_over(x: Exchange, call: Call, consult: Consult, *, is_gone: bool = False) -> None:
    """The customer gets whoever was asked; while that one still rings, he waits for him as in any transfer."""
    decide_own_call.drop(x, call, consult, TRANSFERRED)
    if consult.is_let_in:
        decide_asking.hand_over(x, call, consult, is_gone=is_gone)
    elif call.state is CallState.CONFERENCE:
        _leave(x, call, consult, is_gone=is_gone)
    elif consult.leg is None:
        decide_transfer.send_on(x, call, Destination.parse(consult.to), is_ringing=True, is_gone=is_gone)
    else:
        agent = _let_agent_go(x, call, is_gone=is_gone)
        _write_completed(x, call, consult)
        x.write("call.bridged", call, consult.agent, agent=consult.agent, leg=consult.leg)
        decide_bridging.start_recording(x, call)
        decide_agent.hang_up(x, agent, call.queue)


def agent_hung_up(x: Exchange, call: Call, consult: Consult) -> None:
    """As good as handing over; a caller who may not be left with a number outside rings back instead."""
    if decide_joining.may_hand_over(x, call):
        hand_over(x, call, consult, is_gone=True)
        return
    number = decide_joining.asked_outside(call)
    decide_joining.note(x, call, consult.by, number)
    cancel(x, call, consult, records=False)
    decide_transfer.send_on(x, call, Destination(DestinationKind.OUTSIDE, number), is_gone=True)


def _leave(x: Exchange, call: Call, consult: Consult, *, is_gone: bool) -> None:
    leg = call.agent_leg
    agent = _let_agent_go(x, call, is_gone=is_gone)
    _write_completed(x, call, consult)
    x.write("conference.left", call, consult.agent, leg=leg, left=agent, agent=consult.agent)
    decide_bridging.start_recording(x, call)
    decide_agent.hang_up(x, agent, call.queue)


def _let_agent_go(x: Exchange, call: Call, *, is_gone: bool) -> int:
    leg = call.agents_leg
    if leg is not None:
        decide_ending.drop(x, call, leg, cause="transferred", is_gone=is_gone)
    return call.agent or 0


def _write_completed(x: Exchange, call: Call, consult: Consult) -> None:
    waited = x.now - consult.started_at
    x.write("transfer.completed", call, consult.by, by=consult.by, to=consult.to, waited=waited)


def cancel(
    x: Exchange, call: Call, consult: Consult, *, records: bool = True, reason: str = CANCELLED
) -> None:
    if consult.leg is not None:
        party_gone(x, call, call.legs[consult.leg], reason, is_gone=False, records=records)
        return
    decide_offering.end(x, call, Outcome.WITHDRAWN, reason)
    end(x, call, reason, records=records)


def party_gone(
    x: Exchange, call: Call, leg: Leg, reason: str, *, is_gone: bool = True, records: bool = True
) -> None:
    """The one who was asked is no longer there: the agent has his customer again."""
    consult, is_conference = call.consult, call.state is CallState.CONFERENCE
    if consult is None or consult.leg != leg.id:
        return
    decide_ending.drop(x, call, leg, cause=reason, is_gone=is_gone)
    if is_conference:
        x.write("conference.left", call, call.agent, leg=leg.id, left=consult.agent, agent=call.agent)
        if records:
            decide_bridging.start_recording(x, call)
    else:
        end(x, call, reason, records=records)
    if consult.agent is not None:
        decide_agent.hang_up(x, consult.agent, call.queue, is_brief=True)


def agent_lost(x: Exchange, call: Call) -> bool:
    """Whoever was asked and has answered takes the customer; False when there is nobody, or nobody who may have him."""
    consult = call.consult
    if consult is None or call.state not in (CallState.CONSULTING, CallState.CONFERENCE):
        return False
    if consult.leg is not None and decide_joining.may_hand_over(x, call):
        hand_over(x, call, consult)
        return True
    if consult.leg is not None:
        cancel(x, call, consult, records=False)
        return False
    decide_offering.end(x, call, Outcome.WITHDRAWN, "agent_lost")
    decide_own_call.drop(x, call, consult, "agent_lost")
    return False


def mend(x: Exchange, call: Call) -> None:
    """A journal cut in the middle of a hand-over."""
    consult, leg = call.consult, call.agents_leg
    if consult is None or leg is None:
        return
    party = call.legs.get(consult.leg or "")
    if party is not None and party.state is LegState.ENDED:
        party_gone(x, call, party, HUNG_UP)
    elif leg.state is LegState.ENDED:
        agent_hung_up(x, call, consult)
