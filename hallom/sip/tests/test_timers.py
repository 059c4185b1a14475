"""RFC 3261 table 4, timer by timer: when something is sent again, when it is given up, how long repetitions are absorbed."""

from collections.abc import Callable

import pytest

from hallom.sip.events import InviteFailed, InviteReceived
from hallom.sip.flow import Flow
from hallom.sip.tests.harness import ANSWER
from hallom.sip.tests.lone import Lone, invite, reply, request, starts, tag
from hallom.sip.tests.test_races import answered, called

STREAM = Flow("tcp", "127.0.0.1", 5299, 7)
DOUBLING = [0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
DOUBLING_TO_T2 = [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]


def moments(lone: Lone, start: str, seconds: float) -> list[float]:
    """After how many seconds this was sent, each time it was."""
    began, found = lone.now, []
    while (due := lone.endpoint.next_deadline()) is not None and due <= began + seconds:
        found += [
            round(due - began, 3) for one in starts(lone.wait(max(0.0, due - lone.now))) if one == start
        ]
    lone.now = began + seconds
    return found


def hung_up(lone: Lone) -> str:
    """The BYE that we have sent in a call that was answered."""
    dialog = answered(lone)
    lone.events()
    lone.endpoint.bye(dialog, lone.now)
    return lone.sent()[0]


def refused(lone: Lone) -> bytes:
    """A call that we have refused, and its ACK."""
    lone.say(invite())
    event = lone.events()[0]
    assert isinstance(event, InviteReceived)
    lone.endpoint.reject(event.invite, 486, lone.now)
    return request("ACK", to_tag=tag(lone.sent()[0]))


def strays(lone: Lone) -> int:
    return lone.endpoint.counters["stray_response"]


def test_an_invite_is_repeated_at_ever_longer_intervals_for_32_seconds() -> None:
    lone = Lone()
    called(lone)
    assert moments(lone, "INVITE", 31.9) == DOUBLING
    assert lone.events() == []
    assert lone.wait(0.1) == []
    assert [type(event) for event in lone.events()] == [InviteFailed]


def test_another_request_is_repeated_every_4_seconds_in_the_end_and_for_32() -> None:
    lone = Lone()
    hung_up(lone)
    assert moments(lone, "BYE", 60) == DOUBLING_TO_T2


def test_a_request_that_is_being_worked_on_is_repeated_every_4_seconds() -> None:
    lone = Lone()
    bye = hung_up(lone)
    lone.say(reply(bye, 100))
    assert moments(lone, "BYE", 60) == [0.5, 4.5, 8.5, 12.5, 16.5, 20.5, 24.5, 28.5]


def test_our_refusal_is_repeated_for_32_seconds_when_no_ack_comes() -> None:
    lone = Lone()
    refused(lone)
    assert moments(lone, "486", 60) == DOUBLING_TO_T2
    assert lone.is_empty()


def test_our_200_is_repeated_for_32_seconds_when_no_ack_comes() -> None:
    lone = Lone()
    lone.say(invite())
    event = lone.events()[0]
    assert isinstance(event, InviteReceived)
    lone.endpoint.answer(event.invite, ANSWER, lone.now)
    lone.sent()
    assert moments(lone, "200", 60) == DOUBLING_TO_T2


@pytest.mark.parametrize(("start", "begin"), [("INVITE", called), ("BYE", hung_up), ("486", refused)])
def test_nothing_but_a_200_is_repeated_over_a_stream(start: str, begin: Callable[[Lone], object]) -> None:
    lone = Lone(source=STREAM)
    begin(lone)
    assert moments(lone, start, 60) == []


def test_a_refusal_that_comes_again_within_32_seconds_is_acknowledged_again() -> None:
    lone = Lone()
    refusal = reply(called(lone), 486)
    assert starts(lone.say(refusal)) == ["ACK"]
    lone.wait(31.9)
    assert starts(lone.say(refusal)) == ["ACK"]
    lone.wait(0.2)
    assert starts(lone.say(refusal)) == []
    assert strays(lone) == 1


def test_an_answer_that_comes_again_is_absorbed_for_5_seconds() -> None:
    lone = Lone()
    done = reply(hung_up(lone), 200)
    lone.say(done)
    lone.wait(4.9)
    lone.say(done)
    assert strays(lone) == 0
    lone.wait(0.2)
    lone.say(done)
    assert strays(lone) == 1


def test_an_invite_that_comes_late_begins_no_second_call_for_5_seconds_after_its_refusal() -> None:
    lone = Lone()
    ack = refused(lone)
    lone.say(ack)
    lone.wait(4.9)
    assert lone.say(invite()) == []
    assert lone.events() == []
    lone.wait(0.2)
    assert starts(lone.say(invite())) == ["100"]


def test_a_bye_is_answered_alike_for_32_seconds() -> None:
    lone = Lone()
    bye = request("BYE", cseq=2, branch="bye", to_tag=answered(lone))
    said = lone.say(bye)
    lone.wait(31.9)
    assert lone.say(bye) == said
    lone.wait(0.2)
    assert starts(lone.say(bye)) == ["481"]


def test_an_invite_that_comes_late_begins_no_second_call_for_32_seconds_after_its_answer() -> None:
    lone = Lone()
    dialog = answered(lone)
    lone.say(request("BYE", cseq=2, branch="bye", to_tag=dialog))
    lone.events()
    lone.wait(31.9)
    assert lone.say(invite(branch="b-call-1")) == []
    assert lone.events() == []
    lone.wait(0.2)
    assert starts(lone.say(invite(branch="b-call-1"))) == ["100"]


def test_a_later_fork_is_hung_up_for_32_seconds_after_the_first_answer() -> None:
    lone = Lone()
    sent = called(lone)
    lone.say(reply(sent, 200, to_tag="first", body=ANSWER))
    lone.wait(31.9)
    assert starts(lone.say(reply(sent, 200, to_tag="second", body=ANSWER))) == ["ACK", "BYE"]
    lone.wait(0.2)
    assert lone.say(reply(sent, 200, to_tag="third", body=ANSWER)) == []


def test_proxies_are_reminded_of_a_ringing_call_each_minute() -> None:
    lone = Lone()
    lone.say(invite())
    event = lone.events()[0]
    assert isinstance(event, InviteReceived)
    lone.endpoint.progress(event.invite, 180, lone.now)
    lone.sent()
    assert moments(lone, "180", 200) == [60.0, 120.0, 180.0]


def test_a_telephone_rings_a_little_longer_than_three_minutes() -> None:
    lone = Lone()
    lone.say(reply(called(lone), 180))
    assert moments(lone, "CANCEL", 185.1)[:1] == [185.0]
