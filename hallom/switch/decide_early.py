"""What somebody outside plays before he answers: heard instead of our ringing, by the one who waits for him alone.

That a carrier promises sound (RFC 3960) does not mean that any comes: our ringing goes on until its first packet is there, and
begins again when it falls silent.
"""

from hallom.switch import description
from hallom.switch.call import Call, CallState, call_of
from hallom.switch.exchange import Exchange
from hallom.switch.leg import Leg, LegState

_WAITING = frozenset({CallState.DIALLING, CallState.TRANSFERRING, CallState.CONSULTING})


def progressed(x: Exchange, invite: str, status: int, sdp: str | None) -> None:
    """The other side rings, and tells where its sound will come from."""
    leg = x.rung_leg(invite)
    found = _ringing_outside(x, leg.id) if leg is not None else None
    if found is None or not sdp or not description.suits(found[1], sdp):
        return
    call, leg = found
    if sdp != leg.sdp:
        x.write(
            "dial.progressed", call, call.agent, leg=leg.id, status=status, sdp=sdp, player=None, files=[]
        )


def heard(x: Exchange, name: str) -> None:
    found = _ringing_outside(x, name)
    if found is not None and not found[1].is_heard_early:
        x.write("dial.heard", found[0], found[0].agent, leg=name, is_heard=True)


def fell_silent(x: Exchange, name: str) -> None:
    found = _ringing_outside(x, name)
    if found is not None and found[1].is_heard_early:
        x.write("dial.heard", found[0], found[0].agent, leg=name, is_heard=False)


def _ringing_outside(x: Exchange, name: str) -> tuple[Call, Leg] | None:
    call, leg = x.state.calls.get(call_of(name)), x.state.leg(name)
    if call is None or leg is None or call.state not in _WAITING or leg.state is not LegState.OPENED:
        return None
    ringing = call.ringing
    return (call, leg) if ringing is not None and ringing.agent is None and name in ringing.legs else None
