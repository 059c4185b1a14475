"""STUN as an ICE-lite agent answers it."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hallom.media import stun

UFRAG, PASSWORD = "a1b2", "0123456789abcdef0123456789abcdef"
TRANSACTION = bytes(range(12))

# RFC 5769 2.1: the sample request with a long list of attributes.
SAMPLE = bytes.fromhex(
    "000100582112a442b7e7a701bc34d686fa87dfae"
    "802200105354554e207465737420636c69656e74"
    "002400046e0001ff80290008932ff9b151263b36"
    "000600096576746a3a68367659202020"
    "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
    "80280004e57a3bcf"
)
SAMPLE_PASSWORD = "VOkJxbRl1RmTxUk/WvJxBt"


def test_the_sample_request_of_rfc_5769_is_understood() -> None:
    request = stun.parse_request(SAMPLE, "evtj", SAMPLE_PASSWORD)
    assert request.remote_ufrag == "h6vY"
    assert not request.use_candidate


def test_a_request_of_ours_is_understood_and_answered() -> None:
    data = stun.request(TRANSACTION, f"{UFRAG}:peer", PASSWORD, use_candidate=True)
    request = stun.parse_request(data, UFRAG, PASSWORD)
    assert (request.remote_ufrag, request.use_candidate) == ("peer", True)
    assert stun.mapped_address(stun.success(request, "192.0.2.1", 32853, PASSWORD)) == ("192.0.2.1", 32853)
    answer = stun.success(request, "2001:db8:1234:5678:11:2233:4455:6677", 32853, PASSWORD)
    assert stun.mapped_address(answer) == ("2001:db8:1234:5678:11:2233:4455:6677", 32853)


def test_the_mapped_address_is_coded_as_in_rfc_5769() -> None:
    transaction = bytes.fromhex("b7e7a701bc34d686fa87dfae")
    request = stun.BindingRequest(transaction, "x", False)
    # RFC 5769 2.2 and 2.3
    assert bytes.fromhex("00200008 0001a147e112a643") in stun.success(request, "192.0.2.1", 32853, "p")
    expected = bytes.fromhex("00200014 0002a1470113a9faa5d3f179bc25f4b5bed2b9d9")
    assert expected in stun.success(request, "2001:db8:1234:5678:11:2233:4455:6677", 32853, "p")


@pytest.mark.parametrize(
    "wrong",
    [
        stun.request(TRANSACTION, f"{UFRAG}:peer", "another password"),
        stun.request(TRANSACTION, "other:peer", PASSWORD),
        stun.request(TRANSACTION, UFRAG, PASSWORD),
        SAMPLE[:-1],
        SAMPLE[:40],
        b"\x01\x01" + SAMPLE[2:],
        SAMPLE[:-4] + b"\0\0\0\0",
    ],
)
def test_what_is_not_for_us_is_refused(wrong: bytes) -> None:
    with pytest.raises(stun.StunError):
        stun.parse_request(wrong, UFRAG, PASSWORD)


@given(st.binary(max_size=200))
def test_no_datagram_can_do_more_than_be_refused(data: bytes) -> None:
    with pytest.raises(stun.StunError):
        stun.parse_request(data, UFRAG, PASSWORD)
    padded = data + bytes(-len(data) % 4)
    with pytest.raises(stun.StunError):
        stun.parse_request(
            struct.pack("!HHI12s", 1, len(padded), stun.MAGIC, TRANSACTION) + padded, UFRAG, PASSWORD
        )
    stun.mapped_address(b"\x01\x01" + data)


def test_attributes_after_the_integrity_do_not_count() -> None:
    data = stun.request(TRANSACTION, f"{UFRAG}:peer", PASSWORD)[:-8]
    forged = data + struct.pack("!HH", stun.USE_CANDIDATE, 0)
    forged = forged[:2] + struct.pack("!H", len(forged) - 20) + forged[4:]
    assert not stun.parse_request(forged, UFRAG, PASSWORD).use_candidate
