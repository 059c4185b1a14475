"""What orders name: a call, somewhere to send it, a number."""

from collections.abc import Mapping
from typing import Any

from hallom.switch import decide_diversion, decide_transfer
from hallom.switch.call import Call
from hallom.switch.destination import Destination, DestinationKind, NoDestination
from hallom.switch.exchange import Exchange
from hallom.switch.refusal import Refused

# A number of more digits than this is nobody's.
_LONGEST_NUMBER = 10


def named_call(x: Exchange, args: Mapping[str, Any]) -> Call:
    call = x.state.calls.get(str(args.get("call", "")))
    # One that only waits for its recorder is over for everybody, whoever is still noted in it.
    if call is None or call.has_left:
        raise Refused("no_such_call")
    return call


def own_call(x: Exchange, agent: int, args: Mapping[str, Any]) -> Call:
    call = named_call(x, args)
    if call.agent != agent:
        raise Refused("not_your_call")
    return call


def destination(x: Exchange, agent: int, args: Mapping[str, Any]) -> Destination:
    try:
        to = Destination.parse(args.get("to", ""))
    except NoDestination:
        raise Refused("unknown_destination") from None
    queue = x.config.queue_extensions.get(to.value) if to.kind is DestinationKind.EXTENSION else None
    if queue is not None:
        to = Destination(DestinationKind.QUEUE, str(queue))
    match to.kind:
        case DestinationKind.QUEUE:
            is_known = to.number in x.config.queues
        case DestinationKind.GREETING:
            is_known = x.config.number_of(to.value) is not None
        case DestinationKind.OUTSIDE | DestinationKind.PLACE:
            is_known = True
        case _:
            is_known = decide_diversion.agent_at(x, to) is not None
    if not is_known:
        raise Refused("unknown_destination")
    if decide_transfer.leads_to(x, to, agent):
        raise Refused("to_yourself")
    return to


def number(args: Mapping[str, Any], name: str) -> int:
    text = str(args[name])
    if not (text.isascii() and text.isdigit() and len(text) < _LONGEST_NUMBER):
        raise Refused("unknown_destination")
    return int(text)
