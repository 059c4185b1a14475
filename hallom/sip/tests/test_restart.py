import json
from typing import Any

import pytest

from hallom.sip.events import (
    AckMissing,
    Acknowledged,
    DialogEnded,
    InviteAnswered,
    InviteFailed,
    InviteReceived,
)
from hallom.sip.tests.harness import ANSWER, OFFER, START
from hallom.sip.tests.lone import Lone, header, invite, reply, request, starts, tag
from hallom.sip.tests.test_races import answered, called


def through_json(state: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(state)
    assert "\\u0000" not in text
    restored: dict[str, Any] = json.loads(text)
    return restored


def test_a_retransmitted_invite_hits_the_restored_transaction() -> None:
    lone = Lone()
    lone.say(invite())
    event = lone.events()[0]
    assert isinstance(event, InviteReceived)
    state = through_json(lone.endpoint.invite_state(event.invite))
    lone.restart()
    assert lone.endpoint.restore_invite(state, lone.now) == event.invite
    assert lone.sent() == []
    assert starts(lone.say(invite())) == ["100"]
    assert lone.events() == []
    assert lone.endpoint.answer(event.invite, ANSWER, lone.now) == event.dialog_key
    final = lone.sent()
    assert starts(final) == ["200"]
    lone.say(request("ACK", branch="a", to_tag=tag(final[0])))
    assert lone.events() == [Acknowledged(event.dialog_key, None)]


def test_a_restored_call_can_be_cancelled_by_its_caller() -> None:
    lone = Lone()
    lone.say(invite())
    event = lone.events()[0]
    assert isinstance(event, InviteReceived)
    state = lone.endpoint.invite_state(event.invite)
    lone.restart()
    lone.endpoint.restore_invite(state, lone.now)
    assert starts(lone.say(request("CANCEL"))) == ["200", "487"]
    assert lone.is_empty()


def test_an_answer_lost_in_the_crash_is_repeated() -> None:
    lone = Lone()
    lone.say(invite())
    event = lone.events()[0]
    assert isinstance(event, InviteReceived)
    arrived = through_json(lone.endpoint.invite_state(event.invite))
    dialog = lone.endpoint.answer(event.invite, ANSWER, lone.now)
    state = through_json(lone.endpoint.dialog_state(dialog))
    lone.restart()
    lone.endpoint.restore_invite(arrived, lone.now)
    lone.endpoint.restore_dialog(state, lone.now)
    assert starts(lone.sent()) == ["200"]
    assert lone.say(invite()) == []
    assert starts(lone.wait(0.6)) == ["200"]
    lone.say(request("ACK", branch="a", to_tag=dialog))
    assert lone.events() == [Acknowledged(dialog, None)]
    assert starts(lone.say(request("BYE", cseq=2, branch="bye", to_tag=dialog))) == ["200"]
    assert lone.is_empty()


def test_a_restored_dialog_can_be_ended_from_either_side() -> None:
    lone = Lone()
    dialog = answered(lone)
    state = through_json(lone.endpoint.dialog_state(dialog))
    lone.restart()
    lone.endpoint.restore_dialog(state, lone.now)
    lone.endpoint.reinvite(dialog, OFFER, lone.now)
    sent = lone.sent()
    assert header(sent[0], "CSeq") == f"{int(START) + 1} INVITE"
    assert starts(lone.say(request("BYE", cseq=2, branch="bye", to_tag=dialog))) == ["200"]
    assert lone.events() == [DialogEnded(dialog, by_peer=True, reason="")]


def test_our_invite_goes_on_with_the_same_branch() -> None:
    lone = Lone()
    sent = called(lone)
    state = through_json(lone.endpoint.invite_state("leg-1"))
    lone.restart()
    assert lone.endpoint.restore_invite(state, lone.now) == "leg-1"
    again = lone.sent()
    assert again == [sent]
    assert starts(lone.say(reply(sent, 200, body=ANSWER))) == ["ACK"]
    event = lone.events()[0]
    assert isinstance(event, InviteAnswered)
    assert event.invite == "leg-1"


def test_the_same_id_makes_the_same_invite_even_without_a_state() -> None:
    lone = Lone()
    sent = called(lone)
    lone.restart()
    assert called(lone) == sent


def test_a_cancel_after_a_restart_carries_the_same_branch() -> None:
    lone = Lone()
    sent = called(lone)
    lone.say(reply(sent, 180))
    state = lone.endpoint.invite_state("leg-1")
    lone.restart()
    lone.endpoint.restore_invite(state, lone.now)
    lone.sent()
    lone.endpoint.cancel("leg-1", lone.now)
    cancel = lone.say(reply(sent, 180))
    assert starts(cancel) == ["CANCEL"]
    assert header(cancel[0], "Via") == header(sent, "Via")
    lone.say(reply(sent, 487))
    assert lone.events()[-1] == InviteFailed("leg-1", 487, "Whatever")


def test_states_of_calls_that_have_just_ended_are_there_while_their_events_are_unread() -> None:
    lone = Lone()
    lone.say(invite())
    lone.say(request("CANCEL"))
    event = lone.endpoint.next_event()
    assert isinstance(event, InviteReceived)
    assert lone.endpoint.invite_state(event.invite)["invite"] == event.invite
    lone.events()
    with pytest.raises(KeyError):
        lone.endpoint.invite_state(event.invite)
    with pytest.raises(KeyError):
        lone.endpoint.answer(event.invite, ANSWER, lone.now)
    dialog = answered(lone, "call-2")
    lone.say(request("BYE", "call-2", 2, branch="bye", to_tag=dialog))
    assert lone.endpoint.dialog_state(dialog)["id"] == dialog
    lone.events()
    with pytest.raises(KeyError):
        lone.endpoint.dialog_state(dialog)


def test_each_restart_goes_on_above_the_numbers_of_the_one_before() -> None:
    """The journal may know nothing of what a re-INVITE used up: twice the same state, never twice the same number."""
    lone = Lone()
    lone.say(invite())
    event = lone.events()[0]
    assert isinstance(event, InviteReceived)
    dialog = lone.endpoint.answer(event.invite, ANSWER, lone.now)
    state = lone.endpoint.dialog_state(dialog)
    lone.sent()
    numbers = []
    for _ in range(3):
        lone.restart()
        lone.now += 1.0
        lone.endpoint.restore_dialog(state, lone.now)
        lone.say(request("ACK", branch="a", to_tag=dialog))
        lone.sent()
        lone.endpoint.reinvite(dialog, OFFER, lone.now)
        numbers.append(int(header(lone.sent()[0], "CSeq").split()[0]))
    assert numbers == sorted(set(numbers))
    assert all(number < 2**31 for number in numbers)


def test_an_answer_of_long_ago_is_not_repeated_and_its_call_goes_on() -> None:
    """The journal holds the call as it was answered; a telephone acknowledges no repetition after 32 s (RFC 6026)."""
    lone = Lone()
    lone.say(invite())
    event = lone.events()[0]
    assert isinstance(event, InviteReceived)
    dialog = lone.endpoint.answer(event.invite, ANSWER, lone.now)
    state = through_json(lone.endpoint.dialog_state(dialog))
    lone.say(request("ACK", branch="a", to_tag=dialog))
    lone.wait(40)
    lone.restart()
    lone.endpoint.restore_dialog(state, lone.now)
    assert lone.sent() == []
    lone.endpoint.reinvite(dialog, OFFER, lone.now)
    assert starts(lone.sent()) == ["INVITE"]
    lone.wait(20)
    assert not [one for one in lone.events() if isinstance(one, AckMissing)]


def test_an_acknowledgement_from_before_the_crash_is_not_missed() -> None:
    lone = Lone()
    lone.say(invite())
    event = lone.events()[0]
    assert isinstance(event, InviteReceived)
    dialog = lone.endpoint.answer(event.invite, ANSWER, lone.now)
    state = lone.endpoint.dialog_state(dialog)
    lone.say(request("ACK", branch="a", to_tag=dialog))
    lone.wait(30)
    lone.restart()
    lone.endpoint.restore_dialog(state, lone.now)
    assert starts(lone.sent()) == ["200"]
    lone.wait(40)
    assert lone.events() == []
    assert lone.endpoint.dialog_state(dialog)["id"] == dialog
