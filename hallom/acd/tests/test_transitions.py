import pytest

from hallom.acd.agent import TRANSITIONS, AgentEvent, AgentState, IllegalTransition, advance

ROWS = [(state, event, after) for state, row in TRANSITIONS.items() for event, after in row.items()]


@pytest.mark.parametrize(("state", "event", "after"), ROWS)
def test_every_row_leads_where_it_says(state: AgentState, event: AgentEvent, after: AgentState) -> None:
    assert advance(state, event) is after


def test_what_the_table_does_not_have_is_refused() -> None:
    rows = {(state, event) for state, event, _ in ROWS}
    for state in AgentState:
        for event in AgentEvent:
            if (state, event) not in rows:
                with pytest.raises(IllegalTransition):
                    advance(state, event)


def test_every_state_can_be_left_and_reached() -> None:
    assert set(TRANSITIONS) == set(AgentState)
    assert all(TRANSITIONS.values())
    assert {after for _, _, after in ROWS} == set(AgentState)
