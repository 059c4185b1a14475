from collections.abc import Mapping
from enum import Enum
from types import ModuleType
from typing import Any

from hallom.sip import client_invite, client_other, referral, server_invite, server_other, subscription

MACHINES = {
    "INVITE client transaction": client_invite,
    "Other client transaction": client_other,
    "INVITE server transaction": server_invite,
    "Other server transaction": server_other,
    "REFER, as told to the one who asked": referral,
    "Subscription": subscription,
}


def diagram(transitions: Mapping[Any, Mapping[Any, Any]]) -> str:
    """A Mermaid state diagram of a transition table; events between the same two states share an arrow."""
    states: list[Enum] = list(transitions)
    lines = ["stateDiagram-v2", f"    [*] --> {states[0].value}"]
    for state, row in transitions.items():
        arrows: dict[Enum, list[str]] = {}
        for event, target in row.items():
            arrows.setdefault(target, []).append(event.value)
        lines += [f"    {state.value} --> {target.value}: {', '.join(why)}" for target, why in arrows.items()]
    lines += [f"    {state.value} --> [*]" for state, row in transitions.items() if not row]
    return "\n".join(lines)


def chapter() -> str:
    """The diagrams of all tables as they stand in docs/developers/sip.md."""
    parts = [f"### {name}\n\n```mermaid\n{_of(machine)}\n```\n" for name, machine in MACHINES.items()]
    return "\n".join(parts)


def _of(machine: ModuleType) -> str:
    return diagram(machine.TRANSITIONS)


if __name__ == "__main__":
    print(chapter())
