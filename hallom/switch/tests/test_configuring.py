from dataclasses import replace

from hallom.switch.config import Config
from hallom.switch.tests.world import ALICE, BRUNO, CONFIG, NUMBER, SALES, World


def configure(world: World, config: Config) -> None:
    world.config = config
    world.switch.configure(config, world.now)
    world.run()


def test_who_is_no_agent_any_more_goes_when_his_call_is_over() -> None:
    world = World()
    name, _ = world.conversation()
    world.sign_in(BRUNO)
    configure(world, replace(CONFIG, agents={}))
    assert world.agent_state(BRUNO) == "offline"
    assert world.agent_state(ALICE) == "talking"
    world.customer_hangs_up(name)
    world.wait(30)
    assert world.agent_state(ALICE) == "offline"


def test_one_who_was_ringing_is_let_go_and_his_caller_goes_on() -> None:
    world = World()
    world.sign_in(ALICE)
    world.wait(1)
    world.sign_in(BRUNO)
    world.queue_up()
    configure(world, replace(CONFIG, agents={BRUNO: CONFIG.agents[BRUNO]}))
    assert world.agent_state(ALICE) == "offline"
    assert world.agent_state(BRUNO) == "offered"


def test_a_new_member_of_a_queue_rings_at_once() -> None:
    outsider = replace(CONFIG.agents[ALICE], queues={})
    world = World(replace(CONFIG, agents={ALICE: outsider}))
    world.sign_in(ALICE)
    world.queue_up()
    assert not world.endpoint.ringing
    configure(world, CONFIG)
    assert world.agent_state(ALICE) == "offered"


def test_callers_of_a_queue_that_is_gone_are_let_go() -> None:
    world = World()
    name = world.queue_up()
    configure(world, replace(CONFIG, queues={}))
    assert world.entries("call.ended")[0].data["cause"] == "queue_removed"
    assert world.call_state(name) == "ended"


def test_a_greeting_whose_number_is_gone_leads_to_the_queue() -> None:
    world = World()
    name = world.dial()
    configure(world, replace(CONFIG, numbers={}))
    world.hear_out()
    assert world.call_state(name) == "queued"


def test_who_calls_after_a_greeting_has_changed_hears_the_new_one() -> None:
    world = World()
    world.dial()
    changed = replace(CONFIG.numbers[NUMBER], greeting=("welcome.wav",))
    configure(world, replace(CONFIG, numbers={NUMBER: changed}))
    world.dial()
    greetings = world.entries("greeting.started")
    assert [one.data["prompts"] for one in greetings] == [["hello.wav"], ["welcome.wav"]]


def test_a_longer_lease_counts_from_the_next_offer() -> None:
    world = World()
    world.sign_in(ALICE)
    world.queue_up()
    configure(world, replace(CONFIG, queues={SALES: replace(CONFIG.queues[SALES], offer_seconds=60)}))
    world.wait(20)
    assert world.agent_reason(ALICE) == "no_answer"


def test_a_telephone_that_came_before_its_agent_rings_at_once() -> None:
    world = World(replace(CONFIG, agents={}))
    world.register(ALICE, "sip:desk@x.invalid", is_browser=False)
    configure(world, CONFIG)
    assert world.order(ALICE, "sign_in").ok
    assert world.agent_state(ALICE) == "available"
    world.queue_up()
    assert world.endpoint.ringing[world.ringing_leg(ALICE)].contacts == ("sip:desk@x.invalid",)


def test_a_telephone_that_came_before_its_agent_is_known_after_a_crash_too() -> None:
    world = World(replace(CONFIG, agents={}))
    world.register(ALICE, "sip:desk@x.invalid", is_browser=False)
    world.crash()
    configure(world, CONFIG)
    world.order(ALICE, "sign_in")
    assert world.agent_state(ALICE) == "available"


def test_a_telephone_that_went_before_its_agent_came_does_not_ring() -> None:
    world = World(replace(CONFIG, agents={}))
    world.register(ALICE, "sip:desk@x.invalid", is_browser=False)
    world.unregister("sip:desk@x.invalid")
    configure(world, CONFIG)
    world.order(ALICE, "sign_in")
    assert world.agent_state(ALICE) == "paused"


def test_a_telephone_that_went_while_its_agent_was_away_is_not_remembered() -> None:
    world = World()
    world.sign_in(ALICE)
    configure(world, replace(CONFIG, agents={}))
    world.unregister(f"sip:page1-{ALICE}@x.invalid")
    configure(world, CONFIG)
    world.order(ALICE, "sign_in")
    assert world.agent_state(ALICE) == "paused"
