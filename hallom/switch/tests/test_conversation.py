from dataclasses import replace

import pytest

from hallom.sip.events import DialogEnded
from hallom.switch.effects import SendReinviteAnswer, SendReinviteReject
from hallom.switch.messages import MediaEvent, Signal
from hallom.switch.tests.sip_world import by_ip6, rtp_sdp, webrtc_sdp
from hallom.switch.tests.world import ALICE, BRUNO, CONFIG, World, with_queue


def customer_leg(world: World, name: str) -> str:
    return f"{world.call_of(name)}-1"


def test_hold_and_retrieve_are_edits_of_the_mix() -> None:
    world = World()
    name, leg = world.conversation()
    call = world.call_of(name)
    assert world.order(ALICE, "hold", call=call).ok
    assert world.hears(customer_leg(world, name)) == {"music.wav"}
    assert world.hears(leg) == set()
    world.wait(5)
    assert world.order(ALICE, "retrieve", call=call).ok
    assert world.hears(customer_leg(world, name)) == {leg}
    assert world.hears(leg) == {customer_leg(world, name)}
    assert not world.endpoint.reinvites


def test_time_on_hold_is_no_talking() -> None:
    world = World()
    name, _ = world.conversation()
    call = world.call_of(name)
    world.wait(10)
    world.order(ALICE, "hold", call=call)
    world.wait(20)
    world.order(ALICE, "retrieve", call=call)
    world.wait(5)
    world.customer_hangs_up(name)
    assert world.entries("call.ended")[0].data["talk_seconds"] == 15


@pytest.mark.parametrize(
    ("held", "told"),
    [
        (rtp_sdp(6000, "sendonly"), "a=recvonly"),
        (rtp_sdp(6000, "inactive"), "a=inactive"),
        (rtp_sdp(6000).replace("192.0.2.10", "0.0.0.0"), "a="),
    ],
    ids=["sendonly", "inactive", "0.0.0.0"],
)
def test_a_desk_phone_holds_by_its_own_key(held: str, told: str) -> None:
    world = World()
    world.sign_in(ALICE, is_browser=False)
    name, leg = world.conversation()
    world.reinvite(f"dialog-{leg}", held)
    assert world.hears(customer_leg(world, name)) == {"music.wav"}
    answer = world.endpoint.answers[-1]
    assert isinstance(answer, SendReinviteAnswer)
    assert told in answer.sdp
    assert world.workers["media-0"].connected[leg]["receives"] is False
    world.reinvite(f"dialog-{leg}", rtp_sdp(6000))
    assert world.hears(customer_leg(world, name)) == {leg}


def test_a_hold_by_order_is_not_ended_by_a_session_refresh() -> None:
    world = World()
    world.sign_in(ALICE, is_browser=False)
    name, leg = world.conversation()
    world.order(ALICE, "hold", call=world.call_of(name))
    world.reinvite(f"dialog-{leg}", rtp_sdp(6000))
    assert world.call_state(name) == "held"


def test_a_customer_who_moves_is_followed() -> None:
    world = World()
    name, leg = world.conversation()
    world.reinvite(f"dialog-{name}", rtp_sdp(7070))
    assert world.workers["media-0"].connected[customer_leg(world, name)]["port"] == 7070
    assert world.hears(leg) == {customer_leg(world, name)}


def test_a_reinvite_without_description_is_answered_with_ours() -> None:
    world = World()
    name, _ = world.conversation()
    world.reinvite(f"dialog-{name}", None)
    assert isinstance(world.endpoint.answers[-1], SendReinviteAnswer)


def test_a_reinvite_we_cannot_follow_is_refused_and_the_call_goes_on() -> None:
    world = World()
    name, _ = world.conversation()
    for unusable in ("v=0\r\n", by_ip6(rtp_sdp()), webrtc_sdp()):
        world.reinvite(f"dialog-{name}", unusable)
        assert world.endpoint.answers[-1] == SendReinviteReject(world.endpoint.answers[-1].transaction, 488)
    world.reinvite("dialog-of-nobody", rtp_sdp())
    assert world.endpoint.answers[-1] == SendReinviteReject(world.endpoint.answers[-1].transaction, 481)
    assert world.call_state(name) == "talking"


def test_the_recording_has_the_customer_left_and_the_agent_right() -> None:
    world = World()
    name, leg = world.conversation()
    call = world.call_of(name)
    tape = world.workers["media-0"].recorders[call]
    assert (tape["left"], tape["right"]) == ([customer_leg(world, name)], [leg])
    assert tape["path"] == f"/recordings/2026/09/21/{call}.wav"


def test_the_recording_is_paused_and_resumed() -> None:
    world = World()
    name, _ = world.conversation()
    call = world.call_of(name)
    for _ in range(2):
        assert world.order(ALICE, "pause_recording", call=call).ok
    assert world.workers["media-0"].paused == {call}
    for _ in range(2):
        assert world.order(ALICE, "resume_recording", call=call).ok
    assert world.workers["media-0"].paused == set()
    assert len(world.entries("recording.paused")) == len(world.entries("recording.resumed")) == 1


def test_a_recorder_that_fails_is_seen_and_the_conversation_goes_on() -> None:
    world = World()
    name, leg = world.conversation()
    world.tell(
        MediaEvent("media-0", "recorder.failed", {"recorder": world.call_of(name), "error": "disk full"})
    )
    assert world.entries("recording.stopped")[0].data["error"] == "disk full"
    assert world.hears(leg) == {customer_leg(world, name)}
    world.customer_hangs_up(name)
    assert len(world.entries("recording.stopped")) == 1


def test_the_agents_phone_hangs_up_both() -> None:
    world = World()
    name, leg = world.conversation()
    world.hang_up(f"dialog-{leg}")
    ended = world.entries("call.ended")[0].data
    assert (ended["by"], ended["cause"]) == ("agent", "normal")
    assert [bye.dialog for bye in world.endpoint.byes] == [f"dialog-{name}"]
    assert world.agent_state(ALICE) == "wrap_up"


def test_the_agents_order_hangs_up_both() -> None:
    world = World()
    name, leg = world.conversation()
    assert world.order(ALICE, "hang_up", call=world.call_of(name)).ok
    assert {bye.dialog for bye in world.endpoint.byes} == {f"dialog-{name}", f"dialog-{leg}"}
    assert not world.workers["media-0"].legs


def test_a_customer_whose_dialog_breaks_is_hung_up_for() -> None:
    world = World()
    name, _ = world.conversation()
    world.tell(Signal(DialogEnded(f"dialog-{name}", False, "timeout")))
    assert world.entries("call.ended")[0].data["cause"] == "timeout"


def test_a_call_ends_even_when_its_worker_never_reports() -> None:
    world = World()
    name, _ = world.conversation()
    for verb in ("leg.close", "recorder.stop"):
        world.workers["media-0"].broken.add(verb)
    world.switch.handle(Signal(DialogEnded(f"dialog-{name}", True, "")), world.now)
    world.commit()
    world.outbox.clear()
    world.wait(3)
    ended = world.entries("call.ended")[0]
    assert ended.at - ended.data["ended_at"] == 3
    assert world.entries("recording.stopped")


def test_without_wrap_up_the_agent_is_free_at_once() -> None:
    world = World(with_queue(CONFIG, wrap_up_seconds=0))
    name, _ = world.conversation()
    world.customer_hangs_up(name)
    assert world.agent_state(ALICE) == "available"


def test_a_call_that_is_not_to_be_recorded_is_not() -> None:
    world = World()
    number = next(iter(CONFIG.numbers.values()))
    config = replace(CONFIG, numbers={number.number: replace(number, record=False)})
    world.config = config
    world.switch.configure(config, world.now)
    name, _ = world.conversation()
    assert "recording.started" not in world.kinds(name)
    assert not world.order(ALICE, "pause_recording", call=world.call_of(name)).ok


def test_two_conversations_do_not_hear_each_other() -> None:
    world = World()
    one, alice = world.conversation(ALICE)
    two, bruno = world.conversation(BRUNO)
    assert world.hears(customer_leg(world, one)) == {alice}
    assert world.hears(customer_leg(world, two)) == {bruno}
