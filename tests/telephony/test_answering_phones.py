"""Telephones of a load test that die say so."""

import pytest

from tests.telephony.answering_phones import AnsweringPhones


def test_a_thread_that_died_is_told() -> None:
    phones = AnsweringPhones(9, [])
    phones._endpoint.advance = _broken  # type: ignore[method-assign]
    with pytest.raises(RuntimeError, match="died"), phones:
        phones._thread.join(5)


def _broken(now: float) -> None:
    raise ValueError("broken")
