import pytest

from hallom.sip import nonces
from hallom.sip.nonces import Freshness, Nonces
from hallom.sip.tests.harness import START


def test_counts_are_good_once_in_any_order_within_the_window() -> None:
    guard = Nonces(b"key", 300)
    nonce = guard.issue("s", START)
    for count in (1, 3, 2, 70, 69):
        assert guard.use(nonce, count, START) is Freshness.FRESH
    for count in (1, 2, 3, 70, 69, 6):
        assert guard.use(nonce, count, START) is Freshness.STALE


def test_what_is_forgotten_is_not_valid_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nonces, "MAX_NONCES", 3)
    guard = Nonces(b"key", 300)
    issued = [guard.issue("s", START + number) for number in range(5)]
    for nonce in issued:
        assert guard.use(nonce, 1, START + 5) is Freshness.FRESH
    assert len(guard) == 3
    for nonce in issued:
        assert guard.use(nonce, 1, START + 5) is Freshness.STALE
    assert guard.use(issued[4], 2, START + 5) is Freshness.FRESH


def test_another_key_and_no_nonce_are_stale() -> None:
    guard = Nonces(b"key", 300)
    for nonce in (Nonces(b"other", 300).issue("s", START), "", ".", "a.b.c", "zz.x." + "0" * 24, "é"):
        assert guard.use(nonce, 1, START) is Freshness.STALE
