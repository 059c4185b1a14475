"""Whether a caller from outside may be left alone with a number outside: strangers would telephone so at our cost.

While somebody of the house is with them there is nothing to ask: he calls out as he always may. It is his leaving that joins two trunks.
"""

from hallom.switch.call import Call
from hallom.switch.destination import Destination, DestinationKind
from hallom.switch.exchange import Exchange
from hallom.switch.placing import Direction
from hallom.switch.refusal import Refused
from hallom.switch.toll import TRUNK_TO_TRUNK, may_be_joined

REFUSED = f"toll:{TRUNK_TO_TRUNK}"


def may(x: Exchange, call: Call, agent: int, number: str) -> bool:
    """Whether `agent` may leave this caller with whoever is at `number`."""
    if call.direction == Direction.INTERNAL:
        return True
    rules = x.config.rules
    return may_be_joined(rules.read(number), rules.policy_of(agent))


def asked_outside(call: Call) -> str:
    """The number outside that is asked, or rung to be; empty when it is nobody or somebody of the house."""
    consult, ringing = call.consult, call.ringing
    if consult is None:
        return ""
    name = consult.leg or (ringing.legs[0] if ringing is not None and ringing.agent is None else "")
    leg = call.legs.get(name)
    return leg.number if leg is not None and leg.agent is None else ""


def may_hand_over(x: Exchange, call: Call) -> bool:
    number = asked_outside(call)
    return not number or may(x, call, call.consult.by if call.consult else 0, number)


def require_sending(x: Exchange, call: Call, agent: int, to: Destination) -> None:
    """Before a caller is sent on; he stays with his agent. Raises Refused."""
    if to.kind is DestinationKind.OUTSIDE and not may(x, call, agent, to.value):
        note(x, call, agent, to.value)
        raise Refused(REFUSED)


def require_handing_over(x: Exchange, call: Call) -> None:
    """Before an agent leaves the other two; all stay as they are. Raises Refused."""
    if not may_hand_over(x, call):
        note(x, call, call.consult.by if call.consult else 0, asked_outside(call))
        raise Refused(REFUSED)


def note(x: Exchange, call: Call, agent: int, number: str) -> None:
    to = str(Destination(DestinationKind.OUTSIDE, number))
    x.write("transfer.refused", call, agent, by=agent, to=to, number=number, code=TRUNK_TO_TRUNK, words={})
