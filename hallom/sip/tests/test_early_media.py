"""Sound before the answer, and calls whose offer comes late, from either side."""

import pytest

from hallom.sip.events import (
    Acknowledged,
    InviteAnswered,
    InviteReceived,
    ProgressReceived,
    ReinviteReceived,
)
from hallom.sip.tests.harness import ANSWER, OFFER, Network
from hallom.sip.tests.lone import Lone, header, invite, reply, request, starts, tag
from hallom.sip.tests.test_races import answered, called

EARLY = ANSWER.replace("5000", "6000")


def body(message: str) -> str:
    return message.partition("\r\n\r\n")[2]


@pytest.mark.parametrize("require", ["", "Require: 100rel\r\n"])
def test_we_give_sound_before_the_answer(require: str) -> None:
    lone = Lone()
    lone.say(invite(extra=require))
    event = lone.events()[0]
    assert isinstance(event, InviteReceived)
    lone.endpoint.progress(event.invite, 183, lone.now, sdp=EARLY)
    early = lone.sent()[0]
    assert early.startswith("SIP/2.0 183 Session Progress\r\n")
    assert (body(early), header(early, "Content-Type")) == (EARLY, "application/sdp")
    assert bool(header(early, "RSeq")) is bool(require)
    assert tag(early) == event.dialog_key
    lone.endpoint.answer(event.invite, ANSWER, lone.now)
    if require:
        assert lone.sent() == []
        rack = f"RAck: {header(early, 'RSeq')} 1 INVITE\r\n"
        said = lone.say(request("PRACK", cseq=2, branch="p", to_tag=event.dialog_key, extra=rack))
        assert starts(said) == ["200", "200"]
    else:
        assert starts(lone.sent()) == ["200"]
    lone.say(request("ACK", branch="a", to_tag=event.dialog_key))
    assert lone.events() == [Acknowledged(event.dialog_key, None)]


@pytest.mark.parametrize("reliable", [False, True])
def test_we_hear_sound_before_the_answer(reliable: bool) -> None:
    lone = Lone()
    sent = called(lone)
    extra = "Require: 100rel\r\nRSeq: 7\r\n" if reliable else ""
    assert starts(lone.say(reply(sent, 183, extra=extra, body=EARLY))) == (["PRACK"] if reliable else [])
    event = lone.events()[0]
    assert isinstance(event, ProgressReceived)
    assert (event.status, event.sdp) == (183, EARLY)
    # RFC 3262 5: after a reliable answer the 2xx need not repeat it.
    lone.say(reply(sent, 200, body="" if reliable else ANSWER))
    up = lone.events()[0]
    assert isinstance(up, InviteAnswered)
    assert up.sdp == (EARLY if reliable else ANSWER)


def test_several_forks_each_have_their_own_sound() -> None:
    lone = Lone()
    sent = called(lone)
    for name in ("one", "two"):
        lone.say(
            reply(sent, 183, to_tag=name, body=EARLY.replace("6000", "7000" if name == "two" else "6000"))
        )
    heard = [event for event in lone.events() if isinstance(event, ProgressReceived)]
    assert [event.sdp for event in heard] == [EARLY, EARLY.replace("6000", "7000")]
    assert [event.pickup and event.pickup.from_tag for event in heard] == ["one", "two"]


def test_a_caller_who_makes_no_offer_gets_ours_and_answers_in_his_ack() -> None:
    lone = Lone()
    lone.say(request("INVITE"))
    event = lone.events()[0]
    assert isinstance(event, InviteReceived)
    assert event.sdp is None
    lone.endpoint.progress(event.invite, 183, lone.now, sdp=EARLY)
    assert body(lone.sent()[0]) == ""
    lone.endpoint.answer(event.invite, OFFER, lone.now)
    final = lone.sent()[0]
    assert body(final) == OFFER
    lone.say(request("ACK", branch="a", to_tag=event.dialog_key, body=ANSWER))
    assert lone.events() == [Acknowledged(event.dialog_key, ANSWER)]
    lone.endpoint.bye(event.dialog_key, lone.now)
    lone.say(reply(lone.sent()[0], 200))
    lone.events()
    assert lone.is_empty()


def test_an_ack_that_is_lost_is_asked_for_until_its_answer_comes() -> None:
    lone = Lone()
    lone.say(request("INVITE"))
    event = lone.events()[0]
    assert isinstance(event, InviteReceived)
    lone.endpoint.answer(event.invite, OFFER, lone.now)
    assert starts(lone.sent() + lone.wait(2)) == ["200", "200", "200"]
    lone.say(request("ACK", branch="a", to_tag=event.dialog_key, body=ANSWER))
    assert lone.wait(5) == []
    assert lone.events() == [Acknowledged(event.dialog_key, ANSWER)]


def test_a_running_call_may_be_changed_with_a_late_offer() -> None:
    lone = Lone()
    dialog = answered(lone)
    lone.events()
    assert starts(lone.say(request("INVITE", cseq=2, branch="re", to_tag=dialog))) == ["100"]
    asked = lone.events()[0]
    assert isinstance(asked, ReinviteReceived)
    assert asked.sdp is None
    lone.endpoint.answer_reinvite(asked.transaction, OFFER, lone.now)
    assert body(lone.sent()[0]) == OFFER
    lone.say(request("ACK", cseq=2, branch="a2", to_tag=dialog, body=ANSWER))
    assert lone.events() == [Acknowledged(dialog, ANSWER)]


@pytest.mark.parametrize("method", ["reinvite", "update"])
def test_a_telephone_holds_and_is_answered(up: Network, method: str) -> None:
    held = OFFER + "a=sendonly\r\n"
    dialog = up.alice.last(InviteAnswered).dialog
    getattr(up.alice.endpoint, method)(dialog, held, up.now)
    up.run(1)
    assert up.bob.last(ReinviteReceived).sdp == held
