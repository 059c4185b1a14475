from typing import Any

from hallom.sip.events import (
    Acknowledged,
    DialogEnded,
    InviteAnswered,
    InviteReceived,
    ProgressReceived,
    SipEvent,
)
from hallom.sip.tests.harness import ANSWER, OFFER, Network, Party


def answering(network: Network) -> Any:
    def react(party: Party, event: SipEvent) -> None:
        if isinstance(event, InviteReceived):
            party.endpoint.progress(event.invite, 180, network.now)
            party.endpoint.answer(event.invite, ANSWER, network.now)

    return react


def test_a_call_is_made_answered_and_ended() -> None:
    network = Network()
    network.react = answering(network)
    network.call()
    network.run(1)
    assert network.bob.last(InviteReceived).sdp == OFFER
    assert network.alice.last(ProgressReceived).status == 180
    answered = network.alice.last(InviteAnswered)
    assert answered.sdp == ANSWER
    assert network.bob.last(Acknowledged).dialog == network.bob.last(InviteReceived).dialog_key
    network.alice.endpoint.bye(answered.dialog, network.now)
    network.run(1)
    assert network.bob.last(DialogEnded).by_peer
    assert not network.alice.last(DialogEnded).by_peer
    assert network.methods("alice") == ["INVITE", "ACK", "BYE"]
    assert network.methods("bob") == ["100", "180", "200", "200"]
    network.run(100)
    assert set(network.alice.endpoint.census().values()) == {0}
    assert set(network.bob.endpoint.census().values()) == {0}
