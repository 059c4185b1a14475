"""112 is never refused because a telephone is busy: a customer is put on hold for it, everything else ends."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from hallom.switch.addressed import destination_at, is_for_help
from hallom.switch.tests.test_placing import OUTSIDE, Office
from hallom.switch.tests.test_transfer import House
from hallom.switch.tests.world import ALICE, BRUNO, CELIA, CONFIG, SALES, World

HELP = "outside:112"


def helper(world: House | Office) -> str:
    """The leg of whoever answers 112; nobody else outside is being rung."""
    ((_, dial),) = world.endpoint.dials.items()
    assert dial.number == "112"
    return world.answer_outside() if isinstance(world, House) else world.other_side_answers()


def talking() -> tuple[House, str, str]:
    world = House()
    world.sign_in(BRUNO)
    name, alice = world.conversation()
    return world, name, alice


@pytest.mark.parametrize("is_held", [False, True])
def test_a_customer_hears_music_while_his_agent_calls_for_help(is_held: bool) -> None:
    world, name, alice = talking()
    if is_held:
        world.order(ALICE, "hold", call=world.call_of(name))
    assert world.order(ALICE, "dial", to=HELP).ok
    assert world.order(ALICE, "dial", to=HELP).ok
    assert world.heard(name) == {"music.wav"}
    leg = helper(world)
    assert (world.hears(alice), world.hears(leg)) == ({leg}, {alice})
    assert world.heard(name) == {"music.wav"}
    assert world.order(ALICE, "join", call=world.call_of(name)).ok
    assert world.heard(name) == {leg, alice}
    world.hang_up(f"dialog-{leg}")
    assert world.heard(name) == {alice}
    assert world.complaints == []


@pytest.mark.parametrize("how", ["ringing", "talking", "conference"])
def test_whoever_is_asked_meanwhile_is_let_go_for_it(how: str) -> None:
    world, name, alice = talking()
    call = world.call_of(name)
    world.order(ALICE, "consult", call=call, to="agent:8")
    bruno = "" if how == "ringing" else world.pick_up(BRUNO)
    if how == "conference":
        world.order(ALICE, "join", call=call)
    assert world.order(ALICE, "dial", to=HELP).ok
    leg = helper(world)
    assert (world.hears(alice), world.heard(name), world.hears(bruno)) == ({leg}, {"music.wav"}, set())
    assert world.agent_state(BRUNO) == "available"


def test_helpers_who_have_all_lines_busy_are_rung_for_two_minutes() -> None:
    world, name, alice = talking()
    world.order(ALICE, "dial", to=HELP)
    world.wait(119)
    assert world.hears(alice) == {"ringback.wav"}
    world.wait(2)
    assert world.heard(name) == {alice}


Busy = Callable[[House], object]


def _asked(world: House) -> None:
    name, _ = world.conversation(BRUNO)
    world.sign_in(ALICE)
    world.order(BRUNO, "consult", call=world.call_of(name), to="agent:7")
    world.pick_up(ALICE)


def _listening(world: House) -> None:
    name, _ = world.conversation(BRUNO)
    world.sign_in(ALICE)
    world.order(ALICE, "listen", call=world.call_of(name))
    world.pick_up(ALICE)


def _ringing(world: House) -> None:
    world.sign_in(ALICE)
    world.queue_up()
    assert world.ringing_leg(ALICE)


def _calling_a_colleague(world: House) -> None:
    world.sign_in(ALICE)
    world.sign_in(BRUNO)
    world.order(ALICE, "dial", to="agent:8")
    world.pick_up(ALICE)
    world.pick_up(BRUNO)


def _calling_out(world: House) -> None:
    world.sign_in(ALICE)
    world.order(ALICE, "dial", to=f"outside:{OUTSIDE}")
    world.pick_up(ALICE)


def _own_phone_rings(world: House) -> None:
    world.sign_in(ALICE)
    world.order(ALICE, "dial", to=f"outside:{OUTSIDE}")


def _wrapping_up(world: House) -> None:
    name, _ = world.conversation()
    world.customer_hangs_up(name)


STATES: dict[str, Busy] = {
    "asked by a colleague": _asked,
    "listening": _listening,
    "a call rings": _ringing,
    "talking to a colleague": _calling_a_colleague,
    "calling out": _calling_out,
    "her own telephone rings": _own_phone_rings,
    "writing up": _wrapping_up,
}


@pytest.mark.parametrize("what", STATES)
def test_what_else_keeps_her_telephone_busy_ends_for_it(what: str) -> None:
    world = House()
    STATES[what](world)
    assert world.order(ALICE, "dial", to=HELP).ok
    alice = world.pick_up(ALICE)
    leg = helper(world)
    assert (world.hears(alice), world.hears(leg)) == ({leg}, {alice})
    assert world.complaints == []
    assert world.replayed().state == world.switch.state


def test_a_caller_whom_her_telephone_has_lost_goes_to_the_head_of_his_queue() -> None:
    world, name, _ = talking()
    world.order(BRUNO, "set_state", state="paused", reason="lunch")
    world.unregister("sip:page1-7@x.invalid")
    world.register(ALICE, "sip:desk-7@x.invalid", is_browser=False)
    assert world.call_state(name) == "lost"
    assert world.order(ALICE, "dial", to=HELP).ok
    assert (world.call_state(name), world.heard(name)) == ("queued", {"music.wav"})
    alice = world.pick_up(ALICE)
    assert world.hears(helper(world)) == {alice}


def test_without_a_telephone_nothing_is_taken_from_anybody() -> None:
    world, name, _ = talking()
    assert world.order(CELIA, "dial", to=HELP).error == "unreachable"
    world.unregister("sip:page1-7@x.invalid")
    assert world.order(ALICE, "dial", to=HELP).error == "unreachable"
    assert world.call_state(name) == "lost"


def test_any_other_number_has_to_wait_as_before() -> None:
    world, name, alice = talking()
    assert world.order(ALICE, "dial", to=f"outside:{OUTSIDE}").error == "busy"
    assert world.heard(name) == {alice}


def test_a_desk_phone_in_a_conversation_calls_for_help_by_its_second_line() -> None:
    office = Office()
    office.order(ALICE, "sign_out")
    name, bruno = office.conversation(BRUNO)
    office.dial_from(BRUNO, "112")
    leg = helper(office)
    assert office.hears(leg) == {f"{office.call}-2"}
    assert office.hears(bruno) == {f"{office.call_of(name)}-1"}
    assert office.agent_state(BRUNO) == "talking"


@pytest.mark.parametrize("what", [*STATES, "talking"])
def test_a_crash_at_any_moment_of_it_leaves_no_complaint(what: str) -> None:
    def story(world: House) -> None:
        (STATES.get(what) or (lambda one: one.conversation()))(world)
        world.order(ALICE, "dial", to=HELP)
        if world.endpoint.ringing:
            world.pick_up_any()
        for _ in list(world.endpoint.dials):
            world.answer_outside()

    clean = House()
    (STATES.get(what) or (lambda one: one.conversation()))(clean)
    start = clean.points
    story(whole := House())
    for moment in range(start, whole.points, 2):
        world = House()
        world.crash_at = moment
        story(world)
        assert world.replayed().state == world.switch.state, moment
        world.wait(600)
        assert world.complaints == [], moment


def test_no_extension_hides_a_call_for_help_however_it_is_addressed() -> None:
    """One place tells what a call for help is: what a telephone dials, and where it refers somebody or is diverted to."""
    config = replace(CONFIG, extensions={"112": BRUNO, "210": ALICE}, queue_extensions={"104": SALES})
    for uri in ("sip:112@hallom.invalid", "sip:104@hallom.invalid", "sip:+36112@hallom.invalid"):
        found = destination_at(config, uri)
        assert found is not None
        assert str(found) in ("outside:112", "outside:104")
        assert is_for_help(config, found)
    other = destination_at(config, "sip:210@hallom.invalid")
    assert other is not None
    assert (str(other), is_for_help(config, other)) == ("extension:210", False)
    world = World(config)
    world.sign_in(ALICE, is_browser=False)
    world.dial_from(ALICE, "112")
    assert [dial.number for dial in world.endpoint.dials.values()] == ["112"]
