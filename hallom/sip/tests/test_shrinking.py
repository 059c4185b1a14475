"""What is over leaves no more than a repetition needs: the memory of a busy hour is made of such remains."""

import gc
from types import FunctionType, ModuleType

from hallom.sip.endpoint import Endpoint
from hallom.sip.events import InviteReceived
from hallom.sip.message import Message
from hallom.sip.tests.harness import ANSWER
from hallom.sip.tests.lone import Lone, invite, reply, request, tag
from hallom.sip.tests.test_races import answered, called

# Longer than any key, tag or address; shorter than any message.
SHORT = 150


def held(endpoint: Endpoint) -> list[object]:
    """Every object that the endpoint keeps alive, code aside."""
    seen: dict[int, object] = {}
    rest: list[object] = [endpoint]
    while rest:
        one = rest.pop()
        if id(one) in seen or isinstance(one, type | ModuleType | FunctionType):
            continue
        seen[id(one)] = one
        rest += gc.get_referents(one)
    return list(seen.values())


def messages(lone: Lone) -> list[str]:
    """First words of the messages that are held as bytes."""
    return [
        one[:11].decode().split(" sip:")[0]
        for one in held(lone.endpoint)
        if isinstance(one, bytes) and len(one) > SHORT
    ]


def parsed(lone: Lone) -> list[Message]:
    return [one for one in held(lone.endpoint) if isinstance(one, Message)]


def test_a_call_of_theirs_that_has_ended_leaves_the_answer_to_its_bye() -> None:
    lone = Lone()
    dialog = answered(lone)
    lone.say(request("BYE", cseq=2, branch="bye", to_tag=dialog))
    lone.events()
    assert lone.endpoint.census()["server_transactions"] == 2
    assert (messages(lone), parsed(lone)) == (["SIP/2.0 200"], [])


def test_a_call_of_ours_that_has_ended_leaves_its_ack_and_what_a_later_fork_is_known_by() -> None:
    lone = Lone()
    sent = called(lone)
    lone.say(reply(sent, 200, body=ANSWER))
    dialog = lone.events()[0].dialog
    lone.endpoint.bye(dialog, lone.now)
    lone.say(reply(lone.sent()[0], 200))
    lone.events()
    assert lone.endpoint.census()["client_transactions"] == 2
    assert messages(lone) == ["ACK"]
    assert [(one.start_line[:6], one.body) for one in parsed(lone)] == [("INVITE", b"")]


def test_a_call_of_ours_that_was_refused_leaves_the_ack() -> None:
    lone = Lone()
    lone.say(reply(called(lone), 486))
    lone.events()
    assert lone.endpoint.census()["client_transactions"] == 1
    assert (messages(lone), parsed(lone)) == (["ACK"], [])


def test_a_call_of_theirs_that_was_refused_leaves_the_refusal_until_its_ack_and_then_nothing() -> None:
    lone = Lone()
    lone.say(invite())
    event = lone.events()[0]
    assert isinstance(event, InviteReceived)
    lone.endpoint.reject(event.invite, 486, lone.now)
    ack = request("ACK", to_tag=tag(lone.sent()[0]))
    assert messages(lone) == ["SIP/2.0 486"]
    lone.say(ack)
    lone.events()
    assert lone.endpoint.census()["server_transactions"] == 1
    assert (messages(lone), parsed(lone)) == ([], [])
