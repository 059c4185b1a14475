"""A desk phone transfers by its own key: the caller goes on, and the telephone hears how it went."""

import pytest

from hallom.switch.tests.test_transfer import CLAIMS, CLAIMS_NUMBER, DESK, OUTSIDE, House
from hallom.switch.tests.world import ALICE, BRUNO, SALES


def sent(to: str, *, bruno: bool = True) -> tuple[House, str, str, str]:
    """Alice's desk phone sends her caller on: the world, the caller's INVITE, her dialog, the REFER."""
    world = House()
    world.sign_in(ALICE, is_browser=False)
    name, leg = world.conversation()
    if bruno:
        world.sign_in(BRUNO, is_browser=False)
    return world, name, f"dialog-{leg}", world.refer(f"dialog-{leg}", to)


def told(world: House) -> list[int]:
    return [status for _, status in world.endpoint.news]


def hung_up_on(world: House, dialog: str) -> bool:
    return any(bye.dialog == dialog for bye in world.endpoint.byes)


@pytest.mark.parametrize("target", ["210", "agent-8"])
def test_a_colleague_who_answers_has_the_caller_and_the_telephone_is_told(target: str) -> None:
    world, name, dialog, _ = sent(target)
    assert told(world) == [202, 180]
    assert world.heard(name) == {"ringback.wav"}
    assert not hung_up_on(world, dialog)
    leg = world.pick_up(BRUNO)
    assert told(world) == [202, 180, 200]
    assert hung_up_on(world, dialog)
    assert world.heard(name) == {leg}
    assert world.complaints == []


@pytest.mark.parametrize(("answer", "status"), [(603, 603), (486, 486), (None, 408), (480, 480)])
def test_a_transfer_that_comes_to_nothing_rings_back(answer: int | None, status: int) -> None:
    world, name, dialog, _ = sent("210")
    if answer is None:
        world.wait(20)
    else:
        world.refuse(BRUNO, answer)
    assert told(world) == [202, 180, status]
    assert hung_up_on(world, dialog)
    world.order(ALICE, "finish_wrap_up")
    leg = world.pick_up(ALICE)
    assert world.heard(name) == {leg}


def test_a_telephone_that_hangs_up_at_once_has_transferred_all_the_same() -> None:
    world, name, dialog, _ = sent("210")
    world.hang_up(dialog)
    assert world.call_state(name) == "transferring"
    leg = world.pick_up(BRUNO)
    assert told(world) == [202, 180, 200]
    assert world.heard(name) == {leg}


@pytest.mark.parametrize(
    ("target", "state"), [(f"queue-{DESK}", "queued"), ("place-3", "parked"), ("place", "parked")]
)
def test_a_queue_and_a_parking_place_take_him_at_once(target: str, state: str) -> None:
    world, name, dialog, _ = sent(target, bruno=False)
    assert world.call_state(name) == state
    assert told(world) == [202, 200]
    assert hung_up_on(world, dialog)


def test_a_number_outside_is_dialled_in_her_name() -> None:
    world, name, _, _ = sent(OUTSIDE)
    assert [(one.number, one.agent) for one in world.endpoint.dials.values()] == [(OUTSIDE, ALICE)]
    leg = world.answer_outside()
    assert told(world) == [202, 180, 200]
    assert world.heard(name) == {leg}


@pytest.mark.parametrize(
    ("target", "status"),
    [("nobody", 404), ("agent-7", 482), ("queue-99", 404), ("place-99", 404), ("@;", 404)],
)
def test_what_cannot_be_is_refused_and_the_conversation_goes_on(target: str, status: int) -> None:
    world, name, dialog, _ = sent(target)
    assert told(world) == [status]
    assert world.heard(name) == {dialog.removeprefix("dialog-")}
    assert not hung_up_on(world, dialog)


def test_a_carrier_may_not_send_its_call_on() -> None:
    world = House()
    name, _ = world.conversation()
    world.refer(f"dialog-{name}", "210")
    assert told(world) == [403]


def test_one_transfer_at_a_time_and_none_of_a_call_that_is_gone() -> None:
    world, _, dialog, refer = sent("210")
    world.refer(dialog, "211")
    assert told(world) == [202, 180, 481]
    assert refer != world.refer("dialog-nobody", "210")
    assert told(world)[-1] == 481


def test_the_caller_who_leaves_ends_it() -> None:
    world, name, dialog, _ = sent("210")
    world.customer_hangs_up(name)
    assert told(world) == [202, 180, 487]
    assert hung_up_on(world, dialog)


def test_a_crash_amid_the_transfer_is_not_heard_and_the_rest_is_told() -> None:
    world, name, dialog, _ = sent("210")
    world.crash()
    assert told(world) == [202, 180, 202, 180]
    leg = world.pick_up(BRUNO)
    assert told(world)[-1] == 200
    assert hung_up_on(world, dialog)
    assert world.heard(name) == {leg}
    assert world.replayed().state == world.switch.state


def test_a_full_queue_sends_him_back() -> None:
    world, name, _, _ = sent(f"queue-{CLAIMS}")
    other, _ = world.conversation(BRUNO)
    world.refer(f"dialog-{world.call_of(other)}-2", f"queue-{CLAIMS}")
    assert told(world)[-2:] == [202, 486]
    assert world.call_state(name) == "queued"
    assert SALES != CLAIMS


def test_what_a_number_of_the_house_leads_to_is_told_when_it_is_known() -> None:
    world, name, dialog, _ = sent(CLAIMS_NUMBER, bruno=False)
    assert world.heard(name) == {"claims-hello.wav"}
    assert told(world) == [202, 180]
    assert not hung_up_on(world, dialog)
    world.hear_out()
    assert told(world) == [202, 180, 200]
    assert hung_up_on(world, dialog)
    other, leg = world.conversation(BRUNO)
    world.refer(f"dialog-{leg}", CLAIMS_NUMBER)
    assert told(world)[-2:] == [202, 486]
    assert hung_up_on(world, f"dialog-{leg}")
    assert world.heard(other) == {"ringback.wav"}
