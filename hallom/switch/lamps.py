"""What the lamps of desk phones show: whether a colleague is rung or talks, whether a parking place is taken."""

from collections.abc import Iterator, Mapping

from hallom.acd.agent import AgentState
from hallom.sip.dialog_info import DialogInfo
from hallom.sip.replaces import Replaces
from hallom.switch.addressed import agent_in, destination_at
from hallom.switch.call import Call, CallState
from hallom.switch.config import Config
from hallom.switch.destination import Destination, DestinationKind
from hallom.switch.state import State

Pickups = Mapping[str, Replaces]
"""By leg: what its ringing telephone is called by whoever takes the call."""


def watched(config: Config, uri: str) -> Destination | None:
    """The agent or the place a lamp is for; None when there is nothing to be seen."""
    to = destination_at(config, uri)
    if to is None:
        return None
    agent = agent_in(config, to)
    if agent is not None:
        return Destination(DestinationKind.AGENT, str(agent))
    is_place = to.kind is DestinationKind.PLACE and to.value and 1 <= to.number <= config.places
    return Destination(DestinationKind.PLACE, str(to.number)) if is_place else None


def shown(state: State, of: Destination, pickups: Pickups) -> tuple[DialogInfo, ...]:
    """Nothing means dark. Who talks with whom is nobody's business: a lamp tells no names."""
    if of.kind is DestinationKind.AGENT:
        return tuple(_of_agent(state, of.number, pickups))
    return tuple(_of_place(state, of.number))


def _of_agent(state: State, number: int, pickups: Pickups) -> Iterator[DialogInfo]:
    agent = state.router.agents.get(number)
    call = state.calls.get(agent.call or "") if agent is not None else None
    if agent is None or call is None:
        return
    if agent.state is AgentState.OFFERED:
        yield _ringing(call, number, pickups)
    elif agent.state is AgentState.TALKING:
        yield DialogInfo(f"{call.id}-{number}", "confirmed")


def _ringing(call: Call, number: int, pickups: Pickups) -> DialogInfo:
    name = f"{call.id}-{number}"
    ringing = call.ringing
    for leg in ringing.legs if ringing is not None and ringing.agent == number else ():
        found = pickups.get(leg)
        if found is not None:
            return DialogInfo(name, "early", "recipient", found.call_id, found.to_tag, found.from_tag)
    return DialogInfo(name, "early", "recipient")


def _of_place(state: State, place: int) -> Iterator[DialogInfo]:
    for call in state.calls.values():
        parking = call.parking
        if call.state is CallState.PARKED and parking is not None and parking.place == place:
            dialog = call.customer.dialog_state or {}
            call_id, ours, theirs = (str(dialog.get(key, "")) for key in ("call_id", "id", "remote_tag"))
            yield DialogInfo(f"{call.id}-place", "confirmed", "recipient", call_id, ours, theirs)


def waiting(state: State, agent: int) -> int:
    """The promises he has yet to keep: what the message lamp of his telephone is for."""
    return len(state.desk(agent).promises)
