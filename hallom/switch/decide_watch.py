"""A supervisor in somebody's call: listening, whispering, talking along, taking over. Nobody's telephone is asked anything."""

from typing import Any

from hallom.acd.agent import AgentEvent, AgentState
from hallom.switch import decide_agent, decide_bridging, decide_ending, decide_offering, description
from hallom.switch.call import WITH_AGENT, Call, CallState, Watch, WatchMode
from hallom.switch.effects import SendBye
from hallom.switch.exchange import Exchange
from hallom.switch.leg import WEBRTC, Leg, LegState
from hallom.switch.refusal import Refused

_OVERTAKABLE = frozenset({CallState.TALKING, CallState.HELD})


def watch(x: Exchange, call: Call, agent: int, mode: WatchMode, *, of: int | None = None) -> None:
    """The first order rings the supervisor's telephone, every further one is an edit of the mix. Raises Refused.

    `of` is whose call it was when the right was asked for: in the meantime it may have gone to somebody else.
    """
    current = call.watch
    if of is not None and call.agent != of:
        raise Refused("not_now")
    if current is not None and current.by == agent:
        _change(x, call, current, mode)
        return
    if current is not None:
        raise Refused("already_watched")
    if call.agent is None or call.state not in WITH_AGENT or agent in call.agents:
        raise Refused("not_now")
    why_not = decide_offering.why_not(x, call, agent, "pickup")
    if why_not:
        raise Refused(why_not)
    _ring(x, call, agent, mode)


def _ring(x: Exchange, call: Call, agent: int, mode: WatchMode) -> None:
    if x.agent_state(agent) is AgentState.WRAP_UP:
        decide_agent.finish(x, agent)
    kinds = x.phones.kinds(agent)
    kind = WEBRTC if WEBRTC in kinds else kinds[0]
    until = x.now + x.config.pickup_seconds
    x.write(
        "watch.started",
        call,
        agent,
        leg=call.next_leg(),
        agent=agent,
        of=call.agent,
        mode=mode,
        kind=kind,
        worker=call.worker,
        contacts=list(x.phones.contacts(agent, kind)),
        until=until,
    )
    decide_agent.ring(x, agent, call.id, until=until)


def _change(x: Exchange, call: Call, current: Watch, mode: WatchMode) -> None:
    if mode is WatchMode.TAKE_OVER and current.is_up:
        if call.state not in _OVERTAKABLE:
            raise Refused("not_now")
        _take_over(x, call, current)
    elif mode != current.mode:
        x.write("watch.changed", call, current.by, mode=mode, of=current.of)


def answered(x: Exchange, call: Call, leg: Leg, dialog: str, state: object, sdp: str | None) -> None:
    current = call.watch
    if current is None or leg.state is not LegState.OPENED or not description.suits(leg, sdp):
        x.send(SendBye(dialog, decide_offering.COMPLETED_ELSEWHERE))
        end(x, call, "no_codec")
        return
    decide_agent.answer(x, current.by, call.id)
    x.write("leg.answered", call, leg.agent, leg=leg.id, dialog=dialog, state=state, sdp=sdp, agent=leg.agent)
    x.write(
        "watch.joined",
        call,
        current.by,
        leg=leg.id,
        of=current.of,
        mode=current.mode,
        **_announcement(x, call),
    )
    if current.mode == WatchMode.TAKE_OVER and call.state in _OVERTAKABLE and call.watch is not None:
        _take_over(x, call, call.watch)


def _announcement(x: Exchange, call: Call) -> dict[str, list[Any]]:
    """Who is told by a tone that somebody listens: `told` names player and leg."""
    queue = x.config.queues.get(call.queue)
    if queue is None or not queue.listening_tone or not queue.listening_told:
        return {}
    legs = [call.agent_leg, call.customer.id] if queue.listening_told == "both" else [call.agent_leg]
    told = [[call.next_player(n), leg] for n, leg in enumerate(legs, start=1) if leg]
    return {"told": told, "files": list(queue.listening_tone)}


def _take_over(x: Exchange, call: Call, current: Watch) -> None:
    leg, before = call.agents_leg, call.agent or 0
    if leg is not None:
        decide_ending.drop(x, call, leg, cause="taken_over")
    x.write("call.taken_over", call, current.by, **{"from": before}, agent=current.by, leg=current.leg)
    decide_bridging.start_recording(x, call)
    decide_agent.hang_up(x, before, call.queue)


def is_watching(call: Call, leg: str) -> bool:
    return call.watch is not None and call.watch.leg == leg


def end(x: Exchange, call: Call, reason: str, *, is_gone: bool = False) -> None:
    """The conversation goes on without the supervisor."""
    current = call.watch
    if current is None:
        return
    seconds = 0.0 if current.joined_at is None else x.now - current.joined_at
    x.write("watch.ended", call, current.by, of=current.of, mode=current.mode, reason=reason, seconds=seconds)
    decide_ending.drop(x, call, call.legs[current.leg], cause=reason, is_gone=is_gone)
    if x.agent_state(current.by) is AgentState.OFFERED:
        decide_agent.let_go(x, current.by, AgentEvent.RELEASE, "")
    else:
        decide_agent.hang_up(x, current.by, call.queue, is_brief=True)


def look_after(x: Exchange, call: Call) -> None:
    """Whoever was listened to has left the call: so does the one who listened."""
    current = call.watch
    if current is not None and (call.agent != current.of or call.state not in WITH_AGENT):
        end(x, call, "agent_left")
    elif current is not None and call.legs[current.leg].state is LegState.ENDED:
        end(x, call, "leg_ended")


def time_is_up(x: Exchange, call: Call) -> None:
    end(x, call, decide_agent.NO_ANSWER)
