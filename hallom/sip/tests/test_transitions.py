from enum import Enum
from types import ModuleType

import pytest

from hallom.sip import client_invite, client_other, referral, server_invite, server_other, subscription
from hallom.sip.transition import IllegalTransition, advance

MACHINES = (client_invite, client_other, server_invite, server_other, referral, subscription)


@pytest.mark.parametrize("machine", MACHINES)
def test_every_row_leads_where_it_says_and_every_other_is_illegal(machine: ModuleType) -> None:
    for state in machine.State:
        for event in machine.Event:
            row = machine.TRANSITIONS[state]
            if event in row:
                assert advance(machine.TRANSITIONS, state, event) is row[event]
            else:
                with pytest.raises(IllegalTransition):
                    advance(machine.TRANSITIONS, state, event)


@pytest.mark.parametrize("machine", MACHINES)
def test_every_state_is_reached_and_every_one_ends(machine: ModuleType) -> None:
    reached: set[Enum] = {next(iter(machine.State))}
    while True:
        more = {target for state in reached for target in machine.TRANSITIONS[state].values()} - reached
        if not more:
            break
        reached |= more
    assert reached == set(machine.State)
    for state in machine.State:
        seen, rest = {state}, [state]
        while rest:
            for target in machine.TRANSITIONS[rest.pop()].values():
                if target not in seen:
                    seen.add(target)
                    rest.append(target)
        assert machine.State.TERMINATED in seen
