from dataclasses import replace

from hallom.switch.tests.world import ALICE, BRUNO, CONFIG, NUMBER, World


def customer_leg(world: World, name: str) -> str:
    return f"{world.call_of(name)}-1"


def test_of_two_callers_the_first_is_served_first() -> None:
    world = World()
    first, second = world.queue_up(), world.queue_up()
    assert [entry.data["position"] for entry in world.entries("queue.entered")] == [1, 2]
    world.sign_in(ALICE)
    leg = world.pick_up(ALICE)
    assert leg.startswith(world.call_of(first))
    world.customer_hangs_up(first)
    world.wait(30)
    assert world.pick_up(ALICE).startswith(world.call_of(second))


def test_with_no_agent_the_caller_hears_music_and_his_place() -> None:
    world = World()
    world.queue_up()
    name = world.queue_up()
    leg = customer_leg(world, name)
    assert world.hears(leg) == {"music.wav"}
    world.wait(60)
    assert world.hears(leg) == {"second.wav"}
    world.hear_out()
    assert world.hears(leg) == {"music.wav"}
    world.wait(60)
    assert world.hears(leg) == {"second.wav"}


def test_an_announcement_that_cannot_be_played_gives_way_to_music() -> None:
    world = World()
    name = world.queue_up()
    worker = world.workers["media-0"]
    worker.broken.add("player.start")
    world.wait(60)
    worker.broken.clear()
    world.wait(60)
    world.hear_out()
    assert world.hears(customer_leg(world, name)) == {"music.wav"}


def test_an_agent_may_answer_in_the_middle_of_an_announcement() -> None:
    world = World()
    name = world.queue_up()
    world.wait(59)
    world.sign_in(ALICE)
    world.wait(1.5)
    leg = world.pick_up(ALICE)
    assert world.hears(customer_leg(world, name)) == {leg}
    world.hear_out()
    assert world.hears(customer_leg(world, name)) == {leg}


def test_a_caller_who_hangs_up_in_the_queue_has_abandoned() -> None:
    world = World()
    name = world.queue_up()
    world.wait(5)
    world.customer_hangs_up(name)
    assert world.entries("queue.left")[0].data["reason"] == "abandoned"
    assert world.entries("call.ended")[0].data["by"] == "customer"
    assert not world.workers["media-0"].players


def test_a_caller_who_hangs_up_in_the_greeting_never_queued() -> None:
    world = World()
    name = world.dial()
    world.customer_hangs_up(name)
    assert "queue.entered" not in world.kinds(name)
    assert world.call_state(name) == "ended"


def test_callers_go_to_agents_who_speak_their_language() -> None:
    polish = replace(CONFIG.agents[BRUNO], languages=frozenset({"pl"}))
    world = World(replace(CONFIG, agents={**CONFIG.agents, BRUNO: polish}))
    world.sign_in(BRUNO)
    name = world.queue_up()
    world.wait(10)
    assert not world.endpoint.ringing
    world.sign_in(ALICE)
    assert world.ringing_leg(ALICE).startswith(world.call_of(name))


def test_a_number_with_priority_goes_before_the_others() -> None:
    numbers = {**CONFIG.numbers, "112": replace(CONFIG.numbers[NUMBER], id=2, number="112", priority=5)}
    world = World(replace(CONFIG, numbers=numbers))
    world.queue_up()
    urgent = world.dial("112")
    world.hear_out()
    assert world.entries("queue.entered")[1].data["position"] == 1
    world.sign_in(ALICE)
    assert world.ringing_leg(ALICE).startswith(world.call_of(urgent))
