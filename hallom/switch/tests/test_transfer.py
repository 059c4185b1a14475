"""A caller who was sent on is taken, or comes back with a reason; he never hears nothing."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from hallom.flow.hours import Hours
from hallom.sip.events import InviteAnswered, InviteFailed
from hallom.switch.config import Config, Number, Queue
from hallom.switch.messages import Signal
from hallom.switch.tests.sip_world import rtp_sdp
from hallom.switch.tests.world import ALICE, BRUNO, CELIA, CONFIG, NUMBER, SALES, TRUSTED, World

DESK, CLAIMS = 2, 3
CLAIMS_NUMBER = "+3615550200"
OUTSIDE = "+36301234567"
HOUSE = replace(
    CONFIG,
    queues={
        SALES: CONFIG.queues[SALES],
        DESK: Queue(DESK, "Switchboard", music=("music.wav",)),
        CLAIMS: Queue(
            CLAIMS, "Claims", music=("claims.wav",), max_waiting=1, full_prompt={"hu": ("full.wav",)}
        ),
    },
    numbers={
        NUMBER: CONFIG.numbers[NUMBER],
        CLAIMS_NUMBER: Number(2, CLAIMS_NUMBER, "hu", CLAIMS, ("claims-hello.wav",)),
    },
    switchboard=DESK,
    extensions={"210": BRUNO},
    queue_extensions={"300": CLAIMS},
    ringback=("ringback.wav",),
    # Beside the tests of it, two trunks may be joined.
    rules=TRUSTED,
)


class House(World):
    def __init__(self, config: Config = HOUSE) -> None:
        super().__init__(config)

    def heard(self, name: str) -> set[str]:
        return self.hears(f"{self.call_of(name)}-1")

    def returned(self) -> list[dict[str, object]]:
        return [dict(one.data) for one in self.entries("call.returned")]

    def pick_up_any(self) -> int:
        """The agent whose telephone it was."""
        leg, effect = next(iter(self.endpoint.ringing.items()))
        self.pick_up_leg(leg)
        return int(effect.aor.removeprefix("agent-"))

    def answer_outside(self) -> str:
        leg = next(iter(self.endpoint.dials))
        del self.endpoint.dials[leg]
        self.endpoint.open(f"dialog-{leg}")
        self.tell(Signal(InviteAnswered(leg, f"dialog-{leg}", rtp_sdp(6100)), {"id": f"dialog-{leg}"}))
        return leg


def sent(to: str, *, bruno: bool = True) -> tuple[House, str]:
    """Alice sends her caller on and is free."""
    world = House()
    name, _ = world.conversation()
    if bruno:
        world.sign_in(BRUNO)
        world.order(BRUNO, "set_state", state="paused", reason="lunch")
    assert world.order(ALICE, "transfer", call=world.call_of(name), to=to).ok
    return world, name


def test_the_extension_of_a_queue_leads_to_the_queue() -> None:
    world, name = sent("extension:300")
    assert [one.data["to"] for one in world.entries("transfer.started")] == [f"queue:{CLAIMS}"]
    assert world.heard(name) == {"claims.wav"}


@pytest.mark.parametrize("to", ["agent:8", "extension:210"])
def test_a_colleague_takes_the_caller(to: str) -> None:
    world, name = sent(to)
    assert world.agent_state(ALICE) == "wrap_up"
    assert world.heard(name) == {"ringback.wav"}
    leg = world.pick_up(BRUNO)
    assert world.heard(name) == {leg}
    assert world.hears(leg) == {f"{world.call_of(name)}-1"}
    assert world.entries("transfer.completed")[0].data == {"by": ALICE, "to": to, "waited": 0.0}
    world.customer_hangs_up(name)
    world.wait(30)
    assert (world.agent_state(BRUNO), world.agent_reason(BRUNO)) == ("paused", "lunch")


def test_each_conversation_has_its_own_recording() -> None:
    world, name = sent("agent:8")
    leg = world.pick_up(BRUNO)
    call = world.call_of(name)
    assert world.workers["media-0"].recorders[f"{call}-r2"]["right"] == [leg]
    assert len(world.entries("recording.stopped")) == 1


Failing = Callable[[House], None]
FAILURES: dict[str, tuple[Failing, str, float]] = {
    "no answer": (lambda world: world.wait(20), "no_answer", 20.0),
    "rejected": (lambda world: world.refuse(BRUNO, 603), "declined", 0.0),
    "unreachable": (lambda world: world.refuse(BRUNO, 480), "unreachable", 0.0),
    "busy telephone": (lambda world: world.refuse(BRUNO, 486), "busy", 0.0),
    "telephone gone": (lambda world: world.unregister("sip:page1-8@x.invalid"), "unreachable", 0.0),
    "signed out": (lambda world: world.order(BRUNO, "sign_out") and None, "agent_left", 0.0),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_what_a_colleague_does_not_take_comes_back_with_the_reason(failure: str) -> None:
    fail, reason, waited = FAILURES[failure]
    world, name = sent("agent:8")
    fail(world)
    mark = world.returned()[0]
    assert (mark["from"], mark["to"], mark["reason"]) == (ALICE, "agent:8", reason)
    assert (mark["waited"], mark["times"]) == (waited, 1)
    assert world.heard(name) == {"ringback.wav"}
    assert world.endpoint.ringing[world.ringing_leg(ALICE)].headers["X-Hallom-Purpose"] == "return"
    leg = world.pick_up(ALICE)
    assert world.heard(name) == {leg}
    assert world.agent_state(ALICE) == "talking"


@pytest.mark.parametrize("state", ["paused", "offline", "paused-after-call", "talking", "no telephone"])
def test_when_the_transferrer_is_gone_or_busy_the_switchboard_gets_the_caller_first(state: str) -> None:
    world, name = sent("agent:8")
    world.order(
        ALICE, "set_state", state="paused" if state.startswith("paused") else "available", reason="lunch"
    )
    if state == "talking":
        world.conversation(ALICE)
    elif state == "offline":
        world.order(ALICE, "sign_out")
    elif state == "no telephone":
        world.unregister("sip:page1-7@x.invalid")
    world.wait(20)
    assert world.call_state(name) == "queued"
    assert world.heard(name) == {"music.wav"}
    waiting = world.switch.state.router.waiting[world.call_of(name)]
    assert (waiting.queue, waiting.priority) == (DESK, 1000)
    assert world.entries("queue.entered")[-1].data["reason"] == "returned"
    assert world.returned()[0]["reason"] == "no_answer"


def test_who_comes_back_to_the_switchboard_is_put_through_before_those_who_waited_there_already() -> None:
    world, name = sent("agent:8")
    world.order(ALICE, "finish_wrap_up")
    waits, _ = world.conversation()
    assert world.order(ALICE, "transfer", call=world.call_of(waits), to=f"queue:{DESK}").ok
    world.order(ALICE, "sign_out")
    world.wait(20)
    router = world.switch.state.router
    assert [router.position(world.call_of(one)) for one in (name, waits)] == [1, 2]


def test_a_transferrer_who_does_not_take_him_back_loses_him_to_the_switchboard() -> None:
    world, name = sent("agent:8")
    world.wait(20)
    assert world.ringing_leg(ALICE)
    world.wait(20)
    assert world.call_state(name) == "queued"
    assert world.agent_state(ALICE) == "available"


def test_a_busy_colleague_is_not_rung() -> None:
    world = House()
    first, _ = world.conversation(BRUNO)
    second, _ = world.conversation(ALICE)
    assert world.order(ALICE, "transfer", call=world.call_of(second), to="agent:8").ok
    assert world.returned()[0]["reason"] == "busy"
    assert world.ringing_leg(ALICE).startswith(world.call_of(second))
    assert world.call_state(first) == "talking"


def test_a_colleague_without_a_telephone_is_unreachable_and_the_caller_back_at_once() -> None:
    world, _ = sent("agent:8", bruno=False)
    assert world.returned()[0]["reason"] == "unreachable"
    assert world.ringing_leg(ALICE)


def test_how_often_he_came_back_is_counted() -> None:
    world, name = sent("agent:8")
    for times in (1, 2, 3):
        world.refuse(BRUNO, 603)
        world.pick_up(ALICE)
        assert world.returned()[-1]["times"] == times
        assert world.order(ALICE, "transfer", call=world.call_of(name), to="agent:8").ok


def test_a_queue_takes_the_caller_and_its_agent_completes_the_transfer() -> None:
    world, name = sent("queue:3")
    assert world.call_state(name) == "queued"
    assert world.heard(name) == {"claims.wav"}
    assert world.returned() == []


def test_a_queue_in_which_nobody_comes_gives_the_caller_back() -> None:
    world, name = sent("queue:3")
    world.wait(300)
    mark = world.returned()[0]
    assert (mark["to"], mark["reason"], mark["waited"]) == ("queue:3", "no_answer", 300.0)
    assert world.pick_up(ALICE)
    world.wait(600)
    assert world.call_state(name) == "talking"


def test_a_full_queue_gives_the_caller_back_at_once() -> None:
    world, first = sent("queue:3")
    world.order(ALICE, "finish_wrap_up")
    second, _ = world.conversation()
    assert world.order(ALICE, "transfer", call=world.call_of(second), to="queue:3").ok
    assert world.returned()[0]["reason"] == "queue_full"
    assert world.call_state(first) == "queued"


def test_a_greeting_is_heard_and_its_queue_entered() -> None:
    world, name = sent(f"greeting:{CLAIMS_NUMBER}")
    assert world.heard(name) == {"claims-hello.wav"}
    world.hear_out()
    assert world.heard(name) == {"claims.wav"}
    world.wait(300)
    assert world.returned()[0]["to"] == f"greeting:{CLAIMS_NUMBER}"


GREETING = f"greeting:{CLAIMS_NUMBER}"


def full(to: str = GREETING, *, fills: str = "before") -> tuple[House, str]:
    """Alice's caller is sent on to a number whose queue is full, or fills while he hears its announcement."""
    world, _ = sent("queue:3") if fills == "before" else (House(), "")
    world.order(ALICE, "finish_wrap_up")
    name, _ = world.conversation()
    other = world.conversation(BRUNO)[0] if fills == "meanwhile" else ""
    assert world.order(ALICE, "transfer", call=world.call_of(name), to=to).ok
    if other:
        assert world.order(BRUNO, "transfer", call=world.call_of(other), to="queue:3").ok
        assert world.heard(name) == {"claims-hello.wav"}
        world.hear_out()
    return world, name


@pytest.mark.parametrize("fills", ["before", "meanwhile"])
def test_a_greeting_whose_queue_is_full_gives_the_caller_back_as_the_queue_itself_does(fills: str) -> None:
    """Nobody who is not let go is bidden to call again later."""
    world, name = full(fills=fills)
    (mark,) = world.returned()
    assert (mark["from"], mark["to"], mark["reason"], mark["times"]) == (ALICE, GREETING, "queue_full", 1)
    said = [one for one in world.entries("greeting.started") if one.call == world.call_of(name)]
    behind_the_first = [one.data["prompts"] for one in said[1:]]
    assert behind_the_first == ([] if fills == "before" else [["claims-hello.wav"]])
    assert world.heard(name) == {"ringback.wav"}
    assert world.entries("offer.made")[-1].data["purpose"] == "return"
    leg = world.pick_up(ALICE)
    assert world.heard(name) == {leg}
    assert world.replayed().state == world.switch.state


@pytest.mark.parametrize("to", ["queue:3", GREETING])
def test_a_full_queue_whose_sender_is_gone_gives_the_caller_to_the_switchboard(to: str) -> None:
    world, _ = sent("queue:3")
    world.order(ALICE, "finish_wrap_up")
    world.sign_in(BRUNO)
    world.order(BRUNO, "divert", when="always", to=to)
    name, _ = world.conversation()
    assert world.order(ALICE, "transfer", call=world.call_of(name), to="agent:8").ok
    assert world.returned()[0]["reason"] == "queue_full"
    world.order(ALICE, "sign_out")
    entered = world.entries("queue.entered")[-1].data
    assert (entered["queue"], entered["front"], entered["reason"]) == (DESK, True, "returned")


def test_a_colleague_who_calls_and_is_diverted_to_a_full_queue_is_told_so() -> None:
    """He has nobody to go back to."""
    world, _ = sent("queue:3")
    world.order(BRUNO, "set_state", state="available")
    world.sign_in(CELIA)
    world.order(CELIA, "divert", when="always", to=GREETING)
    assert world.order(BRUNO, "dial", to="agent:9").ok
    own = world.pick_up(BRUNO)
    assert world.hears(own) == {"claims-hello.wav"}
    world.hear_out()
    assert world.hears(own) == {"full.wav"}
    world.hear_out()
    assert world.entries("call.ending")[-1].data["cause"] == "queue_full"


@pytest.mark.parametrize("fills", ["before", "meanwhile"])
def test_a_crash_at_any_moment_brings_him_back_all_the_same(fills: str) -> None:
    world, name = full(fills=fills)
    call = world.call_of(name)
    sent_on = (n for n, one in enumerate(world.journal) if (one.kind, one.call) == ("transfer.started", call))
    for cut in range(next(sent_on) + 1, len(world.journal) + 1):
        world, name = full(fills=fills)
        del world.journal[cut:]
        world.crash()
        assert world.heard(name), world.journal[-1].kind
        world.wait(700)
        assert world.call_state(name) != "ended", world.journal[-1].kind


def test_a_greeting_outside_its_hours_says_so_and_gives_the_caller_back() -> None:
    never = Hours("Europe/Budapest", ((),) * 7)
    closed = replace(HOUSE.numbers[CLAIMS_NUMBER], hours=never, closed_greeting=("claims-closed.wav",))
    world = House(replace(HOUSE, numbers={**HOUSE.numbers, CLAIMS_NUMBER: closed}))
    name, _ = world.conversation()
    assert world.order(ALICE, "transfer", call=world.call_of(name), to=f"greeting:{CLAIMS_NUMBER}").ok
    assert world.heard(name) == {"claims-closed.wav"}
    world.hear_out()
    assert (world.returned()[0]["reason"], world.heard(name)) == ("closed", {"ringback.wav"})
    leg = world.pick_up(ALICE)
    assert world.heard(name) == {leg}


def test_a_number_outside_is_dialled_and_talks() -> None:
    world, name = sent(f"outside:{OUTSIDE}")
    dial = next(iter(world.endpoint.dials.values()))
    assert (dial.number, dial.agent, dial.purpose) == (OUTSIDE, ALICE, "transfer")
    assert world.heard(name) == {"ringback.wav"}
    leg = world.answer_outside()
    assert world.heard(name) == {leg}
    assert world.hears(leg) == {f"{world.call_of(name)}-1"}
    world.hang_up(f"dialog-{leg}")
    assert world.call_state(name) == "ended"
    assert world.entries("call.ended")[0].data["by"] == "other"


@pytest.mark.parametrize(
    ("status", "reason"),
    [(486, "busy"), (403, "not_allowed"), (404, "unknown_number"), (503, "unreachable"), (603, "declined")],
)
def test_a_number_outside_that_fails_gives_the_caller_back(status: int, reason: str) -> None:
    world, name = sent(f"outside:{OUTSIDE}")
    leg = next(iter(world.endpoint.dials))
    del world.endpoint.dials[leg]
    world.tell(Signal(InviteFailed(leg, status, "")))
    assert world.returned()[0]["reason"] == reason
    assert world.heard(name) == {"ringback.wav"}
    assert world.pick_up(ALICE)


def test_a_number_outside_that_does_not_answer_is_cancelled() -> None:
    world, _ = sent(f"outside:{OUTSIDE}")
    leg = next(iter(world.endpoint.dials))
    world.wait(40)
    assert [cancel.invite for cancel in world.endpoint.cancels] == [leg]
    assert world.returned()[0]["reason"] == "no_answer"


def test_the_time_a_destination_has_is_configured() -> None:
    world = House()
    world.switch.configure(replace(HOUSE, transfer_seconds={"agent": 9.0, "agent:9": 5.0}), world.now)
    name, _ = world.conversation()
    world.sign_in(CELIA)
    world.order(ALICE, "transfer", call=world.call_of(name), to="agent:9")
    world.wait(5)
    assert world.returned()[0]["waited"] == 5.0


@pytest.mark.parametrize("to", [f"queue:{CLAIMS}", GREETING])
def test_a_greeting_has_the_time_of_the_queue_behind_it(to: str) -> None:
    world = House()
    seconds = {"queue": 60.0, "greeting": 60.0, f"queue:{CLAIMS}": 7.0}
    world.switch.configure(replace(HOUSE, transfer_seconds=seconds), world.now)
    name, _ = world.conversation()
    world.order(ALICE, "transfer", call=world.call_of(name), to=to)
    world.wait(7)
    assert world.returned()[0]["waited"] == 7.0


@pytest.mark.parametrize(
    ("to", "error"),
    [
        ("agent:99", "unknown_destination"),
        ("extension:99", "unknown_destination"),
        ("queue:99", "unknown_destination"),
        ("greeting:+999", "unknown_destination"),
        ("moon:1", "unknown_destination"),
        ("agent:x", "unknown_destination"),
        ("", "unknown_destination"),
        ("agent:7", "to_yourself"),
    ],
)
def test_there_is_no_way_to_nowhere(to: str, error: str) -> None:
    world = House()
    name, leg = world.conversation()
    assert world.order(ALICE, "transfer", call=world.call_of(name), to=to).error == error
    assert world.heard(name) == {leg}


def test_the_caller_can_hang_up_while_it_rings() -> None:
    world, name = sent("agent:8")
    world.customer_hangs_up(name)
    assert world.call_state(name) == "ended"
    assert world.agent_state(BRUNO) == "paused"
    assert world.returned() == []
    assert not world.workers["media-0"].legs


def test_a_crash_at_any_moment_of_a_transfer_loses_nothing() -> None:
    def story(world: House) -> str:
        for agent in (ALICE, BRUNO):
            world.sign_in(agent)
            world.order(agent, "sign_in")
        world.order(BRUNO, "set_state", state="paused", reason="lunch")
        name = world.dial()
        world.hear_out()
        world.hear_out()
        world.pick_up(ALICE)
        world.order(ALICE, "transfer", call=world.call_of(name), to="agent:8")
        world.wait(20)
        if world.call_state(name) == "transferring":
            world.pick_up(ALICE)
        return name

    clean = House()
    story(clean)
    for moment in range(1, clean.points):
        world = House()
        world.crash_at = moment
        name = story(world)
        heard = world.heard(name)
        assert heard == {world.switch.state.calls[world.call_of(name)].agent_leg}, moment
        assert world.replayed().state == world.switch.state, moment


def test_a_worker_that_dies_while_it_rings_rings_again() -> None:
    world, name = sent("agent:8")
    world.kill_worker("media-0")
    assert world.heard(name) == {"ringback.wav"}
    assert world.pick_up(BRUNO)
    assert world.returned() == []
