"""Who waits for somebody outside hears what is played there before anybody answers, alone and one-way; else our ringing."""

from collections.abc import Callable

import pytest

from hallom.sip.events import InviteAnswered, InviteFailed, ProgressReceived
from hallom.switch.effects import Media
from hallom.switch.messages import Invited, MediaEvent, Signal
from hallom.switch.tests.sip_world import rtp_sdp, webrtc_sdp
from hallom.switch.tests.test_placing import Office
from hallom.switch.tests.test_transfer import House, sent
from hallom.switch.tests.world import ALICE, World

OUTSIDE = "+36301234567"
RINGING = {"ringback.wav"}


def transferred() -> tuple[World, str]:
    world, name = sent(f"outside:{OUTSIDE}")
    return world, f"{world.call_of(name)}-1"


def asking() -> tuple[World, str]:
    world = House()
    name, alice = world.conversation()
    world.order(ALICE, "consult", call=world.call_of(name), to=f"outside:{OUTSIDE}")
    return world, alice


def dialling() -> tuple[World, str]:
    office = Office()
    office.order(ALICE, "dial", to=f"outside:{OUTSIDE}")
    return office, office.pick_up(ALICE)


WAYS: dict[str, Callable[[], tuple[World, str]]] = {
    "a caller sent on": transferred,
    "an agent who asks": asking,
    "an agent who calls": dialling,
}
way = pytest.mark.parametrize("begin", WAYS.values(), ids=list(WAYS))


def outside_of(world: World) -> str:
    return next(iter(world.endpoint.dials))


def progress(world: World, status: int, sdp: str | None) -> None:
    world.tell(Signal(ProgressReceived(outside_of(world), status, "", sdp)))


def event(world: World, name: str, **data: object) -> None:
    world.tell(MediaEvent("media-0", name, {"leg": outside_of(world), **data}))


def playing(world: World) -> None:
    progress(world, 183, rtp_sdp(6050))
    event(world, "leg.up")


@way
def test_our_ringing_goes_on_until_the_first_sound_of_theirs(begin: Callable[[], tuple[World, str]]) -> None:
    world, waiting = begin()
    outside = outside_of(world)
    progress(world, 180, None)
    assert world.hears(waiting) == RINGING
    progress(world, 183, rtp_sdp(6050))
    assert world.hears(waiting) == RINGING, "promised, but nothing came yet"
    assert world.workers["media-0"].connected[outside]["port"] == 6050
    event(world, "leg.up")
    assert world.hears(waiting) == {outside}
    assert world.hears(outside) == set(), "before he answers he hears nobody"
    world.crash()
    assert (world.hears(waiting), world.hears(outside)) == ({outside}, set())
    assert world.complaints == []


@way
def test_the_change_is_one_batch_for_the_worker(begin: Callable[[], tuple[World, str]]) -> None:
    world, waiting = begin()
    outside = outside_of(world)
    progress(world, 183, rtp_sdp(6050))
    world.switch.handle(MediaEvent("media-0", "leg.up", {"leg": outside}), world.now)
    _entries, effects = world.switch.take()
    asked = [(one.do, one.args) for one in effects]
    assert [do for do, _ in asked] == ["player.stop", "mix"], (
        "requests handed over together take effect in one tick"
    )
    assert asked[1][1] == {"edits": [[outside, waiting, 1.0]]}


@way
def test_when_theirs_falls_silent_ours_begins_again(begin: Callable[[], tuple[World, str]]) -> None:
    world, waiting = begin()
    outside = outside_of(world)
    playing(world)
    event(world, "leg.silent", seconds=5)
    assert world.hears(waiting) == RINGING
    event(world, "leg.heard")
    assert world.hears(waiting) == {outside}


@way
def test_another_line_that_is_tried_rings_anew(begin: Callable[[], tuple[World, str]]) -> None:
    world, waiting = begin()
    playing(world)
    world.tell(Invited(outside_of(world), {"outside": 2}))
    assert world.hears(waiting) == RINGING
    progress(world, 183, rtp_sdp(6060))
    assert world.hears(waiting) == {outside_of(world)}


@way
def test_sound_that_the_worker_cannot_take_is_left(begin: Callable[[], tuple[World, str]]) -> None:
    world, waiting = begin()
    progress(world, 183, webrtc_sdp())
    event(world, "leg.up")
    assert world.hears(waiting) == RINGING


def test_an_answer_opens_the_other_way_too() -> None:
    world, caller = transferred()
    outside = outside_of(world)
    playing(world)
    assert isinstance(world, House)
    world.answer_outside()
    assert world.hears(caller) == {outside}
    assert world.hears(outside) == {caller}
    event_after = MediaEvent("media-0", "leg.up", {"leg": outside})
    before = len(world.journal)
    world.tell(event_after)
    assert len(world.journal) == before


@pytest.mark.parametrize("begin", [transferred, asking], ids=["a caller sent on", "an agent who asks"])
def test_the_answer_cuts_nothing_of_what_is_heard_and_starts_nothing_over_it(
    begin: Callable[[], tuple[World, str]],
) -> None:
    world, waiting = begin()
    outside = outside_of(world)
    playing(world)
    del world.endpoint.dials[outside]
    dialog = f"dialog-{outside}"
    world.endpoint.open(dialog)
    world.switch.handle(Signal(InviteAnswered(outside, dialog, rtp_sdp(6050)), {"id": dialog}), world.now)
    asked = [(one.do, one.args) for one in world.switch.take()[1] if isinstance(one, Media)]
    edits = [tuple(edit) for do, args in asked if do == "mix" for edit in args["edits"]]
    assert (waiting, outside, 1.0) in edits
    assert not [edit for edit in edits if edit[:2] == (outside, waiting)], "it was heard and goes on"
    assert {do for do, _ in asked} <= {"mix", "recorder.start"}, asked


def test_an_announcement_that_ends_in_a_refusal_brings_the_caller_back() -> None:
    world, caller = transferred()
    outside = outside_of(world)
    playing(world)
    del world.endpoint.dials[outside]
    world.tell(Signal(InviteFailed(outside, 404, "")))
    assert world.entries("call.returned")[-1].data["reason"] == "unknown_number"
    assert world.hears(caller) == RINGING
