import pytest

from hallom.sip.events import (
    Acknowledged,
    DialogEnded,
    InfoReceived,
    InviteAnswered,
    InviteReceived,
    ReinviteAnswered,
    ReinviteFailed,
    ReinviteReceived,
)
from hallom.sip.tests.harness import ANSWER, OFFER, Network, Party
from hallom.sip.tests.lone import Lone, header, invite, reply, request, starts
from hallom.sip.tests.test_races import answered

HELD = OFFER + "a=sendonly\r\n"


def dialog_of(party: Party) -> str:
    return str(
        party.last(InviteAnswered).dialog
        if party.of(InviteAnswered)
        else party.last(InviteReceived).dialog_key
    )


@pytest.mark.parametrize("side", ["alice", "bob"])
@pytest.mark.parametrize("method", ["reinvite", "update"])
def test_either_side_changes_the_session(up: Network, side: str, method: str) -> None:
    party = getattr(up, side)
    getattr(party.endpoint, method)(dialog_of(party), HELD, up.now)
    up.run(2)
    assert up.other(party).last(ReinviteReceived).sdp == HELD
    assert party.last(ReinviteAnswered).sdp == ANSWER
    assert up.methods(side)[0] == ("INVITE" if method == "reinvite" else "UPDATE")


def test_offers_that_meet_are_both_made_in_the_end(up: Network) -> None:
    up.alice.endpoint.reinvite(dialog_of(up.alice), HELD, up.now)
    up.bob.endpoint.reinvite(dialog_of(up.bob), HELD, up.now)
    up.run(10)
    assert up.methods("alice").count("491") == 1
    assert up.methods("bob").count("491") == 1
    for party in (up.alice, up.bob):
        assert len(party.of(ReinviteAnswered)) == 1
        assert not party.of(ReinviteFailed)


def test_an_offer_waits_for_the_one_before_and_only_the_newest_is_made(up: Network) -> None:
    for port in (4002, 4004, 4006):
        up.alice.endpoint.reinvite(dialog_of(up.alice), OFFER.replace("4000", str(port)), up.now)
    up.run(5)
    offered = [event.sdp for event in up.bob.of(ReinviteReceived)]
    assert ["4002" in offered[0], "4006" in offered[1], len(offered)] == [True, True, 2]


def test_a_second_offer_before_the_first_is_answered_gets_500() -> None:
    lone = Lone()
    dialog = answered(lone)
    assert starts(lone.say(invite(cseq=2, branch="r2", to_tag=dialog))) == ["100"]
    refused = lone.say(invite(cseq=3, branch="r3", to_tag=dialog))
    assert starts(refused) == ["500"]
    assert header(refused[0], "Retry-After").isdecimal()


def test_an_offer_nobody_answers_is_refused_in_time() -> None:
    lone = Lone()
    dialog = answered(lone)
    lone.say(invite(cseq=2, branch="r2", to_tag=dialog))
    assert "504" in starts(lone.wait(31))


def test_a_reinvite_without_offer_gets_ours_and_its_answer_comes_in_the_ack() -> None:
    lone = Lone()
    dialog = answered(lone)
    lone.events()
    lone.say(request("INVITE", cseq=2, branch="r2", to_tag=dialog))
    event = lone.events()[0]
    assert isinstance(event, ReinviteReceived)
    assert event.sdp is None
    lone.endpoint.answer_reinvite(event.transaction, OFFER, lone.now)
    assert lone.sent()[0].endswith(OFFER)
    lone.say(request("ACK", cseq=2, branch="a2", to_tag=dialog, body=ANSWER))
    assert lone.events() == [Acknowledged(dialog, ANSWER)]


def test_a_new_call_without_offer_gets_ours_too() -> None:
    lone = Lone()
    lone.say(request("INVITE"))
    event = lone.events()[0]
    assert isinstance(event, InviteReceived)
    assert event.sdp is None
    dialog = lone.endpoint.answer(event.invite, OFFER, lone.now)
    assert lone.sent()[0].endswith(OFFER)
    lone.say(request("ACK", branch="a", to_tag=dialog, body=ANSWER))
    assert lone.events() == [Acknowledged(dialog, ANSWER)]


def test_a_refused_offer_leaves_the_call_as_it_was(up: Network) -> None:
    up.react = lambda party, event: (
        party.endpoint.reject_reinvite(event.transaction, 488, up.now)
        if isinstance(event, ReinviteReceived)
        else None
    )
    up.alice.endpoint.reinvite(dialog_of(up.alice), HELD, up.now)
    up.run(2)
    assert up.alice.last(ReinviteFailed).status == 488
    assert not up.alice.of(DialogEnded)


def test_an_offer_to_a_peer_that_forgot_the_call_ends_it(up: Network) -> None:
    up.bob.restart()
    up.alice.endpoint.reinvite(dialog_of(up.alice), HELD, up.now)
    up.run(2)
    assert up.alice.last(ReinviteFailed).status == 481
    assert up.alice.last(DialogEnded).by_peer


def test_an_update_without_offer_is_answered_at_once() -> None:
    lone = Lone()
    dialog = answered(lone)
    lone.events()
    assert starts(lone.say(request("UPDATE", cseq=2, branch="u", to_tag=dialog))) == ["200"]
    assert lone.events() == []


def test_a_peer_without_update_gets_a_reinvite() -> None:
    lone = Lone()
    dialog = answered(lone)
    lone.endpoint.update(dialog, HELD, lone.now)
    assert starts(lone.sent()) == ["INVITE"]


def test_a_bye_ends_an_open_offer() -> None:
    lone = Lone()
    dialog = answered(lone)
    lone.say(invite(cseq=2, branch="r2", to_tag=dialog))
    assert starts(lone.say(request("BYE", cseq=3, branch="b3", to_tag=dialog))) == ["200", "487"]
    assert lone.is_empty()


def test_a_cancelled_offer_is_refused() -> None:
    lone = Lone()
    dialog = answered(lone)
    lone.say(invite(cseq=2, branch="r2", to_tag=dialog))
    assert starts(lone.say(request("CANCEL", cseq=2, branch="r2", to_tag=dialog))) == ["200", "487"]


def test_info_is_handed_on() -> None:
    lone = Lone()
    dialog = answered(lone)
    lone.events()
    said = lone.say(
        request(
            "INFO",
            cseq=2,
            branch="i",
            to_tag=dialog,
            body="Signal=5\r\n",
            content_type="application/dtmf-relay",
        )
    )
    assert starts(said) == ["200"]
    assert lone.events() == [InfoReceived(dialog, "application/dtmf-relay", "Signal=5\r\n")]
    lone.endpoint.info(dialog, "application/dtmf-relay", "Signal=6\r\n", lone.now)
    sent = lone.sent()
    assert sent[0].endswith("\r\n\r\nSignal=6\r\n")
    lone.say(reply(sent[0], 200))
    assert lone.events() == []
