"""F5 in the agent's browser, a lost network, a closed laptop: the caller is never lost with it."""

from hallom.sip.events import DialogEnded
from hallom.switch.messages import MediaEvent, Signal
from hallom.switch.tests.world import ALICE, BRUNO, World

PAGE, RELOADED = f"sip:page1-{ALICE}@x.invalid", f"sip:page2-{ALICE}@x.invalid"


def customer_leg(world: World, name: str) -> str:
    return f"{world.call_of(name)}-1"


def test_f5_brings_the_agent_back_into_the_conversation() -> None:
    world = World()
    name, old = world.conversation()
    customer = customer_leg(world, name)
    world.unregister(PAGE)
    assert world.hears(customer) == {"music.wav"}
    assert world.hears(old) == set()
    world.wait(1.5)
    world.register(ALICE, RELOADED)
    sent = world.endpoint.invites[-1]
    assert sent.headers["X-Hallom-Resume"] == world.call_of(name)
    assert sent.contacts == (RELOADED,)
    new = world.pick_up(ALICE)
    assert world.hears(customer) == {new}
    assert world.hears(new) == {customer}
    assert list(world.workers["media-0"].legs) == [customer, new]
    assert world.agent_state(ALICE) == "talking"
    assert world.complaints == []


def test_the_recording_goes_on_in_a_second_file() -> None:
    world = World()
    name, _ = world.conversation()
    call = world.call_of(name)
    world.unregister(PAGE)
    world.register(ALICE, RELOADED)
    new = world.pick_up(ALICE)
    assert [entry.data["recorder"] for entry in world.entries("recording.started")] == [call, f"{call}-r2"]
    assert world.workers["media-0"].recorders[f"{call}-r2"]["right"] == [new]
    assert world.entries("recording.stopped")[0].data["recorder"] == call


def test_a_paused_recording_stays_paused() -> None:
    world = World()
    name, _ = world.conversation()
    call = world.call_of(name)
    world.order(ALICE, "pause_recording", call=call)
    world.unregister(PAGE)
    world.register(ALICE, RELOADED)
    world.pick_up(ALICE)
    assert world.workers["media-0"].paused == {f"{call}-r2"}


def test_the_new_page_may_register_before_the_old_connection_is_seen_to_close() -> None:
    world = World()
    name, _ = world.conversation()
    world.register(ALICE, RELOADED)
    assert world.call_state(name) == "talking"
    world.unregister(PAGE)
    new = world.pick_up(ALICE)
    assert world.hears(customer_leg(world, name)) == {new}


def test_the_same_page_on_a_new_connection_talks_on_without_ringing() -> None:
    world = World()
    name, leg = world.conversation()
    rung = len(world.endpoint.invites)
    world.unregister(PAGE)
    assert world.hears(customer_leg(world, name)) == {"music.wav"}
    world.register(ALICE, PAGE)
    assert world.hears(customer_leg(world, name)) == {leg}
    assert len(world.endpoint.invites) == rung


def test_a_held_call_comes_back_as_well() -> None:
    world = World()
    name, _ = world.conversation()
    world.order(ALICE, "hold", call=world.call_of(name))
    world.unregister(PAGE)
    world.register(ALICE, RELOADED)
    new = world.pick_up(ALICE)
    assert world.hears(customer_leg(world, name)) == {new}


def test_f5_twice_in_a_row() -> None:
    world = World()
    name, _ = world.conversation()
    world.unregister(PAGE)
    world.register(ALICE, RELOADED)
    world.unregister(RELOADED)
    assert not world.endpoint.ringing
    world.register(ALICE, "sip:page3@x.invalid")
    new = world.pick_up(ALICE)
    assert world.hears(customer_leg(world, name)) == {new}
    assert world.complaints == []


def test_a_page_that_did_not_answer_is_rung_again_when_it_signs_in() -> None:
    world = World()
    name, _ = world.conversation()
    world.unregister(PAGE)
    world.register(ALICE, RELOADED)
    world.refuse(ALICE, 408)
    assert world.call_state(name) == "lost"
    assert world.order(ALICE, "sign_in").ok
    new = world.pick_up(ALICE)
    assert world.hears(customer_leg(world, name)) == {new}


def test_a_third_page_is_rung_though_the_second_is_not_yet_seen_to_be_gone() -> None:
    world = World()
    name, _ = world.conversation()
    world.unregister(PAGE)
    world.register(ALICE, RELOADED)
    world.register(ALICE, "sip:page3@x.invalid")
    assert world.endpoint.invites[-1].contacts == (RELOADED, "sip:page3@x.invalid")
    new = world.pick_up(ALICE)
    assert world.hears(customer_leg(world, name)) == {new}


def test_a_desk_phone_that_refreshes_does_not_stand_in_the_way_of_the_browser() -> None:
    world = World()
    world.register(ALICE, "sip:desk@192.0.2.30", is_browser=False)
    world.sign_in(ALICE)
    name = world.queue_up()
    world.pick_up_leg(next(leg for leg, one in world.endpoint.ringing.items() if one.kind == "webrtc"))
    world.unregister(PAGE)
    world.register(ALICE, "sip:desk@192.0.2.30", is_browser=False)
    assert not world.endpoint.ringing
    world.register(ALICE, RELOADED)
    assert world.endpoint.invites[-1].contacts == (RELOADED,)
    new = world.pick_up(ALICE)
    assert world.hears(customer_leg(world, name)) == {new}


def test_signing_in_with_only_a_desk_phone_left_rings_that() -> None:
    world = World()
    name, _ = world.conversation()
    world.unregister(PAGE)
    world.register(ALICE, "sip:desk@192.0.2.30", is_browser=False)
    assert world.order(ALICE, "sign_in").ok
    assert world.endpoint.invites[-1].kind == "rtp"
    new = world.pick_up(ALICE)
    assert world.hears(customer_leg(world, name)) == {new}


def test_an_agent_who_does_not_come_back_gives_the_caller_to_the_next() -> None:
    world = World()
    name, _ = world.conversation()
    other = world.queue_up()
    world.unregister(PAGE)
    world.wait(29)
    assert world.call_state(name) == "lost"
    world.wait(1)
    assert world.call_state(name) == "queued"
    entered = world.entries("queue.entered")[-1].data
    assert (entered["reason"], entered["position"], entered["front"]) == ("agent_lost", 1, True)
    assert (world.agent_state(ALICE), world.agent_reason(ALICE)) == ("paused", "unreachable")
    assert world.hears(customer_leg(world, name)) == {"music.wav"}
    world.sign_in(BRUNO)
    leg = world.pick_up(BRUNO)
    assert leg.startswith(world.call_of(name))
    assert world.hears(customer_leg(world, name)) == {leg}
    assert world.call_state(other) == "queued"


def test_a_lost_callers_recordings_are_all_finished() -> None:
    world = World()
    name, _ = world.conversation()
    world.unregister(PAGE)
    world.wait(30)
    world.sign_in(BRUNO)
    world.pick_up(BRUNO)
    world.customer_hangs_up(name)
    started = [entry.data["recorder"] for entry in world.entries("recording.started")]
    assert [entry.data["recorder"] for entry in world.entries("recording.stopped")] == started
    assert len(started) == 2


def test_the_caller_may_hang_up_while_the_agent_is_away() -> None:
    world = World()
    name, _ = world.conversation()
    world.unregister(PAGE)
    world.register(ALICE, RELOADED)
    world.customer_hangs_up(name)
    assert not world.endpoint.ringing
    assert world.agent_state(ALICE) == "wrap_up"
    assert world.call_state(name) == "ended"


def test_a_dialog_that_breaks_rings_the_same_phone_again() -> None:
    world = World()
    world.sign_in(ALICE, is_browser=False)
    name, leg = world.conversation()
    world.endpoint.dialogs.discard(f"dialog-{leg}")
    world.tell(Signal(DialogEnded(f"dialog-{leg}", False, "session timer")))
    assert world.hears(customer_leg(world, name)) == {"music.wav"}
    new = world.pick_up(ALICE)
    assert world.hears(customer_leg(world, name)) == {new}


def test_a_desk_phones_call_outlives_its_registration() -> None:
    world = World()
    world.sign_in(ALICE, is_browser=False)
    name, leg = world.conversation()
    world.unregister(PAGE)
    assert world.call_state(name) == "talking"
    world.tell(MediaEvent("media-0", "leg.silent", {"leg": leg, "seconds": 5}))
    assert world.call_state(name) == "lost"


def test_silence_of_a_registered_phone_is_only_silence() -> None:
    world = World()
    name, leg = world.conversation()
    world.tell(MediaEvent("media-0", "leg.silent", {"leg": leg, "seconds": 5}))
    assert world.call_state(name) == "talking"


def test_an_agent_who_wished_to_go_home_is_not_kept() -> None:
    world = World()
    world.conversation()
    world.order(ALICE, "sign_out")
    world.unregister(PAGE)
    world.wait(30)
    assert world.agent_state(ALICE) == "offline"


def test_the_agent_can_hang_up_a_call_he_was_lost_from() -> None:
    world = World()
    name, _ = world.conversation()
    world.unregister(PAGE)
    assert world.order(ALICE, "hang_up", call=world.call_of(name)).ok
    assert world.call_state(name) == "ended"


def breaks_off(world: World, leg: str) -> None:
    world.tell(MediaEvent("media-0", "leg.gap", {"leg": leg, "seconds": 0.8}))


def is_heard(world: World, leg: str) -> None:
    world.tell(MediaEvent("media-0", "leg.heard", {"leg": leg}))


def test_a_browser_that_breaks_off_gives_the_caller_music_and_nothing_rings() -> None:
    world = World()
    name, leg = world.conversation()
    rung = len(world.endpoint.invites)
    breaks_off(world, leg)
    assert world.hears(customer_leg(world, name)) == {"music.wav"}
    assert world.call_state(name) == "lost"
    assert len(world.endpoint.invites) == rung


def test_a_browser_that_is_heard_again_talks_on() -> None:
    world = World()
    name, leg = world.conversation()
    breaks_off(world, leg)
    world.wait(20)
    is_heard(world, leg)
    assert world.hears(customer_leg(world, name)) == {leg}
    assert world.hears(leg) == {customer_leg(world, name)}
    assert world.agent_state(ALICE) == "talking"
    assert len(world.entries("recording.started")) == 1
    world.wait(60)
    assert world.call_state(name) == "talking"


def test_a_browser_that_stays_silent_is_rung_anew_and_the_session_it_had_is_dropped() -> None:
    world = World()
    name, leg = world.conversation()
    breaks_off(world, leg)
    world.tell(MediaEvent("media-0", "leg.silent", {"leg": leg, "seconds": 5}))
    assert world.endpoint.invites[-1].headers["X-Hallom-Resume"] == world.call_of(name)
    new = world.pick_up(ALICE)
    assert world.hears(customer_leg(world, name)) == {new}
    is_heard(world, leg)
    assert world.hears(customer_leg(world, name)) == {new}


def test_who_is_heard_again_while_he_is_rung_talks_at_once_and_goes_on_where_he_answers() -> None:
    """The INVITE and the first packet of his voice cross: his page has left, or will leave, the old session for the new one."""
    world = World()
    name, leg = world.conversation()
    breaks_off(world, leg)
    world.tell(MediaEvent("media-0", "leg.silent", {"leg": leg, "seconds": 5}))
    world.wait(10)
    is_heard(world, leg)
    assert world.hears(customer_leg(world, name)) == {leg}
    world.wait(2)
    new = world.pick_up(ALICE)
    assert world.hears(customer_leg(world, name)) == {new}
    assert world.hears(new) == {customer_leg(world, name)}
    assert f"dialog-{leg}" in [bye.dialog for bye in world.endpoint.byes]
    world.wait(60)
    assert world.call_state(name) == "talking"
    world.customer_hangs_up(name)
    assert world.entries("call.ended")[0].data["talk_seconds"] == 62
    assert world.complaints == []


def test_who_is_heard_again_goes_on_when_what_rang_for_him_comes_to_nothing() -> None:
    world = World()
    name, leg = world.conversation()
    breaks_off(world, leg)
    world.tell(MediaEvent("media-0", "leg.silent", {"leg": leg, "seconds": 5}))
    is_heard(world, leg)
    world.refuse(ALICE, 408)
    assert world.hears(customer_leg(world, name)) == {leg}
    assert world.call_state(name) == "talking"
    breaks_off(world, leg)
    world.tell(MediaEvent("media-0", "leg.silent", {"leg": leg, "seconds": 5}))
    new = world.pick_up(ALICE)
    assert world.hears(customer_leg(world, name)) == {new}


def heard_again_while_it_rings() -> tuple[World, str, str]:
    world = World()
    name, leg = world.conversation()
    breaks_off(world, leg)
    world.tell(MediaEvent("media-0", "leg.silent", {"leg": leg, "seconds": 5}))
    is_heard(world, leg)
    return world, name, leg


def test_nothing_rings_on_for_one_whose_call_is_over() -> None:
    world, name, _ = heard_again_while_it_rings()
    world.customer_hangs_up(name)
    assert not world.endpoint.ringing
    assert world.call_state(name) == "ended"


def test_who_has_put_the_caller_on_hold_meanwhile_keeps_the_session_he_has() -> None:
    world, name, leg = heard_again_while_it_rings()
    assert world.order(ALICE, "hold", call=world.call_of(name)).ok
    new = world.pick_up(ALICE)
    assert f"dialog-{new}" in [bye.dialog for bye in world.endpoint.byes]
    assert world.call_state(name) == "held"
    assert world.order(ALICE, "retrieve", call=world.call_of(name)).ok
    assert world.hears(customer_leg(world, name)) == {leg}


def test_what_still_rings_for_him_brings_him_into_no_conversation_of_another() -> None:
    world, name, _ = heard_again_while_it_rings()
    world.sign_in(BRUNO)
    assert world.order(ALICE, "transfer", call=world.call_of(name), to=f"agent:{BRUNO}").ok
    his = world.pick_up(BRUNO)
    world.pick_up(ALICE)
    assert world.hears(customer_leg(world, name)) == {his}


def test_who_stays_away_loses_the_caller_to_the_head_of_the_queue() -> None:
    world = World()
    name, leg = world.conversation()
    breaks_off(world, leg)
    world.wait(31)
    back = world.entries("queue.entered")[-1].data
    assert (back["reason"], back["front"]) == ("agent_lost", True)
    assert (world.agent_state(ALICE), world.agent_reason(ALICE)) == ("paused", "connection_lost")
    is_heard(world, leg)
    assert world.call_state(name) == "queued"


def test_a_gap_of_one_who_is_asked_or_held_changes_nothing() -> None:
    world = World()
    name, leg = world.conversation()
    world.order(ALICE, "hold", call=world.call_of(name))
    breaks_off(world, leg)
    assert world.call_state(name) == "held"
    world.order(ALICE, "retrieve", call=world.call_of(name))
    breaks_off(world, customer_leg(world, name))
    assert world.call_state(name) == "talking"


def test_a_desk_phone_may_be_silent_for_a_moment() -> None:
    world = World()
    world.sign_in(ALICE, is_browser=False)
    name, leg = world.conversation()
    breaks_off(world, leg)
    assert world.call_state(name) == "talking"
