import pytest

from hallom.sip.events import ProbeAnswered
from hallom.sip.flow import Flow
from hallom.sip.target import Target
from hallom.sip.tests.lone import Lone, header, reply, starts

TRUNK = Target("sip:127.0.0.1:5299")
STREAM = Flow("tcp", "127.0.0.1", 5299, 3)


@pytest.mark.parametrize("status", [200, 401, 404, 503])
def test_any_answer_of_a_trunk_is_told(status: int) -> None:
    lone = Lone()
    lone.endpoint.probe("carrier", TRUNK, lone.now)
    sent = lone.sent()
    assert starts(sent) == ["OPTIONS"]
    assert sent[0].startswith("OPTIONS sip:127.0.0.1:5299 SIP/2.0\r\n")
    lone.say(reply(sent[0], 100))
    lone.say(reply(sent[0], status))
    lone.say(reply(sent[0], 200))
    assert lone.events() == [ProbeAnswered("carrier", status)]
    assert lone.is_empty()


def test_a_dead_trunk_is_known_within_five_seconds() -> None:
    lone = Lone()
    lone.endpoint.probe("carrier", TRUNK, lone.now)
    assert len(lone.sent() + lone.wait(4.9)) == 4
    assert lone.events() == []
    lone.wait(0.1)
    assert lone.events() == [ProbeAnswered("carrier", 408)]
    lone.wait(100)
    assert lone.events() == []
    assert lone.is_empty()


def test_an_answer_that_comes_too_late_does_not_answer_the_next_question() -> None:
    lone = Lone()
    lone.endpoint.probe("carrier", TRUNK, lone.now)
    first = lone.sent()[0]
    lone.wait(6)
    lone.events()
    lone.endpoint.probe("carrier", TRUNK, lone.now)
    lone.endpoint.probe("carrier", TRUNK, lone.now)
    second = lone.sent()
    assert starts(second) == ["OPTIONS"]
    assert header(second[0], "Call-ID") != header(first, "Call-ID")
    lone.say(reply(first, 200))
    assert lone.events() == []
    lone.say(reply(second[0], 200))
    assert lone.events() == [ProbeAnswered("carrier", 200)]
    assert lone.is_empty()


def test_a_connection_that_breaks_answers_503() -> None:
    lone = Lone()
    lone.endpoint.probe("carrier", Target("sip:127.0.0.1:5299;transport=tcp", STREAM), lone.now)
    lone.endpoint.flow_closed(STREAM, lone.now)
    assert lone.events() == [ProbeAnswered("carrier", 503)]
    assert lone.is_empty()


def test_an_address_that_is_none_answers_416() -> None:
    lone = Lone()
    for uri in ("tel:+48221234567", "mailto:a@b", "", "sip:a b"):
        lone.endpoint.probe("carrier", Target(uri), lone.now)
        assert lone.events() == [ProbeAnswered("carrier", 416)]
    assert lone.sent() == []
    assert lone.is_empty()
