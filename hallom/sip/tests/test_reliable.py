from hallom.sip.events import InviteAnswered, InviteCancelled, InviteReceived, ProgressReceived
from hallom.sip.tests.harness import ANSWER
from hallom.sip.tests.lone import Lone, header, invite, reply, request, starts, tag
from hallom.sip.tests.test_races import called


def ringing(lone: Lone) -> tuple[InviteReceived, str]:
    """A call that requires 100rel, and our first provisional response."""
    lone.say(invite(extra="Require: 100rel\r\n"))
    event = lone.events()[0]
    assert isinstance(event, InviteReceived)
    lone.endpoint.progress(event.invite, 180, lone.now)
    return event, lone.sent()[0]


def prack(response: str, cseq: int = 2) -> bytes:
    rack = f"RAck: {header(response, 'RSeq')} 1 INVITE\r\n"
    return request("PRACK", cseq=cseq, branch=f"p{cseq}", to_tag=tag(response), extra=rack)


def test_a_required_provisional_is_repeated_until_its_prack() -> None:
    lone = Lone()
    _, ring = ringing(lone)
    assert header(ring, "Require") == "100rel"
    assert lone.wait(1.6) == [ring, ring]
    assert starts(lone.say(prack(ring))) == ["200"]
    assert lone.wait(10) == []
    assert starts(lone.say(prack(ring, 3))) == ["481"]


def test_the_next_provisional_and_the_answer_wait_for_the_prack() -> None:
    lone = Lone()
    event, ring = ringing(lone)
    lone.endpoint.progress(event.invite, 183, lone.now, sdp=ANSWER)
    assert lone.sent() == []
    said = lone.say(prack(ring))
    assert starts(said) == ["200", "183"]
    dialog = lone.endpoint.answer(event.invite, ANSWER, lone.now)
    assert lone.sent() == []
    assert lone.endpoint.dialog_state(dialog)["id"] == dialog
    assert starts(lone.say(prack(said[1], 3))) == ["200", "200"]
    lone.say(request("ACK", branch="a", to_tag=dialog))
    assert starts(lone.say(request("BYE", cseq=4, branch="b4", to_tag=dialog))) == ["200"]
    assert lone.is_empty()


def test_a_call_hung_up_before_its_prack_is_refused() -> None:
    lone = Lone()
    event, _ = ringing(lone)
    dialog = lone.endpoint.answer(event.invite, ANSWER, lone.now)
    lone.endpoint.bye(dialog, lone.now)
    assert starts(lone.sent()) == ["480"]
    assert lone.is_empty()


def test_a_call_without_prack_is_given_up() -> None:
    lone = Lone()
    event, _ = ringing(lone)
    assert "504" in starts(lone.wait(40))
    assert lone.events() == [InviteCancelled(event.invite, "no PRACK")]
    assert lone.is_empty()


def test_we_acknowledge_what_a_peer_sends_reliably_once() -> None:
    lone = Lone()
    sent = called(lone)
    early = reply(sent, 183, extra="Require: 100rel\r\nRSeq: 9\r\n", body=ANSWER)
    pracks = lone.say(early)
    assert starts(pracks) == ["PRACK"]
    assert header(pracks[0], "RAck") == "9 1 INVITE"
    assert lone.say(early) == []
    lone.say(reply(pracks[0], 200))
    assert lone.say(reply(sent, 180, extra="Require: 100rel\r\nRSeq: 11\r\n")) == []
    again = lone.say(reply(sent, 180, extra="Require: 100rel\r\nRSeq: 10\r\n"))
    assert header(again[0], "CSeq") == "3 PRACK"
    lone.say(reply(sent, 200))
    progress = [event.status for event in lone.events() if isinstance(event, ProgressReceived)]
    assert progress == [183, 180]


def test_the_early_answer_counts_when_the_2xx_has_none() -> None:
    lone = Lone()
    sent = called(lone)
    lone.say(reply(sent, 183, extra="Require: 100rel\r\nRSeq: 1\r\n", body=ANSWER))
    lone.say(reply(sent, 200))
    answered = [event for event in lone.events() if isinstance(event, InviteAnswered)]
    assert answered[0].sdp == ANSWER
    lone.endpoint.bye(answered[0].dialog, lone.now)
    assert header(lone.sent()[0], "CSeq") == "3 BYE"
