"""What the answers of an SMTP server mean for a mail, and when it is tried again. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

_ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited and tried. RFC 5321 4.5.4.1 wants 4 to 5 days of a relay; whoever waits for our answer should
    not wait for two, so the author hears of it after ``give_up``."""

    first: timedelta = timedelta(minutes=1)
    longest: timedelta = timedelta(hours=1)
    give_up: timedelta = timedelta(hours=48)
    # RFC 5321 4.5.3.2 gives commands 5 minutes and the end of the data 10: a server may scan before it answers.
    connect_seconds: float = 30.0
    command_seconds: float = 120.0
    data_seconds: float = 600.0

    def pause(self, attempts: int) -> timedelta:
        doublings: int = min(max(attempts - 1, 0), 16)
        return min(self.first * (1 << doublings), self.longest)


USUAL = Patience()


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server answered; code 0: nothing, we know by ourselves (``text`` is then a short code)."""

    code: int
    text: str = ""

    @property
    def is_yes(self) -> bool:
        return 200 <= self.code < 400

    @property
    def is_final(self) -> bool:
        """No, and asking again will not help."""
        return self.code >= 500 or self.code == 0

    @property
    def status(self) -> str:
        found = _ENHANCED.search(self.text)
        return found[1] if found else str(self.code)


class Fate(Enum):
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: what was answered for each recipient (by id), and to the data.

    ``broken``: the connection went before the mail was handed over, nobody has it. ``is_unknown``: it went afterwards,
    nobody knows who has it.
    """

    recipients: Mapping[int, Reply]
    data: Reply | None = None
    broken: str = ""
    is_unknown: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """``fates`` of the recipients of this attempt; whether some are to be tried again, and perhaps twice."""

    fates: Mapping[int, tuple[Fate, Reply]]
    is_again: bool
    maybe_twice: bool
    problem: str


def verdict(attempt: Attempt) -> Verdict:
    if attempt.broken:
        return _all_deferred(attempt, attempt.broken)
    fates = {key: _fate(reply, attempt.data) for key, reply in attempt.recipients.items()}
    if attempt.is_unknown:
        fates = {
            key: (Fate.DEFERRED, Reply(0, "")) if attempt.recipients[key].is_yes else fate
            for key, fate in fates.items()
        }
    waiting = [reply for fate, reply in fates.values() if fate is Fate.DEFERRED]
    refused = [reply for fate, reply in fates.values() if fate is Fate.REFUSED]
    said = next((f"{reply.code} {reply.text}" for reply in (*waiting, *refused) if reply.code), "")
    return Verdict(
        fates, bool(waiting), attempt.is_unknown and bool(waiting), "lost" if attempt.is_unknown else said
    )


def _all_deferred(attempt: Attempt, problem: str) -> Verdict:
    fates = {
        key: (Fate.REFUSED, reply) if reply.is_final and reply.code else (Fate.DEFERRED, Reply(0, ""))
        for key, reply in attempt.recipients.items()
    }
    return Verdict(fates, any(fate is Fate.DEFERRED for fate, _ in fates.values()), False, problem)


def _fate(reply: Reply, data: Reply | None) -> tuple[Fate, Reply]:
    """A recipient's own no counts; a yes only together with that to the data."""
    decisive = reply if not reply.is_yes or data is None else data
    if decisive.is_yes:
        return Fate.ACCEPTED if data is not None else Fate.DEFERRED, decisive
    return Fate.REFUSED if decisive.is_final else Fate.DEFERRED, decisive


def is_over(send_at: datetime, now: datetime, patience: Patience) -> bool:
    return now - send_at >= patience.give_up
