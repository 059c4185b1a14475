"""What the endpoint tells of those who speak to it, for the one who decides whom to listen to."""

from hallom.sip.flow import Flow
from hallom.sip.limits import MAX_CONDUCT
from hallom.sip.tests.lone import PHONE, STRANGER, Lone, invite, request
from hallom.sip.tests.test_registrar import proof, register

STREAM = Flow("tcp", "192.0.2.9", 40_000, 7)


def test_a_good_caller_is_not_spoken_of() -> None:
    lone = Lone()
    lone.say(invite(), PHONE)
    lone.say(request("OPTIONS", branch="o"), PHONE)
    assert lone.endpoint.conduct() == []


def test_challenges_proofs_and_wrong_passwords_are_told_in_order() -> None:
    lone = Lone()
    challenged = lone.say(register(1), STRANGER)[0]
    lone.say(register(2, auth=proof(challenged, password="wrong")), STRANGER)
    lone.say(register(3, auth=proof(challenged)), STRANGER)
    assert lone.endpoint.conduct() == [(kind, STRANGER) for kind in ("challenged", "refused", "admitted")]
    assert lone.endpoint.conduct() == []


def test_a_name_nobody_has_is_refused_as_a_wrong_password_is() -> None:
    lone = Lone()
    challenged = lone.say(register(1), STRANGER)[0]
    lone.say(register(2, auth=proof(challenged, "nobody")), STRANGER)
    assert [kind for kind, _ in lone.endpoint.conduct()] == ["challenged", "refused"]


def test_malformed_messages_and_streams_that_cannot_be_cut_are_told() -> None:
    lone = Lone()
    lone.say(b"INVITE\r\n\r\n", STRANGER)
    lone.say(b"x" * 200_000, STREAM)
    assert lone.endpoint.conduct() == [("malformed", STRANGER), ("malformed", STREAM)]


def test_whoever_never_asks_holds_a_bounded_number() -> None:
    lone = Lone()
    for number in range(MAX_CONDUCT + 100):
        lone.say(f"rubbish {number}\r\n\r\n".encode(), STRANGER)
    assert len(lone.endpoint.conduct()) == MAX_CONDUCT
