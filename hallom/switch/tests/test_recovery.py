from dataclasses import replace

from hallom.sip.events import ReinviteFailed
from hallom.switch.effects import RestoreDialog, SendReinvite
from hallom.switch.journal import JournalEntry
from hallom.switch.messages import Inventory, MediaEvent, Signal, WorkerLost, WorkerReady
from hallom.switch.tests.world import ALICE, BRUNO, CONFIG, World


def customer_leg(world: World, name: str) -> str:
    return f"{world.call_of(name)}-1"


def story(world: World) -> str:
    """One call from the first INVITE to the agent's being free again, with everything in between."""
    world.sign_in(ALICE)
    if world.agent_state(ALICE) == "offline":
        world.order(ALICE, "sign_in")
    name = world.dial()
    world.hear_out()
    world.hear_out()
    leg = world.ringing_leg(ALICE)
    if leg in world.endpoint.ringing:
        world.pick_up_leg(leg)
    call = world.call_of(name)
    for verb in ("hold", "retrieve", "pause_recording", "resume_recording"):
        world.wait(1)
        assert world.order(ALICE, verb, call=call).ok, verb
    assert world.hears(f"{call}-1") == {leg}
    assert world.hears(leg) == {f"{call}-1"}
    world.order(ALICE, "hang_up", call=call)
    world.wait(40)
    return name


def test_replay_gives_the_same_state_at_every_step() -> None:
    world = World()
    name, _ = world.conversation()
    world.queue_up()
    world.sign_in(BRUNO)
    world.order(ALICE, "hold", call=world.call_of(name))
    world.wait(70)
    assert world.replayed().state == world.switch.state
    world.customer_hangs_up(name)
    world.wait(100)
    assert world.replayed().state == world.switch.state


def test_a_crash_at_any_moment_loses_nothing() -> None:
    clean = World()
    story(clean)
    for moment in range(1, clean.points):
        world = World()
        world.crash_at = moment
        name = story(world)
        assert world.kinds(name).count("call.ended") == 1, moment
        assert world.kinds(name)[-1] == "call.ended", moment
        assert world.agent_state(ALICE) == "available", moment
        assert not world.workers["media-0"].legs, moment
        assert not world.workers["media-0"].players, moment
        assert not world.workers["media-0"].recorders, moment
        assert not world.endpoint.dialogs, moment


def test_the_conversation_does_not_notice_a_crash_of_the_switch() -> None:
    world = World()
    name, leg = world.conversation()
    worker = world.workers["media-0"]
    edges, tape = set(worker.edges), dict(worker.recorders)
    world.wait(10)
    world.crash()
    assert (worker.edges, worker.recorders) == (edges, tape)
    assert world.order(ALICE, "hold", call=world.call_of(name)).ok
    world.order(ALICE, "retrieve", call=world.call_of(name))
    world.customer_hangs_up(name)
    assert world.entries("call.ended")[0].data["talk_seconds"] == 10
    assert [bye.dialog for bye in world.endpoint.byes] == [f"dialog-{leg}"]


def test_queue_places_and_waiting_times_survive() -> None:
    world = World()
    names = [world.queue_up() for _ in range(3)]
    world.wait(30)
    before = world.switch.state.router.waiting[world.call_of(names[1])]
    world.crash()
    assert world.switch.state.router.waiting[world.call_of(names[1])] == before
    assert [world.switch.state.router.position(world.call_of(name)) for name in names] == [1, 2, 3]
    world.sign_in(ALICE)
    assert world.ringing_leg(ALICE).startswith(world.call_of(names[0]))


def test_an_offer_keeps_its_deadline_over_a_crash() -> None:
    world = World()
    world.sign_in(ALICE)
    world.queue_up()
    world.wait(15)
    world.crash()
    assert world.agent_state(ALICE) == "offered"
    world.wait(5)
    assert world.agent_reason(ALICE) == "no_answer"


def test_deadlines_that_passed_while_the_switch_was_dead_are_met_at_once() -> None:
    world = World()
    world.sign_in(ALICE)
    world.queue_up()
    world.now += 60
    world.crash()
    world.wait(0)
    assert world.agent_state(ALICE) == "paused"


def test_a_browser_that_has_not_come_back_yet_is_not_taken_for_lost() -> None:
    world = World()
    name, leg = world.conversation()
    world.bindings.clear()
    world.crash()
    assert world.hears(customer_leg(world, name)) == {leg}
    world.tell(MediaEvent("media-0", "leg.silent", {"leg": leg, "seconds": 5}))
    assert world.hears(customer_leg(world, name)) == {"music.wav"}


def test_what_no_call_owns_is_closed() -> None:
    world = World()
    worker = world.workers["media-0"]
    worker.legs["ghost-1"] = "rtp"
    worker.players["ghost-p1"] = {"files": [], "loop": True, "to": ["ghost-1"]}
    worker.recorders["ghost"] = {"path": "x", "left": ["ghost-1"], "right": []}
    world.crash()
    assert not worker.legs
    assert not worker.players
    assert not worker.recorders


def test_a_dead_workers_call_moves_to_another() -> None:
    world = World(replace(CONFIG, media_workers=("media-0", "media-1")))
    world.sign_in(ALICE, is_browser=False)
    name, leg = world.conversation()
    call, customer = world.call_of(name), customer_leg(world, name)
    world.workers["media-0"].die()
    world.tell(WorkerReady("media-0", Inventory()))
    assert {one.dialog for one in world.endpoint.reinvites} == {f"dialog-{name}", f"dialog-{leg}"}
    assert world.hears(customer) == {leg}
    assert world.hears(leg) == {customer}
    assert [entry.data["recorder"] for entry in world.entries("recording.started")] == [call, f"{call}-r2"]
    assert len(world.entries("recording.stopped")) == 1
    world.customer_hangs_up(name)
    assert not any(worker.legs for worker in world.workers.values())
    assert world.complaints == []


def test_what_a_moved_telephone_was_offered_is_known_after_a_crash() -> None:
    """Else a session refresh would send it to the dead worker's port again."""
    world = World()
    name = world.queue_up()
    world.kill_worker("media-0")
    offered = world.endpoint.reinvites[-1].sdp
    world.crash()
    leg = world.switch.state.leg(customer_leg(world, name))
    assert leg is not None
    assert leg.dialog_state == {"id": f"dialog-{name}", "local_sdp": offered}
    assert not leg.is_moved


def test_a_worker_that_stays_away_loses_its_calls_to_another() -> None:
    world = World(replace(CONFIG, media_workers=("media-0", "media-1")))
    world.sign_in(ALICE, is_browser=False)
    name, leg = world.conversation()
    customer = customer_leg(world, name)
    gone = world.workers["media-0"]
    world.tell(WorkerLost("media-0"))
    world.wait(0.9)
    assert not world.entries("call.moved")
    world.wait(0.2)
    assert [entry.data["worker"] for entry in world.entries("call.moved")] == ["media-1"]
    assert world.workers["media-1"].legs.keys() == {customer, leg}
    assert world.switch.next_deadline() is None or world.switch.next_deadline() > world.now  # type: ignore[operator]
    world.tell(WorkerReady("media-0", gone.inventory()))
    assert not gone.legs
    assert not gone.recorders
    assert world.hears(customer) == {leg}
    assert world.hears(leg) == {customer}
    world.customer_hangs_up(name)
    assert world.entries("call.ended")[0].data["by"] == "customer"


def test_a_worker_that_is_back_in_time_keeps_its_calls() -> None:
    world = World(replace(CONFIG, media_workers=("media-0", "media-1")))
    name, leg = world.conversation()
    world.tell(WorkerLost("media-0"))
    world.wait(0.9)
    world.tell(WorkerReady("media-0", world.workers["media-0"].inventory()))
    world.wait(60)
    assert not world.entries("call.moved")
    assert world.hears(customer_leg(world, name)) == {leg}


def test_a_worker_that_does_not_answer_a_new_switch_loses_its_calls() -> None:
    world = World(replace(CONFIG, media_workers=("media-0", "media-1")))
    name, _ = world.conversation()
    gone = world.workers.pop("media-0")
    world.crash()
    world.workers["media-0"] = gone
    gone.die()
    world.wait(1.1)
    assert [entry.data["worker"] for entry in world.entries("call.moved")] == ["media-1"]
    assert world.hears(customer_leg(world, name)) == {"music.wav"}


def test_the_only_worker_is_waited_for_but_not_for_ever() -> None:
    world = World()
    name, _ = world.conversation()
    world.tell(WorkerLost("media-0"))
    world.wait(29)
    assert world.call_state(name) == "talking"
    world.wait(2)
    assert world.entries("call.ending")[0].data["cause"] == "media_lost"
    world.wait(4)
    assert world.call_state(name) == "ended"
    assert not world.endpoint.dialogs


def test_a_dead_workers_browser_is_rung_anew() -> None:
    world = World()
    name, old = world.conversation()
    world.kill_worker("media-0")
    assert world.hears(customer_leg(world, name)) == {"music.wav"}
    assert f"dialog-{old}" in [bye.dialog for bye in world.endpoint.byes]
    new = world.pick_up(ALICE)
    assert world.hears(customer_leg(world, name)) == {new}
    assert world.hears(new) == {customer_leg(world, name)}
    assert world.complaints == []


def test_a_dead_workers_waiting_caller_keeps_his_place_and_his_music() -> None:
    world = World()
    names = [world.queue_up(), world.queue_up()]
    world.kill_worker("media-0")
    assert [world.hears(customer_leg(world, name)) for name in names] == [{"music.wav"}] * 2
    world.sign_in(ALICE)
    assert world.ringing_leg(ALICE).startswith(world.call_of(names[0]))


def test_a_caller_whose_agent_was_ringing_is_offered_again() -> None:
    world = World()
    world.sign_in(ALICE)
    name = world.queue_up()
    world.kill_worker("media-0")
    assert world.entries("offer.withdrawn")[0].data["reason"] == "media_lost"
    leg = world.pick_up(ALICE)
    assert world.hears(customer_leg(world, name)) == {leg}


def test_without_any_worker_left_the_call_ends_cleanly() -> None:
    world = World(replace(CONFIG, media_workers=("media-0",)))
    name, _ = world.conversation()
    world.workers["media-0"].broken.add("leg.open")
    world.kill_worker("media-0")
    assert world.entries("call.ended")[0].data["cause"] == "no_media"
    assert not world.endpoint.dialogs
    assert world.agent_state(ALICE) == "wrap_up"
    assert world.call_state(name) == "ended"


def test_a_phone_that_will_not_move_is_let_go() -> None:
    world = World()
    name, _ = world.conversation()
    world.kill_worker("media-0")
    world.switch.state.by_dialog(f"dialog-{name}")[1].is_moved = True  # type: ignore[index]
    world.tell(Signal(ReinviteFailed(f"dialog-{name}", 488)))
    assert world.call_state(name) == "ended"


def test_a_silent_caller_is_asked_whether_he_is_still_there() -> None:
    world = World()
    name = world.queue_up()
    world.endpoint.dialogs.discard(f"dialog-{name}")
    silent = {"leg": customer_leg(world, name), "seconds": 30}
    world.tell(MediaEvent("media-0", "leg.silent", silent))
    assert isinstance(world.endpoint.reinvites[-1], SendReinvite)
    world.tell(Signal(ReinviteFailed(f"dialog-{name}", 481)))
    assert world.entries("call.ended")[0].data["cause"] == "unreachable"


def test_a_refused_question_leaves_the_call_alone() -> None:
    world = World()
    name, _ = world.conversation()
    for status in (488, 491, 500):
        world.tell(Signal(ReinviteFailed(f"dialog-{name}", status)))
    assert world.call_state(name) == "talking"


def test_restored_dialogs_are_those_of_open_legs() -> None:
    world = World()
    name, leg = world.conversation()
    switch = world.replayed()
    switch.resume(world.now, {"media-0": world.workers["media-0"].inventory()})
    restored = [one.state["id"] for one in switch.take()[1] if isinstance(one, RestoreDialog)]
    assert restored == [f"dialog-{name}", f"dialog-{leg}"]


def kept(world: World) -> list[JournalEntry]:
    """What the shell reads after a crash: open calls in full, and the last state of every agent."""
    over = {entry.call for entry in world.journal if entry.kind == "call.ended"}
    last = {
        entry.agent: number for number, entry in enumerate(world.journal) if entry.kind == "agent.changed"
    }
    return [
        entry
        for number, entry in enumerate(world.journal)
        if (entry.call is not None and entry.call not in over) or number in last.values()
    ]


def test_open_calls_and_last_states_are_enough_to_go_on() -> None:
    world = World()
    over, _ = world.conversation()
    world.customer_hangs_up(over)
    world.wait(40)
    name, leg = world.conversation()
    waiting = world.queue_up()
    world.sign_in(BRUNO)
    whole = world.switch.state
    world.journal = kept(world)
    part = world.replayed().state
    assert part.calls == whole.calls
    for number, agent in whole.router.agents.items():
        assert part.router.agents[number].state is agent.state
    world.crash()
    world.customer_hangs_up(name)
    world.wait(30)
    assert world.agent_state(BRUNO) == "paused"
    assert world.pick_up(ALICE).startswith(world.call_of(waiting))
    assert leg not in world.workers["media-0"].legs


def test_a_call_of_one_who_was_no_agent_any_more_at_the_restart_ends_all_the_same() -> None:
    world = World()
    name, _ = world.conversation()
    world.sign_in(BRUNO)
    waiting = world.queue_up()
    world.config = replace(CONFIG, agents={})
    world.journal = [entry for entry in world.journal if entry.kind != "agent.changed"]
    world.crash()
    world.customer_hangs_up(name)
    world.wait(30)
    assert world.call_state(name) == "ended"
    assert world.call_state(waiting) == "queued"
    assert not world.endpoint.ringing


def everything_that_happens() -> World:
    """A day with most of what can happen in a journal."""
    world = World()
    world.sign_in(BRUNO)
    lost, _ = world.conversation(ALICE)
    world.queue_up()
    world.refuse(BRUNO, 603)
    world.unregister(f"sip:page1-{ALICE}@x.invalid")
    world.register(ALICE, f"sip:page2-{ALICE}@x.invalid")
    world.pick_up(ALICE)
    world.order(ALICE, "hold", call=world.call_of(lost))
    world.wait(10)
    world.pick_up(BRUNO)
    world.queue_up()
    world.customer_hangs_up(lost)
    world.unregister(f"sip:page1-{BRUNO}@x.invalid")
    world.wait(35)
    world.wait(60)
    return world


def test_a_journal_cut_off_anywhere_can_be_gone_on_from() -> None:
    journal = everything_that_happens().journal
    for cut in range(1, len(journal)):
        world = World()
        world.journal, world.now = journal[:cut], journal[cut].at
        world.crash()
        for dialog in list(world.switch.state.dialogs):
            world.hang_up(dialog)
        world.wait(400)
        assert not world.switch.state.calls, cut
        states = {str(agent.state) for agent in world.switch.state.router.agents.values()}
        assert states <= {"offline", "available", "paused"}, cut
        ends = [entry.call for entry in world.entries("call.ended")]
        assert sorted(ends) == sorted({entry.call for entry in world.entries("call.arrived")}), cut


def test_a_telephone_that_came_back_while_the_switch_was_dead_is_rung_into_its_call() -> None:
    world = World()
    name, _ = world.conversation()
    world.unregister(f"sip:page1-{ALICE}@x.invalid")
    world.bindings[f"sip:page2-{ALICE}@x.invalid"] = (ALICE, True)
    world.crash()
    new = world.pick_up(ALICE)
    assert world.hears(customer_leg(world, name)) == {new}
    assert set(world.workers["media-0"].legs) == {customer_leg(world, name), new}


def test_the_same_page_back_after_the_crash_talks_on() -> None:
    world = World()
    name, leg = world.conversation()
    world.unregister(f"sip:page1-{ALICE}@x.invalid")
    world.bindings[f"sip:page1-{ALICE}@x.invalid"] = (ALICE, True)
    world.crash()
    assert world.hears(customer_leg(world, name)) == {leg}


def test_an_agent_without_a_telephone_at_the_crash_is_available_when_it_is_there_again() -> None:
    world = World()
    world.order(ALICE, "sign_in")
    world.bindings["sip:page1@x.invalid"] = (ALICE, True)
    world.crash()
    assert world.agent_state(ALICE) == "available"
