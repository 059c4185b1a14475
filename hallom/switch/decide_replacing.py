"""A telephone calls in to take over a call: one that rings for a colleague, one that is parked, or its owner's own."""

from collections.abc import Mapping
from typing import Any

from hallom.sip.events import InviteReceived
from hallom.sip.replaces import Replaces
from hallom.switch import (
    decide_bridging,
    decide_ending,
    decide_own_call,
    decide_parking,
    decide_pickup,
    description,
)
from hallom.switch.call import Call, CallState, call_of
from hallom.switch.effects import SendBye, SendReject
from hallom.switch.exchange import Exchange
from hallom.switch.leg import RTP, Knock, Leg, LegState
from hallom.switch.refusal import Refused

_GONE = 481
_BUSY = 486
_FORBIDDEN = 403
_NO_CODEC = 488
_STATUS = {
    "no_such_call": _GONE,
    "already_answered": _BUSY,
    "not_now": _BUSY,
    "busy": _BUSY,
    "no_codec": _NO_CODEC,
    "unreachable": 480,
}
_TALKS = frozenset({CallState.TALKING, CallState.HELD})


def received(x: Exchange, event: InviteReceived, invite: Mapping[str, Any] | None) -> None:
    """Who may have what is decided here: all that SIP knows is who asks."""
    if event.replaces is None or event.invite in x.state.transactions:
        return
    agent = x.agent_by_aor(event.peer.name) if event.peer.kind == "account" else None
    try:
        if agent is None:
            raise Refused("not_your_call")
        knock = Knock(event.invite, _kind(event.sdp), event.sdp or "", invite or {})
        _take(x, event.replaces, agent, knock)
    except Refused as refusal:
        x.send(SendReject(event.invite, _STATUS.get(str(refusal), _FORBIDDEN)))


def _kind(sdp: str | None) -> str:
    if sdp is None:
        return RTP
    if not description.is_usable(sdp):
        raise Refused("no_codec")
    return description.kind_of(sdp)


def _take(x: Exchange, replaces: Replaces, agent: int, knock: Knock) -> None:
    if replaces.invite is not None:
        _pick_up(x, replaces.invite.partition("~")[0], agent, knock)
        return
    found = x.state.by_dialog(replaces.dialog or "")
    if found is None or found[1].state is not LegState.UP:
        raise Refused("no_such_call")
    call, leg = found
    if leg.is_customer and call.state is CallState.PARKED:
        decide_parking.fetch(x, call, agent, knock=knock)
    elif leg.id == call.agent_leg and leg.agent == agent and call.state in _TALKS:
        _begin_move(x, call, agent, knock)
    else:
        # Whose conversation it is decides; a supervisor has orders of his own.
        raise Refused("not_your_call")


def _pick_up(x: Exchange, name: str, agent: int, knock: Knock) -> None:
    call = x.state.calls.get(call_of(name))
    if call is None or call.ringing is None or name not in call.ringing.legs:
        raise Refused("no_such_call")
    decide_pickup.pick_up(x, call, agent, knock=knock)


def _begin_move(x: Exchange, call: Call, agent: int, knock: Knock) -> None:
    """His other telephone takes the conversation over."""
    x.write(
        "leg.called_in",
        call,
        agent,
        leg=call.next_leg(),
        agent=agent,
        kind=knock.kind,
        worker=call.worker,
        contacts=[],
        **knock.as_data(),
    )


def answered(x: Exchange, call: Call, leg: Leg, dialog: str, state: Mapping[str, Any]) -> None:
    """Our 200 to the other telephone is out."""
    if decide_own_call.of(call, leg.id):
        x.write(
            "leg.answered",
            call,
            leg.agent,
            leg=leg.id,
            dialog=dialog,
            state=state,
            sdp=leg.sdp,
            agent=leg.agent,
        )
        return
    before = call.agents_leg
    if call.agent != leg.agent or call.state not in _TALKS or before is None:
        x.send(SendBye(dialog))
        x.write("leg.ended", call, leg.agent, leg=leg.id, cause="not_now", by=decide_ending.SYSTEM)
        return
    x.write(
        "leg.answered", call, leg.agent, leg=leg.id, dialog=dialog, state=state, sdp=leg.sdp, agent=leg.agent
    )
    decide_ending.drop(x, call, before, cause="moved")
    x.write("call.taken_over", call, leg.agent, **{"from": leg.agent}, agent=leg.agent, leg=leg.id)
    decide_bridging.start_recording(x, call)


def given_up(x: Exchange, call: Call, leg: Leg) -> None:
    """The telephone cancelled its INVITE, or it ended unanswered."""
    if leg.state is not LegState.ENDED:
        x.write("leg.ended", call, leg.agent, leg=leg.id, cause="cancelled", by=decide_ending.AGENT)
