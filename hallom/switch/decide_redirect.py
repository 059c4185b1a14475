"""A telephone answers that it is to be called elsewhere (3xx): a diversion like any other, for its owner's own calls."""

from collections.abc import Iterable, Sequence

from hallom.acd.offer import Outcome
from hallom.sip.diversion import Diversion
from hallom.switch import addressed, decide_diversion, decide_offering
from hallom.switch.call import Call, CallState, Consult, Transfer
from hallom.switch.destination import Destination, DestinationKind
from hallom.switch.exchange import Exchange
from hallom.switch.leg import Leg

REDIRECTS = range(300, 400)
DIVERTED = "diverted"
# What the diversion is called in the journal: by the telephone itself, not by what its owner has set up here.
BY_PHONE = "phone"
_KINDS = frozenset(DestinationKind) - {DestinationKind.PLACE}


def follow(
    x: Exchange, call: Call, leg: Leg, contacts: Sequence[str], diversions: Iterable[Diversion]
) -> bool:
    """False when nothing is to be followed: what a queue offers is for the one it is offered to."""
    ringing, sent = call.ringing, _sent(call)
    if ringing is None or ringing.agent is None or leg.id not in ringing.legs or sent is None:
        return False
    to = _first(x, contacts)
    if to is None:
        return False
    before = sum(one.count for one in diversions)
    is_loop = decide_diversion.is_loop(x, sent.way, to, before=before)
    decide_offering.end(x, call, Outcome.WITHDRAWN, decide_diversion.LOOP if is_loop else DIVERTED)
    if not is_loop:
        decide_diversion.write(x, call, ringing.agent, sent.way, to, occasion=BY_PHONE)
    return True


def _sent(call: Call) -> Transfer | Consult | None:
    if call.state is CallState.CONSULTING:
        return call.consult
    is_on_its_way = call.state is CallState.TRANSFERRING and call.transfer is not None
    return call.transfer if is_on_its_way and call.transfer and not call.transfer.is_returning else None


def _first(x: Exchange, contacts: Iterable[str]) -> Destination | None:
    found = (addressed.destination_at(x.config, uri) for uri in contacts)
    return next((to for to in found if to is not None and to.kind in _KINDS), None)
