import pytest

from hallom.sip.hold import Hold, hold_of
from hallom.sip.sdp import parse
from hallom.sip.tests.harness import OFFER

LINE = "m=audio 4000 RTP/AVP 0\r\n"


@pytest.mark.parametrize(
    ("sdp", "hold"),
    [
        (OFFER, Hold.NONE),
        (OFFER + "a=sendrecv\r\n", Hold.NONE),
        (OFFER + "a=recvonly\r\n", Hold.NONE),
        (OFFER + "a=sendonly\r\n", Hold.SENDONLY),
        (OFFER + "a=inactive\r\n", Hold.INACTIVE),
        (OFFER.replace(LINE, "a=sendonly\r\n" + LINE), Hold.SENDONLY),
        (OFFER.replace(LINE, "a=sendonly\r\n" + LINE) + "a=sendrecv\r\n", Hold.NONE),
        (OFFER.replace("c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0"), Hold.NOWHERE),
        (OFFER + "c=IN IP4 0.0.0.0\r\n", Hold.NOWHERE),
        (OFFER.replace("c=IN IP4 127.0.0.1", "c=IN IP6 ::"), Hold.NOWHERE),
        (OFFER.replace("audio 4000", "audio 0"), Hold.REFUSED),
    ],
)
def test_hold_in_every_spelling(sdp: str, hold: Hold) -> None:
    session = parse(sdp)
    assert hold_of(session) is hold
    assert session.is_held is (hold is not Hold.NONE)


def test_a_browser_that_does_not_know_its_address_yet_is_not_on_hold() -> None:
    offer = OFFER.replace("c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0").replace("RTP/AVP", "UDP/TLS/RTP/SAVPF")
    session = parse(offer + "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n")
    assert hold_of(session) is Hold.NONE
    assert session.receives
