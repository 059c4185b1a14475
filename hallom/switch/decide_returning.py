"""Whoever was sent on and not taken comes back: marked with who, to whom, why, how long and how often."""

from hallom.switch import decide_ending
from hallom.switch.call import Call, Transfer
from hallom.switch.exchange import Exchange


def bring_back(x: Exchange, call: Call, transfer: Transfer, reason: str) -> None:
    """To the one who sent him; a colleague who is the caller himself has nobody to take him back."""
    if transfer.by == call.placer:
        decide_ending.finish(x, call, by=decide_ending.SYSTEM, cause=reason)
        return
    come_back(x, call, transfer.by, to=transfer.to, reason=reason, since=transfer.started_at)


def come_back(x: Exchange, call: Call, by: int, *, to: str, reason: str, since: float) -> None:
    x.write(
        "call.returned",
        call,
        by,
        **{"from": by},
        to=to,
        reason=reason,
        waited=x.now - since,
        times=call.returns + 1,
        player=call.next_player(),
        files=list(x.ringback(call.queue)),
    )
