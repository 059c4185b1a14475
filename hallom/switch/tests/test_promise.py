"""What was promised for when somebody is free is kept, refused or expires; it is never forgotten."""

import pytest

from hallom.switch.tests.test_transfer import House
from hallom.switch.tests.world import ALICE, BRUNO, CELIA

ENDS = ("promise.kept", "promise.refused", "promise.expired")


def bruno_busy() -> tuple[House, str]:
    """Bruno talks; Alice has a caller for him."""
    world = House()
    bruno, _ = world.conversation(BRUNO)
    return world, bruno


def promised(kind: str, **args: object) -> tuple[House, str, str]:
    world, bruno = bruno_busy()
    name, _ = world.conversation(ALICE)
    order = {"call": world.call_of(name), "agent": BRUNO, "kind": kind} | args
    assert world.order(ALICE, "promise", **order).ok
    return world, bruno, name


def ends(world: House) -> list[tuple[str, str]]:
    return [(entry.kind, entry.data["reason"]) for entry in world.journal if entry.kind in ENDS]


def test_a_caller_is_connected_as_soon_as_the_colleague_is_free() -> None:
    world, bruno, name = promised("connect")
    assert world.heard(name) == {"music.wav"}
    waiting = world.queue_up()
    world.customer_hangs_up(bruno)
    world.order(BRUNO, "finish_wrap_up")
    assert world.endpoint.ringing[world.ringing_leg(BRUNO)].headers["X-Hallom-Purpose"] == "promise"
    leg = world.pick_up(BRUNO)
    assert (world.heard(name), world.call_state(waiting)) == ({leg}, "queued")
    assert ends(world) == [("promise.kept", "")]


@pytest.mark.parametrize(
    ("what", "reason"), [("left", "caller_left"), ("fetched", "taken"), ("back", "came_back")]
)
def test_a_caller_who_is_not_there_any_more(what: str, reason: str) -> None:
    world, _, name = promised("connect")
    if what == "left":
        world.customer_hangs_up(name)
    elif what == "fetched":
        world.sign_in(CELIA)
        world.order(CELIA, "retrieve", call=world.call_of(name))
        world.pick_up(CELIA)
    else:
        world.wait(120)
    assert ends(world) == [("promise.refused", reason)]


def test_a_colleague_who_does_not_take_him_has_refused_and_the_caller_comes_back_at_once() -> None:
    world, bruno, _ = promised("connect")
    world.customer_hangs_up(bruno)
    world.order(BRUNO, "finish_wrap_up")
    world.wait(20)
    assert ends(world) == [("promise.refused", "not_taken")]
    (returned,) = world.entries("call.returned")
    assert (returned.data["from"], returned.data["reason"]) == (ALICE, "not_taken")
    assert returned.data["to"] == f"agent:{BRUNO}"
    assert world.ringing_leg(ALICE)


@pytest.mark.parametrize("kind", ["call_customer", "call_me"])
@pytest.mark.parametrize(
    ("verb", "kept"), [("keep_promise", "promise.kept"), ("refuse_promise", "promise.refused")]
)
def test_a_call_back_is_asked_for_when_he_is_free_and_ends_by_his_word(
    kind: str, verb: str, kept: str
) -> None:
    world, bruno, _ = promised(kind)
    assert world.entries("promise.ripe") == []
    world.customer_hangs_up(bruno)
    world.order(BRUNO, "finish_wrap_up")
    assert len(world.entries("promise.ripe")) == 1
    promise = world.entries("promise.made")[0].data
    assert (promise["owner"], promise["by"]) == (BRUNO, ALICE)
    assert promise["number"]
    assert world.order(CELIA, verb, promise=promise["id"]).error == "not_your_promise"
    assert world.order(BRUNO, verb, promise=promise["id"], reason="").ok
    assert ends(world) == [(kept, "declined" if kept == "promise.refused" else "")]
    assert world.order(BRUNO, verb, promise=promise["id"]).error == "no_such_promise"


def test_a_promise_survives_the_call_and_a_crash_and_expires_at_its_deadline() -> None:
    world, _, name = promised("call_customer", seconds=900)
    world.customer_hangs_up(name)
    world.wait(600)
    world.crash()
    assert ends(world) == []
    assert world.replayed().state == world.switch.state
    world.wait(300)
    assert ends(world) == [("promise.expired", "")]
    assert world.switch.state.desks == {}


@pytest.mark.parametrize("kind", ["call_customer", "call_me"])
def test_its_time_is_up_also_while_its_call_rings_for_the_owner(kind: str) -> None:
    """He is asked about the same caller just then: that keeps no promise, and must not hide it for ever."""
    world, bruno, name = promised(kind, seconds=30)
    world.customer_hangs_up(bruno)
    world.order(BRUNO, "finish_wrap_up")
    world.wait(20)
    assert world.order(ALICE, "consult", call=world.call_of(name), to="agent:8").ok
    assert world.ringing_leg(BRUNO)
    world.wait(10)
    assert ends(world) == [("promise.expired", "")]


def test_an_owner_who_fetches_the_caller_and_does_not_answer_has_let_its_time_pass() -> None:
    world, bruno, name = promised("connect", seconds=30)
    world.order(BRUNO, "set_state", state="paused", reason="lunch")
    world.customer_hangs_up(bruno)
    world.order(BRUNO, "finish_wrap_up")
    world.wait(25)
    assert world.order(BRUNO, "retrieve", call=world.call_of(name)).ok
    world.wait(5)
    assert ends(world) == []
    world.refuse(BRUNO, 480)
    assert ends(world) == [("promise.expired", "")]


def test_it_survives_with_no_more_than_the_last_entry_of_its_owner() -> None:
    world, _, name = promised("call_me")
    world.customer_hangs_up(name)
    last = [entry for entry in world.journal if entry.kind == "agent.changed" and entry.agent == BRUNO][-1]
    world.journal = [last]
    assert len(world.replayed().state.desk(BRUNO).promises) == 1


def test_why_and_to_whom_it_was_promised_is_kept_with_it_and_survives_a_crash() -> None:
    about = {"why": "Pays in instalments", "name": "Kinga Pálfi", "customer": 12, "ticket": 48}
    world, _, _ = promised("call_customer", **about)
    made = world.entries("promise.made")[0].data
    assert {name: made[name] for name in about} == about
    world.crash()
    (kept,) = world.switch.state.desk(BRUNO).promises
    assert {name: getattr(kept, name) for name in about} == about


def test_a_journal_of_promises_without_a_reason_is_still_read() -> None:
    world, _, _ = promised("call_me")
    last = [entry for entry in world.journal if entry.kind == "agent.changed" and entry.agent == BRUNO][-1]
    for promise in last.data["desk"]["promises"]:
        for name in ("why", "name", "customer", "ticket"):
            del promise[name]
    world.journal = [last]
    (kept,) = world.replayed().state.desk(BRUNO).promises
    assert (kept.why, kept.customer) == ("", None)


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({"kind": "maybe", "agent": BRUNO}, "not_now"),
        ({"kind": "call_me", "agent": 99}, "no_such_agent"),
        ({"kind": "call_customer", "agent": BRUNO}, "unknown_destination"),
        ({"kind": "connect", "agent": BRUNO}, "no_such_call"),
        ({"kind": "call_me", "agent": BRUNO, "seconds": "soon"}, "unknown_destination"),
    ],
)
def test_what_cannot_be_promised(args: dict[str, object], error: str) -> None:
    world = House()
    assert world.order(ALICE, "promise", **args).error == error
