"""RTP packets and what shares their port."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hallom.media import rtp
from hallom.media.rtp import Extension, Packet, Traffic

PACKETS = st.builds(
    Packet,
    st.integers(0, 127),
    st.booleans(),
    st.integers(0, 65535),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    st.binary(max_size=400),
)


@given(
    PACKETS,
    st.lists(st.integers(0, 2**32 - 1), max_size=15).map(tuple),
    st.one_of(st.none(), st.builds(Extension, st.integers(0, 65535), st.binary(max_size=40))),
    st.integers(0, 255),
)
def test_what_is_packed_is_parsed_back(packet, csrcs, extension, padding) -> None:
    assert rtp.parse(rtp.pack(packet, csrcs=csrcs, extension=extension, padding=padding)) == packet


@given(st.binary(max_size=300))
def test_no_datagram_can_do_more_than_be_refused(data: bytes) -> None:
    packet = rtp.parse(data)
    assert packet is None or len(packet.payload) <= len(data) - 12
    rtp.traffic_of(data)


def test_bad_packets_are_refused() -> None:
    good = rtp.pack(Packet(0, False, 1, 2, 3, b"x" * 160))
    assert rtp.parse(good[:11]) is None
    assert rtp.parse(b"\x40" + good[1:]) is None, "version 1"
    assert rtp.parse(b"\x8f" + good[1:20]) is None, "fifteen CSRCs that are not there"
    assert rtp.parse(b"\x90" + good[1:12] + b"\0\0\xff\xff") is None, "an extension that is not there"
    assert rtp.parse(b"\xa0" + good[1:-1] + b"\xff") is None, "more padding than packet"
    assert rtp.parse(b"\xa0" + good[1:-1] + b"\0") is None, "padding of nothing"


def test_a_port_is_shared_by_four_protocols() -> None:
    assert rtp.traffic_of(b"\x80\x00") is Traffic.RTP
    assert rtp.traffic_of(b"\x80\xc8") is Traffic.RTCP
    assert rtp.traffic_of(b"\x80\xe5") is Traffic.RTP, "telephone-event 101 with the marker bit"
    assert rtp.traffic_of(b"\x00\x01") is Traffic.STUN
    assert rtp.traffic_of(b"\x16\xfe") is Traffic.DTLS
    assert rtp.traffic_of(b"INVITE") is Traffic.UNKNOWN
    assert rtp.traffic_of(b"") is Traffic.UNKNOWN
