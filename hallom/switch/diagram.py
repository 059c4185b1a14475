"""State diagrams printed from the tables; `docs/developers/switch.md` holds them and a test compares."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from hallom.acd import agent
from hallom.switch import call, leg

State = TypeVar("State", bound=StrEnum)
Event = TypeVar("Event", bound=str)


def mermaid(table: Mapping[State, Mapping[Event, State]], *, first: State) -> str:
    """Moves between the same two states share an arrow."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for state, row in table.items():
        for event, after in row.items():
            arrows.setdefault((str(state), str(after)), []).append(str(event))
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {first}"]
    lines += [f"    {state} --> {after}: {', '.join(events)}" for (state, after), events in arrows.items()]
    lines += [f"    {state} --> [*]" for state, row in table.items() if not row]
    return "\n".join([*lines, "```"])


def diagrams() -> dict[str, str]:
    """By the name of the section they stand in."""
    return {
        "A call": mermaid(call.TRANSITIONS, first=call.CallState.ARRIVING),
        "A leg": mermaid(leg.TRANSITIONS, first=leg.LegState.NEW),
        "An agent": mermaid(agent.TRANSITIONS, first=agent.AgentState.OFFLINE),
    }


# What happens to a conversation whose agent's telephone is gone; everything else of a call is left out.
_OF_A_LOSS = ("agent.lost", "agent.returned", "leg.added")


def recovery_diagrams() -> dict[str, str]:
    """Those of `docs/algorithms/recovery.md`, by the name of their section."""
    lost = call.CallState.LOST
    table = {
        state: {kind: after for kind, after in row.items() if kind in _OF_A_LOSS or state is lost}
        for state, row in call.TRANSITIONS.items()
        if lost in row.values() or state is lost
    }
    return {
        "A browser that is gone": mermaid(table, first=call.CallState.TALKING),
        "A leg that moves": mermaid(leg.TRANSITIONS, first=leg.LegState.NEW),
    }
