"""Calls for a telephone whose owner has them sent elsewhere; loops are caught, and a chain has an end."""

from collections.abc import Callable

from hallom.switch.addressed import agent_in
from hallom.switch.call import Call, Consult, Transfer
from hallom.switch.desk import ALWAYS, BUSY, MOST_DIVERSIONS, NO_ANSWER
from hallom.switch.destination import Destination, DestinationKind
from hallom.switch.exchange import Exchange

LOOP = "diversion_loop"
WAITING_KINDS = frozenset({DestinationKind.QUEUE, DestinationKind.GREETING})
_OCCASIONS = {"busy": BUSY, "do_not_disturb": BUSY, "no_answer": NO_ANSWER}


def agent_at(x: Exchange, to: Destination) -> int | None:
    return agent_in(x.config, to)


def step_forward(
    x: Exchange, call: Call, sent: Transfer | Consult, ring: Callable[[Exchange, Call, Destination], str]
) -> str:
    """Ring, or send it where whoever is there has his calls sent; why neither can be done, else nothing."""
    way = sent.way
    if sent.is_tried:
        return _instead(x, call, way, sent.reason)
    diverted = _divert(x, call, way, ALWAYS)
    if diverted is not None:
        return diverted
    why_not = ring(x, call, Destination.parse(way[-1]))
    return _instead(x, call, way, why_not) if why_not else ""


def _instead(x: Exchange, call: Call, way: tuple[str, ...], reason: str) -> str:
    """Whoever was rung did not take it: send the call on; why it cannot be, else nothing."""
    found = _divert(x, call, way, _OCCASIONS.get(reason, ""))
    return reason if found is None else found


def _divert(x: Exchange, call: Call, way: tuple[str, ...], occasion: str) -> str | None:
    """`way` is everywhere the call was sent to, the last of which it is at."""
    agent = agent_at(x, Destination.parse(way[-1]))
    to = x.state.desk(agent).on(occasion) if agent is not None else ""
    if not to:
        return None
    destination = Destination.parse(to)
    if is_loop(x, way, destination):
        return LOOP
    write(x, call, agent, way, destination, occasion=occasion)
    return ""


def is_loop(x: Exchange, way: tuple[str, ...], to: Destination, *, before: int = 0) -> bool:
    """`before`: how often the call had been sent on when it came here."""
    return len(way) + before > MOST_DIVERSIONS or _place(x, str(to)) in {_place(x, one) for one in way}


def write(
    x: Exchange, call: Call, agent: int | None, way: tuple[str, ...], to: Destination, *, occasion: str
) -> None:
    until = x.now + x.config.seconds_for(to) if to.kind in WAITING_KINDS else None
    x.write("call.diverted", call, agent, **{"from": way[-1]}, to=str(to), occasion=occasion, until=until)


def _place(x: Exchange, text: str) -> str:
    """An extension and its agent are the same place."""
    agent = agent_at(x, Destination.parse(text))
    return text if agent is None else f"{DestinationKind.AGENT}:{agent}"
