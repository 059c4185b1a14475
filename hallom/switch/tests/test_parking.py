"""Parked, fetched, forgotten and brought back; picked up for a colleague; held too long."""

import pytest

from hallom.switch.effects import SendInvite
from hallom.switch.tests.test_transfer import DESK, House
from hallom.switch.tests.world import ALICE, BRUNO, CELIA


def parked(place: int | None = None) -> tuple[House, str]:
    world = House()
    name, _ = world.conversation()
    world.sign_in(BRUNO)
    assert world.order(ALICE, "park", call=world.call_of(name), place=place).ok
    return world, name


def ringing(world: House, agent: int) -> SendInvite:
    return world.endpoint.ringing[world.ringing_leg(agent)]


def test_a_parked_caller_hears_music_and_the_agent_is_free() -> None:
    world, name = parked()
    assert (world.call_state(name), world.heard(name)) == ("parked", {"music.wav"})
    assert world.entries("call.parked")[0].data["place"] == 1
    assert world.agent_state(ALICE) == "wrap_up"


@pytest.mark.parametrize("by", ["place", "call"])
def test_anybody_fetches_him_by_his_place(by: str) -> None:
    world, name = parked(7)
    what = {"place": 7} if by == "place" else {"call": world.call_of(name)}
    assert world.order(BRUNO, "retrieve", **what).ok
    assert ringing(world, BRUNO).headers["X-Hallom-Purpose"] == "retrieve"
    assert world.heard(name) == {"music.wav"}
    leg = world.pick_up(BRUNO)
    assert world.heard(name) == {leg}
    assert world.order(BRUNO, "retrieve", place=7).error == "no_such_call"


def test_only_one_fetches_him() -> None:
    world, _ = parked(7)
    world.sign_in(CELIA)
    assert world.order(BRUNO, "retrieve", place=7).ok
    assert world.order(BRUNO, "retrieve", place=7).ok
    assert world.order(CELIA, "retrieve", place=7).error == "already_answered"


def test_who_does_not_fetch_him_after_all_leaves_him_where_he_is() -> None:
    world, name = parked(7)
    world.order(BRUNO, "retrieve", place=7)
    world.wait(10)
    assert (world.call_state(name), world.agent_state(BRUNO)) == ("parked", "available")
    assert world.heard(name) == {"music.wav"}


def test_parked_too_long_he_comes_back() -> None:
    world, name = parked(7)
    world.wait(120)
    mark = world.returned()[0]
    assert (mark["from"], mark["to"], mark["reason"]) == (ALICE, "place:7", "park_timeout")
    assert (mark["waited"], mark["times"]) == (120.0, 1)
    world.wait(20)
    assert world.switch.state.router.waiting[world.call_of(name)].queue == DESK


def test_a_place_whose_time_is_up_waits_for_whoever_is_fetching() -> None:
    world, name = parked(7)
    world.wait(115)
    world.order(BRUNO, "retrieve", place=7)
    world.wait(6)
    assert world.returned() == []
    world.wait(5)
    assert world.returned()[0]["reason"] == "park_timeout"
    assert world.call_state(name) == "transferring"


def test_places_are_given_once() -> None:
    world, _ = parked(1)
    world.order(ALICE, "finish_wrap_up")
    world.order(BRUNO, "sign_out")
    name, _ = world.conversation()
    call = world.call_of(name)
    assert world.order(ALICE, "park", call=call, place=1).error == "place_taken"
    assert world.order(ALICE, "park", call=call, place=99).error == "unknown_destination"
    assert world.order(ALICE, "park", call=call, place="x").error == "unknown_destination"
    assert world.order(ALICE, "transfer", call=call, to="place:").ok
    assert world.entries("call.parked")[-1].data["place"] == 2


def test_an_empty_place() -> None:
    world = House()
    world.sign_in(ALICE)
    assert world.order(ALICE, "retrieve", place=3).error == "no_such_call"


def test_a_parked_caller_survives_a_crash_and_his_time_runs_on() -> None:
    world, name = parked(7)
    world.wait(60)
    world.crash()
    assert (world.call_state(name), world.heard(name)) == ("parked", {"music.wav"})
    world.wait(60)
    assert world.returned()[0]["waited"] == 120.0


def test_a_caller_held_too_long_rings_back_until_the_agent_returns() -> None:
    world = House()
    name, leg = world.conversation()
    world.order(ALICE, "hold", call=world.call_of(name))
    world.wait(119)
    assert world.hears(leg) == set()
    world.wait(1)
    assert (world.hears(leg), world.heard(name)) == ({"ringback.wav"}, {"music.wav"})
    world.crash()
    assert world.hears(leg) == {"ringback.wav"}
    world.order(ALICE, "retrieve", call=world.call_of(name))
    assert (world.hears(leg), world.heard(name)) == ({f"{world.call_of(name)}-1"}, {leg})
    world.wait(600)
    assert len(world.entries("hold.recalled")) == 1


def test_each_hold_has_its_own_time() -> None:
    world = House()
    name, leg = world.conversation()
    for _ in range(2):
        world.order(ALICE, "hold", call=world.call_of(name))
        world.wait(70)
        assert world.hears(leg) == set()
        world.order(ALICE, "retrieve", call=world.call_of(name))


def rings_at_bruno() -> tuple[House, str]:
    world = House()
    world.sign_in(BRUNO)
    name = world.queue_up()
    world.sign_in(ALICE)
    return world, name


@pytest.mark.parametrize("how", ["agent", "call", "group"])
def test_a_call_that_rings_for_a_colleague_is_picked_up(how: str) -> None:
    world, name = rings_at_bruno()
    args = {"agent": {"agent": BRUNO}, "call": {"call": world.call_of(name)}, "group": {}}[how]
    assert world.order(ALICE, "pickup", **args).ok
    assert world.agent_state(BRUNO) == "available"
    assert world.entries("offer.withdrawn")[0].data["reason"] == "picked_up"
    assert ringing(world, ALICE).headers["X-Hallom-Purpose"] == "pickup"
    leg = world.pick_up(ALICE)
    assert world.heard(name) == {leg}


def test_a_caller_who_waits_is_taken_out_of_turn_and_by_one_only() -> None:
    world = House()
    first, second = world.queue_up(), world.queue_up()
    for agent in (ALICE, BRUNO):
        world.register(agent, f"sip:page1-{agent}@x.invalid")
    assert world.order(ALICE, "pickup", call=world.call_of(second)).ok
    assert world.order(BRUNO, "pickup", call=world.call_of(second)).error == "already_answered"
    leg = world.pick_up(ALICE)
    assert (world.heard(second), world.call_state(first)) == ({leg}, "queued")
    assert world.order(BRUNO, "pickup", call=world.call_of(second)).error == "already_answered"


def test_a_pickup_that_is_not_answered_goes_back_into_the_queue() -> None:
    world, name = rings_at_bruno()
    world.order(BRUNO, "set_state", state="paused", reason="lunch")
    world.order(ALICE, "pickup", call=world.call_of(name))
    world.wait(20)
    assert world.call_state(name) == "queued"
    assert world.switch.state.router.position(world.call_of(name)) == 1


@pytest.mark.parametrize(
    ("args", "error"),
    [({"agent": CELIA}, "no_such_call"), ({}, "no_such_call"), ({"call": "x"}, "no_such_call")],
)
def test_there_is_nothing_to_pick_up(args: dict[str, object], error: str) -> None:
    world = House()
    world.sign_in(ALICE)
    assert world.order(ALICE, "pickup", **args).error == error


def test_nobody_picks_up_what_is_answered_or_without_a_telephone() -> None:
    world, name = rings_at_bruno()
    assert world.order(CELIA, "pickup", call=world.call_of(name)).error == "unreachable"
    assert world.agent_state(BRUNO) == "offered"
    world.pick_up(BRUNO)
    assert world.order(ALICE, "pickup", call=world.call_of(name)).error == "already_answered"


def test_a_returning_caller_can_be_picked_up() -> None:
    world, name = parked(7)
    world.wait(120)
    assert world.order(BRUNO, "pickup", call=world.call_of(name)).ok
    leg = world.pick_up(BRUNO)
    assert world.heard(name) == {leg}


def test_a_switch_that_dies_between_hold_and_mix_leaves_nobody_heard() -> None:
    """The music is on, the two are not yet apart: whoever comes after it sees to that."""
    world = House()
    name, leg = world.conversation()
    call = world.call_of(name)
    before = set(world.workers["media-0"].edges)
    world.order(ALICE, "hold", call=call)
    world.workers["media-0"].edges |= before
    world.crash()
    assert world.heard(name) == {"music.wav"}
    assert world.hears(leg) == set()
    assert world.complaints == []
