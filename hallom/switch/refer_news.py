"""What a telephone that asked for a transfer is told of it: worked out from the call's state, each step once."""

from hallom.switch.call import Call, CallState
from hallom.switch.effects import SendBye, TellRefer
from hallom.switch.exchange import Exchange
from hallom.switch.referral import Referral

TRYING = 100
_RINGING = 180
_DONE = 200
_FAILED = 480
_CALLER_LEFT = 487
_NOT_BEGUN = 503

# What a telephone shows for each reason a transfer can fail for.
_STATUS = {
    "busy": 486,
    "do_not_disturb": 486,
    "no_answer": 408,
    "declined": 603,
    "not_allowed": 403,
    "unknown_number": 404,
    "diversion_loop": 482,
    "queue_full": 486,
}


def tell(x: Exchange, call: Call) -> None:
    """The last of the news ends the telephone's call: it has let go of the caller."""
    referral = call.referral
    if referral is None:
        return
    status = _status(call, referral)
    is_last = status >= _DONE
    if status == referral.told:
        return
    leg = call.legs[referral.leg]
    is_his = call.agent_leg == referral.leg
    x.write("refer.told", call, leg.agent, refer=referral.refer, status=status, last=is_last)
    x.send(TellRefer(referral.refer, status, is_last))
    if is_last and not is_his:
        x.send(SendBye(referral.dialog))


def _status(call: Call, referral: Referral) -> int:
    if call.agent_leg == referral.leg:
        return _NOT_BEGUN
    if referral.reason:
        return _STATUS.get(referral.reason, _FAILED)
    if call.has_left:
        return _CALLER_LEFT
    if call.state is CallState.TRANSFERRING:
        return _RINGING if call.ringing is not None else referral.told
    if call.state is CallState.GREETING and call.transfer is not None:
        # Whether anybody is to be had behind the announcement is not known yet.
        return _RINGING
    return _DONE
