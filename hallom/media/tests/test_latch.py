"""Whose packets a leg believes."""

from __future__ import annotations

from hallom.media.latch import PROBATION, SILENCE_SECONDS, Latch

PHONE, NAT, STRANGER = ("192.0.2.1", 4000), ("198.51.100.7", 61000), ("203.0.113.66", 5004)


def announced() -> Latch:
    latch = Latch()
    latch.announce(PHONE)
    return latch


def test_nobody_is_believed_before_the_signalling_announced_someone() -> None:
    latch = Latch()
    assert not any(latch.accepts(STRANGER, 1, sequence, 0.0) for sequence in range(10))
    assert latch.target is None


def test_the_announced_source_is_believed_at_once() -> None:
    latch = announced()
    assert latch.target == PHONE
    assert latch.accepts(PHONE, 1, 1, 0.0)


def test_a_source_behind_nat_is_believed_after_probation() -> None:
    latch = announced()
    taken = [latch.accepts(NAT, 1, sequence % 65536, 0.0) for sequence in range(65535, 65535 + PROBATION)]
    assert taken == [False] * (PROBATION - 1) + [True]
    assert latch.target == NAT


def test_noise_does_not_pass_probation() -> None:
    latch = announced()
    assert not any(latch.accepts(STRANGER, number, number * 7, 0.0) for number in range(50))


def test_a_stranger_cannot_take_over_while_the_peer_speaks() -> None:
    latch = announced()
    for sequence in range(200):
        assert latch.accepts(PHONE, 1, sequence, sequence * 0.02)
        assert not latch.accepts(STRANGER, 2, sequence, sequence * 0.02)
    assert latch.target == PHONE


def test_after_a_silence_a_new_source_may_take_over() -> None:
    latch = announced()
    latch.accepts(PHONE, 1, 1, 0.0)
    later = SILENCE_SECONDS + 1
    assert [latch.accepts(NAT, 1, sequence, later) for sequence in range(3)] == [False, False, True]


def test_the_announced_source_wins_back_what_a_stranger_took() -> None:
    latch = announced()
    for sequence in range(3):
        latch.accepts(STRANGER, 1, sequence, 0.0)
    assert latch.target == STRANGER
    assert latch.accepts(PHONE, 2, 1, 0.1)
    assert latch.target == PHONE


def test_a_new_announcement_begins_anew_and_the_same_one_changes_nothing() -> None:
    latch = announced()
    for sequence in range(3):
        latch.accepts(NAT, 1, sequence, 0.0)
    latch.announce(PHONE)
    assert latch.target == NAT
    latch.announce(("192.0.2.9", 4002))
    assert latch.target == ("192.0.2.9", 4002)
