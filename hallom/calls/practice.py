"""A customer who phones in by SIP with a real voice, for whoever has no telephone at hand."""

import argparse
import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from hallom.calls import key_file
from hallom.calls.directory import PRACTICE_AGENT
from hallom.calls.models import Number
from hallom.calls.practice_words import WORDS
from hallom.customers.models import ContactPoint

SECONDS = 40.0
UNKNOWN_CALLER = "+36201234567"
PRACTICE_NAME = "Practice caller"
RESERVE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Summary:
    """What the caller met; levels in dB below full scale, `status` is the SIP status of the answer."""

    answered: bool
    status: int
    seconds: float
    packets: int
    level_dbfs: float
    loudest_dbfs: float
    ended_by: str

    def __str__(self) -> str:
        if not self.answered:
            return f"not answered: SIP status {self.status}"
        return (
            f"in the line {self.seconds:.1f} s, heard {self.packets} packets, mean level {self.level_dbfs:.1f} dBFS, "
            f"loudest {self.loudest_dbfs:.1f} dBFS, ended by the {self.ended_by}"
        )


class NobodyToCall(Exception):
    """No number is set up."""


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 when the call was answered and something was heard."""
    parser = argparse.ArgumentParser(prog="hallom practice-call", description=__doc__)
    parser.add_argument("--number", help="which number to call; the first that is set up, if not given")
    parser.add_argument("--caller", help="the caller's number; a customer's at random, if not given")
    parser.add_argument(
        "--language", choices=sorted(WORDS), help="what the caller speaks; the number's, if not given"
    )
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, help="when the caller hangs up (default %(default)s)"
    )
    given = parser.parse_args(arguments)
    try:
        summary = run(
            number=given.number, caller=given.caller, language=given.language, seconds=given.seconds
        )
    except NobodyToCall as error:
        print(error)
        return 1
    print(summary)
    return 0 if summary.answered and summary.packets else 1


def run(
    *,
    number: str | None = None,
    caller: str | None = None,
    language: str | None = None,
    seconds: float = SECONDS,
) -> Summary:
    """Blocks until the call is over."""
    found = Number.objects.filter(is_active=True)
    chosen = (found.filter(dialled=number).first() if number else found.first()) if found.exists() else None
    if chosen is None and number is None:
        raise NobodyToCall("No number is set up yet: make one under Settings, Numbers.")
    dialled = number or (chosen.dialled if chosen else "")
    speaks = language or (chosen.language if chosen and chosen.language in WORDS else "en")
    return asyncio.run(practice_call(dialled, caller or _somebody(), speaks, seconds=seconds))


async def practice_call(number: str, caller: str, language: str, *, seconds: float = SECONDS) -> Summary:
    # numpy and the SIP endpoint come with this; the web process, which only orders practice calls, does without.
    from hallom.calls.practice_caller import Caller, spoken
    from hallom.sip.credentials import issue

    data = Path(settings.HALLOM_DATA)
    samples = await asyncio.to_thread(spoken, WORDS[language], language, data / "sounds")
    key = await asyncio.to_thread(key_file.phone_key)
    credentials = issue(key, PRACTICE_AGENT, time.time() + seconds + RESERVE_SECONDS)
    person = Caller(settings.HALLOM_SIP_HOST, settings.HALLOM_SIP_PORT, samples, credentials)
    return await person.call(number, caller, PRACTICE_NAME, seconds)


def _somebody() -> str:
    """A customer's number, so that the agent's screen shows a card."""
    phones = list(ContactPoint.objects.filter(kind="phone").values_list("value", flat=True)[:200])
    return random.choice(phones) if phones else UNKNOWN_CALLER
