from dataclasses import replace

import pytest

from hallom.sip.events import InviteAnswered
from hallom.switch.messages import Signal
from hallom.switch.tests.sip_world import by_ip6, rtp_sdp, webrtc_sdp
from hallom.switch.tests.world import ALICE, BRUNO, CONFIG, World


def late_answer(world: World, leg: str) -> None:
    """A 200 that was on its way when the INVITE was cancelled."""
    dialog = f"dialog-late-{leg}"
    world.endpoint.open(dialog)
    world.tell(Signal(InviteAnswered(leg, dialog, webrtc_sdp()), {"id": dialog}))


def test_an_agent_who_does_not_answer_is_paused_and_the_next_rings_at_once() -> None:
    world = World()
    world.sign_in(ALICE)
    world.wait(1)
    world.sign_in(BRUNO)
    world.queue_up()
    world.wait(19.9)
    assert world.agent_state(ALICE) == "offered"
    world.wait(0.1)
    assert (world.agent_state(ALICE), world.agent_reason(ALICE)) == ("paused", "no_answer")
    assert world.agent_state(BRUNO) == "offered"
    assert len(world.endpoint.ringing) == 1
    expired, made = world.entries("offer.expired")[0], world.entries("offer.made")[1]
    assert expired.at == made.at


@pytest.mark.parametrize("sdp", [by_ip6(rtp_sdp()), rtp_sdp(), "v=0\r\n"])
def test_a_telephone_that_answers_with_what_no_worker_can_use_gets_nobody(sdp: str) -> None:
    """The one that rings is a browser: plain RTP from it would be heard by nobody."""
    world = World()
    world.sign_in(ALICE)
    name = world.queue_up()
    leg = world.ringing_leg(ALICE)
    del world.endpoint.ringing[leg]
    world.endpoint.open(f"dialog-{leg}")
    world.tell(Signal(InviteAnswered(leg, f"dialog-{leg}", sdp), {"id": f"dialog-{leg}"}))
    assert [bye.dialog for bye in world.endpoint.byes] == [f"dialog-{leg}"]
    assert world.call_state(name) == "queued"


def test_the_longest_idle_agent_rings() -> None:
    world = World()
    world.sign_in(BRUNO)
    world.wait(5)
    world.sign_in(ALICE)
    world.queue_up()
    assert world.agent_state(BRUNO) == "offered"


@pytest.mark.parametrize("how", ["order", "603", "486"])
def test_a_rejected_caller_goes_to_the_next_agent(how: str) -> None:
    world = World()
    world.sign_in(ALICE)
    world.wait(1)
    world.sign_in(BRUNO)
    name = world.queue_up()
    if how == "order":
        assert world.order(ALICE, "reject", offer=f"{world.call_of(name)}-o1").ok
    else:
        world.wait(2)
        world.refuse(ALICE, int(how))
    assert world.agent_state(ALICE) == "available"
    assert world.agent_state(BRUNO) == "offered"
    assert world.entries("offer.rejected")[0].data["reason"] == "declined"
    assert [entry.data["agent"] for entry in world.entries("offer.made")] == [ALICE, BRUNO]


def test_a_rejected_caller_comes_back_to_the_same_agent_only_after_a_while() -> None:
    world = World()
    world.sign_in(ALICE)
    world.queue_up()
    world.refuse(ALICE, 603)
    world.wait(9)
    assert not world.endpoint.ringing
    world.wait(1)
    assert world.agent_state(ALICE) == "offered"


def test_a_busy_phone_is_left_alone_for_a_moment() -> None:
    world = World()
    world.sign_in(ALICE, is_browser=False)
    world.queue_up()
    world.refuse(ALICE, 486)
    assert (world.agent_state(ALICE), world.agent_reason(ALICE)) == ("paused", "busy")
    world.wait(10)
    assert world.agent_state(ALICE) == "offered"


@pytest.mark.parametrize("status", [404, 408, 480, 500, 503])
def test_an_unreachable_phone_pauses_its_agent_with_the_reason(status: int) -> None:
    world = World()
    world.sign_in(ALICE)
    world.wait(1)
    world.sign_in(BRUNO)
    world.queue_up()
    world.refuse(ALICE, status)
    assert (world.agent_state(ALICE), world.agent_reason(ALICE)) == ("paused", "unreachable")
    assert world.agent_state(BRUNO) == "offered"
    world.register(ALICE, "sip:new@x.invalid")
    assert world.agent_state(ALICE) == "available"


def test_without_a_phone_an_agent_is_not_available() -> None:
    world = World()
    assert world.order(ALICE, "sign_in").ok
    assert (world.agent_state(ALICE), world.agent_reason(ALICE)) == ("paused", "unreachable")
    world.register(ALICE, "sip:page@x.invalid")
    assert world.agent_state(ALICE) == "available"
    world.unregister("sip:page@x.invalid")
    assert world.agent_reason(ALICE) == "unreachable"


def test_a_phone_that_goes_while_it_rings_sends_the_caller_on_at_once() -> None:
    world = World()
    world.sign_in(ALICE)
    world.wait(1)
    world.sign_in(BRUNO)
    world.queue_up()
    world.unregister(f"sip:page1-{ALICE}@x.invalid")
    assert world.agent_reason(ALICE) == "unreachable"
    assert world.agent_state(BRUNO) == "offered"


def test_a_caller_who_hangs_up_while_it_rings_costs_the_agent_nothing() -> None:
    world = World()
    world.sign_in(ALICE)
    world.wait(1)
    world.sign_in(BRUNO)
    name = world.queue_up()
    world.wait(4)
    world.customer_hangs_up(name)
    assert world.entries("offer.withdrawn")[0].data["reason"] == "abandoned"
    assert not world.endpoint.ringing
    assert world.agent_state(ALICE) == "available"
    world.queue_up()
    assert world.agent_state(ALICE) == "offered"


def test_an_answer_after_expiry_is_ended_with_the_reason() -> None:
    world = World()
    world.sign_in(ALICE)
    name = world.queue_up()
    leg = world.ringing_leg(ALICE)
    world.wait(20)
    late_answer(world, leg)
    told = world.entries("offer.withdrawn")[0]
    assert (told.agent, told.data["reason"], told.data["leg"]) == (ALICE, "no_answer", leg)
    assert world.endpoint.byes[0].reason.startswith("SIP;cause=200")
    assert world.call_state(name) == "queued"
    assert world.agent_state(ALICE) == "paused"


def test_of_two_who_answer_in_the_same_millisecond_one_is_bridged_and_the_other_told_why() -> None:
    world = World()
    world.sign_in(ALICE)
    world.wait(1)
    world.sign_in(BRUNO)
    name = world.queue_up()
    first = world.ringing_leg(ALICE)
    world.wait(20)
    second = world.ringing_leg(BRUNO)
    world.pick_up_leg(second)
    late_answer(world, first)
    assert world.hears(f"{world.call_of(name)}-1") == {second}
    assert world.entries("offer.withdrawn")[0].agent == ALICE
    assert world.agent_state(BRUNO) == "talking"
    assert [bye.dialog for bye in world.endpoint.byes] == [f"dialog-late-{first}"]


def test_an_answer_after_the_call_is_over_is_told_to_the_agent_alone() -> None:
    world = World()
    world.sign_in(ALICE)
    name = world.queue_up()
    leg = world.ringing_leg(ALICE)
    world.customer_hangs_up(name)
    late_answer(world, leg)
    told = world.journal[-1]
    assert (told.kind, told.call, told.agent) == ("offer.withdrawn", None, ALICE)
    assert told.data["reason"] == "abandoned"
    assert world.kinds(name)[-1] == "call.ended"


def test_the_same_answer_twice_changes_nothing() -> None:
    world = World()
    name, leg = world.conversation()
    seen = len(world.journal)
    world.tell(Signal(InviteAnswered(leg, f"dialog-{leg}", webrtc_sdp()), {}))
    assert len(world.journal) == seen
    assert world.call_state(name) == "talking"


def test_a_browser_and_a_desk_phone_of_one_agent_ring_together() -> None:
    world = World()
    world.register(ALICE, "sip:desk@192.0.2.30", is_browser=False)
    world.sign_in(ALICE)
    name = world.queue_up()
    kinds = {effect.kind: leg for leg, effect in world.endpoint.ringing.items()}
    assert sorted(kinds) == ["rtp", "webrtc"]
    world.pick_up_leg(kinds["rtp"])
    assert world.hears(f"{world.call_of(name)}-1") == {kinds["rtp"]}
    assert not world.endpoint.ringing
    assert world.endpoint.cancels[0].reason.startswith("SIP;cause=200")
    assert sorted(world.workers["media-0"].legs) == sorted([f"{world.call_of(name)}-1", kinds["rtp"]])


def test_one_of_two_phones_out_of_order_leaves_the_other_ringing() -> None:
    world = World()
    world.register(ALICE, "sip:desk@192.0.2.30", is_browser=False)
    world.sign_in(ALICE)
    world.queue_up()
    world.refuse(ALICE, 503)
    assert world.agent_state(ALICE) == "offered"
    assert len(world.endpoint.ringing) == 1
    world.refuse(ALICE, 603)
    assert world.agent_state(ALICE) == "available"


def test_an_agent_is_never_offered_two_callers() -> None:
    world = World()
    world.sign_in(ALICE)
    world.queue_up()
    world.queue_up()
    assert len(world.entries("offer.made")) == 1


def test_the_invite_tells_the_page_which_call_and_offer_it_is() -> None:
    world = World()
    world.sign_in(ALICE)
    name = world.queue_up()
    sent = world.endpoint.invites[0]
    assert sent.headers == {
        "X-Hallom-Call": world.call_of(name),
        "X-Hallom-Offer": f"{world.call_of(name)}-o1",
    }
    assert sent.from_uri.startswith("sip:+36301")
    assert sent.from_name == "Carla"


def test_without_ports_the_agent_is_not_blamed() -> None:
    world = World(replace(CONFIG, media_workers=("media-0",)))
    world.queue_up()
    world.workers["media-0"].broken.add("leg.open")
    world.sign_in(ALICE)
    assert world.entries("offer.rejected")[0].data["reason"] == "no_media"
    assert world.agent_state(ALICE) == "available"
    world.workers["media-0"].broken.clear()
    world.wait(10)
    assert world.agent_state(ALICE) == "offered"
