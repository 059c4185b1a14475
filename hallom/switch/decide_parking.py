"""Callers who wait at a numbered place until somebody fetches them; too long, and they come back."""

import contextlib
from math import inf

from hallom.switch import decide_agent, decide_ending, decide_offering, decide_returning
from hallom.switch.call import Call, CallState
from hallom.switch.destination import Destination, DestinationKind
from hallom.switch.exchange import Exchange
from hallom.switch.leg import Knock
from hallom.switch.refusal import Refused

PARK_TIMEOUT = "park_timeout"


def park(x: Exchange, call: Call, wanted: int | None) -> None:
    """At `wanted`, or at the first place that is free; raises Refused."""
    place = free_place(x, wanted)
    by, leg = call.agent or 0, call.agents_leg
    x.write(
        "call.parked",
        call,
        by,
        by=by,
        place=place,
        player=call.next_player(),
        files=list(x.holding_music(call.queue)),
        until=x.now + x.config.seconds_for(Destination(DestinationKind.PLACE, str(place))),
    )
    if leg is not None:
        decide_ending.drop(x, call, leg, cause="parked")
    decide_agent.hang_up(x, by, call.queue)


def free_place(x: Exchange, wanted: int | None) -> int:
    """Raises Refused."""
    taken = {call.parking.place for call in x.state.calls.values() if call.parking is not None}
    if wanted is None:
        free = next((place for place in range(1, x.config.places + 1) if place not in taken), None)
        if free is None:
            raise Refused("no_place_free")
        return free
    if not 1 <= wanted <= x.config.places:
        raise Refused("unknown_destination")
    if wanted in taken:
        raise Refused("place_taken")
    return wanted


def at(x: Exchange, place: int) -> Call | None:
    for call in x.state.calls.values():
        if call.state is CallState.PARKED and call.parking is not None and call.parking.place == place:
            return call
    return None


def fetch(x: Exchange, call: Call, agent: int, *, knock: Knock | None = None) -> None:
    """The telephone of whoever fetches him rings, or calls in; he is there until it is answered. Raises Refused."""
    if call.ringing is not None:
        if call.ringing.agent == agent:
            return
        raise Refused("already_answered")
    seconds = x.config.pickup_seconds
    why_not = decide_offering.direct(x, call, agent, purpose="retrieve", seconds=seconds, knock=knock)
    if why_not:
        raise Refused(why_not)


def fetch_again(x: Exchange, call: Call, agent: int) -> None:
    """His telephone rang, and could not follow the call to another worker."""
    with contextlib.suppress(Refused):
        fetch(x, call, agent)


def look_again(x: Exchange, call: Call) -> None:
    """After somebody did not fetch him after all."""
    if call.due.get("park", inf) <= x.now:
        time_is_up(x, call)


def time_is_up(x: Exchange, call: Call) -> None:
    """While a telephone rings for him he is left there."""
    parking = call.parking
    if call.state is not CallState.PARKED or parking is None or call.ringing is not None:
        return
    to = f"{DestinationKind.PLACE}:{parking.place}"
    decide_returning.come_back(x, call, parking.by, to=to, reason=PARK_TIMEOUT, since=parking.since)
