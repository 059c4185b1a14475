"""A description that is taken for usable is one that a worker takes, and that has an answer."""

import json
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hallom.media.protocol import ConnectLeg, parse_request
from hallom.sip.sdp import SdpError
from hallom.sip.sdp import parse as parse_sdp
from hallom.switch import description
from hallom.switch.leg import RTP, Leg
from hallom.switch.tests.sip_world import rtp_sdp, webrtc_sdp

BROWSER = (
    "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\na=ice-lite\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 0 8 13 110 126\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=ice-ufrag:4ZcD\r\n"
    "a=ice-pwd:2/1muCWoOi3uLifh0NuRHlPw\r\na=fingerprint:sha-256 "
    + ":".join(["7B"] * 32)
    + "\r\na=setup:actpass\r\na=mid:0\r\n"
    "a=sendrecv\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:13 CN/8000\r\n"
    "a=rtpmap:110 telephone-event/48000\r\na=rtpmap:126 telephone-event/8000\r\na=candidate:1 1 udp 2122260223 192.0.2.7 5000 typ host\r\n"
    "m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n"
)
SEEDS = (rtp_sdp(), rtp_sdp(6000, "sendonly"), webrtc_sdp(), BROWSER)
WORDS = (
    "", "0", "1", "8", "99999", "65535", "-1", "127", "128", "200", "255", "999", "101", "RTP/AVP", "RTP/SAVP", "UDP/TLS/RTP/SAVPF", "audio",
    "video", "IN", "IP4", "IP6", "0.0.0.0", "::", "::1", "192.0.2.300", "host.invalid", "224.0.0.1", "sha-1", "sha-256", "SHA-256", "AA:BB", "x" * 99,
    "x" * 300, "\u00e9\u0663", "\x00", "telephone-event/8000", "PCMU/16000", "sendrecv", "inactive", "recvonly", "passive", "active", "a=", "m=",
)  # fmt: skip


def edited(chance: Random) -> str:
    lines = chance.choice(SEEDS).split("\r\n")
    for _ in range(chance.choice((1, 1, 2, 4))):
        at = chance.randrange(len(lines))
        words = lines[at].replace(":", " ").split(" ")
        match chance.randrange(5):
            case 0 | 1:
                old = chance.choice(words)
                lines[at] = lines[at].replace(old, chance.choice(WORDS), 1) if old else chance.choice(WORDS)
            case 2:
                del lines[at]
                lines = lines or [""]
            case 3:
                lines.insert(at, chance.choice(chance.choice(SEEDS).split("\r\n")))
            case 4:
                lines[at] += chance.choice((" ", ":", "/")) + chance.choice(WORDS)
    return chance.choice(("\r\n", "\r\n", "\n")).join(lines)


@settings(max_examples=600, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_what_is_taken_for_usable_can_be_connected_and_answered(seed: int) -> None:
    check(edited(Random(seed)))


def check(sdp: str) -> bool:
    try:
        str(parse_sdp(sdp))
    except SdpError:
        assert not description.is_usable(sdp)
        return False
    if not description.is_usable(sdp):
        return False
    order = {"id": 1, "do": "leg.connect", "leg": "c-1", **description.connection(sdp)}
    command = parse_request(json.dumps(order).encode()).command
    assert isinstance(command, ConnectLeg)
    kind = description.kind_of(sdp)
    assert (command.fingerprint is not None) == (kind != RTP)
    media = {
        "host": "192.0.2.50",
        "port": 20_000,
        "ssrc": 7,
        "ufrag": "u",
        "pwd": "p" * 22,
        "fingerprint": ":".join(["AA"] * 32),
    }
    answer = description.answer(Leg("c-1", None, kind, "media-0", sdp=sdp, media=media))
    assert description.is_usable(answer) or parse_sdp(answer).port
    return True


@pytest.mark.parametrize(
    ("old", "new", "is_usable"),
    [
        ("", "", True),
        # A telephone set to SRTP with keys in the description (RFC 4568).
        ("UDP/TLS/RTP/SAVPF", "RTP/SAVP", False),
        ("sha-256 BB:", "sha-256 ", False),
        ("sha-256", "sha-1", False),
        ("q" * 22, "q" * 256, True),
        ("q" * 22, "q" * 257, False),
    ],
)
def test_what_no_worker_could_be_told_is_not_usable(old: str, new: str, is_usable: bool) -> None:
    sdp = webrtc_sdp().replace(old, new, 1)
    assert description.is_usable(sdp) is is_usable
    assert check(sdp) is is_usable


def test_a_type_for_keys_that_no_packet_can_bear_is_passed_over() -> None:
    sdp = rtp_sdp().replace("101", "200")
    assert check(sdp)
    assert description.connection(sdp)["dtmf"] is None
