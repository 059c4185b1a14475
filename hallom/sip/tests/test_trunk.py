import pytest

from hallom.sip.credentials import Credentials
from hallom.sip.events import InviteAnswered, InviteFailed, TrunkChanged
from hallom.sip.target import Target
from hallom.sip.tests.harness import ANSWER, OFFER
from hallom.sip.tests.lone import PHONE, Lone, header, reply, starts
from hallom.sip.trunk import Trunk

CREDENTIALS = Credentials("user", "pass")
TRUNK = Trunk(
    "carrier", Target("sip:127.0.0.1:5299"), "sip:user@carrier.example", CREDENTIALS, "48221234567", 300
)
MD5 = 'WWW-Authenticate: Digest realm="carrier", nonce="n1", qop="auth,auth-int", opaque="o"\r\n'
SHA = 'WWW-Authenticate: Digest realm="carrier", nonce="n2", algorithm=SHA-256, qop="auth"\r\n'


def test_a_trunk_is_registered_and_stays_so() -> None:
    lone = Lone()
    lone.endpoint.register_trunk(TRUNK, lone.now)
    first = lone.sent()[0]
    assert first.startswith("REGISTER sip:127.0.0.1:5299 SIP/2.0\r\n")
    assert header(first, "Contact") == "<sip:48221234567@127.0.0.1:5060>"
    second = lone.say(reply(first, 401, extra=MD5))[0]
    assert 'username="user"' in header(second, "Authorization")
    assert "qop=auth," in header(second, "Authorization")
    assert int(header(second, "CSeq").split()[0]) == int(header(first, "CSeq").split()[0]) + 1
    lone.say(reply(second, 200, extra="Expires: 100\r\n"))
    assert lone.events() == [TrunkChanged("carrier", registered=True, status=200)]
    assert starts(lone.wait(91))[-1:] == ["REGISTER"]


def test_the_stronger_challenge_is_answered() -> None:
    lone = Lone()
    lone.endpoint.register_trunk(TRUNK, lone.now)
    second = lone.say(reply(lone.sent()[0], 401, extra=MD5 + SHA))[0]
    assert "algorithm=SHA-256" in header(second, "Authorization")


def test_a_wrong_password_is_tried_once_and_then_with_longer_pauses() -> None:
    lone = Lone()
    lone.endpoint.register_trunk(TRUNK, lone.now)
    pauses = []
    sent = lone.sent()
    for _ in range(6):
        second = lone.say(reply(sent[-1], 401, extra=MD5))
        third = lone.say(reply(second[0], 401, extra=MD5))
        assert starts(third) == ["REGISTER"]
        assert lone.say(reply(third[0], 401, extra=MD5)) == []
        started = lone.now
        sent = []
        while not sent:
            sent = [one for one in lone.wait(1) if one.startswith("REGISTER")]
        pauses.append(lone.now - started)
    assert lone.events() == [TrunkChanged("carrier", registered=False, status=401)]
    assert 15 <= pauses[0] <= 32
    assert pauses[-1] > 8 * pauses[0]


def test_a_trunk_that_does_not_answer_is_told_of_and_asked_again() -> None:
    lone = Lone()
    lone.endpoint.register_trunk(TRUNK, lone.now)
    lone.wait(33)
    assert lone.events() == [TrunkChanged("carrier", registered=False, status=408)]
    assert "REGISTER" in starts(lone.wait(31))


def test_an_interval_too_brief_is_corrected() -> None:
    lone = Lone()
    lone.endpoint.register_trunk(TRUNK, lone.now)
    again = lone.say(reply(lone.sent()[0], 423, extra="Min-Expires: 1800\r\n"))
    assert header(again[0], "Expires") == "1800"


def test_a_forgotten_trunk_is_unregistered() -> None:
    lone = Lone()
    lone.endpoint.register_trunk(TRUNK, lone.now)
    lone.say(reply(lone.sent()[0], 200))
    lone.endpoint.forget_trunk("carrier", lone.now)
    assert header(lone.sent()[0], "Expires") == "0"
    lone.events()
    assert lone.is_empty()


@pytest.mark.parametrize("status", [401, 407])
def test_a_call_answers_the_challenge_of_its_trunk(status: int) -> None:
    lone = Lone()
    target = Target("sip:100@127.0.0.1:5299", PHONE, credentials=CREDENTIALS)
    lone.endpoint.invite("leg", target, lone.now, from_uri="sip:a@h", sdp=OFFER)
    sent = lone.sent()[0]
    challenge = MD5 if status == 401 else MD5.replace("WWW", "Proxy")
    said = lone.say(reply(sent, status, extra=challenge))
    assert starts(said) == ["ACK", "INVITE"]
    assert header(said[1], "Authorization" if status == 401 else "Proxy-Authorization")
    assert header(said[1], "Via") != header(sent, "Via")
    lone.say(reply(said[1], 200, body=ANSWER))
    event = lone.events()[0]
    assert isinstance(event, InviteAnswered)
    lone.endpoint.bye(event.dialog, lone.now)
    bye = lone.sent()[0]
    again = lone.say(reply(bye, 407, extra=MD5.replace("WWW", "Proxy")))
    assert starts(again) == ["BYE"]
    lone.say(reply(again[0], 200))
    assert lone.is_empty()


def test_a_call_with_wrong_credentials_fails() -> None:
    lone = Lone()
    target = Target("sip:100@127.0.0.1:5299", PHONE, credentials=CREDENTIALS)
    lone.endpoint.invite("leg", target, lone.now, from_uri="sip:a@h", sdp=OFFER)
    said = lone.say(reply(lone.sent()[0], 401, extra=MD5))
    assert starts(lone.say(reply(said[1], 401, extra=MD5))) == ["ACK"]
    event = lone.events()[0]
    assert isinstance(event, InviteFailed)
    assert event.status == 401
    assert lone.is_empty()


def test_an_address_that_cannot_be_called_fails_at_once() -> None:
    lone = Lone()
    for uri, status in (("sip:", 484), ("tel:+48", 484), ("mailto:x@y", 416), ("sip:a b@c", 484)):
        lone.endpoint.invite("leg", Target(uri), lone.now, from_uri="sip:a@h", sdp=OFFER)
        assert [getattr(event, "status", 0) for event in lone.events()] == [status]
