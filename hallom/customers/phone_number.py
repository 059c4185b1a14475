"""Telephone numbers as callers, trunks and people write them. Pure."""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

# What trunks send when the caller hides the number.
HIDDEN = {"anonymous", "unknown", "unavailable", "restricted", "private", "withheld"}
# Fewer digits than a local number has: an extension of the house or a special service.
SHORTEST = 6


_NO_DIGITS = re.compile(r"[^0-9]+")


def digits_of(raw: str) -> str:
    return _NO_DIGITS.sub("", raw)


def is_hidden(raw: str) -> bool:
    return raw.strip().strip("<>").casefold() in HIDDEN or not digits_of(without_scheme(raw))


def without_scheme(raw: str) -> str:
    """A SIP or tel address as the number in it: ``sip:+36301234567@trunk;user=phone``."""
    text = raw.strip().strip("<>")
    for scheme in ("sip:", "sips:", "tel:"):
        if text.casefold().startswith(scheme):
            text = text[len(scheme) :]
    return text.split("@")[0].split(";")[0]


@lru_cache(maxsize=2000)
def e164(raw: str, region: str) -> str | None:
    """The number as +36305124478; None for what is no complete number of the region or of the world."""
    try:
        number = phonenumbers.parse(without_scheme(raw), region)
    except NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


# Parsing a number takes 0.1 ms, and a page of calls shows a hundred.
@lru_cache(maxsize=2000)
def shown(normalised: str) -> str:
    """+36305124478 as +36 30 512 4478; anything else as it is."""
    try:
        number = phonenumbers.parse(normalised)
    except NumberParseException:
        return normalised
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
