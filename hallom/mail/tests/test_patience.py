"""Servers that are away are asked less and less often, and never not at all."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hallom.mail.fetcher import LONGEST_PAUSE_SECONDS, REFUSED_PAUSE_SECONDS, pause_seconds
from hallom.mail.sending_rules import Patience


def test_a_mail_that_could_not_be_sent_waits_twice_as_long_each_time_and_an_hour_at_most() -> None:
    minutes = [Patience().pause(attempts) // timedelta(minutes=1) for attempts in range(1, 10)]
    assert minutes == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert Patience().pause(10_000) == timedelta(hours=1)


@pytest.mark.parametrize("is_refused", [False, True])
def test_a_mailbox_that_is_away_is_asked_less_and_less_often(is_refused: bool) -> None:
    first = REFUSED_PAUSE_SECONDS if is_refused else 1.0
    for failures in range(1, 40):
        longest = min(first * 2.0 ** (failures - 1), LONGEST_PAUSE_SECONDS)
        pauses = {pause_seconds(failures, is_refused=is_refused) for _ in range(20)}
        assert longest / 2 <= min(pauses) <= max(pauses) <= longest
        # Spread: mailboxes of one server do not come back together.
        assert len(pauses) > 1
