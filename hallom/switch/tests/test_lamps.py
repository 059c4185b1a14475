"""What a desk phone's lamp shows of a colleague and of a parking place."""

from hallom.sip.replaces import Replaces
from hallom.switch import lamps
from hallom.switch.destination import Destination
from hallom.switch.tests.test_transfer import HOUSE, OUTSIDE, House
from hallom.switch.tests.world import ALICE, BRUNO, NUMBER


def watched(user: str) -> str:
    return str(lamps.watched(HOUSE, f"sip:{user}@hallom.invalid"))


def states(world: House, of: str) -> list[str]:
    return [one.state for one in lamps.shown(world.switch.state, Destination.parse(of), {})]


def test_people_and_places_have_lamps_and_nothing_else_has() -> None:
    assert [watched(user) for user in ("210", "agent-8", "place-3")] == ["agent:8", "agent:8", "place:3"]
    for user in ("nobody", "place", "place-99", "queue-1", NUMBER, OUTSIDE, "211"):
        assert watched(user) == "None", user


def test_a_colleague_is_free_is_rung_talks_and_is_free_again() -> None:
    world = House()
    world.sign_in(ALICE)
    assert states(world, "agent:7") == []
    name = world.queue_up()
    assert states(world, "agent:7") == ["early"]
    world.pick_up(ALICE)
    assert states(world, "agent:7") == ["confirmed"]
    assert states(world, f"agent:{BRUNO}") == []
    world.customer_hangs_up(name)
    assert states(world, "agent:7") == []


def test_what_rings_can_be_named_by_whoever_takes_it() -> None:
    world = House()
    world.sign_in(ALICE)
    world.queue_up()
    pickups = {world.ringing_leg(ALICE): Replaces("id@host", "ours", "theirs")}
    (found,) = lamps.shown(world.switch.state, Destination.parse("agent:7"), pickups)
    assert (found.call_id, found.local_tag, found.remote_tag) == ("id@host", "ours", "theirs")
    assert found.remote is None


def test_a_place_is_lit_while_somebody_is_there() -> None:
    world = House()
    name, _ = world.conversation()
    assert states(world, "place:1") == []
    world.order(ALICE, "park", call=world.call_of(name), place=1)
    assert (states(world, "place:1"), states(world, "place:2")) == (["confirmed"], [])
    world.customer_hangs_up(name)
    assert states(world, "place:1") == []


def test_what_somebody_has_promised_waits_for_him() -> None:
    world = House()
    world.sign_in(BRUNO)
    assert lamps.waiting(world.switch.state, BRUNO) == 0
    world.order(ALICE, "promise", kind="call_customer", agent=str(BRUNO), number="+3612345678")
    assert lamps.waiting(world.switch.state, BRUNO) == 1
