"""An agent calls somebody: his own telephone first, then the other side, a colleague, or a queue."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hallom.acd.agent import AgentState
from hallom.switch import (
    decide_agent,
    decide_bridging,
    decide_consult,
    decide_diversion,
    decide_ending,
    decide_keys,
    decide_offering,
    decide_promise,
    description,
)
from hallom.switch.call import Call, CallState
from hallom.switch.destination import Destination, DestinationKind
from hallom.switch.effects import SendAnswer, SendProgress
from hallom.switch.exchange import Exchange
from hallom.switch.leg import RTP, WEBRTC, Leg, LegState
from hallom.switch.placing import Direction
from hallom.switch.promise import PromiseEnd
from hallom.switch.refusal import Refused

# Ten rings of a mobile network, and what it takes to begin.
DIAL_SECONDS = 60.0
# So long before a cap is reached the agent hears a tone, and for how long.
WARNING_SECONDS = 30.0
TONE_SECONDS = 2.0
EARLY_MEDIA = 183
TOLL_LIMIT = "toll_limit"
FORBIDDEN, UNAVAILABLE = 403, 503
_TOLD = {
    "busy": 486,
    "declined": 603,
    "unknown_number": 404,
    "no_answer": 480,
    "unreachable": 480,
    "toll:no_line_free": UNAVAILABLE,
}
_BUSY = frozenset({AgentState.OFFERED, AgentState.TALKING})


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for who calls: `promise` is the one that the call keeps."""

    to: Destination
    customer: int | None = None
    ticket: int | None = None
    promise: str = ""
    caller_number: str = ""
    is_emergency: bool = False

    @property
    def purpose(self) -> str:
        return "promise" if self.promise else "dial"


@dataclass(frozen=True, slots=True)
class OwnPhone:
    """The INVITE of a telephone that dialled by itself."""

    transaction: str
    invite: Mapping[str, Any] | None
    sdp: str | None
    kind: str


def place(x: Exchange, agent: int, wish: Wish) -> Call:
    """Ring the agent's own telephone. Raises Refused."""
    why_not = _why_not(x, agent)
    if why_not:
        raise Refused(why_not)
    call = _write_placed(x, agent, wish, None)
    kinds = x.phones.kinds(agent)
    if call.direction == Direction.INTERNAL:
        kinds = [WEBRTC if WEBRTC in kinds else kinds[0]]
    decide_offering.direct(x, call, agent, purpose="dial", seconds=x.config.pickup_seconds, kinds=kinds)
    return call


def _why_not(x: Exchange, agent: int) -> str:
    if not x.phones.has_any(agent):
        return decide_agent.UNREACHABLE
    if x.agent_state(agent) in _BUSY:
        return decide_agent.BUSY
    return "" if x.quietest_worker() else "no_media"


def place_from_phone(x: Exchange, agent: int, wish: Wish, phone: OwnPhone) -> Call:
    """His telephone is calling already: it hears how the other side rings. Raises Refused."""
    is_busy = x.agent_state(agent) in _BUSY
    if is_busy and not wish.is_emergency:
        raise Refused(decide_agent.BUSY)
    if x.quietest_worker() is None:
        raise Refused("no_media")
    if x.agent_state(agent) is AgentState.WRAP_UP:
        decide_agent.finish(x, agent)
    call = _write_placed(x, agent, wish, phone, is_extra=is_busy)
    if not is_busy:
        decide_agent.ring(x, agent, call.id, until=x.now + DIAL_SECONDS)
        decide_agent.answer(x, agent, call.id)
    return call


def _write_placed(
    x: Exchange, agent: int, wish: Wish, phone: OwnPhone | None, *, is_extra: bool = False
) -> Call:
    name = x.new_id()
    is_outside = wish.to.kind is DestinationKind.OUTSIDE
    own = f"{name}-2" if is_outside else f"{name}-1"
    queue = min(x.agent_config(agent).queues, default=0)
    x.write(
        "call.placed",
        name,
        agent,
        by=agent,
        to=str(wish.to),
        purpose=wish.purpose,
        promise=wish.promise,
        direction=str(Direction.OUTGOING if is_outside else Direction.INTERNAL),
        customer=wish.customer,
        ticket=wish.ticket,
        caller_number=wish.caller_number,
        is_signed_in=x.agent_state(agent) is not AgentState.OFFLINE,
        is_extra=is_extra,
        number=wish.to.value if is_outside else _own_number(x, agent),
        name="" if is_outside else x.agent_config(agent).name,
        leg=f"{name}-1" if is_outside else "",
        kind=RTP,
        worker=x.quietest_worker(),
        queue=queue if is_outside else 0,
        record=is_outside and _is_recorded(x, wish),
        language="",
        transaction=phone.transaction if phone else "",
        invite=phone.invite if phone else None,
        sdp=phone.sdp if phone else None,
        agent_leg=own,
        agent_kind=phone.kind if phone else "",
    )
    return x.state.calls[name]


def _own_number(x: Exchange, agent: int) -> str:
    """What a colleague sees: the extension of whoever calls him."""
    own = (number for number, owner in x.config.extensions.items() if owner == agent)
    return min(own, default=x.agent_config(agent).aor)


def _is_recorded(x: Exchange, wish: Wish) -> bool:
    """As calls to the number that is shown; without one, only if the house records the calls to all its numbers."""
    shown = x.config.number_of(wish.caller_number) if wish.caller_number else None
    if shown is not None:
        return shown.record
    return bool(x.config.numbers) and all(number.record for number in x.config.numbers.values())


def leg_opened(x: Exchange, call: Call, leg: Leg) -> None:
    """A port is there. The telephone that dialled is answered, or hears the other side ring."""
    placing = call.placing
    if placing is None:
        return
    if leg.offer is not None:
        decide_offering.ring(x, call, leg)
    elif placing.transaction and call.state is CallState.PLACING and _are_open(call):
        own = _own_leg(call)
        if own is not None and placing.direction == Direction.INTERNAL:
            x.send(SendAnswer(own.transaction, _answer(own)))
        elif own is not None:
            x.send(SendProgress(own.transaction, EARLY_MEDIA, _answer(own)))
            dial(x, call, own)


def _are_open(call: Call) -> bool:
    return all(leg.state is LegState.OPENED for leg in call.legs.values())


def _own_leg(call: Call) -> Leg | None:
    """The one by which the agent dialled himself."""
    return next((leg for leg in call.legs.values() if leg.transaction), None)


def _answer(leg: Leg) -> str:
    return description.answer(leg) if leg.sdp else description.offer(leg)


def dial(x: Exchange, call: Call, own: Leg) -> None:
    """The agent is there: ring the other side; he hears it."""
    placing, leg = call.placing, call.customer
    if placing is None:
        return
    x.write(
        "dial.made",
        call,
        placing.by,
        dial=leg.id,
        leg=leg.id,
        number=leg.number,
        by=placing.by,
        purpose=placing.purpose,
        worker=call.worker,
        expires_at=x.now + DIAL_SECONDS,
        agent_leg=own.id,
        player=call.next_player(),
        files=list(x.ringback(call.queue)),
    )
    if leg.state is LegState.OPENED:
        decide_offering.ring(x, call, leg)


def picked_up(x: Exchange, call: Call, leg: Leg) -> None:
    """The agent's own telephone has answered."""
    if call.direction == Direction.OUTGOING:
        dial(x, call, leg)
    else:
        route(x, call)


def route(x: Exchange, call: Call) -> None:
    """To a colleague or a queue, as somebody is sent who was transferred there."""
    placing = call.placing
    if placing is None:
        return
    to = Destination.parse(placing.to)
    waits = to.kind in decide_diversion.WAITING_KINDS
    until = x.now + x.config.seconds_for(to) if waits else None
    files = list(x.ringback(call.queue))
    x.write(
        "call.routed", call, placing.by, to=placing.to, player=call.next_player(), files=files, until=until
    )


def phone_answered(x: Exchange, call: Call) -> None:
    """Our 200 is out to the telephone that dialled."""
    if call.state is CallState.ANSWERED:
        route(x, call)
    elif call.state is CallState.DIALLING and call.customer.state is LegState.UP:
        _connect(x, call)


def answered(x: Exchange, call: Call) -> None:
    """The other side is there; a telephone that dialled by itself is answered only now."""
    own = call.agents_leg
    if own is not None and own.state is LegState.OPENED:
        x.send(SendAnswer(own.transaction, _answer(own)))
    else:
        _connect(x, call)


def _connect(x: Exchange, call: Call) -> None:
    if call.agents_leg is None:
        return
    decide_bridging.bridge(x, call, call.agents_leg)
    decide_keys.press_kept(x, call)
    keep_promise(x, call)


def keep_promise(x: Exchange, call: Call) -> None:
    """A promise to call is kept with the talk; of a colleague's only he who asked can say so, not who answers for him."""
    promise = decide_promise.find(x, call.placing.promise) if call.placing and call.placing.promise else None
    if promise is not None and (call.direction == Direction.OUTGOING or call.agent == promise.by):
        decide_promise.end(x, promise, PromiseEnd.KEPT, "called")


def go_on(x: Exchange, call: Call) -> None:
    """Nobody rings: the agent's telephone was not picked up, or the other side not reached."""
    placing = call.placing
    if placing is None:
        return
    if call.state is CallState.DIALLING and call.customer.state is LegState.UP:
        answered(x, call)
    elif call.state is CallState.DIALLING or not placing.transaction or not call.legs:
        decide_ending.finish(
            x,
            call,
            by=decide_ending.SYSTEM,
            cause=placing.reason or "restarted",
            status=_status(placing.reason),
        )


def _status(reason: str) -> int:
    """What a telephone that dialled by itself is told."""
    if reason in _TOLD:
        return _TOLD[reason]
    return FORBIDDEN if reason.startswith(("toll:", "not_allowed")) else UNAVAILABLE


def refused(x: Exchange, call: Call, leg: Leg, code: str, words: Mapping[str, str]) -> None:
    """The toll policy, or that no line is free: said in the journal before the call goes on without."""
    by = call.ringing.by if call.ringing else None
    purpose = call.ringing.purpose if call.ringing else ""
    x.write(
        "dial.refused",
        call,
        by,
        leg=leg.id,
        number=leg.number,
        by=by,
        purpose=purpose,
        code=code,
        words=dict(words),
    )
    decide_offering.failed(x, call, leg, f"toll:{code}")


def limited(x: Exchange, call: Call, leg: Leg, until: float | None) -> None:
    """A cap of whoever answers for it will be reached then; once more for each of his calls that begins or ends."""
    warn_at = None if until is None else max(until - WARNING_SECONDS, x.now)
    if call.due.get("limit") != until and leg.state is not LegState.ENDED:
        x.write("dial.limited", call, call.agent, leg=leg.id, until=until, warn_at=warn_at)


def warn(x: Exchange, call: Call) -> None:
    leg = call.legs.get(call.limited)
    if leg is None or leg.state is LegState.ENDED:
        return
    until = x.now + TONE_SECONDS
    files = list(x.config.warning)
    x.write(
        "dial.warned",
        call,
        call.agent,
        leg=call.agent_leg,
        player=call.next_player(),
        files=files,
        until=until,
    )


def warned(x: Exchange, call: Call) -> None:
    x.write(
        "dial.warned", call, call.agent, leg=call.agent_leg, player=call.next_player(), files=[], until=None
    )


def limit_reached(x: Exchange, call: Call) -> None:
    """The leg that costs is ended; a customer who only waited while somebody outside was asked stays with his agent."""
    leg, consult = call.legs.get(call.limited), call.consult
    if leg is None or leg.state is LegState.ENDED:
        return
    if consult is not None and consult.leg == leg.id:
        decide_consult.party_gone(x, call, leg, TOLL_LIMIT, is_gone=False)
    else:
        decide_ending.finish(x, call, by=decide_ending.SYSTEM, cause=TOLL_LIMIT)
