from dataclasses import replace
from enum import StrEnum
from pathlib import Path

import pytest

from hallom.sip.events import ProgressReceived
from hallom.switch import apply_leg, call, leg
from hallom.switch.apply import apply
from hallom.switch.call import call_of
from hallom.switch.diagram import diagrams
from hallom.switch.journal import KINDS, JournalEntry
from hallom.switch.leg import Leg, LegState
from hallom.switch.messages import Signal
from hallom.switch.state import IllegalTransition, State
from hallom.switch.tests.sip_world import rtp_sdp
from hallom.switch.tests.world import ALICE, BRUNO, CELIA, CONFIG, NUMBER, SALES, TRUSTED, World

CALL_ROWS = [(state, kind, after) for state, row in call.TRANSITIONS.items() for kind, after in row.items()]
LEG_ROWS = [(state, kind, after) for state, row in leg.TRANSITIONS.items() for kind, after in row.items()]
DOC = Path(__file__).parents[3] / "docs" / "developers" / "switch.md"


def entry_of(world: World, kind: str) -> JournalEntry:
    """An entry of this kind as a world that has seen everything wrote it."""
    return next(entry for entry in world.journal if entry.kind == kind)


def eventful_world() -> World:
    """Every kind of entry that moves a call stands in its journal."""
    world = World(replace(CONFIG, rules=TRUSTED))
    name, _ = world.conversation()
    number = world.call_of(name)
    world.order(ALICE, "hold", call=number)
    world.order(ALICE, "retrieve", call=number)
    world.unregister(f"sip:page1-{ALICE}@x.invalid")
    world.register(ALICE, f"sip:page2-{ALICE}@x.invalid")
    world.pick_up(ALICE)
    world.kill_worker("media-0")
    world.pick_up(ALICE)
    world.customer_hangs_up(name)
    world.queue_up()
    world.wait(60)
    world.hear_out()
    _send_on(world)
    _hold_and_park(world)
    _announce(world)
    _call_out(world)
    return world


def _announce(world: World) -> None:
    """To a number of the house: its announcement, then its queue."""
    call = world.switch.state.router.agents[CELIA].call
    world.order(CELIA, "consult", call=call, to=f"greeting:{NUMBER}")
    world.hear_out()
    world.order(CELIA, "cancel_consult", call=call)


def _call_out(world: World) -> None:
    """To a number outside that plays something before it answers, and to a colleague."""
    world.sign_in(ALICE, is_browser=False)
    phone = world.dial_from(ALICE, "+36301234567")
    leg = f"{world.call_of(phone)}-1"
    world.tell(Signal(ProgressReceived(leg, 183, "", rtp_sdp(6400))))
    world.customer_hangs_up(phone)
    world.dial_from(ALICE, "agent-8")


def _hold_and_park(world: World) -> None:
    call = world.call_of(world.conversation(CELIA)[0])
    world.order(BRUNO, "hang_up", call=world.switch.state.router.agents[BRUNO].call)
    world.order(BRUNO, "set_state", state="paused", reason="lunch")
    world.wait(60)
    world.order(BRUNO, "take_over", call=call)
    leg = world.pick_up(BRUNO)
    world.order(CELIA, "set_state", state="available")
    world.order(BRUNO, "transfer", call=call_of(leg), to="agent:9")
    world.pick_up(CELIA)
    world.order(CELIA, "hold", call=call)
    world.wait(120)
    world.order(CELIA, "park", call=call)
    world.order(CELIA, "retrieve", call=call)
    world.pick_up(CELIA)


def _send_on(world: World) -> None:
    """To a number outside, which does not answer."""
    world.order(ALICE, "set_state", state="available")
    leg = world.pick_up(ALICE)
    world.order(ALICE, "transfer", call=call_of(leg), to="outside:+36301234567")
    world.wait(40)
    world.order(ALICE, "set_state", state="available")
    leg = world.pick_up(ALICE)
    world.sign_in(BRUNO)
    for verb in ("swap", "join", "leave"):
        world.order(ALICE, "consult", call=call_of(leg), to="agent:8")
        if verb == "swap":
            world.pick_up(BRUNO)
            world.order(ALICE, verb, call=call_of(leg))
            world.order(ALICE, "cancel_consult", call=call_of(leg))
            world.order(ALICE, "consult", call=call_of(leg), to="agent:8")
            world.pick_up(BRUNO)
        world.order(ALICE, verb, call=call_of(leg))


@pytest.mark.parametrize(("state", "kind", "after"), CALL_ROWS)
def test_every_row_of_a_call_leads_where_it_says(state: StrEnum, kind: str, after: StrEnum) -> None:
    one = call.Call("c", 1, "", "", "", "hu", SALES, True, 0, "media-0", 0.0)
    one.state = call.CallState(state)
    moved = call.TRANSITIONS[one.state][kind]
    assert moved is after


def test_every_move_of_the_table_is_a_kind_of_the_journal() -> None:
    kinds = {kind for _, kind, _ in CALL_ROWS + LEG_ROWS}
    assert kinds <= KINDS.keys()


def test_every_state_of_a_call_but_the_last_can_be_left_and_all_but_the_first_reached() -> None:
    reached = {after for _, _, after in CALL_ROWS}
    assert reached == set(call.CallState) - {call.CallState.ARRIVING}
    assert {state for state, row in call.TRANSITIONS.items() if not row} == {call.CallState.ENDED}


@pytest.mark.parametrize("state", list(call.CallState))
def test_entries_that_the_table_does_not_have_are_refused(state: call.CallState) -> None:
    world = eventful_world()
    for kind in sorted(call.MOVERS - call.TRANSITIONS[state].keys()):
        replayed = State()
        arrived = entry_of(world, "call.arrived")
        apply(replayed, arrived)
        replayed.calls[arrived.call or ""].state = state
        with pytest.raises(IllegalTransition):
            apply(replayed, JournalEntry(kind, 0.0, arrived.call, None, {}))


@pytest.mark.parametrize(("state", "kind", "after"), LEG_ROWS)
def test_every_row_of_a_leg_leads_where_it_says(state: LegState, kind: str, after: LegState) -> None:
    one = Leg("c-1", None, "rtp", "media-0", state)
    apply_leg.move(one, kind)
    assert one.state is after


def test_a_leg_refuses_what_its_table_does_not_have() -> None:
    kinds = {kind for _, kind, _ in LEG_ROWS}
    for state in LegState:
        for kind in kinds - leg.TRANSITIONS[state].keys():
            with pytest.raises(IllegalTransition):
                apply_leg.move(Leg("c-1", None, "rtp", "media-0", state), kind)


def test_the_journal_knows_every_kind_a_busy_day_writes() -> None:
    world = eventful_world()
    assert {entry.kind for entry in world.journal} <= KINDS.keys()
    assert {entry.kind for entry in world.journal} | {"queue.entered"} >= call.MOVERS


def test_the_diagrams_in_the_documentation_are_those_of_the_tables() -> None:
    text = DOC.read_text()
    for title, diagram in diagrams().items():
        section = text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
        assert diagram in section, f"print {title!r} anew: hallom.switch.diagram.diagrams()"
