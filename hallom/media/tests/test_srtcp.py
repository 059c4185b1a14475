"""RTCP is sealed and opened as RFC 3711 says and as libsrtp does; nothing forged, damaged or old is let in."""

from __future__ import annotations

import random

import pylibsrtp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pylibsrtp import Policy

from hallom.media import srtcp
from hallom.media.srtcp import LAST_INDEX, MOST_SOURCES, WINDOW, Opener, Sealer

MASTER = bytes.fromhex("e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6")
"""RFC 3711 B.3."""
COMPOUND = bytes.fromhex("81c8000bcafebabe" + 16 * "ab")
SEALED = bytes.fromhex("81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798")
"""The packet that libsrtp tests itself with."""

compounds = st.binary(min_size=8, max_size=1200).map(lambda data: b"\x81\xc8" + data[2:])


def libsrtp(kind: int, master: bytes = MASTER) -> pylibsrtp.Session:
    return pylibsrtp.Session(Policy(key=master, ssrc_type=kind))


def test_the_key_stream_is_that_of_the_rfc() -> None:
    key = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
    counter = int("f0f1f2f3f4f5f6f7f8f9fafbfcfd0000", 16)
    stream = srtcp.keystream(key, counter, bytes(48))
    assert stream.hex() == (
        "e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab41e95b3bb0a2e8dd477901e4fca894c0"
    )


def test_session_keys_are_derived_as_in_the_rfc() -> None:
    """RFC 3711 B.3 shows those of RTP, labels 0 to 2; ours differ by the label alone."""
    assert srtcp.derive(MASTER, 0, 16).hex() == "c61e7a93744f39ee10734afe3ff7a087"
    assert srtcp.derive(MASTER, 2, 14).hex() == "30cbbc08863d8c85d49db34a9ae1"
    assert srtcp.derive(MASTER, 1, 20).hex() == "cebe321f6ff7716b6fd4ab49af256a156d38baa4"


def test_a_packet_known_to_others_is_sealed_and_opened() -> None:
    assert Sealer(MASTER).seal(COMPOUND) == SEALED
    assert Opener(MASTER).open(SEALED) == COMPOUND


@given(st.binary(min_size=30, max_size=30), st.lists(compounds, min_size=1, max_size=5))
def test_libsrtp_seals_the_same_and_opens_ours(master: bytes, sent: list[bytes]) -> None:
    ours, theirs = Sealer(master), libsrtp(Policy.SSRC_ANY_OUTBOUND, master)
    opener, their_opener = Opener(master), libsrtp(Policy.SSRC_ANY_INBOUND, master)
    ssrc = sent[0][4:8]
    for one in sent:
        compound = one[:4] + ssrc + one[8:]
        sealed = ours.seal(compound)
        assert sealed == theirs.protect_rtcp(compound)
        assert opener.open(sealed) == compound
        assert their_opener.unprotect_rtcp(sealed) == compound


def test_the_same_words_look_different_each_time() -> None:
    sealer = Sealer(MASTER)
    assert len({sealer.seal(COMPOUND)[8:-14] for _ in range(300)}) == 300


@pytest.mark.parametrize("place", range(len(SEALED)))
def test_one_wrong_bit_anywhere_is_refused_and_moves_nothing(place: int) -> None:
    opener = Opener(MASTER)
    for bit in range(8):
        damaged = bytearray(SEALED)
        damaged[place] ^= 1 << bit
        assert opener.open(bytes(damaged)) is None
    assert opener.open(SEALED) == COMPOUND


def test_what_is_cut_short_or_sealed_with_another_key_is_refused() -> None:
    opener = Opener(MASTER)
    assert [opener.open(SEALED[:size]) for size in range(len(SEALED))] == [None] * len(SEALED)
    assert opener.open(Sealer(bytes(30)).seal(COMPOUND)) is None


def test_what_is_signed_but_not_encrypted_is_refused() -> None:
    opener = Opener(MASTER)
    signed = COMPOUND + (7).to_bytes(4, "big")
    assert opener.open(signed + opener._tag(signed)) is None


def test_nothing_is_taken_twice() -> None:
    sealer, opener = Sealer(MASTER), Opener(MASTER)
    sent = [sealer.seal(COMPOUND) for _ in range(3 * WINDOW)]
    assert all(opener.open(data) == COMPOUND for data in sent)
    assert not any(opener.open(data) for data in sent)


def test_what_is_late_is_taken_within_the_window() -> None:
    sealer, opener = Sealer(MASTER), Opener(MASTER)
    sent = [sealer.seal(COMPOUND) for _ in range(2 * WINDOW)]
    assert opener.open(sent[-1]) == COMPOUND
    assert [opener.open(data) is not None for data in sent[:-1]] == [False] * WINDOW + [True] * (WINDOW - 1)


@given(st.integers(0, 2**32))
def test_the_window_is_that_of_libsrtp(seed: int) -> None:
    chance = random.Random(seed)
    sealer, opener, theirs = Sealer(MASTER), Opener(MASTER), libsrtp(Policy.SSRC_ANY_INBOUND)
    sent = [sealer.seal(COMPOUND) for _ in range(400)]
    place = 0
    for _ in range(200):
        place = min(
            len(sent) - 1, max(0, place + chance.choice((1, 1, 1, -1, -3, 5, 40, -120, -127, -128, 130)))
        )
        try:
            expected: bytes | None = theirs.unprotect_rtcp(sent[place])
        except pylibsrtp.Error:
            expected = None
        assert opener.open(sent[place]) == expected


def test_a_number_far_ahead_is_no_burden() -> None:
    sealer, opener = Sealer(MASTER), Opener(MASTER)
    first = sealer.seal(COMPOUND)
    sealer._index = LAST_INDEX - 1
    assert opener.open(first) == COMPOUND
    assert opener.open(sealer.seal(COMPOUND)) == COMPOUND
    assert opener.open(first) is None


def test_numbers_are_never_used_again() -> None:
    sealer = Sealer(MASTER)
    sealer._index = LAST_INDEX - 1
    sealer.seal(COMPOUND)
    with pytest.raises(OverflowError):
        sealer.seal(COMPOUND)


def test_each_source_counts_for_itself() -> None:
    """A browser that begins a new stream begins at 1 again, with the same keys."""
    opener = Opener(MASTER)
    other = COMPOUND[:4] + b"\0\0\0\7" + COMPOUND[8:]
    assert opener.open(Sealer(MASTER).seal(COMPOUND)) == COMPOUND
    assert opener.open(Sealer(MASTER).seal(other)) == other
    assert opener.open(Sealer(MASTER).seal(other)) is None


def test_wrong_lengths_are_the_programmers_mistake() -> None:
    with pytest.raises(ValueError, match="30 bytes"):
        Sealer(bytes(16))
    with pytest.raises(ValueError, match="eight"):
        Sealer(MASTER).seal(b"\x81\xc8\0\0")


def test_a_peer_with_sources_without_end_is_heard_of_as_many_as_are_counted() -> None:
    sealer, opener = Sealer(MASTER), Opener(MASTER)

    def heard(ssrc: int) -> bool:
        return opener.open(sealer.seal(COMPOUND[:4] + ssrc.to_bytes(4, "big") + COMPOUND[8:])) is not None

    assert [heard(ssrc) for ssrc in range(MOST_SOURCES + 2)] == [True] * MOST_SOURCES + [False] * 2
    assert heard(0)
    assert len(opener._seen) == MOST_SOURCES
