from dataclasses import replace
from datetime import date

import pytest

from hallom.flow.hours import Hours
from hallom.sip.events import AckMissing, Acknowledged
from hallom.switch.messages import Answered, MediaReply, Signal, WorkerLost, WorkerReady
from hallom.switch.tests.sip_world import by_ip6, invite, rtp_sdp, webrtc_sdp
from hallom.switch.tests.world import ALICE, CONFIG, NUMBER, SALES, World

CLOSED = Hours("Europe/Budapest", ((),) * 7, days=((date(2000, 1, 1), ()),))


def closed_world() -> World:
    number = replace(CONFIG.numbers[NUMBER], hours=CLOSED)
    return World(replace(CONFIG, numbers={NUMBER: number}))


@pytest.mark.parametrize(
    ("dialled", "sdp", "status", "reason"),
    [
        ("+3619999999", rtp_sdp(), 404, "unknown_number"),
        (NUMBER, "v=0\r\n", 488, "no_codec"),
        (NUMBER, "rubbish", 488, "no_codec"),
    ],
)
def test_a_call_that_cannot_be_taken_is_refused(dialled: str, sdp: str, status: int, reason: str) -> None:
    world = World()
    name = world.dial(dialled, sdp=sdp)
    assert world.endpoint.rejects[name] == status
    assert [(entry.kind, entry.data["reason"]) for entry in world.journal] == [("call.rejected", reason)]


@pytest.mark.parametrize("dialled", ["+3615550100", "3615550100", "+36-1-555-0100"])
def test_a_number_is_found_however_it_is_written(dialled: str) -> None:
    world = World()
    name = world.dial(dialled)
    assert world.call_state(name) == "greeting"


def test_without_a_media_worker_the_call_is_refused() -> None:
    world = World()
    world.tell(WorkerLost("media-0"))
    assert world.endpoint.rejects[world.dial()] == 503
    world.tell(WorkerReady("media-0", world.workers["media-0"].inventory()))
    assert world.call_state(world.dial()) == "greeting"


def test_a_worker_that_opens_no_port_ends_the_call() -> None:
    world = World()
    world.workers["media-0"].broken.add("leg.open")
    name = world.dial()
    assert world.endpoint.rejects[name] == 503
    assert world.kinds(name)[-1] == "call.ended"


def test_a_worker_that_never_replies_ends_the_call() -> None:
    world = World()
    world.switch.handle(Signal(invite(1), {}), world.now)
    world.commit()
    world.outbox.clear()
    world.wait(6)
    world.wait(4)
    assert world.endpoint.rejects["in1"] == 503
    assert world.journal[-1].kind == "call.ended"


def test_the_same_invite_twice_is_one_call() -> None:
    world = World()
    world.dial()
    world.tell(Signal(invite(1), {}))
    assert len(world.entries("call.arrived")) == 1


def test_calls_go_to_the_worker_with_the_fewest_legs() -> None:
    world = World(replace(CONFIG, media_workers=("media-0", "media-1")))
    for _ in range(4):
        world.dial()
    assert [len(worker.legs) for worker in world.workers.values()] == [2, 2]


def test_a_caller_who_gives_up_before_the_answer_is_let_go() -> None:
    world = World()
    event = invite(1)
    world.endpoint.pending.add(event.invite)
    world.switch.handle(Signal(event, {}), world.now)
    world.commit()
    world.customer_hangs_up(event.invite)
    ended = world.entries("call.ended")[0].data
    assert (ended["by"], ended["cause"]) == ("customer", "cancelled")
    assert not world.workers["media-0"].legs


def test_an_answer_that_crosses_the_cancel_is_taken_back() -> None:
    world = World()
    event = invite(1)
    world.endpoint.pending.add(event.invite)
    world.switch.handle(Signal(event, {}), world.now)
    world.commit()
    reply = world.carry_out(world.outbox.popleft())
    assert isinstance(reply, MediaReply)
    world.tell(reply)
    name = event.invite
    world.hang_up(f"dialog-{name}")
    world.tell(Answered("gone", "dialog-gone", {}))
    assert [bye.dialog for bye in world.endpoint.byes] == ["dialog-gone"]


def test_closed_says_so_and_hangs_up() -> None:
    world = closed_world()
    name = world.dial()
    assert world.hears(f"{world.call_of(name)}-1") == {"closed.wav"}
    assert world.entries("greeting.started")[0].data["closed"] is True
    world.hear_out()
    ended = world.entries("call.ended")[0].data
    assert (ended["by"], ended["cause"]) == ("system", "closed")
    assert "queue.entered" not in world.kinds(name)


def test_without_a_greeting_the_caller_queues_at_once() -> None:
    number = replace(CONFIG.numbers[NUMBER], greeting=())
    world = World(replace(CONFIG, numbers={NUMBER: number}))
    name = world.dial()
    assert world.call_state(name) == "queued"


def test_a_greeting_that_cannot_be_played_is_passed_over() -> None:
    world = World()
    world.workers["media-0"].broken.add("player.start")
    assert world.call_state(world.dial()) == "queued"


def test_a_greeting_whose_end_is_never_told_does_not_keep_the_caller() -> None:
    world = World()
    name = world.dial()
    world.wait(300)
    assert world.call_state(name) == "queued"


def test_an_invite_without_an_offer_gets_ours_and_is_connected_by_the_ack() -> None:
    world = World()
    name = world.dial(sdp=None)
    leg = f"{world.call_of(name)}-1"
    assert leg not in world.workers["media-0"].connected
    world.tell(Signal(Acknowledged(f"dialog-{name}", rtp_sdp(4010))))
    assert world.workers["media-0"].connected[leg]["port"] == 4010


def test_a_caller_who_cannot_be_heard_with_what_his_ack_says_is_not_kept() -> None:
    world = World()
    name = world.dial(sdp=None)
    world.tell(Signal(Acknowledged(f"dialog-{name}", by_ip6(rtp_sdp()))))
    assert world.entries("call.ending")[0].data["cause"] == "no_codec"
    assert [bye.dialog for bye in world.endpoint.byes] == [f"dialog-{name}"]


def test_a_caller_whose_voice_comes_by_another_ip_than_ours_is_told() -> None:
    world = World()
    name = world.dial(sdp=by_ip6(rtp_sdp()))
    assert world.endpoint.rejects[name] == 488
    assert world.entries("call.ending")[0].data["cause"] == "no_codec"


def test_a_caller_without_ack_is_not_kept() -> None:
    world = World()
    name = world.dial()
    world.tell(Signal(AckMissing(f"dialog-{name}")))
    assert world.call_state(name) == "ended"
    assert [bye.dialog for bye in world.endpoint.byes] == [f"dialog-{name}"]


def test_a_browser_may_be_the_customer() -> None:
    world = World()
    name = world.dial(sdp=webrtc_sdp().replace("setup:active", "setup:actpass"))
    leg = f"{world.call_of(name)}-1"
    assert world.workers["media-0"].legs[leg] == "webrtc"
    assert world.workers["media-0"].connected[leg]["ufrag"] == "wxyz"


def test_a_full_queue_says_so_and_hangs_up() -> None:
    queue = replace(CONFIG.queues[SALES], max_waiting=1)
    world = World(replace(CONFIG, queues={SALES: queue}))
    world.queue_up()
    second = world.dial()
    world.hear_out()
    assert world.hears(f"{world.call_of(second)}-1") == {"full.wav"}
    world.hear_out()
    assert world.entries("call.ended")[0].data["cause"] == "queue_full"


def test_a_number_of_no_queue_ends_the_call() -> None:
    world = World(replace(CONFIG, queues={}))
    world.sign_in(ALICE)
    world.dial()
    world.hear_out()
    assert world.entries("call.ended")[0].data["cause"] == "queue_full"
