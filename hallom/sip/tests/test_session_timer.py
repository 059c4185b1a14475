from hallom.sip.events import DialogEnded, InviteAnswered, InviteFailed, InviteReceived
from hallom.sip.tests.harness import ANSWER, Network
from hallom.sip.tests.lone import Lone, header, invite, reply, request, starts
from hallom.sip.tests.test_offers import dialog_of
from hallom.sip.tests.test_races import called

TIMER = "Supported: timer\r\n"


def answer(lone: Lone, extra: str) -> str:
    """Our 2xx to an INVITE with these headers, acknowledged."""
    lone.say(invite(extra=extra))
    event = lone.events()[0]
    assert isinstance(event, InviteReceived)
    dialog = lone.endpoint.answer(event.invite, ANSWER, lone.now)
    final = lone.sent()[0]
    lone.say(request("ACK", branch="a", to_tag=dialog))
    lone.events()
    return final


def test_a_session_too_brief_is_refused_with_the_least() -> None:
    said = Lone().say(invite(extra=f"{TIMER}Session-Expires: 30\r\n"))
    assert starts(said) == ["422"]
    assert header(said[0], "Min-SE") == "90"


def test_the_caller_refreshes_when_it_asks_to() -> None:
    lone = Lone()
    final = answer(lone, f"{TIMER}Session-Expires: 120;refresher=uac\r\n")
    assert header(final, "Session-Expires") == "120;refresher=uac"
    assert header(final, "Require") == "timer"
    sent = lone.wait(95)
    assert starts(sent)[0] == "BYE"
    assert isinstance(lone.events()[0], DialogEnded)
    assert lone.is_empty()


def test_a_refresh_in_time_keeps_the_session() -> None:
    lone = Lone()
    final = answer(lone, f"{TIMER}Session-Expires: 120;refresher=uac\r\n")
    dialog = header(final, "To").split("tag=")[1]
    for number in range(4):
        assert lone.wait(60) == []
        refresh = request(
            "UPDATE",
            cseq=2 + number,
            branch=f"u{number}",
            to_tag=dialog,
            extra=f"{TIMER}Session-Expires: 120;refresher=uac\r\n",
        )
        said = lone.say(refresh)
        assert starts(said) == ["200"]
        assert header(said[0], "Session-Expires") == "120;refresher=uac"
    assert lone.events() == []


def test_we_refresh_when_we_are_asked_to_and_by_what_the_peer_allows() -> None:
    for allowed, method in (("INVITE, ACK, UPDATE", "UPDATE"), ("INVITE, ACK", "INVITE")):
        lone = Lone()
        answer(lone, f"{TIMER}Session-Expires: 120;refresher=uas\r\nAllow: {allowed}\r\n")
        sent = lone.wait(61)
        assert starts(sent)[0] == method
        assert header(sent[0], "Session-Expires") == "120;refresher=uac"
        lone.say(reply(sent[0], 200, extra="Session-Expires: 120;refresher=uac\r\n"))
        assert lone.wait(50)[1:] == []
        assert starts(lone.wait(15))[:1] == [method]


def test_a_peer_that_does_not_answer_the_refresh_is_hung_up() -> None:
    lone = Lone()
    answer(lone, "Allow: UPDATE\r\n")
    assert "BYE" in starts(lone.wait(1000))
    assert isinstance(lone.events()[-1], DialogEnded)
    assert lone.is_empty()


def test_our_call_asks_again_when_the_session_was_too_brief() -> None:
    lone = Lone()
    sent = called(lone)
    said = lone.say(reply(sent, 422, extra="Min-SE: 3600\r\n"))
    assert starts(said) == ["ACK", "INVITE"]
    assert header(said[1], "Session-Expires") == "3600;refresher=uac"
    assert header(said[1], "Min-SE") == "3600"
    assert header(said[1], "CSeq") == "2 INVITE"
    assert header(said[1], "Call-ID") == header(sent, "Call-ID")
    lone.say(reply(said[1], 200, extra="Session-Expires: 3600;refresher=uas\r\n", body=ANSWER))
    assert isinstance(lone.events()[0], InviteAnswered)
    assert "BYE" in starts(lone.wait(3600))


def test_a_session_nobody_can_refresh_ends() -> None:
    lone = Lone()
    answer(lone, f"{TIMER}Session-Expires: 120\r\nAllow: UPDATE\r\n")
    for _ in range(2):
        refresh = next(one for one in lone.wait(61) if one.startswith("UPDATE"))
        lone.say(reply(refresh, 503))
    assert "BYE" in starts(lone.wait(30))
    assert isinstance(lone.events()[-1], DialogEnded)
    assert lone.is_empty()


def test_a_422_without_an_interval_fails_the_call() -> None:
    lone = Lone()
    lone.say(reply(called(lone), 422))
    assert isinstance(lone.events()[0], InviteFailed)


def test_two_of_us_keep_a_call_for_a_day(up: Network) -> None:
    up.run(86_400)
    assert not up.alice.of(DialogEnded)
    assert not up.bob.of(DialogEnded)
    up.alice.endpoint.bye(dialog_of(up.alice), up.now)
    up.run(100)
    assert up.bob.of(DialogEnded)
