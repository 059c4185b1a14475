"""An agent announces a customer to a queue, or to a number of the house: nobody waits in silence, and no place is lost."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from hallom.flow.hours import Hours
from hallom.sip.events import DialogEnded
from hallom.sip.replaces import Replaces
from hallom.switch.messages import MediaEvent, Signal
from hallom.switch.tests.test_transfer import CLAIMS, CLAIMS_NUMBER, HOUSE, House
from hallom.switch.tests.world import ALICE, BRUNO, CELIA, SALES

TO = f"queue:{CLAIMS}"
GREETING = f"greeting:{CLAIMS_NUMBER}"
# Bruno and Celia serve the claims, Alice does not.
STAFFED = replace(
    HOUSE,
    queues={**HOUSE.queues, CLAIMS: replace(HOUSE.queues[CLAIMS], max_waiting=2)},
    agents={
        number: one if number == ALICE else replace(one, queues={CLAIMS: 3})
        for number, one in HOUSE.agents.items()
    },
)


def announcing(to: str = TO, *, on_duty: tuple[int, ...] = (BRUNO,)) -> tuple[House, str, str]:
    """Alice announces her caller: world, the caller's INVITE, Alice's leg."""
    world = House(STAFFED)
    for agent in on_duty:
        world.sign_in(agent)
        world.wait(1)
    name, alice = world.conversation()
    world.wait(10)
    assert world.order(ALICE, "consult", call=world.call_of(name), to=to).ok
    return world, name, alice


def order(world: House, name: str, verb: str, agent: int = ALICE, **args: str) -> str:
    reply = world.order(agent, verb, call=world.call_of(name), **args)
    return "" if reply.ok else reply.error


def customer(world: House, name: str) -> str:
    return f"{world.call_of(name)}-1"


def waiting(world: House) -> list[str]:
    return sorted(world.switch.state.router.waiting)


def is_with(world: House, name: str, alice: str) -> bool:
    return (world.heard(name), world.hears(alice)) == ({alice}, {customer(world, name)})


def is_over(world: House, name: str, alice: str, reason: str, to: str = TO) -> None:
    assert [one.data for one in world.entries("consult.ended")] == [{"to": to, "reason": reason}]
    assert is_with(world, name, alice)
    assert not waiting(world)
    assert world.replayed().state == world.switch.state


def test_who_announces_hears_the_music_of_the_queue_and_the_customer_that_of_his() -> None:
    world, name, alice = announcing(on_duty=())
    assert world.hears(alice) == {"claims.wav"}
    assert world.heard(name) == {"music.wav"}
    assert world.entries("consult.queued")[0].data["position"] == 1
    assert world.call_state(name) == "consulting"


def test_a_queue_without_music_is_not_silent() -> None:
    world = House(
        replace(
            STAFFED, queues={**STAFFED.queues, CLAIMS: replace(STAFFED.queues[CLAIMS], music=())}, music=()
        )
    )
    name, alice = world.conversation()
    world.order(ALICE, "consult", call=world.call_of(name), to=TO)
    assert world.hears(alice) == {"ringback.wav"}


def test_the_agent_who_is_idle_longest_is_offered_it() -> None:
    world, *_ = announcing(on_duty=(CELIA, BRUNO))
    assert (world.agent_state(CELIA), world.agent_state(BRUNO)) == ("offered", "available")
    (offer,) = [one for one in world.entries("offer.made") if one.data["queue"] == CLAIMS]
    assert (offer.agent, offer.data["purpose"]) == (CELIA, "consult")
    assert world.endpoint.ringing[offer.data["leg"]].headers["X-Hallom-Purpose"] == "consult"


def test_whoever_lacks_the_skill_is_not_offered_it() -> None:
    world = House(
        replace(
            STAFFED,
            queues={**STAFFED.queues, CLAIMS: replace(STAFFED.queues[CLAIMS], requires={"law": 2})},
            agents={
                **STAFFED.agents,
                CELIA: replace(STAFFED.agents[CELIA], skills={"law": 3}),
            },
        )
    )
    for agent in (BRUNO, CELIA):
        world.sign_in(agent)
    name, _ = world.conversation()
    world.order(ALICE, "consult", call=world.call_of(name), to=TO)
    assert (world.agent_state(BRUNO), world.agent_state(CELIA)) == ("available", "offered")


def test_a_caller_with_a_priority_is_announced_with_it() -> None:
    number = replace(next(iter(STAFFED.numbers.values())), priority=5)
    world = House(replace(STAFFED, numbers={**STAFFED.numbers, number.number: number}))
    name, _ = world.conversation()
    ordinary = world.dial(CLAIMS_NUMBER)
    world.hear_out()
    world.order(ALICE, "consult", call=world.call_of(name), to=TO)
    world.sign_in(BRUNO)
    assert world.entries("offer.made")[-1].call == world.call_of(name)
    assert world.call_state(ordinary) == "queued"


def test_they_talk_swap_join_and_part() -> None:
    world, name, alice = announcing()
    bruno = world.pick_up(BRUNO)
    assert (world.hears(alice), world.hears(bruno), world.heard(name)) == ({bruno}, {alice}, {"music.wav"})
    assert not waiting(world)
    assert not order(world, name, "swap")
    assert is_with(world, name, alice)
    assert world.hears(bruno)
    order(world, name, "swap")
    assert not order(world, name, "join")
    legs = {customer(world, name), alice, bruno}
    assert all(world.hears(leg) == legs - {leg} for leg in legs)
    assert not order(world, name, "leave")
    assert (world.heard(name), world.hears(bruno)) == ({bruno}, {customer(world, name)})
    assert (world.agent_state(ALICE), world.agent_state(BRUNO)) == ("wrap_up", "talking")


@pytest.mark.parametrize("ways", [("complete",), ("join", "leave")])
def test_whoever_answered_out_of_the_queue_has_a_caller_of_that_queue(ways: tuple[str, ...]) -> None:
    """His wrap-up, and where the caller goes when he is lost, are those of the queue."""
    world, name, _ = announcing()
    bruno = world.pick_up(BRUNO)
    for verb in ways:
        assert not order(world, name, verb)
    assert (world.heard(name), world.hears(bruno)) == ({bruno}, {customer(world, name)})
    assert world.entries("transfer.completed")[0].data["to"] == TO
    assert world.switch.state.calls[world.call_of(name)].queue == CLAIMS
    world.unregister("sip:page1-8@x.invalid")
    world.wait(31)
    entered = world.entries("queue.entered")[-1].data
    assert (entered["queue"], entered["front"], entered["reason"]) == (CLAIMS, True, "agent_lost")


def test_handing_over_while_nobody_is_free_leaves_the_customer_the_place() -> None:
    world, name, _ = announcing(on_duty=())
    later = world.dial(CLAIMS_NUMBER)
    world.hear_out()
    world.wait(7)
    assert not order(world, name, "complete")
    assert (world.call_state(name), world.heard(name)) == ("queued", {"claims.wav"})
    assert world.agent_state(ALICE) == "wrap_up"
    entered = [one.data for one in world.entries("queue.entered") if one.call == world.call_of(name)][-1]
    assert (entered["queue"], entered["position"], entered["takes_place"]) == (CLAIMS, 1, True)
    assert len(world.switch.state.router.callers(CLAIMS)) == 2
    world.sign_in(BRUNO)
    bruno = world.pick_up(BRUNO)
    assert world.heard(name) == {bruno}
    assert world.call_state(later) == "queued"
    assert world.entries("transfer.completed")[0].data["to"] == TO


def test_a_queue_that_filled_up_behind_him_keeps_the_customers_place() -> None:
    world, name, _ = announcing(on_duty=())
    world.dial(CLAIMS_NUMBER)
    world.hear_out()
    assert not order(world, name, "complete")
    assert world.call_state(name) == "queued"


def test_handing_over_while_it_rings_leaves_it_ringing_for_the_customer() -> None:
    world, name, _ = announcing()
    assert not order(world, name, "complete")
    assert (world.call_state(name), world.agent_state(BRUNO)) == ("queued", "offered")
    assert len(world.endpoint.ringing) == 1
    bruno = world.pick_up(BRUNO)
    assert (world.heard(name), world.hears(bruno)) == ({bruno}, {customer(world, name)})
    assert not waiting(world)
    assert world.replayed().state == world.switch.state


def test_what_rang_in_vain_rings_for_the_customer_at_the_next_agent() -> None:
    world, name, _ = announcing(on_duty=(CELIA, BRUNO))
    order(world, name, "complete")
    world.refuse(CELIA, 603)
    assert world.agent_state(BRUNO) == "offered"
    bruno = world.pick_up(BRUNO)
    assert world.heard(name) == {bruno}


def test_a_customer_left_in_the_queue_comes_back_after_its_time() -> None:
    world, name, _ = announcing(on_duty=())
    world.wait(100)
    order(world, name, "complete")
    world.wait(299)
    assert world.call_state(name) == "queued"
    world.wait(1)
    (mark,) = world.returned()
    assert (mark["from"], mark["to"], mark["reason"]) == (ALICE, TO, "no_answer")
    alice = world.pick_up(ALICE)
    assert is_with(world, name, alice)
    assert not waiting(world)


Acts = dict[str, tuple[Callable[[House, str, str], object], str]]
IN_VAIN: Acts = {
    "cancelled": (lambda world, name, alice: order(world, name, "cancel_consult"), "cancelled"),
    "time is up": (lambda world, name, alice: world.wait(300), "no_answer"),
}


@pytest.mark.parametrize("what", IN_VAIN)
@pytest.mark.parametrize("on_duty", [(), (BRUNO,)])
def test_who_reaches_nobody_has_his_customer_again(what: str, on_duty: tuple[int, ...]) -> None:
    world, name, alice = announcing(on_duty=on_duty)
    act, reason = IN_VAIN[what]
    act(world, name, alice)
    is_over(world, name, alice, reason)
    assert world.agent_state(BRUNO) in ("offline", "available", "paused")
    assert not world.endpoint.ringing


@pytest.mark.parametrize(
    ("status", "after"), [(486, "paused"), (480, "paused"), (603, "available"), (408, "paused")]
)
def test_an_agent_who_does_not_take_it_is_one_who_took_no_caller(status: int, after: str) -> None:
    world, name, alice = announcing(on_duty=(CELIA, BRUNO))
    world.refuse(CELIA, status)
    assert (world.agent_state(CELIA), world.agent_state(BRUNO)) == (after, "offered")
    assert (world.hears(alice), world.heard(name)) == ({"claims.wav"}, {"music.wav"})
    bruno = world.pick_up(BRUNO)
    assert world.hears(alice) == {bruno}


def test_one_who_lets_it_ring_is_paused_and_the_next_is_rung() -> None:
    world, *_ = announcing(on_duty=(CELIA, BRUNO))
    world.wait(20)
    assert (world.agent_state(CELIA), world.agent_reason(CELIA)) == ("paused", "no_answer")
    assert world.agent_state(BRUNO) == "offered"


def test_while_it_rings_the_time_does_not_end_it() -> None:
    world, name, alice = announcing(on_duty=())
    world.wait(290)
    world.sign_in(BRUNO)
    world.wait(15)
    assert world.call_state(name) == "consulting"
    world.refuse(BRUNO, 603)
    is_over(world, name, alice, "no_answer")


@pytest.mark.parametrize("to", [TO, GREETING])
def test_a_full_queue_says_so(to: str) -> None:
    world = House(STAFFED)
    name, alice = world.conversation()
    for _ in range(2):
        world.dial(CLAIMS_NUMBER)
        world.hear_out()
    assert world.order(ALICE, "consult", call=world.call_of(name), to=to).ok
    assert [one.data["reason"] for one in world.entries("consult.ended")] == ["queue_full"]
    assert is_with(world, name, alice)


def fill(world: House) -> list[str]:
    """Two callers to whom their greeting has been said, and nobody else."""
    names = [world.dial(CLAIMS_NUMBER) for _ in range(2)]
    for name in names:
        call = world.switch.state.calls[world.call_of(name)]
        if call.player is not None:
            world.tell(MediaEvent(call.worker, "player.done", {"player": call.player.id}))
    return names


def test_a_queue_that_fills_up_during_its_announcement_says_so() -> None:
    world, name, alice = announcing(GREETING, on_duty=())
    callers = fill(world)
    assert world.hears(alice) == {"claims-hello.wav"}
    world.hear_out()
    assert [world.call_state(one) for one in callers] == ["queued", "queued"]
    assert [one.data["reason"] for one in world.entries("consult.ended")] == ["queue_full"]
    assert is_with(world, name, alice)


def test_handing_over_before_a_queue_that_filled_up_brings_the_customer_back() -> None:
    world, name, _ = announcing(GREETING, on_duty=())
    fill(world)
    assert not order(world, name, "complete")
    (mark,) = world.returned()
    assert (mark["from"], mark["to"], mark["reason"]) == (ALICE, GREETING, "queue_full")
    assert is_with(world, name, world.pick_up(ALICE))


def test_who_asks_stands_in_the_line_that_callers_behind_are_told() -> None:
    """The place he keeps is the one his customer takes over: nobody is told a better one that he would lose again."""
    told = replace(
        STAFFED.queues[CLAIMS],
        announce_seconds=60.0,
        position_prompts={"hu": {1: ("first.wav",), 2: ("second.wav",)}},
    )
    world = House(replace(STAFFED, queues={**STAFFED.queues, CLAIMS: told}))
    name, _ = world.conversation()
    order(world, name, "consult", to=TO)
    behind, too_many = fill(world)
    assert world.heard(too_many) == {"full.wav"}
    for act, place in (("", "second.wav"), ("complete", "second.wav"), ("leave", "first.wav")):
        if act == "leave":
            world.customer_hangs_up(name)
        elif act:
            order(world, name, act)
        world.hear_out()
        world.wait(60)
        assert world.heard(behind) == {place}, act


def test_a_queue_that_is_taken_out_of_service() -> None:
    world, name, alice = announcing()
    world.config = replace(STAFFED, queues={SALES: STAFFED.queues[SALES]})
    world.guarded(lambda: world.switch.configure(world.config, world.now))
    is_over(world, name, alice, "queue_removed")
    assert world.agent_state(BRUNO) == "available"


@pytest.mark.parametrize("on_duty", [(), (BRUNO,)])
def test_a_customer_who_hangs_up_leaves_no_ghost_in_the_queue(on_duty: tuple[int, ...]) -> None:
    world, name, _ = announcing(on_duty=on_duty)
    world.customer_hangs_up(name)
    assert not waiting(world)
    assert not world.endpoint.ringing
    assert world.agent_state(BRUNO) in ("offline", "available")
    assert world.agent_state(ALICE) == "wrap_up"
    assert world.kinds(name)[-1] == "call.ended"
    assert not world.workers["media-0"].legs


@pytest.mark.parametrize("how", ["bye", "order"])
@pytest.mark.parametrize("on_duty", [(), (BRUNO,)])
def test_who_hangs_up_while_he_waits_leaves_the_customer_the_place(
    how: str, on_duty: tuple[int, ...]
) -> None:
    world, name, alice = announcing(on_duty=on_duty)
    if how == "bye":
        world.hang_up(f"dialog-{alice}")
    else:
        assert not order(world, name, "hang_up")
    assert (world.call_state(name), world.heard(name)) == ("queued", {"claims.wav"})
    assert waiting(world) == [world.call_of(name)]
    assert world.agent_state(ALICE) == "wrap_up"


@pytest.mark.parametrize("on_duty", [(), (BRUNO,)])
@pytest.mark.parametrize("how", ["page", "breaks"])
def test_whose_browser_dies_has_time_to_come_back(on_duty: tuple[int, ...], how: str) -> None:
    world, name, alice = announcing(on_duty=on_duty)
    if how == "page":
        world.unregister("sip:page1-7@x.invalid")
    else:
        world.tell(Signal(DialogEnded(f"dialog-{alice}", False, "timeout")))
    assert (world.heard(name), world.call_state(name)) == ({"music.wav"}, "lost")
    assert not waiting(world)
    assert world.agent_state(BRUNO) in ("offline", "available")
    if how == "page":
        world.register(ALICE, "sip:page2-7@x.invalid")
    alice = world.pick_up(ALICE)
    assert is_with(world, name, alice)


def test_the_place_in_the_line_counts_no_callers_twice() -> None:
    """Nobody who was in line already falls back behind one who is announced later."""
    world = House(STAFFED)
    name, _ = world.conversation()
    world.wait(5)
    first = world.dial(CLAIMS_NUMBER)
    world.hear_out()
    # Alice's own caller was answered at once and has waited no longer than that.
    early = world.switch.state.calls[world.call_of(name)].waiting_since
    assert early is not None
    assert early < world.switch.state.router.waiting[world.call_of(first)].entered_at
    world.order(ALICE, "consult", call=world.call_of(name), to=TO)
    asks, waits = (world.switch.state.router.waiting[world.call_of(one)] for one in (name, first))
    assert asks.entered_at == early
    assert asks.rank < waits.rank


def test_a_consultation_is_no_caller_of_the_queue() -> None:
    """The wait of those who call is measured by entries of theirs; a word with a colleague is no handling either."""
    world, name, _ = announcing()
    world.pick_up(BRUNO)
    world.wait(40)
    order(world, name, "cancel_consult")
    assert [one.data["queue"] for one in world.entries("queue.entered")] == [SALES]
    assert CLAIMS not in world.switch.state.router.handling
    assert world.agent_state(BRUNO) == "available"


# To a number of the house: its announcement, then its queue


def test_to_an_announcement_and_then_into_its_queue() -> None:
    world, name, alice = announcing(GREETING)
    assert world.hears(alice) == {"claims-hello.wav"}
    assert world.heard(name) == {"music.wav"}
    assert world.agent_state(BRUNO) == "available"
    world.hear_out()
    assert world.hears(alice) == {"claims.wav"}
    bruno = world.pick_up(BRUNO)
    order(world, name, "complete")
    assert world.heard(name) == {bruno}
    assert world.entries("transfer.completed")[0].data["to"] == GREETING


def test_handing_over_during_the_announcement_lets_the_customer_hear_it() -> None:
    world, name, _ = announcing(GREETING, on_duty=())
    assert not order(world, name, "complete")
    assert world.heard(name) == {"claims-hello.wav"}
    world.hear_out()
    assert (world.call_state(name), world.heard(name)) == ("queued", {"claims.wav"})
    world.wait(300)
    assert world.returned()[0]["to"] == GREETING


def test_handing_over_behind_the_announcement_leaves_the_place() -> None:
    world, name, _ = announcing(GREETING, on_duty=())
    world.hear_out()
    assert not order(world, name, "complete")
    assert (world.call_state(name), world.heard(name)) == ("queued", {"claims.wav"})
    world.wait(300)
    assert world.returned()[0]["to"] == GREETING
    assert not waiting(world)


def test_an_announcement_whose_end_is_never_told_is_over_in_time() -> None:
    world, name, alice = announcing(GREETING)
    world.wait(300)
    is_over(world, name, alice, "no_answer", GREETING)


def test_a_number_that_is_closed_is_heard_to_be_so() -> None:
    closed = replace(
        STAFFED.numbers[CLAIMS_NUMBER], hours=Hours("UTC", ((),) * 7), closed_greeting=("closed.wav",)
    )
    world = House(replace(STAFFED, numbers={**STAFFED.numbers, CLAIMS_NUMBER: closed}))
    name, alice = world.conversation()
    world.order(ALICE, "consult", call=world.call_of(name), to=GREETING)
    assert world.hears(alice) == {"closed.wav"}
    world.hear_out()
    is_over(world, name, alice, "closed", GREETING)


def test_a_colleague_whose_calls_go_to_a_queue() -> None:
    world, name, alice = announcing(on_duty=())
    order(world, name, "cancel_consult")
    world.sign_in(CELIA)
    world.order(CELIA, "set_state", state="paused", reason="lunch")
    world.order(CELIA, "divert", when="always", to=TO)
    assert world.order(ALICE, "consult", call=world.call_of(name), to="agent:9").ok
    assert world.hears(alice) == {"claims.wav"}
    assert not order(world, name, "complete")
    assert (world.call_state(name), world.heard(name)) == ("queued", {"claims.wav"})
    world.wait(300)
    assert world.returned()[0]["to"] == "agent:9"


# By the keys of a desk phone


def by_phone(typed: str = "queue-3") -> tuple[House, str, str, str]:
    """Alice's desk phone holds her caller and calls the queue: world, the caller's INVITE, both her legs."""
    world = House(STAFFED)
    world.sign_in(ALICE, is_browser=False)
    name, first = world.conversation()
    invite = world.dial_from(ALICE, typed)
    second = world.switch.state.transactions[invite]
    return world, name, first, second


@pytest.mark.parametrize("typed", ["queue-3", "300"])
def test_a_desk_phone_announces_to_a_queue(typed: str) -> None:
    world, name, _, second = by_phone(typed)
    assert world.hears(second) == {"claims.wav"}
    assert world.heard(name) == {"music.wav"}
    world.sign_in(BRUNO)
    bruno = world.pick_up(BRUNO)
    assert (world.hears(second), world.hears(bruno)) == ({bruno}, {second})


@pytest.mark.parametrize("is_answered", [True, False])
def test_a_desk_phone_hands_over_by_refer(is_answered: bool) -> None:
    world, name, first, second = by_phone()
    if is_answered:
        world.sign_in(BRUNO)
        bruno = world.pick_up(BRUNO)
    dialogs = {leg: world.switch.state.leg(leg).dialog for leg in (first, second)}  # type: ignore[union-attr]
    replaces = Replaces("c", "a", "b", dialog=dialogs[second])
    world.refer(dialogs[first] or "", "queue-3", replaces=replaces)
    assert world.heard(name) == ({bruno} if is_answered else {"claims.wav"})
    assert world.call_state(name) == ("talking" if is_answered else "queued")
    assert world.agent_state(ALICE) == "wrap_up"
    assert not world.endpoint.dialogs & set(dialogs.values())


def test_a_desk_phone_hangs_up_its_second_call() -> None:
    world, name, first, second = by_phone()
    world.hang_up(world.switch.state.leg(second).dialog or "")  # type: ignore[union-attr]
    assert is_with(world, name, first)
    assert not waiting(world)


def test_a_desk_phone_announces_to_a_number_of_the_house() -> None:
    world, _, _, second = by_phone(CLAIMS_NUMBER)
    assert world.hears(second) == {"claims-hello.wav"}
    world.hear_out()
    assert world.hears(second) == {"claims.wav"}
    assert len(world.switch.state.calls) == 1


# Crashes


@pytest.mark.parametrize("last", ["complete", "join", "swap", "cancel_consult", "hang_up", "wait", "gone"])
@pytest.mark.parametrize("is_answered", [True, False])
@pytest.mark.parametrize("to", [TO, GREETING])
def test_a_crash_at_any_moment_leaves_nobody_in_silence(last: str, is_answered: bool, to: str) -> None:
    def story(world: House) -> str:
        for agent in (ALICE, BRUNO):
            world.sign_in(agent)
            world.order(agent, "sign_in")
        name = world.dial()
        # A prompt that a crash has begun anew is heard anew.
        world.hear_out()
        world.hear_out()
        world.pick_up(ALICE)
        world.order(ALICE, "consult", call=world.call_of(name), to=to)
        world.hear_out()
        world.hear_out()
        if is_answered:
            world.pick_up_any()
        if last == "wait":
            world.wait(40)
        elif last == "gone":
            world.unregister("sip:page1-7@x.invalid")
        else:
            world.order(ALICE, last, call=world.call_of(name))
        return name

    clean = House(STAFFED)
    story(clean)
    for moment in range(1, clean.points):
        world = House(STAFFED)
        world.crash_at = moment
        name = story(world)
        assert world.heard(name), moment
        assert world.replayed().state == world.switch.state, moment
        assert not world.complaints, moment


def test_a_journal_cut_anywhere_is_made_up_for() -> None:
    def story() -> tuple[House, str]:
        world, name, _ = announcing(GREETING)
        world.hear_out()
        world.refuse(BRUNO, 603)
        world.wait(11)
        order(world, name, "complete")
        world.pick_up(BRUNO)
        return world, name

    length = len(story()[0].journal)
    begun = next(n for n, one in enumerate(story()[0].journal) if one.kind == "consult.started")
    for cut in range(begun + 1, length):
        world, name = story()
        del world.journal[cut:]
        world.crash()
        assert world.heard(name), world.journal[-1].kind
        lined_up = waiting(world)
        assert len(lined_up) <= 1
        world.wait(700)
        world.customer_hangs_up(name)
        world.wait(60)
        assert not world.switch.state.calls, world.journal[-1].kind
        assert not waiting(world)
        for agent in (ALICE, BRUNO):
            assert world.agent_state(agent) in ("available", "paused", "offline")
