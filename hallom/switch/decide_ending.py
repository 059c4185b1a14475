"""The end of a call: said at once, tidied up after."""

from hallom.acd.offer import Outcome
from hallom.switch import decide_agent, decide_offering, decide_watch, refer_news
from hallom.switch.call import Call, CallState
from hallom.switch.effects import SendBye, SendCancel, SendReject
from hallom.switch.exchange import Exchange
from hallom.switch.leg import Leg, LegState

CUSTOMER = "customer"
AGENT = "agent"
OTHER = "other"
SYSTEM = "system"

NORMAL = "normal"
UNREACHABLE = "unreachable"
UNAVAILABLE = 503


def finish(
    x: Exchange, call: Call, *, by: str, cause: str, status: int = UNAVAILABLE, gone: Leg | None = None
) -> None:
    """Everybody is let go; `gone` is the leg that has hung up itself. `status` is for a call never answered."""
    if call.has_left:
        return
    decide_offering.end(x, call, Outcome.WITHDRAWN, "abandoned" if by == CUSTOMER else cause)
    decide_watch.end(
        x, call, "call_ended", is_gone=gone is not None and decide_watch.is_watching(call, gone.id)
    )
    agents = call.agents
    if call.state is CallState.QUEUED:
        x.write("queue.left", call, queue=call.queue, reason="abandoned" if by == CUSTOMER else cause)
        agents = [] if call.placer is None else [call.placer]
    x.write("call.ending", call, agents[0] if agents else None, by=by, cause=cause)
    refer_news.tell(x, call)
    let_all_go(x, call, status=status, gone=gone)
    for agent in agents:
        decide_agent.hang_up(x, agent, call.queue, is_brief=agent != call.agent)
    end_if_tidy(x, call)


def drop(x: Exchange, call: Call, leg: Leg, *, cause: str, is_gone: bool = False) -> None:
    """One leg goes, the call stays."""
    if leg.state is LegState.ENDED:
        return
    # Who asked for the transfer himself is told how it goes, then hung up on.
    is_told = call.referral is not None and call.referral.leg == leg.id
    if leg.dialog is not None and not is_gone and not is_told:
        x.send(SendBye(leg.dialog))
    elif leg.state is LegState.OPENED or leg.has_called:
        decide_offering.cancel(x, leg)
    x.write("leg.ended", call, leg.agent, leg=leg.id, cause=cause, by=SYSTEM)


def let_all_go(x: Exchange, call: Call, *, status: int = UNAVAILABLE, gone: Leg | None = None) -> None:
    for leg in list(call.legs.values()):
        if leg.state is not LegState.ENDED:
            _let_go(x, call, leg, status=status, is_gone=leg is gone)
            x.write("leg.ended", call, leg.agent, leg=leg.id, cause=call.cause, by=call.ended_by)


def _let_go(x: Exchange, call: Call, leg: Leg, *, status: int, is_gone: bool) -> None:
    if is_gone:
        return
    if leg.dialog is not None:
        x.send(SendBye(leg.dialog))
    elif leg.is_renewing:
        x.send(SendCancel(leg.invite_name))
    elif leg.transaction and (leg.is_customer or call.placing is not None):
        x.send(SendReject(leg.transaction, status))
    elif leg.state is LegState.OPENED or leg.has_called:
        decide_offering.cancel(x, leg)


def end_if_tidy(x: Exchange, call: Call, *, at_last: bool = False) -> None:
    """Write the last entry once recorder and legs have reported, or when they have had time enough."""
    if call.state is not CallState.ENDING or (call.awaits_worker and not at_last):
        return
    for recorder, seconds in list(call.stopping.items()):
        x.write("recording.stopped", call, call.agent, recorder=recorder, seconds=seconds)
    x.write(
        "call.ended",
        call,
        call.agent,
        by=call.ended_by,
        cause=call.cause,
        talk_seconds=call.talk_seconds,
        ended_at=call.ended_at,
    )
