"""A supervisor in a call: who hears whom is an edit of the mix, and who listened to whom is written down."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from hallom.sip.events import DialogEnded
from hallom.switch.messages import Signal
from hallom.switch.tests.test_transfer import House
from hallom.switch.tests.world import ALICE, BRUNO, CELIA

Legs = tuple[str, str, str]


def watched(mode: str = "listen") -> tuple[House, str, Legs]:
    """Bruno in Alice's call; the legs of customer, Alice, Bruno."""
    world = House()
    name, alice = world.conversation()
    world.sign_in(BRUNO)
    world.order(BRUNO, "set_state", state="paused", reason="lunch")
    assert world.order(BRUNO, mode, call=world.call_of(name)).ok
    assert world.endpoint.ringing[world.ringing_leg(BRUNO)].headers["X-Hallom-Purpose"] == mode
    assert world.hears(alice) == {f"{world.call_of(name)}-1"}
    return world, name, (f"{world.call_of(name)}-1", alice, world.pick_up(BRUNO))


def hearing(world: House, legs: Legs) -> list[set[str]]:
    return [world.hears(leg) for leg in legs]


# What customer, agent and supervisor hear: c, a and s stand for their legs.
HEARD = {"listen": ("a", "c", "ca"), "whisper": ("a", "cs", "ca"), "barge": ("as", "cs", "ca")}


def expected(mode: str, legs: Legs) -> list[set[str]]:
    by_letter = dict(zip("cas", legs, strict=True))
    return [{by_letter[letter] for letter in letters} for letters in HEARD[mode]]


@pytest.mark.parametrize("mode", HEARD)
def test_who_hears_whom(mode: str) -> None:
    world, _, legs = watched(mode)
    assert hearing(world, legs) == expected(mode, legs)
    assert not world.endpoint.reinvites


@pytest.mark.parametrize("first", HEARD)
@pytest.mark.parametrize("second", HEARD)
def test_another_mode_is_an_edit_of_the_mix_alone(first: str, second: str) -> None:
    world, name, legs = watched(first)
    invites = len(world.endpoint.invites)
    assert world.order(BRUNO, second, call=world.call_of(name)).ok
    assert hearing(world, legs) == expected(second, legs)
    assert (len(world.endpoint.invites), world.endpoint.reinvites) == (invites, [])


def test_who_listened_to_whom_and_how_long_is_written_down() -> None:
    world, name, _ = watched()
    world.wait(5)
    world.order(BRUNO, "whisper", call=world.call_of(name))
    world.wait(7)
    world.order(BRUNO, "leave", call=world.call_of(name))
    kinds = [entry for entry in world.journal if entry.kind.startswith("watch.")]
    assert [entry.kind for entry in kinds] == [
        "watch.started",
        "watch.joined",
        "watch.changed",
        "watch.ended",
    ]
    assert {(entry.agent, entry.data["of"]) for entry in kinds} == {(BRUNO, ALICE)}
    assert kinds[-1].data["seconds"] == 12.0
    assert (world.agent_state(BRUNO), world.agent_reason(BRUNO)) == ("paused", "lunch")


@pytest.mark.parametrize("is_watching", [True, False])
def test_taking_over(is_watching: bool) -> None:
    if is_watching:
        world, name, (customer, _, bruno) = watched()
        assert world.order(BRUNO, "take_over", call=world.call_of(name)).ok
    else:
        world, name, (customer, _, bruno) = watched("take_over")
    assert (world.hears(customer), world.hears(bruno)) == ({bruno}, {customer})
    assert (world.agent_state(ALICE), world.agent_state(BRUNO)) == ("wrap_up", "talking")
    assert world.entries("call.taken_over")[0].data == {"from": ALICE, "agent": BRUNO, "leg": bruno}
    (tape,) = world.workers["media-0"].recorders.values()
    assert tape["right"] == [bruno]
    world.customer_hangs_up(name)
    assert world.agent_state(BRUNO) == "wrap_up"


GOINGS: dict[str, Callable[[House, str, Legs], object]] = {
    "bye": lambda world, name, legs: world.hang_up(f"dialog-{legs[2]}"),
    "breaks": lambda world, name, legs: world.tell(
        Signal(DialogEnded(f"dialog-{legs[2]}", False, "timeout"))
    ),
    "page closed": lambda world, name, legs: world.unregister("sip:page1-8@x.invalid"),
    "hangs up": lambda world, name, legs: world.order(BRUNO, "hang_up", call=world.call_of(name)),
}


@pytest.mark.parametrize("mode", HEARD)
@pytest.mark.parametrize("how", GOINGS)
def test_the_conversation_does_not_notice_the_supervisors_going(how: str, mode: str) -> None:
    world, name, legs = watched(mode)
    GOINGS[how](world, name, legs)
    assert hearing(world, legs) == [{legs[1]}, {legs[0]}, set()]
    assert len(world.entries("watch.ended")) == 1
    assert world.agent_state(BRUNO) == "paused"


@pytest.mark.parametrize("verb", ["hang_up", "transfer", "park"])
def test_when_the_agent_is_done_so_is_the_supervisor(verb: str) -> None:
    world, name, (_, _, bruno) = watched("barge")
    world.order(ALICE, verb, call=world.call_of(name), to="queue:3")
    assert len(world.entries("watch.ended")) == 1
    assert world.hears(bruno) == set()
    assert world.agent_state(BRUNO) == "paused"


def test_a_supervisor_who_does_not_answer_changes_nothing() -> None:
    world = House()
    name, alice = world.conversation()
    world.sign_in(BRUNO)
    world.order(BRUNO, "listen", call=world.call_of(name))
    world.wait(10)
    assert (world.agent_state(BRUNO), world.heard(name)) == ("available", {alice})
    assert world.entries("watch.ended")[0].data["reason"] == "no_answer"


def test_held_callers_and_consultations_can_be_listened_to() -> None:
    world, name, (customer, alice, bruno) = watched("whisper")
    call = world.call_of(name)
    world.order(ALICE, "hold", call=call)
    assert (world.hears(customer), world.hears(bruno)) == ({"music.wav"}, set())
    world.order(ALICE, "retrieve", call=call)
    world.sign_in(CELIA)
    world.order(ALICE, "consult", call=call, to="agent:9")
    celia = world.pick_up(CELIA)
    assert (world.hears(bruno), world.hears(celia)) == ({alice, celia}, {alice})
    assert world.hears(alice) == {celia, bruno}


@pytest.mark.parametrize(
    ("agent", "error"), [(ALICE, "not_now"), (CELIA, "already_watched")], ids=["himself", "a second one"]
)
def test_not_everybody_can_listen(agent: int, error: str) -> None:
    world, name, _ = watched()
    world.sign_in(CELIA)
    if agent == ALICE:
        world.order(BRUNO, "leave", call=world.call_of(name))
    assert world.order(agent, "listen", call=world.call_of(name)).error == error


def test_nobody_listens_without_a_telephone_or_to_music() -> None:
    world = House()
    name, _ = world.conversation()
    assert world.order(BRUNO, "listen", call=world.call_of(name)).error == "unreachable"
    waiting = world.queue_up()
    assert world.order(BRUNO, "listen", call=world.call_of(waiting)).error == "not_now"


def test_a_listening_supervisor_survives_a_crash_and_a_dead_worker() -> None:
    world, _, legs = watched("whisper")
    world.crash()
    assert hearing(world, legs) == expected("whisper", legs)
    assert world.replayed().state == world.switch.state
    world.kill_worker("media-0")
    world.pick_up_leg(f"{legs[2]}.1")
    again = (legs[0], world.pick_up(ALICE), legs[2])
    assert hearing(world, again) == expected("whisper", again)
    assert not world.entries("watch.ended")
    assert not world.complaints


def test_a_state_is_forced_and_who_did_it_is_written_down() -> None:
    world = House()
    world.sign_in(ALICE)
    world.sign_in(BRUNO)
    reply = world.order(BRUNO, "force_state", agent=ALICE, state="paused", reason="lunch")
    assert reply.ok
    assert (world.agent_state(ALICE), world.agent_reason(ALICE)) == ("paused", "lunch")
    forced = world.entries("agent.forced")[0]
    assert (forced.agent, forced.data["by"]) == (ALICE, BRUNO)
    assert world.order(BRUNO, "force_state", agent=99, state="paused").error == "no_such_agent"
    assert world.order(BRUNO, "force_state", agent=ALICE, state="dancing").error == "not_now"
    assert len(world.entries("agent.forced")) == 1


def test_whoever_has_the_call_by_now_is_not_listened_to_unasked() -> None:
    world = House()
    name, _alice = world.conversation()
    world.sign_in(BRUNO)
    reply = world.order(BRUNO, "listen", call=world.call_of(name), of=CELIA)
    assert (reply.ok, reply.error) == (False, "not_now")
    assert not world.entries("watch.started")
    assert world.order(BRUNO, "listen", call=world.call_of(name), of=ALICE).ok


@pytest.mark.parametrize(("told", "hear"), [("", ""), ("agent", "a"), ("both", "ac")])
def test_that_somebody_listens_is_announced_as_the_queue_says(told: str, hear: str) -> None:
    world = House()
    queue = next(iter(world.switch.config.queues.values()))
    told_queue = replace(queue, listening_told=told, listening_tone=("beep.wav",))
    world.switch.configure(replace(world.switch.config, queues={queue.id: told_queue}), world.now)
    name, alice = world.conversation()
    world.sign_in(BRUNO)
    world.order(BRUNO, "listen", call=world.call_of(name))
    world.pick_up(BRUNO)
    by_letter = {"a": alice, "c": f"{world.call_of(name)}-1"}
    beeping = [one for one in world.workers["media-0"].players.values() if one["files"] == ["beep.wav"]]
    assert sorted(one["to"][0] for one in beeping) == sorted(by_letter[letter] for letter in hear)
    assert not any(one["loop"] for one in beeping)
    world.order(BRUNO, "leave", call=world.call_of(name))
    assert not any(one["files"] == ["beep.wav"] for one in world.workers["media-0"].players.values())
