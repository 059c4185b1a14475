"""Both sides do whatever they like, in any order, over a bad wire, with restarts: no fault, and all of it ends."""

from random import Random

from hypothesis import example, given, settings
from hypothesis import strategies as st

from hallom.sip.events import (
    DialogEnded,
    InviteAnswered,
    InviteFailed,
    InviteReceived,
    ReinviteReceived,
)
from hallom.sip.tests.harness import ANSWER, OFFER, Network, Party


class Whim:
    """Acts at random, as a switch with a very short memory would."""

    def __init__(self, network: Network, seed: int) -> None:
        self.network = network
        self.chance = Random(seed)
        self.calls = 0

    def act(self) -> None:
        party = self.chance.choice((self.network.alice, self.network.bob))
        endpoint, now = party.endpoint, self.network.now
        dialogs = self.dialogs(party)
        invites = [event.invite for event in party.of(InviteReceived)] + ["nothing"]
        offers = [event.transaction for event in party.of(ReinviteReceived)] + ["nothing"]
        dialog, invite, offer = map(self.chance.choice, (dialogs, invites, offers))
        match self.chance.randrange(14):
            case 0 | 1:
                self.calls += 1
                extra = {"Require": "100rel"} if self.chance.random() < 0.3 else {}
                self.network.call(f"leg-{self.calls}", headers=extra)
            case 2:
                self.network.alice.endpoint.cancel(f"leg-{self.chance.randint(1, self.calls + 1)}", now)
            case 3 | 4:
                endpoint.progress(
                    invite, self.chance.choice((180, 183)), now, sdp=self.chance.choice((None, ANSWER))
                )
            case 5 | 6:
                if invite in endpoint._answering._pending:
                    endpoint.answer(invite, ANSWER, now)
            case 7:
                endpoint.reject(invite, self.chance.choice((486, 200, 999)), now)
            case 8:
                endpoint.bye(dialog, now)
            case 9:
                endpoint.reinvite(dialog, OFFER, now)
            case 10:
                endpoint.update(dialog, OFFER, now)
            case 11:
                endpoint.answer_reinvite(offer, ANSWER, now)
            case 12:
                endpoint.reject_reinvite(offer, 488, now)
            case 13:
                endpoint.info(dialog, "application/dtmf-relay", "Signal=1\r\n", now)

    def restart(self, party: Party) -> None:
        """Replace the endpoint by one made of the states of all that was going on."""
        old, now = party.endpoint, self.network.now
        dialogs = [old.dialog_state(one) for one in old._dialogs._table]
        invites = [old.invite_state(one) for one in (*old._answering._pending, *old._calling._calls)]
        party.restart()
        for state in invites:
            party.endpoint.restore_invite(state, now)
        for state in dialogs:
            party.endpoint.restore_dialog(state, now)

    def dialogs(self, party: Party) -> list[str]:
        answered = [event.dialog for event in party.of(InviteAnswered)]
        return [*answered, *(event.dialog_key for event in party.of(InviteReceived)), "nothing"]

    def finish(self) -> None:
        for party in (self.network.alice, self.network.bob):
            for event in party.of(InviteReceived):
                party.endpoint.reject(event.invite, 480, self.network.now)
            for dialog in self.dialogs(party):
                party.endpoint.bye(dialog, self.network.now)


def play(seed: int, loss: float, spread: float, restarts: bool) -> Network:
    network, chance = Network(), Random(seed)

    def mangle(sender: str, data: bytes) -> list[float]:
        copies = chance.choice((1, 1, 1, 2))
        return [0.01 + chance.random() * spread for _ in range(copies) if chance.random() >= loss]

    network.mangle = mangle
    whim = Whim(network, seed + 1)
    for _ in range(40):
        whim.act()
        network.run(chance.choice((0, 0.01, 0.3, 2, 20)))
        if restarts and chance.random() < 0.05:
            whim.restart(chance.choice((network.alice, network.bob)))
    whim.finish()
    network.run(300)
    whim.finish()
    network.run(4000)
    return network


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), loss=st.floats(0, 0.5), spread=st.floats(0, 2))
def test_anything_goes(seed: int, loss: float, spread: float) -> None:
    network = play(seed, loss, spread, restarts=False)
    for party in (network.alice, network.bob):
        census = party.endpoint.census()
        assert not any(census.values()), (party.name, census)
        ended = [event.dialog for event in party.of(DialogEnded)]
        assert len(ended) == len(set(ended))
    alice = network.alice
    outcomes = [event.invite for event in alice.events if isinstance(event, InviteAnswered | InviteFailed)]
    made = {
        data.split(b"Call-ID: ")[1].split(b"\r\n")[0] for _, data in network.log if data.startswith(b"INVITE")
    }
    assert len(outcomes) == len(set(outcomes))
    assert len(outcomes) == len(made)
    answered = {event.dialog for event in alice.of(InviteAnswered)}
    assert answered == {event.dialog for event in alice.of(DialogEnded)}


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), loss=st.floats(0, 0.3), spread=st.floats(0, 1))
@example(seed=95601, loss=0, spread=0)
@example(seed=1551884376, loss=0.1, spread=1)
def test_anything_goes_with_restarts(seed: int, loss: float, spread: float) -> None:
    network = play(seed, loss, spread, restarts=True)
    for party in (network.alice, network.bob):
        census = party.endpoint.census()
        assert not any(census.values()), (party.name, census)
    answered = [event.invite for event in network.alice.of(InviteAnswered)]
    assert len(answered) == len(set(answered))
    ended = {event.dialog for event in network.alice.of(DialogEnded)}
    assert {event.dialog for event in network.alice.of(InviteAnswered)} <= ended
