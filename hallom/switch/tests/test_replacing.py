"""A desk phone takes a call by its lamp: one that rings, one that is parked, its owner's own; never somebody else's."""

import pytest

from hallom.sip.events import Acknowledged, InviteCancelled
from hallom.sip.replaces import Replaces
from hallom.switch.messages import Signal
from hallom.switch.tests.sip_world import rtp_sdp
from hallom.switch.tests.test_transfer import House
from hallom.switch.tests.world import ALICE, BRUNO, CELIA


def early(leg: str) -> Replaces:
    return Replaces("c", "a", "b", dialog="d", invite=leg)


def confirmed(dialog: str) -> Replaces:
    return Replaces("c", "a", "b", dialog=dialog)


def ringing() -> tuple[House, str, str]:
    """A caller rings for Bruno; Celia is at work too, on a break."""
    world = House()
    world.sign_in(BRUNO, is_browser=False)
    name = world.queue_up()
    world.sign_in(CELIA, is_browser=False)
    world.order(CELIA, "set_state", state="paused", reason="lunch")
    return world, name, world.ringing_leg(BRUNO)


@pytest.mark.parametrize("branch", ["", "~2"])
def test_what_rings_for_a_colleague_is_taken(branch: str) -> None:
    world, name, leg = ringing()
    taken = world.call_in(CELIA, early(leg + branch))
    assert world.call_state(name) == "talking"
    assert world.heard(name) == {f"{world.call_of(name)}-3"}
    assert world.endpoint.ringing == {}
    assert (world.agent_state(CELIA), world.agent_state(BRUNO)) == ("talking", "available")
    world.hang_up(f"dialog-{taken}")
    assert world.call_state(name) == "ended"
    assert world.complaints == []


def test_his_own_second_telephone_may_take_what_rings_for_him() -> None:
    world, name, leg = ringing()
    world.call_in(BRUNO, early(leg))
    assert (world.call_state(name), world.agent_state(BRUNO)) == ("talking", "talking")


def test_two_who_reach_for_it_do_not_both_get_it() -> None:
    world, _, leg = ringing()
    world.call_in(CELIA, early(leg))
    world.sign_in(ALICE, is_browser=False)
    late = world.call_in(ALICE, early(leg))
    assert world.endpoint.rejects == {late: 481}
    assert world.agent_state(CELIA) == "talking"


def test_a_parked_caller_is_fetched_by_the_lamp_of_his_place() -> None:
    world = House()
    name, _ = world.conversation()
    world.order(ALICE, "park", call=world.call_of(name))
    world.sign_in(CELIA, is_browser=False)
    world.call_in(CELIA, confirmed(f"dialog-{name}"))
    assert (world.call_state(name), world.agent_state(CELIA)) == ("talking", "talking")


def test_his_other_telephone_takes_his_conversation_over() -> None:
    world = House()
    world.sign_in(ALICE, is_browser=False)
    name, leg = world.conversation()
    moved = world.call_in(ALICE, confirmed(f"dialog-{leg}"))
    assert world.heard(name) == {f"{world.call_of(name)}-3"}
    assert [bye.dialog for bye in world.endpoint.byes] == [f"dialog-{leg}"]
    assert world.agent_state(ALICE) == "talking"
    world.hang_up(f"dialog-{moved}")
    assert world.call_state(name) == "ended"


def test_a_colleagues_conversation_is_not_to_be_had_nor_anything_by_a_carrier() -> None:
    world = House()
    name, leg = world.conversation()
    world.sign_in(CELIA, is_browser=False)
    assert world.endpoint.rejects == {world.call_in(CELIA, confirmed(f"dialog-{leg}")): 403}
    assert world.heard(name) == {leg}
    assert world.endpoint.rejects[world.call_in(99, confirmed(f"dialog-{leg}"))] == 403


def test_who_talks_already_cannot_take_another() -> None:
    world, _, leg = ringing()
    world.order(CELIA, "set_state", state="available")
    other = world.queue_up()
    world.pick_up(CELIA)
    refused = world.call_in(CELIA, early(leg))
    assert world.endpoint.rejects == {refused: 486}
    assert world.call_state(other) == "talking"


def test_what_is_gone_or_unusable_is_refused() -> None:
    world, _, leg = ringing()
    assert world.endpoint.rejects[world.call_in(CELIA, early("nothing-2"))] == 481
    assert world.endpoint.rejects[world.call_in(CELIA, confirmed("nothing"))] == 481
    assert world.endpoint.rejects[world.call_in(CELIA, early(leg), sdp="x")] == 488


def test_without_an_offer_it_gets_ours_and_answers_it_with_its_ack() -> None:
    world, name, leg = ringing()
    taken = world.call_in(CELIA, early(leg), sdp=None)
    assert world.call_state(name) == "talking"
    world.tell(Signal(Acknowledged(f"dialog-{taken}", rtp_sdp(7100))))
    worker = world.workers["media-0"]
    assert worker.complaints == []
    assert world.heard(name) == {f"{world.call_of(name)}-3"}


def test_a_crash_in_between_is_not_heard() -> None:
    for point in range(1, 14):
        world, name, leg = ringing()
        world.crash_at = world.points + point
        taken = world.call_in(CELIA, early(leg))
        assert world.call_state(name) == "talking", point
        assert world.heard(name) == {f"{world.call_of(name)}-3"}, point
        assert f"dialog-{taken}" in world.endpoint.dialogs
        assert world.replayed().state == world.switch.state


def test_who_gives_up_before_he_has_it_changes_nothing() -> None:
    world, name, leg = ringing()
    taken = world.call_in(CELIA, early(leg))
    world.tell(Signal(InviteCancelled(taken, "")))
    assert world.call_state(name) == "talking"


def test_whoever_listens_goes_on_listening_when_the_agent_moves_to_his_other_telephone() -> None:
    world = House()
    name, first = world.conversation(BRUNO)
    world.sign_in(CELIA)
    world.order(CELIA, "set_state", state="paused", reason="lunch")
    assert world.order(CELIA, "listen", call=world.call_of(name)).ok
    listening = world.pick_up(CELIA)
    world.call_in(BRUNO, confirmed(f"dialog-{first}"))
    second = f"{world.call_of(name)}-4"
    assert world.hears(listening) == {f"{world.call_of(name)}-1", second}
    assert world.order(CELIA, "leave", call=world.call_of(name)).ok
    assert world.agent_state(CELIA) == "paused"
    assert world.heard(name) == {second}
    assert world.replayed().state == world.switch.state
