import pytest

from hallom.sip.events import InviteReceived, ReinviteReceived, SipEvent
from hallom.sip.tests.harness import ANSWER, Network, Party


@pytest.fixture
def up() -> Network:
    """A running call that answers every offer."""
    network = Network()

    def react(party: Party, event: SipEvent) -> None:
        if isinstance(event, InviteReceived):
            party.endpoint.answer(event.invite, ANSWER, network.now)
        elif isinstance(event, ReinviteReceived):
            party.endpoint.answer_reinvite(event.transaction, ANSWER, network.now)

    network.react = react
    network.call()
    network.run(1)
    network.log.clear()
    return network
