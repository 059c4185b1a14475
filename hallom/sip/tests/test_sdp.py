import pytest
from hypothesis import given
from hypothesis import strategies as st

from hallom.sip.sdp import Ice, SdpError, Session, answer_to, offer_of, parse

PHONE = (
    "v=0\r\no=bob 2890844526 2890844527 IN IP4 192.0.2.7\r\ns=call\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n"
    "m=audio 4000 RTP/AVP 18 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\n"
)
CHROME = (
    "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\na=msid-semantic: WMS x\r\n"
    "m=audio 54400 UDP/TLS/RTP/SAVPF 111 63 0 8 110 126\r\nc=IN IP4 192.0.2.9\r\na=rtcp:9 IN IP4 0.0.0.0\r\n"
    "a=candidate:1 1 udp 2122260223 4ab0.local 54400 typ host generation 0 network-id 1\r\n"
    "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\na=ice-options:trickle\r\n"
    "a=fingerprint:sha-256 D2:FA:0E:C3\r\na=setup:actpass\r\na=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\n"
    "a=rtpmap:111 opus/48000/2\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
    "a=rtpmap:110 telephone-event/48000\r\na=rtpmap:126 telephone-event/8000\r\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=rtpmap:96 VP8/90000\r\n"
)
PLAIN_LEG = Session("127.0.0.1", 20000, telephone_event=101)
WEBRTC_LEG = Session(
    "127.0.0.1",
    20002,
    telephone_event=101,
    protocol="UDP/TLS/RTP/SAVPF",
    ice=Ice("abcd", "0123456789012345678901", lite=True),
    fingerprint="sha-256 AA:BB",
)


def test_a_phones_offer_is_read() -> None:
    session = parse(PHONE)
    assert (session.host, session.port, session.codecs) == ("192.0.2.7", 4000, (8, 0))
    assert (session.telephone_event, session.direction, session.ptime) == (101, "sendrecv", 20)


def test_the_answer_keeps_the_offers_order_and_payload_types() -> None:
    answer = answer_to(parse(PHONE.replace("101", "97")), PLAIN_LEG)
    assert (answer.codecs, answer.telephone_event, answer.port) == ((8, 0), 97, 20000)


@pytest.mark.parametrize(
    ("offered", "answered"),
    [("sendonly", "recvonly"), ("inactive", "inactive"), ("recvonly", "sendonly"), ("sendrecv", "sendrecv")],
)
def test_hold_is_answered_in_kind(offered: str, answered: str) -> None:
    assert answer_to(parse(f"{PHONE}a={offered}\r\n"), PLAIN_LEG).direction == answered


def test_an_address_of_nowhere_is_a_hold() -> None:
    offer = parse(PHONE.replace("c=IN IP4 192.0.2.7", "c=IN IP4 0.0.0.0"))
    assert offer.is_held
    assert offer.sends
    assert answer_to(offer, PLAIN_LEG).direction == "recvonly"


def test_a_browsers_offer_is_answered_passively_and_without_its_video() -> None:
    offer = parse(CHROME)
    assert (offer.mid, offer.bundle, offer.rtcp_mux, offer.telephone_event) == ("0", True, True, 126)
    assert offer.candidates[0].host == "4ab0.local"
    answer = answer_to(offer, WEBRTC_LEG)
    text = str(answer)
    assert (answer.setup, answer.mid, answer.codecs) == ("passive", "0", (0, 8))
    assert "a=ice-lite\r\n" in text
    assert "a=group:BUNDLE 0\r\n" in text
    assert "m=video 0 UDP/TLS/RTP/SAVPF 96\r\n" in text
    assert "a=candidate:1 1 udp 2130706431 127.0.0.1 20002 typ host\r\n" in text


def test_we_offer_webrtc_with_roles_left_to_the_browser() -> None:
    text = str(offer_of(WEBRTC_LEG))
    for line in (
        "a=setup:actpass",
        "a=mid:0",
        "a=rtcp-mux",
        "a=group:BUNDLE 0",
        "a=fingerprint:sha-256 AA:BB",
    ):
        assert f"{line}\r\n" in text


@pytest.mark.parametrize("session", [PLAIN_LEG, offer_of(WEBRTC_LEG), answer_to(parse(CHROME), WEBRTC_LEG)])
def test_writing_and_reading_are_inverses(session: Session) -> None:
    assert parse(str(session)) == session


@pytest.mark.parametrize(
    "text",
    ["", "hello", "v=0\r\n", "v=0\r\nm=video 1 RTP/AVP 0\r\n", "v=0\r\nm=audio x RTP/AVP 0\r\n",
     "v=0\r\nm=audio 4000 RTP/AVP 0\r\n", "v=0\r\nm=audio 70000 RTP/AVP 0\r\nc=IN IP4 192.0.2.1\r\n"],
)  # fmt: skip
def test_what_is_no_description_is_refused(text: str) -> None:
    with pytest.raises(SdpError):
        parse(text)


def test_no_common_codec_and_no_dtls_are_refused() -> None:
    with pytest.raises(SdpError):
        answer_to(parse(PHONE.replace("18 8 0 101", "18 101")), PLAIN_LEG)
    with pytest.raises(SdpError):
        answer_to(parse(CHROME), PLAIN_LEG)
    with pytest.raises(SdpError):
        answer_to(parse(PHONE.replace("RTP/AVP", "RTP/SAVP")), PLAIN_LEG)


LINES = st.lists(st.sampled_from((PHONE + CHROME).split("\r\n")) | st.text(max_size=30), max_size=40)


@given(LINES)
def test_any_text_is_read_or_refused(lines: list[str]) -> None:
    try:
        session = parse("\r\n".join(["v=0", *lines]))
    except SdpError:
        return
    assert parse(str(session)) == session
