from hallom.switch.tests.world import ALICE, World


def test_a_call_from_invite_to_wrap_up() -> None:
    world = World()
    world.sign_in(ALICE)
    name = world.dial()
    customer = f"{world.call_of(name)}-1"
    assert world.hears(customer) == {"hello.wav"}
    world.hear_out()
    assert world.hears(customer) == {"music.wav"}
    assert world.agent_state(ALICE) == "offered"
    world.wait(3)
    leg = world.pick_up(ALICE)
    assert world.hears(customer) == {leg}
    assert world.hears(leg) == {customer}
    assert world.agent_state(ALICE) == "talking"
    world.wait(60)
    world.customer_hangs_up(name)
    assert world.agent_state(ALICE) == "wrap_up"
    assert [bye.dialog for bye in world.endpoint.byes] == [f"dialog-{leg}"]
    world.wait(30)
    assert world.agent_state(ALICE) == "available"
    assert world.complaints == []
    assert world.kinds(name) == [
        "call.arrived",
        "leg.opened",
        "call.answered",
        "greeting.started",
        "greeting.ended",
        "queue.entered",
        "offer.made",
        "leg.opened",
        "leg.invited",
        "offer.accepted",
        "queue.left",
        "leg.answered",
        "call.bridged",
        "recording.started",
        "call.ending",
        "leg.ended",
        "leg.ended",
        "recording.stopped",
        "leg.quality",
        "leg.quality",
        "call.ended",
    ]
    ended = world.entries("call.ended")[0].data
    assert (ended["by"], ended["cause"], ended["talk_seconds"]) == ("customer", "normal", 60)
    assert not world.workers["media-0"].legs
