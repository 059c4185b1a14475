"""Calls over a wire that loses, doubles and reorders: they end the same for both, and nothing is left behind."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from hallom.sip.events import (
    AckMissing,
    DialogEnded,
    InviteAnswered,
    InviteCancelled,
    InviteFailed,
    InviteReceived,
    ReinviteReceived,
    SipEvent,
)
from hallom.sip.tests.harness import ANSWER, OFFER, Network, Party

PLANS = st.sampled_from(("talk", "bob hangs up", "cancel", "reject", "hold", "both hang up", "cancel late"))


def eventful(network: Network, plan: str) -> None:
    """Have both sides act out a plan."""

    def react(party: Party, event: SipEvent) -> None:
        endpoint, now = party.endpoint, network.now
        if isinstance(event, InviteReceived):
            endpoint.progress(event.invite, 180, now)
            if plan == "reject":
                endpoint.reject(event.invite, 486, now)
            elif plan != "cancel":
                endpoint.answer(event.invite, ANSWER, now)
        elif isinstance(event, InviteAnswered):
            if plan == "hold":
                endpoint.reinvite(event.dialog, OFFER + "a=sendonly\r\n", now)
        elif isinstance(event, ReinviteReceived):
            endpoint.answer_reinvite(event.transaction, ANSWER, now)
        elif isinstance(event, AckMissing):
            endpoint.bye(event.dialog, now)

    network.react = react


def act(network: Network, plan: str) -> None:
    network.call()
    if plan == "cancel late":
        network.run(0.02)
    if plan.startswith("cancel"):
        network.alice.endpoint.cancel("leg-1", network.now)
    network.run(70)
    if plan in ("bob hangs up", "both hang up"):
        for received in network.bob.of(InviteReceived):
            network.bob.endpoint.bye(received.dialog_key, network.now)
    if plan != "bob hangs up":
        for answered in network.alice.of(InviteAnswered):
            network.alice.endpoint.bye(answered.dialog, network.now)
    network.run(4000)


def check_end(network: Network) -> None:
    for party in (network.alice, network.bob):
        census = party.endpoint.census()
        assert not any(census.values()), (party.name, census)
        assert "fault" not in party.endpoint.counters
    outcomes = network.alice.of(InviteAnswered) + network.alice.of(InviteFailed)
    assert len(outcomes) == 1
    assert len(network.bob.of(InviteReceived)) <= 1
    for party in (network.alice, network.bob):
        ended = [event.dialog for event in party.of(DialogEnded)]
        assert len(ended) == len(set(ended))
    assert len(network.alice.of(DialogEnded)) == len(network.alice.of(InviteAnswered))
    assert len(network.bob.of(InviteCancelled)) <= 1


@settings(max_examples=120, deadline=None)
@given(
    plan=PLANS,
    seed=st.integers(0, 10_000),
    loss=st.floats(0, 0.6),
    twins=st.floats(0, 0.5),
    spread=st.floats(0, 3),
)
def test_every_call_ends_for_both_whatever_the_wire_does(
    plan: str, seed: int, loss: float, twins: float, spread: float
) -> None:
    network, chance = Network(), Random(seed)

    def mangle(sender: str, data: bytes) -> list[float]:
        copies = 2 if chance.random() < twins else 1
        return [0.01 + chance.random() * spread for _ in range(copies) if chance.random() >= loss]

    network.mangle = mangle
    eventful(network, plan)
    act(network, plan)
    check_end(network)


@settings(max_examples=60, deadline=None)
@given(plan=PLANS, lost=st.sets(st.tuples(st.sampled_from(("alice", "bob")), st.integers(0, 8)), max_size=6))
def test_any_few_lost_messages_leave_the_outcome_as_planned(plan: str, lost: set[tuple[str, int]]) -> None:
    network = Network()
    counts = {"alice": 0, "bob": 0}

    def mangle(sender: str, data: bytes) -> list[float]:
        counts[sender] += 1
        return [] if (sender, counts[sender] - 1) in lost else [0.01]

    network.mangle = mangle
    eventful(network, plan)
    act(network, plan)
    check_end(network)
    if plan == "reject":
        assert network.alice.last(InviteFailed).status == 486
    elif not plan.startswith("cancel"):
        assert network.alice.of(InviteAnswered)
        assert network.bob.of(DialogEnded)


@settings(max_examples=20, deadline=None)
@given(plan=PLANS)
def test_plans_hold_over_streams(plan: str) -> None:
    network = Network("ws")
    eventful(network, plan)
    act(network, plan)
    check_end(network)
